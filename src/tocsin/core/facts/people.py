"""Facts about people, rosters, maintenance and the plan in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tocsin.core.facts.base import Fact, released
from tocsin.core.instants import Instant


@released
@dataclass(frozen=True, slots=True)
class ContactAdded(Fact):
    """A way to reach a person; counts only once verified. `address` names a payload."""

    kind: ClassVar[str] = "person.contact_added"
    by: str
    contact: str
    channel: str
    address: str


@released
@dataclass(frozen=True, slots=True)
class ContactTested(Fact):
    """A test page to a contact was asked for: it goes to the outbox under this key, and `page.sent` says its end."""

    kind: ClassVar[str] = "person.contact_tested"
    by: str
    contact: str
    channel: str
    key: str


@released
@dataclass(frozen=True, slots=True)
class ContactVerified(Fact):
    """A test page to the contact was answered."""

    kind: ClassVar[str] = "person.contact_verified"
    by: str
    contact: str


@released
@dataclass(frozen=True, slots=True)
class ContactRemoved(Fact):
    """The contact is used no more, and why."""

    kind: ClassVar[str] = "person.contact_removed"
    by: str
    contact: str
    reason: str


@released
@dataclass(frozen=True, slots=True)
class ContactOrderSet(Fact):
    """The person's own ladder: for page or inform, (contact, seconds after the call began)."""

    kind: ClassVar[str] = "person.contact_order_set"
    by: str
    verb: str
    ladder: tuple[tuple[str, int], ...]


@released
@dataclass(frozen=True, slots=True)
class PermissionsSet(Fact):
    """What the person may do: names of `core.permissions.GRANTS`, and the teams whose private records they may read."""

    kind: ClassVar[str] = "person.permissions_set"
    by: str
    grants: tuple[str, ...]


@released
@dataclass(frozen=True, slots=True)
class PersonLeft(Fact):
    """The person can no longer be asked nor sign in."""

    kind: ClassVar[str] = "person.left"
    by: str


@released
@dataclass(frozen=True, slots=True)
class OverrideSet(Fact):
    """Somebody takes a span of a rotation."""

    kind: ClassVar[str] = "rotation.override_set"
    by: str
    override: str
    person: str
    start: Instant
    end: Instant
    words: str | None = None


@released
@dataclass(frozen=True, slots=True)
class OverrideEnded(Fact):
    """An override counts no more."""

    kind: ClassVar[str] = "rotation.override_ended"
    by: str
    override: str


@released
@dataclass(frozen=True, slots=True)
class MaintenancePlanned(Fact):
    """A planned maintenance of services (rule 19): window, expected downtime in seconds, approver."""

    kind: ClassVar[str] = "maintenance.planned"
    by: str
    services: tuple[str, ...]
    start: Instant
    end: Instant
    downtime: int
    approved_by: str
    words: str


@released
@dataclass(frozen=True, slots=True)
class MaintenanceEnded(Fact):
    """The maintenance is over: done, cancelled, or run past its window (`overran`)."""

    kind: ClassVar[str] = "maintenance.ended"
    by: str
    reason: str


@released
@dataclass(frozen=True, slots=True)
class PlanApplied(Fact):
    """These rules are in force from now on. `forced` with words when an open incident was stranded by it."""

    kind: ClassVar[str] = "plan.applied"
    by: str
    rules: str
    before: str | None = None
    forced: str | None = None


@released
@dataclass(frozen=True, slots=True)
class Erased(Fact):
    """A payload was removed: by whom, which, and why. The chain stays whole."""

    kind: ClassVar[str] = "record.erased"
    by: str
    ref: str
    reason: str
