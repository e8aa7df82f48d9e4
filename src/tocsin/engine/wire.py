"""What goes through the door: each operation's body, and how answers and refusals are written."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.core import commands as c
from tocsin.core.instants import Instant
from tocsin.core.refusals import Problem, Refusal

COMMANDS: dict[str, type[c.Command]] = {cls.__name__: cls for cls in c.Command.__subclasses__()}


class Incoming(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An alert on its way in: what the source read, and the bytes that are kept, which begin with its title's line."""

    labels: tuple[tuple[str, str], ...]
    firing: bool
    starts_at: Instant
    ends_at: Instant | None
    raw: bytes
    key: str = ""
    flags: tuple[str, ...] = ()


class Alerts(msgspec.Struct, array_like=True, frozen=True):
    """The alerts of one request."""

    source: str
    alerts: list[Incoming]


class Act(msgspec.Struct, frozen=True):
    """A command on an incident: `command` is the class name, `body` its fields."""

    id: str
    record: str
    command: str
    body: dict[str, Any]
    actor: c.Actor


class Admin(msgspec.Struct, frozen=True):
    """One of the engine's other writes: the name of the function in `engine/admin.py`, and its arguments."""

    what: str
    arguments: dict[str, Any]
    actor: c.Actor


def command_of(act: Act) -> c.Command:
    """The command of a question. Raises msgspec.ValidationError naming the field at fault."""
    return msgspec.convert(act.body, type=COMMANDS[act.command], strict=False)


def body_of(command: c.Command) -> dict[str, Any]:
    """A command's fields, for its question."""
    return msgspec.to_builtins(command, builtin_types=(bytes,))


class Refused(msgspec.Struct, frozen=True):
    """A refusal as it goes through the door."""

    reason: str
    problems: list[tuple[str, str, str, str]]


def refused(refusal: Refusal) -> Refused:
    """A refusal on its way out."""
    return Refused(refusal.reason, [(p.what, p.where, p.why, p.mend) for p in refusal.problems])


def refusal(message: Refused) -> Refusal:
    """A refusal as it came in."""
    return Refusal(message.reason, tuple(Problem(*each) for each in message.problems))
