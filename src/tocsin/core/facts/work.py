"""Facts of the work in an incident: roles, checklists, mitigation, updates, milestones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tocsin.core.facts.base import Fact, released
from tocsin.core.instants import Instant


@released
@dataclass(frozen=True, slots=True)
class RoleTaken(Fact):
    """Somebody plays a role from now on; `interim` until another accepts (rule 6)."""

    kind: ClassVar[str] = "incident.role_taken"
    by: str
    role: str
    person: str
    interim: bool = False


@released
@dataclass(frozen=True, slots=True)
class RoleOffered(Fact):
    """Somebody is asked to take a role; it is theirs once they accept."""

    kind: ClassVar[str] = "incident.role_offered"
    by: str
    role: str
    person: str


@released
@dataclass(frozen=True, slots=True)
class RoleEnded(Fact):
    """Somebody no longer plays a role, or refused it."""

    kind: ClassVar[str] = "incident.role_ended"
    by: str
    role: str
    person: str
    refused: bool = False


@released
@dataclass(frozen=True, slots=True)
class ItemTicked(Fact):
    """A checklist item is so: ticked by a person, or by what the plan names."""

    kind: ClassVar[str] = "incident.item_ticked"
    by: str
    item: str


@released
@dataclass(frozen=True, slots=True)
class ItemUnticked(Fact):
    """A checklist item is not so after all."""

    kind: ClassVar[str] = "incident.item_unticked"
    by: str
    item: str


@released
@dataclass(frozen=True, slots=True)
class ItemWaived(Fact):
    """A checklist item was waived, with a reason in words."""

    kind: ClassVar[str] = "incident.item_waived"
    by: str
    item: str
    words: str


@released
@dataclass(frozen=True, slots=True)
class MitigationStarted(Fact):
    """An attempt to mitigate: which way, how risky, what it does (words), who approved, the estimate in seconds."""

    kind: ClassVar[str] = "incident.mitigation_started"
    by: str
    attempt: int
    way: str
    risk: str
    words: str
    approved_by: str | None = None
    estimate: int | None = None
    back_out: str | None = None
    watched: str | None = None


@released
@dataclass(frozen=True, slots=True)
class MitigationEnded(Fact):
    """The attempt worked or failed."""

    kind: ClassVar[str] = "incident.mitigation_ended"
    by: str
    attempt: int
    worked: bool
    words: str | None = None


@released
@dataclass(frozen=True, slots=True)
class UpdateSent(Fact):
    """A composed message to an audience (rule 16); `by_hand` with a link when no channel is connected."""

    kind: ClassVar[str] = "incident.update_sent"
    by: str
    audience: str
    words: str
    by_hand: bool
    link: str | None = None


@released
@dataclass(frozen=True, slots=True)
class UpdateFell(Fact):
    """An update's clock: nearly due or late, for which audience and which due instant."""

    kind: ClassVar[str] = "incident.update_fell"
    audience: str
    due: Instant
    late: bool


@released
@dataclass(frozen=True, slots=True)
class CommandLate(Fact):
    """Command was not established in time."""

    kind: ClassVar[str] = "incident.command_late"
    due: Instant


@released
@dataclass(frozen=True, slots=True)
class Noted(Fact):
    """A line in the timeline: note, hypothesis, finding, action."""

    kind: ClassVar[str] = "incident.noted"
    by: str
    what: str
    words: str


@released
@dataclass(frozen=True, slots=True)
class Classified(Fact):
    """A value of the taxonomy: field and value of the plan's closed sets."""

    kind: ClassVar[str] = "incident.classified"
    by: str
    field: str
    value: str


@released
@dataclass(frozen=True, slots=True)
class ImpactSet(Fact):
    """Impact in numbers: users, share of users in percent, dollars, tickets and the like, by name."""

    kind: ClassVar[str] = "incident.impact_set"
    by: str
    figures: tuple[tuple[str, float], ...]
    words: str | None = None


@released
@dataclass(frozen=True, slots=True)
class TimeCorrected(Fact):
    """A milestone was at another instant; figures follow, the correction stays on the record."""

    kind: ClassVar[str] = "incident.time_corrected"
    by: str
    milestone: str
    at: Instant
    words: str


@released
@dataclass(frozen=True, slots=True)
class Merged(Fact):
    """This incident goes on in another one."""

    kind: ClassVar[str] = "incident.merged"
    by: str
    into: str


@released
@dataclass(frozen=True, slots=True)
class Absorbed(Fact):
    """Another incident was merged into this one."""

    kind: ClassVar[str] = "incident.absorbed"
    by: str
    other: str


@released
@dataclass(frozen=True, slots=True)
class Linked(Fact):
    """This incident is related to another, or to an address."""

    kind: ClassVar[str] = "incident.linked"
    by: str
    other: str
    how: str


@released
@dataclass(frozen=True, slots=True)
class VisibilityChanged(Fact):
    """Open or private (rule 18)."""

    kind: ClassVar[str] = "incident.visibility_changed"
    by: str
    visibility: str
