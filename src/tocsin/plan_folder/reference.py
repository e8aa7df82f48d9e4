"""Prints docs/reference/plan.md from the dataclasses of the plan: every list, field, type, default and sentence."""

from __future__ import annotations

import dataclasses
import types
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from tocsin.core.plan import Plan
from tocsin.core.plan_words import DOMAIN_COLUMNS, Duration, Handle, Matcher, Ref, Target, WallTime, Whole, Zone
from tocsin.plan_folder.schema import written
from tocsin.plan_folder.values import DATES, hints_of, is_required, named

INTRODUCTION = f"""\
# The plan

Printed from the code by `python -m scripts.reference`; a test compares the two.

A plan is a folder of `*.yaml` files, in as many as the author likes: lists add up over all of them, single things
are stated once. `tocsin init DIR` starts one, `tocsin check DIR` reads it and names every problem with file, line and
column, `tocsin plan apply DIR` puts it in force, and `tocsin plan schema` prints a JSON Schema of it for editors.

## Words

- YAML 1.2 without implicit types: `no`, `on` and `12:30` are text. A key without a value, `~` and `null` stand for the
  default. Tags and merge keys (`<<`) are not taken; anchors are. A list of one may stand without its dash.
- A **short name** has lower-case letters, digits and hyphens, and begins with a letter.
- A **duration** is written `90s`, `5m`, `1h30m`, `2d` or `1w`; a **time of day** `09:00`; a **date** `2026-01-31`; a
  **zone** as in the IANA database, `Europe/London`.
- A **target** says whom: `person:`, `post:` or `rotation:` and a short name; `next:` and a rotation, for the next of
  its people who can be reached; `role:` and a role, for whoever plays it; `owner:lead`, for the lead of the team that
  owns the service; or `domain:` and a column of the incident's domain: {", ".join(DOMAIN_COLUMNS)}.
- A **matcher** is written as Alertmanager writes it: `severity="critical"`, `env!=test`, `team=~"core|web"`,
  `team!~"x.*"`. Patterns are RE2's, anchored at both ends; a label that is not there is empty.
- A **secret** is never written into a plan, only where it is found: `env:NAME` or `file:PATH`.
"""


def page() -> str:
    """The whole page in Markdown."""
    sections: dict[type, list[str]] = {}
    top = _table(Plan, sections)
    parts = [INTRODUCTION, "## A plan holds\n", top]
    for cls, lines in sections.items():
        parts += [f"## {named(cls)}\n", " ".join((cls.__doc__ or "").split()) + "\n", *lines]
    return "\n".join(parts).rstrip("\n") + "\n"


def _table(cls: type, sections: dict[type, list[str]]) -> str:
    hints = hints_of(cls)
    rows = ["| key | type | default | what |", "| --- | --- | --- | --- |"]
    inner: list[type] = []
    for field in dataclasses.fields(cls):
        dated = (cls.__name__, field.name) in DATES
        kind = "dates" if dated and get_origin(hints[field.name]) is tuple else "date" if dated else ""
        kind = kind or _kind(hints[field.name], inner)
        what = field.metadata.get("doc", "").replace("|", "\\|")
        rows.append(f"| `{field.name}` | {kind} | {_default(field, hints[field.name])} | {what} |")
    text = "\n".join(rows) + "\n"
    for each in inner:
        if each not in sections:
            sections[each] = []
            sections[each].append(_table(each, sections))
    return text


def _default(field: dataclasses.Field[Any], hint: Any) -> str:
    if is_required(field):
        return "required"
    value: Any = field.default
    if value is dataclasses.MISSING or value in (None, "", ()):
        return "-"
    if isinstance(value, tuple):
        return f"`{', '.join(cast('tuple[str, ...]', value))}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    is_duration = any(isinstance(mark, Duration) for mark in get_args(hint)[1:])
    return f"`{written(value) if is_duration else value}`"


def _kind(hint: Any, inner: list[type], many: bool = False) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _kind(next(each for each in arguments if each is not types.NoneType), inner, many)
    if origin is Annotated:
        return _marked(arguments[1], many)
    if origin is Literal:
        return ("any of " if many else "one of ") + ", ".join(f"`{each}`" for each in arguments)
    if origin is tuple:
        return f"list of {_kind(arguments[0], inner, many=True)}"
    if origin is dict:
        return f"keys, each with {_kind(arguments[1], inner)}"
    if dataclasses.is_dataclass(hint) and hint not in (Target, Matcher):
        inner.append(cast("type", hint))
        name = named(cast("type", hint))
        return f"[{name}](#{name.replace(' ', '-')})"
    name = {str: "text", int: "whole number", bool: "true or false", Target: "target", Matcher: "matcher"}[hint]
    return f"{name}s" if many and hint in (Target, Matcher) else name


def _marked(mark: Any, many: bool) -> str:
    if isinstance(mark, Ref):
        return f"names among the `{mark.into}`" if many else f"name among the `{mark.into}`"
    if isinstance(mark, Whole):
        return f"whole number, {mark.least} to {mark.most:,}"
    if isinstance(mark, Duration) and mark.least > 1:
        return f"duration, at least `{written(mark.least)}`"
    return {Handle: "short name", Duration: "duration", WallTime: "time of day", Zone: "zone"}[type(mark)]
