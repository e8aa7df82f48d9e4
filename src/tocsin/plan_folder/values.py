"""From a node to a value, by the annotation of the plan's dataclass: every word is read here, and nowhere else."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import available_timezones

from tocsin.core.plan_faults import WALL_TIME, is_date
from tocsin.core.plan_words import (
    HANDLE,
    Duration,
    Handle,
    Matcher,
    Ref,
    Target,
    WallTime,
    Whole,
    Zone,
    duration_words,
    parse_duration,
    parse_matcher,
    parse_target,
)
from tocsin.core.refusals import Problem
from tocsin.matching import check_pattern
from tocsin.plan_folder.nodes import Mapping, Node, Place, Scalar, Sequence

BAD: Any = object()
"""Stands for a value that could not be read; its problem is told already."""
DATES = {("Organisation", "holidays"), ("Rotation", "starts"), ("Accepted", "until")}
MOST_PROBLEMS = 500


class TooMany(Exception):
    """Enough problems were told."""


@cache
def hints_of(cls: type) -> dict[str, Any]:
    """The annotations of a dataclass, with their marks."""
    return get_type_hints(cls, include_extras=True)


def shown(word: str) -> str:
    """A word as an error shows it: in quotes, its control characters escaped, and cut."""
    return repr(word if len(word) <= 60 else f"{word[:59]}…")


def near(word: str, known: list[str] | tuple[str, ...]) -> str:
    """Did you mean ...? or the choices."""
    found = get_close_matches(word[:64].lower(), known, n=1, cutoff=0.6)
    if found:
        return f"did you mean {found[0]!r}?"
    shown = sorted(known)
    return f"one of: {', '.join(shown[:20])}{', ...' if len(shown) > 20 else ''}" if shown else "there is none yet"


@dataclasses.dataclass(slots=True)
class Reader:
    """Reads values; problems, places, ids by list and references gather here."""

    problems: list[Problem] = dataclasses.field(default_factory=list[Problem])
    places: dict[str, Place] = dataclasses.field(default_factory=dict[str, Place])
    known: dict[str, set[str]] = dataclasses.field(default_factory=dict[str, set[str]])
    references: list[tuple[str, str, Place]] = dataclasses.field(default_factory=list[tuple[str, str, Place]])
    targets: list[tuple[Target, Place]] = dataclasses.field(default_factory=list[tuple[Target, Place]])

    def problem(self, what: str, place: Place, mend: str = "", why: str = "") -> Any:
        """Tell a problem; answers BAD. Raises TooMany after the most that are told."""
        if len(self.problems) >= MOST_PROBLEMS:
            raise TooMany
        self.problems.append(Problem(what, str(place), why, mend))
        return BAD

    def value(self, hint: Any, node: Node, path: str) -> Any:
        """The value of a node for an annotation."""
        self.places.setdefault(path, node.place)
        origin = get_origin(hint)
        if origin is Annotated:
            return self._marked(get_args(hint), node, path)
        if origin in (Union, types.UnionType):
            inner = next(each for each in get_args(hint) if each is not type(None))
            return None if isinstance(node, Scalar) and node.empty else self.value(inner, node, path)
        if origin is Literal:
            return self._choice(get_args(hint), node)
        if origin is tuple:
            return self._list(get_args(hint)[0], node, path)
        if origin is dict:
            return self._map(get_args(hint)[1], node, path)
        if dataclasses.is_dataclass(hint) and hint not in (Target, Matcher):
            return self.entry(hint, node, path)  # type: ignore[arg-type]
        return self._word(hint, node)

    def _word(self, hint: Any, node: Node) -> Any:
        if not isinstance(node, Scalar):
            kind = "a list" if isinstance(node, Sequence) else "keys"
            return self.problem(f"a word is needed here, not {kind}", node.place)
        return _WORDS[hint](self, node)

    def _marked(self, arguments: tuple[Any, ...], node: Node, path: str) -> Any:
        read = self._word(str, node)
        if isinstance(node, Scalar):
            for mark in arguments[1:]:
                read = _MARKS[type(mark)](self, mark, node)
        return read

    def _choice(self, choices: tuple[str, ...], node: Node) -> Any:
        if isinstance(node, Scalar) and node.value in choices:
            return node.value
        word = node.value if isinstance(node, Scalar) else "this"
        return self.problem(f"{shown(word)} is not known here", node.place, near(word, choices))

    def _list(self, inner: Any, node: Node, path: str) -> Any:
        if isinstance(node, Scalar):
            # One item may stand without its dash.
            node = Sequence(() if node.empty else (node,), node.place)
        if not isinstance(node, Sequence):
            return self.problem("a list is needed here", node.place, "begin each item with a dash")
        read = [self.value(inner, each, f"{path}[{i}]") for i, each in enumerate(node.items)]
        return tuple(each for each in read if each is not BAD)

    def _map(self, inner: Any, node: Node, path: str) -> Any:
        if not isinstance(node, Mapping):
            return self.problem("keys are needed here", node.place)
        found: dict[str, Any] = {}
        for key, each in self.unique(node):
            read = self.value(inner, each, f"{path}.{key.value}")
            if read is not BAD:
                found[key.value] = read
        return found

    def unique(self, node: Mapping) -> list[tuple[Scalar, Node]]:
        """The pairs of a mapping; a key that comes twice is told with both places."""
        first: dict[str, Scalar] = {}
        pairs: list[tuple[Scalar, Node]] = []
        for key, value in node.items:
            if key.value in first:
                self.problem(
                    f"the key {shown(key.value)} comes twice", key.place, why=f"first at {first[key.value].place}"
                )
                continue
            first[key.value] = key
            pairs.append((key, value))
        return pairs

    def entry(self, cls: type, node: Node, path: str) -> Any:
        """A dataclass from its keys: unknown, missing and doubled ones are told."""
        if not isinstance(node, Mapping):
            return self.problem(
                f"{named(cls)} is written with keys", node.place, f"it takes: {', '.join(hints_of(cls))}"
            )
        hints = hints_of(cls)
        values: dict[str, Any] = {}
        for key, value in self.unique(node):
            if key.value not in hints:
                what = f"{shown(key.value)} is no key of {named(cls)}"
                self.problem(what, key.place, near(key.value, list(hints)))
            elif not (isinstance(value, Scalar) and value.empty):
                read = self.value(hints[key.value], value, f"{path}.{key.value}")
                values[key.value] = self._dates(read, value) if (cls.__name__, key.value) in DATES else read
        missing = [field for field in dataclasses.fields(cls) if is_required(field) and field.name not in values]
        for field in missing:
            self.problem(f"{named(cls)} needs {field.name!r}", node.place, field.metadata.get("doc", ""))
        return BAD if missing or BAD in values.values() else cls(**values)

    def _dates(self, read: Any, node: Node) -> Any:
        nodes = node.items if isinstance(node, Sequence) else (node,)
        for each in nodes:
            if isinstance(each, Scalar) and not is_date(each.value):
                read = self.problem(f"{shown(each.value)} is no date", each.place, "write it as 2026-01-31")
        return read


def named(cls: type) -> str:
    """An entry's kind in words: contact rule, mute window."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__).lower()


