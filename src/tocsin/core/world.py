"""All that a verb reads besides its record: the stamped rules, and live people, rosters, maintenance, channel health.

An incident keeps the rules in force when it opened, and from declaration on those in force then; people,
contacts, rotations, overrides and leave are read live (spec/0-semantics rule 11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tocsin.core.instants import LATEST, Instant
from tocsin.core.plan import MuteWindow, Plan
from tocsin.core.plan_index import Index, index
from tocsin.core.plan_words import Matcher


@dataclass(frozen=True, slots=True)
class Rules:
    """A plan as applied: its hash and its look-ups."""

    hash: str
    plan: Plan
    by: Index

    @classmethod
    def of(cls, plan: Plan, hash: str = "") -> Rules:
        """Rules of a plan; tests may leave the hash out."""
        return cls(hash, plan, index(plan))


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a person: its channel is the integration's kind, as webhook or smtp."""

    id: str
    channel: str
    verified: bool


@dataclass(frozen=True, slots=True)
class LivePerson:
    """What the record knows of a person. A ladder is (contact id, seconds after the call began)."""

    handle: str
    contacts: tuple[Contact, ...] = ()
    page_ladder: tuple[tuple[str, int], ...] = ()
    inform_ladder: tuple[tuple[str, int], ...] = ()
    grants: tuple[str, ...] = ()
    left: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody takes a span of a rotation, entered by somebody. A later entered one wins over an earlier one."""

    id: str
    person: str
    start: Instant
    end: Instant
    by: str = ""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A planned maintenance: also the silence for its services (rule 19)."""

    id: str
    services: tuple[str, ...]
    start: Instant
    end: Instant
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Somebody's silence: which alerts, from when to when, whose it is, and when it is looked at again.

    `window` makes it recur weekly within that span. `words` names the payload of its reason.
    """

    id: str
    by: str
    owner: str
    matchers: tuple[Matcher, ...]
    start: Instant
    end: Instant
    review: Instant
    made_at: Instant
    words: str = ""
    window: MuteWindow | None = None
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call: people in order, since when, until when this answer holds, and why."""

    people: tuple[str, ...]
    since: Instant
    until: Instant
    why: str


NOBODY = OnCall((), Instant(0), LATEST, "no such rotation")
Matches = Callable[[Matcher, str], bool]


def plain_matches(matcher: Matcher, value: str) -> bool:
    """Equality matchers only; patterns need an engine that is handed in, since users' patterns run in linear time."""
    if matcher.operator == "=":
        return value == matcher.value
    if matcher.operator == "!=":
        return value != matcher.value
    raise ValueError("a pattern needs a matching engine")


@dataclass(frozen=True, slots=True)
class World:
    """What is so besides the record, at the instant of asking.

    `rules` are those the record is bound to; `live` the plan in force now, for people, posts and rotations.
    `silences` are those that nobody ended, the last to end first. `dead_channels` are kinds whose vendor fails now.
    `matches` compares a matcher with a label's value.
    """

    rules: Rules
    live: Rules
    people: Mapping[str, LivePerson] = field(default_factory=dict[str, LivePerson])
    overrides: Mapping[str, tuple[Override, ...]] = field(default_factory=dict[str, tuple[Override, ...]])
    maintenances: tuple[Maintenance, ...] = ()
    silences: tuple[Silence, ...] = ()
    dead_channels: frozenset[str] = frozenset()
    matches: Matches = plain_matches
    tzdata: str = ""

    def contact(self, person: str, contact: str) -> Contact | None:
        """A contact of a person by id, while it exists."""
        known = self.people.get(person)
        return next((c for c in known.contacts if c.id == contact), None) if known else None
