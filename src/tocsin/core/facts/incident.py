"""Facts of an incident: opened, declared, led through its phases, closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tocsin.core.facts.base import Fact, released
from tocsin.core.instants import Instant


@released
@dataclass(frozen=True, slots=True)
class IncidentOpened(Fact):
    """An incident exists, in phase detection, undeclared (rule 1). `title` names a payload; `rules` is a plan hash."""

    kind: ClassVar[str] = "incident.opened"
    number: int
    by: str
    service: str
    domain: str
    title: str
    rules: str
    visibility: str
    severity_hint: str | None = None
    path: str | None = None
    drill: bool = False


@released
@dataclass(frozen=True, slots=True)
class GroupJoined(Fact):
    """A group of alerts belongs to the incident."""

    kind: ClassVar[str] = "incident.group_joined"
    group: str
    muted: str | None = None


@released
@dataclass(frozen=True, slots=True)
class GroupMoved(Fact):
    """A joined group moved: `to` is cleared, refired, flapping, expired, unmuted or a `MuteReason`."""

    kind: ClassVar[str] = "incident.group_moved"
    group: str
    to: str
    until: Instant | None = None


@released
@dataclass(frozen=True, slots=True)
class Declared(Fact):
    """A person, or a route that may, declared it. `rules` binds from here on (rule 11)."""

    kind: ClassVar[str] = "incident.declared"
    by: str
    severity: str
    rules: str
    proposed: str | None = None
    answers: tuple[tuple[str, bool], ...] = ()
    reason: str | None = None


@released
@dataclass(frozen=True, slots=True)
class Triaged(Fact):
    """The triage questions were answered: what they propose. A person decides."""

    kind: ClassVar[str] = "incident.triaged"
    by: str
    answers: tuple[tuple[str, bool], ...]
    proposed: str


@released
@dataclass(frozen=True, slots=True)
class SeverityChanged(Fact):
    """Raised or lowered. Both levels stay on the record; a raise restarts the clocks of the new level (rule 7)."""

    kind: ClassVar[str] = "incident.severity_changed"
    by: str
    before: str
    after: str
    raised: bool
    reason: str | None = None


@released
@dataclass(frozen=True, slots=True)
class PhaseEntered(Fact):
    """The incident moved to a phase; `again` when it had been there before."""

    kind: ClassVar[str] = "incident.phase_entered"
    by: str
    phase: str
    again: bool = False
    reason: str | None = None


@released
@dataclass(frozen=True, slots=True)
class Dismissed(Fact):
    """A detection that was no incident (`DismissReason`)."""

    kind: ClassVar[str] = "incident.dismissed"
    by: str
    reason: str
    note: str | None = None


@released
@dataclass(frozen=True, slots=True)
class Closed(Fact):
    """Nothing more is owed: responders released, or the undeclared page ended (`cleared`, `merged`)."""

    kind: ClassVar[str] = "incident.closed"
    by: str
    reason: str


@released
@dataclass(frozen=True, slots=True)
class Resumed(Fact):
    """The engine came back after `away` seconds: page clocks stood still, inform clocks did not (rule 17)."""

    kind: ClassVar[str] = "incident.resumed"
    since: Instant
    away: float
