"""What is so of an incident, folded from its facts. Every value is frozen; `evolve` gives the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin.core.instants import Instant, later


def _empty() -> dict[str, Instant]:
    return {}


@dataclass(frozen=True, slots=True)
class GroupPart:
    """What the incident knows of a joined group."""

    firing: bool
    muted: str | None = None
    since: Instant = Instant(0)
    flapping: bool = False
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """The latest round of a policy. `era` is the round from whose start the policy's steps count."""

    n: int
    cause: str
    at: Instant
    era: int
    era_at: Instant


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, and what its targets resolved to then."""

    at: Instant
    verb: str
    targets: tuple[str, ...]
    people: tuple[str, ...]
    reason: str
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """A page that waits for somebody to come on call."""

    at: Instant
    targets: tuple[str, ...]
    reason: str
    asks: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """One person asked in one round. It is over when `ended` names why, or by an answer (`Paging.live`)."""

    key: str
    person: str
    step: str
    began: Instant
    reason: str
    targets: tuple[str, ...]
    asks: str | None = None
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A message that was ordered, and what became of it ('' while nothing is known)."""

    key: str
    verb: str
    what: str
    person: str
    contact: str
    channel: str
    at: Instant
    call: str | None
    step: str | None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """*I have it*: who and when."""

    by: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Paging:
    """All that paging has done so far."""

    rounds: Mapping[str, Round] = field(default_factory=dict[str, Round])
    taken: Mapping[str, Taken] = field(default_factory=dict[str, Taken])
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])
    holds: Mapping[str, Hold] = field(default_factory=dict[str, Hold])
    calls: Mapping[str, Call] = field(default_factory=dict[str, Call])
    orders: Mapping[str, Order] = field(default_factory=dict[str, Order])
    answers: tuple[Answer, ...] = ()
    answered: bool = False
    acted_at: Instant | None = None
    away: tuple[tuple[Instant, Instant], ...] = ()

    def clock(self, start: Instant, seconds: float) -> Instant:
        """The instant at which `seconds` of a page clock have run since start: it stands still while the engine is
        down (rule 17)."""
        due = later(start, seconds)
        for since, until in self.away:
            if since < due and until > start:
                due = Instant(due + until - max(since, start))
        return due

    def engaged(self) -> frozenset[str]:
        """Who has answered in this incident."""
        return frozenset(answer.by for answer in self.answers)


@dataclass(frozen=True, slots=True)
class RoleSpan:
    """Somebody played a role from an instant to another, or still does."""

    role: str
    person: str
    since: Instant
    until: Instant | None = None
    interim: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A checklist item is so: by whom or what, and whether it was waived."""

    by: str
    at: Instant
    waived: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to mitigate."""

    n: int
    way: str
    risk: str
    by: str
    start: Instant
    end: Instant | None = None
    worked: bool | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as its record has it."""

    record: str = ""
    n: int = 0
    number: int = 0
    by: str = ""
    service: str = ""
    domain: str = ""
    title: str = ""
    visibility: str = "open"
    rules: str = ""
    drill: bool = False
    severity_hint: str | None = None
    proposed: str | None = None
    severity: str | None = None
    severity_since: Instant | None = None
    level_cause: str = "opened"
    """What last set the clocks of the severity's policy: declared, raised, lowered or relapsed."""
    levels: tuple[tuple[Instant, str], ...] = ()
    phase: str = "detection"
    phases: tuple[tuple[Instant, str], ...] = ()
    ended: str | None = None
    times: Mapping[str, Instant] = field(default_factory=_empty)
    corrected: Mapping[str, Instant] = field(default_factory=_empty)
    groups: Mapping[str, GroupPart] = field(default_factory=dict[str, GroupPart])
    cleared_at: Instant | None = None
    heard_again: tuple[Instant, str] | None = None
    """When what had cleared, or what was muted, was last heard again, and which (`RoundCause`)."""
    paging: Paging = Paging()
    roles: tuple[RoleSpan, ...] = ()
    offers: tuple[tuple[str, str], ...] = ()
    ticks: Mapping[str, Tick] = field(default_factory=dict[str, Tick])
    unticked: frozenset[str] = frozenset()
    """Items that a person unticked: no check ticks them again."""
    attempts: tuple[Attempt, ...] = ()
    updates: Mapping[str, Instant] = field(default_factory=_empty)
    fell: Mapping[str, tuple[Instant, bool]] = field(default_factory=dict[str, tuple[Instant, bool]])
    """The latest update of each audience that was reminded of: by when, and whether it came to be late."""
    lapsed: Mapping[str, Instant] = field(default_factory=_empty)
    """By when the last update of each audience was due that was late: the next one counts from there."""
    late_updates: int = 0
    command_late: bool = False
    paths: tuple[str, ...] = ()
    decisions: Mapping[str, Instant] = field(default_factory=_empty)
    taxonomy: Mapping[str, str] = field(default_factory=dict[str, str])
    impact: Mapping[str, float] = field(default_factory=dict[str, float])
    links: tuple[tuple[str, str], ...] = ()
    merged_into: str | None = None
    people: frozenset[str] = frozenset()
    unknown: int = 0
    """Facts of a later version on this record: nothing more is written to it by this version."""

    def time(self, milestone: str) -> Instant | None:
        """A milestone's instant, corrected where somebody corrected it."""
        return self.corrected.get(milestone, self.times.get(milestone))

    @property
    def declared(self) -> bool:
        return "declared" in self.times

    @property
    def resolved(self) -> bool:
        return self.phase == "post_incident" or self.ended is not None

    @property
    def firing(self) -> bool:
        """Whether any joined group fires; one opened by hand always does."""
        return not self.groups or any(part.firing for part in self.groups.values())

    @property
    def audible(self) -> bool:
        """Whether anything that fires may page."""
        return not self.groups or any(part.firing and not part.muted for part in self.groups.values())

    def holder(self, role: str, *, interim: bool = True) -> str | None:
        """Who plays a role now; `interim=False` counts only those who accepted it."""
        spans = (span for span in self.roles if span.role == role and span.until is None)
        return next((span.person for span in spans if interim or not span.interim), None)
