"""Facts of a group of alerts: what fired, cleared, was muted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tocsin.core.facts.base import Fact, released
from tocsin.core.instants import Instant


@released
@dataclass(frozen=True, slots=True)
class GroupOpened(Fact):
    """The first alert of a group came in. `key` is the group's name among open groups."""

    kind: ClassVar[str] = "group.opened"
    source: str
    route: str
    key: str
    service: str
    visibility: str
    rules: str
    severity_hint: str | None = None


@released
@dataclass(frozen=True, slots=True)
class AlertFired(Fact):
    """An alert fires. `fingerprint`: 128 bits over source key and sorted labels, hex. `alert`: payload of its bytes."""

    kind: ClassVar[str] = "alert.fired"
    fingerprint: str
    starts_at: Instant
    ends_at: Instant | None
    reason: str
    alert: str
    flags: tuple[str, ...] = ()


@released
@dataclass(frozen=True, slots=True)
class AlertCleared(Fact):
    """An alert cleared: its sender said so, or (`expired`) its sender fell silent."""

    kind: ClassVar[str] = "alert.cleared"
    fingerprint: str
    ends_at: Instant
    reason: str


@released
@dataclass(frozen=True, slots=True)
class GroupMuted(Fact):
    """The group fires and pages nobody for now, and why (`MuteReason`); `by` names window, silence or maintenance."""

    kind: ClassVar[str] = "group.muted"
    reason: str
    by: str
    until: Instant | None


@released
@dataclass(frozen=True, slots=True)
class GroupUnmuted(Fact):
    """What muted the group has ended while it still fires."""

    kind: ClassVar[str] = "group.unmuted"
    reason: str


@released
@dataclass(frozen=True, slots=True)
class GroupAttached(Fact):
    """The group belongs to this incident from now on."""

    kind: ClassVar[str] = "group.attached"
    incident: str


@released
@dataclass(frozen=True, slots=True)
class GroupClosed(Fact):
    """Nothing of it fires and the flap window has passed: the next firing is another group."""

    kind: ClassVar[str] = "group.closed"
