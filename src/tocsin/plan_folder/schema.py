"""The JSON Schema of a plan file, for editors: made from the dataclasses, as the reader takes them.

One file may hold any part of a plan, so nothing is required at the top. Text may look like a number or a truth value
to an editor that reads YAML 1.2: the reader takes it as text.
"""

from __future__ import annotations

import dataclasses
import types
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from tocsin.core.plan import Plan
from tocsin.core.plan_faults import TARGETS
from tocsin.core.plan_words import (
    DOMAIN_COLUMNS,
    Duration,
    Handle,
    Matcher,
    Ref,
    Target,
    WallTime,
    Whole,
    Zone,
    duration_words,
)
from tocsin.plan_folder.values import DATES, hints_of, is_required, named

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
HANDLE_PATTERN = "^[a-z][a-z0-9-]{0,62}$"
_UNITS = "".join(rf"([0-9]{{1,6}}\s?{unit}\s?)?" for unit in "wdhms")
DURATION_PATTERN = rf"^\s*(?=[0-9]){_UNITS}$"
Schema = dict[str, Any]


def schema() -> Schema:
    """The schema of one file of a plan folder."""
    kinds: dict[str, Schema] = {}
    top = _object(Plan, kinds)
    del top["required"]
    return {
        "$schema": DIALECT,
        "title": "A file of a plan folder of Tocsin",
        **top,
        "$defs": dict(sorted(kinds.items())),
    }


def _object(cls: type, kinds: dict[str, Schema]) -> Schema:
    hints = hints_of(cls)
    fields = dataclasses.fields(cls)
    properties: dict[str, Schema] = {}
    for field in fields:
        found = _date(hints[field.name]) if (cls.__name__, field.name) in DATES else _value(hints[field.name], kinds)
        if not is_required(field):
            found = _or_nothing(found)
        properties[field.name] = {"description": field.metadata.get("doc", ""), **found} | _default(cls, field.name)
    return {
        "description": " ".join((cls.__doc__ or "").split()),
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields if is_required(field)],
        "additionalProperties": False,
    }


def _or_nothing(schema: Schema) -> Schema:
    """The same, or nothing: a key without a value stands for its default."""
    return {"anyOf": [schema, {"type": "null"}]}


@cache
def _defaults(cls: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(cls):
        if field.default is not dataclasses.MISSING:
            found[field.name] = field.default
    return found


def _default(cls: type, name: str) -> Schema:
    """The default as it would be written, where it is a plain value."""
    value = _defaults(cls).get(name)
    hint = hints_of(cls)[name]
    if value is None or isinstance(value, dict) or value in ("", ()):
        return {}
    if isinstance(value, tuple):
        return {"default": list(cast("tuple[Any, ...]", value))}
    if isinstance(value, int) and any(isinstance(mark, Duration) for mark in get_args(hint)[1:]):
        return {"default": written(value)}
    return {"default": value}


def written(seconds: int) -> str:
    """A duration as a plan writes it: 5m, 1h30m."""
    return duration_words(seconds).replace("min", "m").replace(" ", "")


def _date(hint: Any) -> Schema:
    date: Schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    return _one_or_list(date) if get_origin(hint) is tuple else date


def _one_or_list(item: Schema) -> Schema:
    return {"anyOf": [{"type": "array", "items": item}, item]}


def _value(hint: Any, kinds: dict[str, Schema]) -> Schema:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _value(next(each for each in inner if each is not types.NoneType), kinds)
    if origin is Annotated:
        return _marked(inner[1:])
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is tuple:
        item = _value(inner[0], kinds)
        return {"type": "array", "items": item} if "$ref" in item else _one_or_list(item)
    if origin is dict:
        return {"type": "object", "additionalProperties": _value(inner[1], kinds)}
    if hint is Target:
        return _target()
    if hint is Matcher:
        pattern = r"^\s*[a-zA-Z_][a-zA-Z0-9_.:-]*\s*(=~|!~|!=|=)"
        return {"type": "string", "pattern": pattern, "examples": ['severity="critical"', 'team=~"core|web"']}
    if dataclasses.is_dataclass(hint):
        return _kind(cast("type", hint), kinds)
    return {"type": "boolean"} if hint is bool else {"type": "integer"} if hint is int else TEXT


def _kind(cls: type, kinds: dict[str, Schema]) -> Schema:
    name = named(cls).replace(" ", "_")
    if name not in kinds:
        kinds[name] = {}
        kinds[name] = _object(cls, kinds)
    return {"$ref": f"#/$defs/{name}"}


def _target() -> Schema:
    kinds = "|".join(TARGETS)
    pattern = rf"^\s*(({kinds}):\s*[a-z][a-z0-9-]*|domain:\s*({'|'.join(DOMAIN_COLUMNS)})|owner:\s*lead)\s*$"
    return {"type": "string", "pattern": pattern, "examples": ["rotation:primary", "post:ciso", "domain:primary"]}


def _marked(marks: tuple[Any, ...]) -> Schema:
    found: Schema = {}
    for mark in marks:
        found |= _mark(mark)
    return found


def _mark(mark: Any) -> Schema:
    match mark:
        case Handle():
            return {"type": "string", "pattern": HANDLE_PATTERN}
        case Ref():
            return {"type": "string", "$comment": f"names one of the {mark.into}"}
        case Duration():
            return {"type": "string", "pattern": DURATION_PATTERN, "examples": ["90s", "5m", "1h30m"]}
        case Whole():
            return {"type": "integer", "minimum": mark.least, "maximum": mark.most}
        case WallTime():
            return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
        case Zone():
            return {"type": "string", "examples": ["UTC", "Europe/London"]}
        case _:
            raise TypeError(f"no schema for {mark!r}")
