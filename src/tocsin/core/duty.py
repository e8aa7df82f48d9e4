"""What `due` answers with: duties with their reasons, and when to ask again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.core.facts import Fact
from tocsin.core.instants import Instant


@dataclass(frozen=True, slots=True)
class Duty:
    """Something owed at an instant. `key` names what is owed (policy, round, step), never who.

    `facts` are what taking it writes down; a duty without facts only says when to look again, or shows a clock.
    """

    at: Instant
    key: str
    what: str
    reason: str
    who: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """What is owed and ready, in order; what comes later; and the next instant at which to ask again."""

    ready: tuple[Duty, ...]
    upcoming: tuple[Duty, ...]
    ask_again: Instant | None

    @property
    def shown(self) -> tuple[Duty, ...]:
        """What people are shown of what happens next: a step that will be passed over is no news."""
        return tuple(duty for duty in (*self.ready, *self.upcoming) if duty.what != "skip")


def due_of(duties: Iterable[Duty], now: Instant) -> Due:
    """Split duties at `now`, earliest first; equal instants keep the order in which they were found."""
    ordered = sorted(duties, key=lambda duty: duty.at)
    ready = tuple(duty for duty in ordered if duty.at <= now and duty.facts)
    later = [duty for duty in ordered if duty.at > now]
    return Due(ready, tuple(duty for duty in later if duty.what != "look"), later[0].at if later else None)


def look(at: Instant, key: str) -> Duty:
    """Nothing is owed, but the answer may change at this instant."""
    return Duty(at, key, "look", "")
