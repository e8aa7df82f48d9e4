"""The difference of two plans: entry by entry as they are written, and in what they do (rule 12)."""

from __future__ import annotations

import dataclasses
import types
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from tocsin.core.behaviour import HORIZON, Case, Line, timeline, world_of
from tocsin.core.instants import Instant
from tocsin.core.plan import Accepted, Cadence, Duty, Plan
from tocsin.core.plan_words import Duration, Matcher, Target, duration_words

IN_ORDER = frozenset({"routes", "triage", "policies", "mitigations", "steps", "checklist"})
"""Lists whose order says something."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in what is written: added, removed, changed or reordered, with the values before and after."""

    path: str
    what: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One person, one step: after how many seconds they were asked or told, and now are. Empty: not at all."""

    verb: str
    person: str
    step: str
    before: tuple[float, ...]
    after: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved for a severity ('' before declaration), on a path or none, alike in all these domains."""

    severity: str
    path: str
    domains: tuple[str, ...]
    moves: tuple[Move, ...]


def written(old: Plan, new: Plan) -> tuple[Change, ...]:
    """What differs in the two plans as they are written."""
    return tuple(_entry("", old, new))


def moved(old: Plan, new: Plan, at: Instant, horizon: float = HORIZON) -> tuple[Moved, ...]:
    """What differs in what they do at an instant, while nobody answers and everybody can be reached."""
    if old == new:
        return ()
    worlds = world_of(old), world_of(new)
    found: dict[tuple[str, str, tuple[Move, ...]], list[str]] = {}
    for case in _cases(old, new):
        moves = _moves(*(timeline(world, case, at, horizon) for world in worlds))
        if moves:
            found.setdefault((case.severity, case.path, moves), []).append(case.domain)
    return tuple(Moved(severity, path, tuple(domains), moves) for (severity, path, moves), domains in found.items())


def _cases(old: Plan, new: Plan) -> Iterator[Case]:
    domains = dict.fromkeys(domain.id for plan in (old, new) for domain in plan.domains)
    severities = dict.fromkeys(severity.id for plan in (old, new) for severity in plan.severities)
    paths = dict.fromkeys(path.id for plan in (old, new) for path in plan.paths)
    for severity in ("", *severities):
        yield from (Case(domain, severity) for domain in domains)
    for path in paths:
        yield from (Case(domain, path=path) for domain in domains)


def _moves(before: tuple[Line, ...], after: tuple[Line, ...]) -> tuple[Move, ...]:
    times: tuple[dict[tuple[str, str, str], list[float]], ...] = ({}, {})
    for side, found in zip(times, (before, after), strict=True):
        for line in found:
            side.setdefault((line.verb, line.person, line.step), []).append(line.after)
    keys = sorted(times[0].keys() | times[1].keys(), key=lambda key: (_first(times, key), key))
    return tuple(
        Move(*key, tuple(times[0].get(key, ())), tuple(times[1].get(key, ())))
        for key in keys
        if times[0].get(key) != times[1].get(key)
    )


def _first(times: tuple[dict[tuple[str, str, str], list[float]], ...], key: tuple[str, str, str]) -> float:
    return min(at for side in times for at in side.get(key, ()))


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _entry(path: str, old: Any, new: Any) -> Iterator[Change]:
    cls: type = type(old)
    for name, hint in _hints(cls).items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield from _value(hint, f"{path}.{name}" if path else name, before, after)


def _value(hint: Any, path: str, before: Any, after: Any) -> Iterator[Change]:
    if _is_entry(before) and _is_entry(after):
        yield from _entry(path, before, after)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _keys(path, cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after))
    elif _has_entries(before) or _has_entries(after):
        yield from _list(path, cast("tuple[Any, ...]", before), cast("tuple[Any, ...]", after))
    else:
        yield Change(path, "changed", words(before, hint), words(after, hint))


def _is_entry(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, (type, Target, Matcher))


def _has_entries(value: Any) -> bool:
    return isinstance(value, tuple) and any(_is_entry(each) for each in cast("tuple[Any, ...]", value))


def _keys(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            what = "added" if name not in before else "removed" if name not in after else "changed"
            yield Change(f"{path}.{name}", what, words(before.get(name)), words(after.get(name)))


def _list(path: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[Change]:
    old, new = _named(before), _named(after)
    for name in dict.fromkeys((*old, *new)):
        here = f"{path}.{name}" if not name.isdigit() else f"{path}[{name}]"
        if name not in new:
            yield Change(here, "removed", words(old[name]))
        elif name not in old:
            yield Change(here, "added", after=words(new[name]))
        elif old[name] != new[name]:
            yield from _entry(here, old[name], new[name])
    kept = [name for name in old if name in new], [name for name in new if name in old]
    if kept[0] != kept[1] and path.rpartition(".")[2] in IN_ORDER:
        yield Change(path, "reordered", ", ".join(kept[0]), ", ".join(kept[1]))


def _named(entries: tuple[Any, ...]) -> dict[str, Any]:
    """Entries by what tells them apart; a name that comes again carries its count, what has none its position."""
    seen: Counter[str] = Counter()
    found: dict[str, Any] = {}
    for i, entry in enumerate(entries):
        name = _name(entry) or str(i)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name}#{seen[name]}"] = entry
    return found


def _name(entry: Any) -> str:
    match entry:
        case Cadence():
            return f"{entry.severity}/{entry.audience}"
        case Duty():
            return f"{entry.who}, {entry.does}, {entry.scope}, {entry.source}"
        case Accepted():
            return entry.finding
        case _:
            return getattr(entry, "handle", None) or getattr(entry, "id", None) or ""


def words(value: Any, hint: Any = None) -> str:
    """A value as a plan writes it, on one line. Entries show only what is not their default."""
    if value is None or value in ("", ()):
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and _is_duration(hint):
        return duration_words(value)
    if _is_entry(value):
        hints = _hints(cast("type", type(value)))
        shown = ((name, getattr(value, name), each) for name, each in hints.items())
        kept = [f"{name}: {words(found, each)}" for name, found, each in shown if found != _default(value, name)]
        return "{" + ", ".join(kept) + "}"
    if isinstance(value, tuple):
        inner = get_args(hint)[0] if get_origin(hint) is tuple else None
        return f"[{', '.join(words(each, inner) for each in cast('tuple[Any, ...]', value))}]"
    return str(value)


def _is_duration(hint: Any) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return any(_is_duration(each) for each in get_args(hint))
    return get_origin(hint) is Annotated and any(isinstance(mark, Duration) for mark in get_args(hint)[1:])


def _default(entry: Any, name: str) -> Any:
    field = next(each for each in dataclasses.fields(entry) if each.name == name)
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default
