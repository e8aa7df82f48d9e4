"""What would break a plan that came as JSON: wrong types, bounds, names that lead nowhere. The last gate before it is
applied, whichever way it came; a plan folder has been read with the same rules and with places.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from tocsin.core.calendars import zone
from tocsin.core.heartbeats import deaf
from tocsin.core.plan import Accepted, Organisation, Plan, Rotation, Service
from tocsin.core.plan_words import HANDLE, Duration, Handle, Matcher, Ref, Target, WallTime, Whole, Zone
from tocsin.core.plan_words import parse_target as parse
from tocsin.core.refusals import Problem

TARGETS = {"person": "people", "post": "posts", "rotation": "rotations", "next": "rotations", "role": "roles"}
"""The list that a target's name is looked up in, by its kind."""
DATES = {(Organisation, "holidays"), (Rotation, "starts"), (Accepted, "until")}
WALL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
Names = Mapping[str, frozenset[str]]


def faults(plan: Plan) -> tuple[Problem, ...]:
    """Everything that keeps a plan from being applied, each with its path. Empty: it may be."""
    names = {field.name: _names(getattr(plan, field.name)) for field in dataclasses.fields(Plan)}
    return (*_entry(plan, "", names), *_twice(plan), *_columns(plan), *deaf(plan))


def is_date(text: str) -> bool:
    """Whether a text is a date, as 2026-01-31."""
    try:
        return bool(_DATE.match(text) and date.fromisoformat(text))
    except ValueError:
        return False


def is_zone(name: str) -> bool:
    """Whether a zone is known by this name."""
    try:
        return bool(zone(name))
    except (KeyError, ValueError, OSError):
        return False


def rings(services: Mapping[str, Service]) -> Iterator[list[str]]:
    """Each ring of dependencies once, as the way round it: api, web, api."""
    done: set[str] = set()
    for start in services:
        path: list[str] = []
        ways: list[Iterator[str]] = [iter((start,))]
        while ways:
            at = next(ways[-1], None)
            if at is None:
                ways.pop()
                done.update(path[-1:])
                path = path[:-1]
            elif at in path:
                yield [*path[path.index(at) :], at]
            elif at in services and at not in done:
                path.append(at)
                ways.append(iter(services[at].depends_on))


def _ids(entries: Any) -> list[str]:
    listed = cast("tuple[Any, ...]", entries) if isinstance(entries, tuple) else ()
    found = (getattr(entry, "handle", None) or getattr(entry, "id", None) for entry in listed)
    return [id for id in found if isinstance(id, str)]


def _names(entries: Any) -> frozenset[str]:
    return frozenset(_ids(entries))


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _entry(entry: Any, path: str, names: Names) -> Iterator[Problem]:
    for name, hint in _hints(entry.__class__).items():
        here = f"{path}.{name}" if path else name
        value = getattr(entry, name)
        yield from _value(hint, value, here, names)
        if (entry.__class__, name) in DATES:
            for each in cast("tuple[str, ...]", value) if isinstance(value, tuple) else (value,):
                if not (isinstance(each, str) and is_date(each)):
                    yield Problem(f"{each!r} is no date", here)


def _value(hint: Any, value: Any, path: str, names: Names) -> Iterator[Problem]:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if value is not None:
            yield from _value(next(each for each in inner if each is not types.NoneType), value, path, names)
    elif origin is Annotated:
        yield from _marked(inner, value, path, names)
    elif origin is Literal:
        if value not in inner:
            yield Problem(f"{value!r} is not known here", path, mend=f"one of: {', '.join(inner)}")
    elif origin is tuple:
        for i, each in enumerate(value):
            yield from _value(inner[0], each, f"{path}[{i}]", names)
    elif origin is dict:
        for name, each in value.items():
            yield from _value(inner[1], each, f"{path}.{name}", names)
    elif not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        yield Problem(f"a {hint.__name__} is needed here, not {type(value).__name__}", path)
    elif hint is Target:
        yield from _target(value, path, names)
    elif dataclasses.is_dataclass(hint) and hint is not Matcher:
        yield from _entry(value, path, names)


def _marked(inner: tuple[Any, ...], value: Any, path: str, names: Names) -> Iterator[Problem]:
    wrong = list(_value(inner[0], value, path, names))
    yield from wrong
    for mark in () if wrong else inner[1:]:
        said = f"{value!r} is not among the {mark.into}" if isinstance(mark, Ref) else _MARKS[type(mark)][1]
        good = value in names[mark.into] if isinstance(mark, Ref) else _MARKS[type(mark)][0](mark, value)
        if not good:
            yield Problem(said if isinstance(mark, Ref) else f"{value!r} is {said}", path)


_MARKS: dict[type, tuple[Callable[[Any, Any], bool], str]] = {
    Handle: (lambda mark, value: HANDLE.match(value) is not None, "no short name"),
    Duration: (lambda mark, value: mark.least <= value <= mark.most, "too short or too long"),
    Whole: (lambda mark, value: mark.least <= value <= mark.most, "too small or too large"),
    WallTime: (lambda mark, value: WALL_TIME.match(value) is not None, "no time of day"),
    Zone: (lambda mark, value: is_zone(value), "no time zone"),
}


def _target(target: Target, path: str, names: Names) -> Iterator[Problem]:
    try:
        parse(str(target))
    except ValueError as problem:
        yield Problem(str(problem), path)
        return
    into = TARGETS.get(target.kind)
    if into is not None and target.name not in names[into]:
        yield Problem(f"{target} names nothing among the {into}", path)


def _twice(plan: Plan) -> Iterator[Problem]:
    for field in dataclasses.fields(Plan):
        ids = _ids(getattr(plan, field.name))
        for id in sorted({id for id in ids if ids.count(id) > 1} if len(set(ids)) != len(ids) else ()):
            yield Problem(f"{id!r} comes twice in {field.name}", field.name)


def _columns(plan: Plan) -> Iterator[Problem]:
    """A column that named a column would be looked up for ever."""
    for domain in plan.domains:
        for column in ("primary", "secondary", "expert", "management"):
            if any(target.kind == "domain" for target in getattr(domain, column)):
                what = "a column of a domain names people, posts and rotations, and no other column"
                yield Problem(what, f"domains.{domain.id}.{column}")
