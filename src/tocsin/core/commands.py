"""What people and programs may ask of a record. Each carries what it needs; ids and words come from the edge."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.facts import Words
from tocsin.core.instants import Instant


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, with which grants, over what (link, room, cli, api, engine)."""

    handle: str
    grants: frozenset[str] = frozenset()
    via: str = "api"


class Command:
    """A wish. `verb` is its name in pages, API and command line."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Open(Command):
    """Open an incident by hand, and declare it at once when a severity is given."""

    title: Words
    service: str
    severity: str | None = None
    visibility: str = "open"
    path: str | None = None
    number: int = 0
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledge(Command):
    """I have it."""


@dataclass(frozen=True, slots=True)
class Pass(Command):
    """Next person."""


@dataclass(frozen=True, slots=True)
class Triage(Command):
    """Answers to the triage questions: (question, yes)."""

    answers: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Declare(Command):
    """Declare at a severity; a reason when it is below the proposed one (rule 6)."""

    severity: str
    reason: Words | None = None


@dataclass(frozen=True, slots=True)
class Dismiss(Command):
    """No incident, and what it was (`DismissReason`)."""

    reason: str
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class SetSeverity(Command):
    """Raise or lower."""

    severity: str
    reason: Words | None = None


@dataclass(frozen=True, slots=True)
class EnterPhase(Command):
    """Move to a phase of the table; going back needs a reason."""

    phase: str
    reason: Words | None = None


@dataclass(frozen=True, slots=True)
class Resolve(Command):
    """End phase 5."""


@dataclass(frozen=True, slots=True)
class Close(Command):
    """Release the responders."""


@dataclass(frozen=True, slots=True)
class Escalate(Command):
    """Ask for a target by hand: page or inform, with one of the manual triggers and words."""

    target: str
    verb: str
    reason: str
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class TakeRole(Command):
    """Play a role, or accept it when it was offered."""

    role: str


@dataclass(frozen=True, slots=True)
class OfferRole(Command):
    """Ask a person to take a role."""

    role: str
    person: str


@dataclass(frozen=True, slots=True)
class EndRole(Command):
    """Give a role up, or refuse an offered one."""

    role: str
    person: str


@dataclass(frozen=True, slots=True)
class TickItem(Command):
    """A checklist item is so, or (`done` false) not after all."""

    item: str
    done: bool = True


@dataclass(frozen=True, slots=True)
class WaiveItem(Command):
    """A checklist item is waived, with the reason."""

    item: str
    words: Words


@dataclass(frozen=True, slots=True)
class StartMitigation(Command):
    """Begin an attempt. `approved_by` a person; `estimate` in seconds."""

    way: str
    risk: str
    words: Words
    approved_by: str | None = None
    estimate: int | None = None
    back_out: Words | None = None
    watched: Words | None = None


@dataclass(frozen=True, slots=True)
class EndMitigation(Command):
    """The running attempt worked or failed."""

    worked: bool
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class SendUpdate(Command):
    """A composed message to an audience; `link` where it was posted by hand."""

    audience: str
    words: Words
    by_hand: bool = True
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Note(Command):
    """A line in the timeline: note, hypothesis, finding or action."""

    what: str
    words: Words


@dataclass(frozen=True, slots=True)
class Classify(Command):
    """A value of the taxonomy."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class SetImpact(Command):
    """Impact in numbers by name."""

    figures: tuple[tuple[str, float], ...]
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class CorrectTime(Command):
    """A milestone was at another instant, with the reason."""

    milestone: str
    at: Instant
    words: Words


@dataclass(frozen=True, slots=True)
class Merge(Command):
    """Go on in another incident (its record)."""

    into: str


@dataclass(frozen=True, slots=True)
class LinkTo(Command):
    """Relate to another incident or an address: how is related, follows, caused_by or address."""

    other: str
    how: str = "related"


@dataclass(frozen=True, slots=True)
class StartPath(Command):
    """Start a special path of the plan."""

    path: str


@dataclass(frozen=True, slots=True)
class TakeDecision(Command):
    """Take a decision of a special path, as confirmed."""

    decision: str


@dataclass(frozen=True, slots=True)
class SetVisibility(Command):
    """Open or private."""

    visibility: str


def words_of(command: Command) -> tuple[Words, ...]:
    """Every text a command carries: the payloads that go beside its facts."""
    names = getattr(command, "__dataclass_fields__", {})
    return tuple(value for name in names if isinstance(value := getattr(command, name), Words))


VERBS: dict[str, type[Command]] = {
    "acknowledge": Acknowledge,
    "pass": Pass,
    "triage": Triage,
    "declare": Declare,
    "dismiss": Dismiss,
    "severity": SetSeverity,
    "phase": EnterPhase,
    "resolve": Resolve,
    "close": Close,
    "escalate": Escalate,
    "take-role": TakeRole,
    "offer-role": OfferRole,
    "end-role": EndRole,
    "tick": TickItem,
    "waive": WaiveItem,
    "mitigate": StartMitigation,
    "end-mitigation": EndMitigation,
    "update": SendUpdate,
    "note": Note,
    "classify": Classify,
    "impact": SetImpact,
    "correct": CorrectTime,
    "merge": Merge,
    "link": LinkTo,
    "path": StartPath,
    "decision": TakeDecision,
    "visibility": SetVisibility,
}
"""Each command's one word in address, page and command line."""
