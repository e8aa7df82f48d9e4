"""From what a caller wrote (JSON or a form) to a command, with the field at fault named when it is none."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from typing import Any, cast, get_args, get_type_hints

import msgspec

from tocsin.core.commands import VERBS, Command
from tocsin.core.facts import Words
from tocsin.core.instants import Instant, parse_instant
from tocsin.core.refusals import Problem, Refusal

MOST_WORDS = 20_000


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
    hints = get_type_hints(cls)
    problems = [Problem(f"{name!r} is not known here", name, mend=_known(hints)) for name in body if name not in hints]
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name in hints:
            try:
                values[name] = _value(hints[name], value)
            except (ValueError, msgspec.ValidationError) as problem:
                problems.append(Problem(str(problem), name))
    problems += [
        Problem(f"{name!r} is missing", name) for name in _required(cls) if name not in values and name not in body
    ]
    if problems:
        return Refusal("invalid", tuple(problems))
    return cls(**values)


def _known(hints: Mapping[str, Any]) -> str:
    return f"it takes: {', '.join(hints)}" if hints else "it takes nothing"


def _required(cls: type[Command]) -> tuple[str, ...]:
    return tuple(
        field.name
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )


def _value(hint: Any, value: Any) -> Any:
    kinds = get_args(hint) or (hint,)
    if Words in kinds:
        if value is None and type(None) in kinds:
            return None
        if not isinstance(value, str) or not value.strip():
            raise ValueError("text is needed here")
        if len(value) > MOST_WORDS:
            raise ValueError(f"at most {MOST_WORDS} characters")
        return words(value)
    if hint is Instant:
        if not isinstance(value, str):
            raise ValueError("an instant is written like 2026-01-29T14:23:00Z")
        return parse_instant(value)
    if isinstance(value, Mapping) and "tuple" in str(hint):
        value = list(cast("Mapping[str, Any]", value).items())
    return msgspec.convert(value, type=hint, strict=False)
