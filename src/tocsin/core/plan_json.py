"""A plan as canonical JSON and back, exactly: how applied rules are kept, and what a plan's hash is taken over."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from tocsin.core.plan import Plan
from tocsin.core.plan_words import Matcher, Target


def plan_to_json(plan: Plan) -> bytes:
    """Canonical: keys sorted, no white space, defaults left out, UTF-8."""
    return json.dumps(_out(plan), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def plan_hash(plan: Plan) -> str:
    """SHA-256 over the canonical JSON: layout and comments of the folder do not change it."""
    return hashlib.sha256(plan_to_json(plan)).hexdigest()


def plan_from_json(body: bytes) -> Plan:
    """The plan of its canonical JSON. Raises ValueError when it is none."""
    try:
        plan = _in(Plan, json.loads(body))
    except (TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise ValueError(f"not a plan: {problem}") from problem
    assert isinstance(plan, Plan)
    return plan


def _out(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: _out(each) for name, each in fields.items() if each != _default(type(value), name)}
    if isinstance(value, (tuple, list)):
        return [_out(each) for each in cast("Sequence[Any]", value)]
    if isinstance(value, Mapping):
        return {name: _out(each) for name, each in cast("Mapping[str, Any]", value).items()}
    return value


@cache
def _defaults(cls: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(cls):
        if field.default is not dataclasses.MISSING:
            found[field.name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
    return found


def _default(cls: type, name: str) -> Any:
    return _defaults(cls).get(name, dataclasses.MISSING)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _in(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin is Annotated:
        return _in(get_args(hint)[0], value)
    if origin in (Union, types.UnionType):
        inner = next(each for each in get_args(hint) if each is not type(None))
        return None if value is None else _in(inner, value)
    if origin is tuple:
        inner = get_args(hint)[0]
        return tuple(_in(inner, each) for each in value)
    if origin is dict:
        inner = get_args(hint)[1]
        return {name: _in(inner, each) for name, each in value.items()}
    if origin is Literal:
        return value
    if hint in (Target, Matcher) or dataclasses.is_dataclass(hint):
        hints = _hints(hint)
        build: Any = hint
        return build(**{name: _in(hints[name], each) for name, each in value.items()})
    return value
