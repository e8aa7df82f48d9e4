"""From what a caller wrote (JSON or a form) to a command, with the field at fault named when it is none."""

from __future__ import annotations

import dataclasses
import math
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args, get_type_hints

import msgspec

from tocsin.core.commands import VERBS, Command
from tocsin.core.facts import Words
from tocsin.core.instants import Instant, parse_instant
from tocsin.core.refusals import Problem, Refusal

MOST_WORDS = 20_000
MOST_NAME = 500


def words(text: str) -> Words:
    """Text with a fresh salt."""
    return Words(secrets.token_bytes(16), text.encode("utf-8", "replace"))


def command_from(verb: str, body: Mapping[str, Any]) -> Command | Refusal:
    """The command of a verb. A refusal names every field that is missing, unknown or wrong."""
    cls = VERBS.get(verb)
    if cls is None:
        return Refusal("not_found", (Problem(f"there is no command {verb!r}", mend=f"one of: {', '.join(VERBS)}"),))
    return build(cls, body)


def build(cls: type[Command], body: Mapping[str, Any]) -> Command | Refusal:
    """A command of a class from named values."""
    values = named(get_type_hints(cls), required(cls), body)
    return values if isinstance(values, Refusal) else cls(**values)


def named(hints: Mapping[str, Any], needed: Iterable[str], body: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """Values by name, each as its hint says, or a refusal that names every one that is missing, unknown or wrong."""
    problems = [Problem(f"{name!r} is not known here", name, mend=_known(hints)) for name in body if name not in hints]
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name in hints:
            try:
                values[name] = _value(hints[name], value)
            except (ValueError, msgspec.ValidationError) as problem:
                problems.append(Problem(str(problem), name))
    problems += [Problem(f"{name!r} is missing", name) for name in needed if name not in body]
    return Refusal("invalid", tuple(problems)) if problems else values


def _known(hints: Mapping[str, Any]) -> str:
    return f"it takes: {', '.join(hints)}" if hints else "it takes nothing"


def required(cls: type[Command]) -> tuple[str, ...]:
    """The names that a command cannot do without."""
    return tuple(
        field.name
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )


def _value(hint: Any, value: Any) -> Any:
    kinds = get_args(hint) or (hint,)
    if Words in kinds:
        return None if value is None and type(None) in kinds else _words(value)
    if hint is Instant:
        if not isinstance(value, str):
            raise ValueError("an instant is written like 2026-01-29T14:23:00Z")
        return parse_instant(value)
    if isinstance(value, Mapping) and "tuple" in str(hint):
        value = list(cast("Mapping[str, Any]", value).items())
    _plain(value)
    made = msgspec.convert(value, type=hint, strict=False)
    # Once more: a form's "nan" is text until here.
    _plain(made)
    return made


def _words(value: Any) -> Words:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("text is needed here")
    if len(value) > MOST_WORDS:
        raise ValueError(f"at most {MOST_WORDS} characters")
    return words(value.replace("\0", ""))


def _plain(value: Any) -> None:
    """Refuses what no store keeps: NUL, half of a surrogate pair, names longer than a line, numbers past 64 bits."""
    if isinstance(value, str):
        if "\0" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
            raise ValueError("this text holds a character that cannot be kept")
        if len(value) > MOST_NAME:
            raise ValueError(f"at most {MOST_NAME} characters")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number is needed here")
    elif isinstance(value, int):
        if abs(value) >= 1 << 53:
            raise ValueError("this number is too large")
    elif isinstance(value, Mapping):
        for name, each in cast("Mapping[Any, Any]", value).items():
            _plain(name)
            _plain(each)
    elif isinstance(value, (list, tuple)):
        for each in cast("list[Any]", value):
            _plain(each)
