"""Facts of paging: rounds, steps, calls, orders, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tocsin.core.facts.base import Fact, released
from tocsin.core.instants import Instant


@released
@dataclass(frozen=True, slots=True)
class RoundStarted(Fact):
    """A round of one policy begins (`RoundCause`); its clock counts from this fact."""

    kind: ClassVar[str] = "page.round_started"
    policy: str
    round: int
    cause: str


@released
@dataclass(frozen=True, slots=True)
class StepTaken(Fact):
    """A step fell due and its targets were resolved: to whom, since and until when, and why. Never derived twice.

    `key` names what is owed (policy, round, step), never who. `people` may be empty: `reason` then says why.
    """

    kind: ClassVar[str] = "page.step_taken"
    key: str
    verb: str
    reason: str
    targets: tuple[str, ...]
    people: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    since: Instant | None
    until: Instant | None
    rules: str
    tzdata: str
    asks: str | None = None
    brings: tuple[str, ...] = ()


@released
@dataclass(frozen=True, slots=True)
class StepSkipped(Fact):
    """A step that is owed no more, or not at all (`SkipReason`)."""

    kind: ClassVar[str] = "page.step_skipped"
    key: str
    reason: str


@released
@dataclass(frozen=True, slots=True)
class StepHeld(Fact):
    """Nobody could be reached: said, and held for the next person on (rule 5)."""

    kind: ClassVar[str] = "page.step_held"
    key: str
    targets: tuple[str, ...]
    reason: str
    until: Instant | None = None
    asks: str | None = None


@released
@dataclass(frozen=True, slots=True)
class CallBegan(Fact):
    """One person is asked in one round: the ladder of their contacts starts. `call` is step key and person."""

    kind: ClassVar[str] = "page.call_began"
    call: str
    person: str
    step: str
    reason: str
    targets: tuple[str, ...]
    until: Instant | None
    asks: str | None = None


@released
@dataclass(frozen=True, slots=True)
class CallEnded(Fact):
    """The call is over without an answer of that person (`SkipReason`)."""

    kind: ClassVar[str] = "page.call_ended"
    call: str
    reason: str


@released
@dataclass(frozen=True, slots=True)
class Ordered(Fact):
    """A message to one contact of one person is owed and goes to the outbox under this key.

    `verb` is page or inform; `what` names the message (page, inform, update_nearly_due, digest, test...).
    """

    kind: ClassVar[str] = "page.ordered"
    key: str
    verb: str
    what: str
    person: str
    contact: str
    channel: str
    reason: str
    call: str | None = None
    step: str | None = None
    words: str | None = None


@released
@dataclass(frozen=True, slots=True)
class Sent(Fact):
    """What became of an order: accepted, failed_now, failed_for_good, unknown or cancelled, with its reason.

    `vendor_id` is the vendor's name for it; `code` a short machine word, never the vendor's free text.
    """

    kind: ClassVar[str] = "page.sent"
    key: str
    outcome: str
    attempt: int
    code: str = ""
    vendor_id: str = ""


@released
@dataclass(frozen=True, slots=True)
class Acknowledged(Fact):
    """*I have it*: by whom, over what (link, room, cli, api)."""

    kind: ClassVar[str] = "page.acknowledged"
    by: str
    via: str


@released
@dataclass(frozen=True, slots=True)
class Passed(Fact):
    """*Next person*: passed on without blame (rule 4)."""

    kind: ClassVar[str] = "page.passed"
    by: str
    via: str


@released
@dataclass(frozen=True, slots=True)
class Escalated(Fact):
    """A person asked for somebody by hand, with a reason."""

    kind: ClassVar[str] = "page.escalated"
    by: str
    target: str
    verb: str
    reason: str
    words: str | None = None


@released
@dataclass(frozen=True, slots=True)
class Decided(Fact):
    """A decision of a special path was taken, as suspected or confirmed: its clock starts now (rule 8)."""

    kind: ClassVar[str] = "incident.decided"
    by: str
    decision: str


@released
@dataclass(frozen=True, slots=True)
class PathStarted(Fact):
    """A special path runs beside the severity's policy."""

    kind: ClassVar[str] = "incident.path_started"
    by: str
    path: str
    private: bool