def is_required(field: dataclasses.Field[Any]) -> bool:
    """Whether an entry must give the field."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _text(reader: Reader, node: Scalar) -> Any:
    return node.value


def _whole(reader: Reader, mark: Whole, node: Scalar) -> Any:
    digits = node.value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        return reader.problem(f"{shown(node.value)} is no whole number", node.place, "write digits alone, as 2")
    if mark.least <= int(node.value) <= mark.most:
        return int(node.value)
    return reader.problem(f"{node.value} is not between {mark.least} and {mark.most}", node.place)


def _bool(reader: Reader, node: Scalar) -> Any:
    word = node.value.lower()
    if word in ("true", "false"):
        return word == "true"
    meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(word)
    mend = f"write {meant}" if meant else "write true or false"
    return reader.problem(f"{shown(node.value)} is neither true nor false", node.place, mend)


def _target(reader: Reader, node: Scalar) -> Any:
    try:
        target = parse_target(node.value)
    except ValueError as problem:
        return reader.problem(str(problem), node.place, "as rotation:primary-sre, post:ciso or domain:primary")
    reader.targets.append((target, node.place))
    return target


def _matcher(reader: Reader, node: Scalar) -> Any:
    try:
        matcher = parse_matcher(node.value)
    except ValueError as problem:
        return reader.problem(str(problem), node.place)
    why = check_pattern(matcher.value) if matcher.operator in ("=~", "!~") else None
    return matcher if why is None else reader.problem(f"the pattern is not RE2: {why}", node.place)


_WORDS: dict[Any, Callable[[Reader, Scalar], Any]] = {
    str: _text,
    bool: _bool,
    Target: _target,
    Matcher: _matcher,
}


def _duration(reader: Reader, mark: Duration, node: Scalar) -> Any:
    try:
        seconds = parse_duration(node.value)
    except ValueError as problem:
        return reader.problem(f"{shown(node.value)} is no duration", node.place, str(problem))
    if mark.least <= seconds <= mark.most:
        return seconds
    bounds = f"between {duration_words(mark.least)} and {duration_words(mark.most)}"
    return reader.problem(f"{shown(node.value)} is not {bounds}", node.place)


def _handle(reader: Reader, mark: Any, node: Scalar) -> Any:
    if HANDLE.match(node.value):
        return node.value
    mend = "lower-case letters, digits and hyphens, beginning with a letter"
    return reader.problem(f"{shown(node.value)} is no short name", node.place, mend)


def _wall_time(reader: Reader, mark: Any, node: Scalar) -> Any:
    if WALL_TIME.match(node.value):
        return node.value
    return reader.problem(f"{shown(node.value)} is no time of day", node.place, "write it as 09:00")


@cache
def _zones() -> dict[str, str]:
    """Every zone by its name in lower case."""
    return {name.lower(): name for name in sorted(available_timezones())}


def _zone(reader: Reader, mark: Any, node: Scalar) -> Any:
    known = _zones().get(node.value.lower())
    if known == node.value:
        return node.value
    mend = f"did you mean {known!r}?" if known else near_zone(node.value)
    return reader.problem(f"{shown(node.value)} is no time zone", node.place, mend)


def near_zone(word: str) -> str:
    """Did you mean ...? or how a zone is written."""
    found = get_close_matches(word[:64].lower(), list(_zones()), n=1, cutoff=0.7)
    return f"did you mean {_zones()[found[0]]!r}?" if found else "write it as Europe/London"


def _ref(reader: Reader, mark: Ref, node: Scalar) -> Any:
    reader.references.append((mark.into, node.value, node.place))
    return node.value


_MARKS: dict[type, Callable[[Reader, Any, Scalar], Any]] = {
    Whole: _whole,
    Duration: _duration,
    Handle: _handle,
    WallTime: _wall_time,
    Zone: _zone,
    Ref: _ref,
}
