"""The difference of two plans as they are written, entry by entry (rule 12). What they do: `core/behaviour.py`."""

from __future__ import annotations

import dataclasses
import types
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

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


def written(old: Plan, new: Plan) -> tuple[Change, ...]:
    """What differs in the two plans as they are written."""
    return tuple(_entry("", old, new))


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _hints_of(entry: Any) -> dict[str, Any]:
    return _hints(entry.__class__)


def _entry(path: str, old: Any, new: Any) -> Iterator[Change]:
    for name, hint in _hints_of(old).items():
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
        shown = ((name, getattr(value, name), each) for name, each in _hints_of(value).items())
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
