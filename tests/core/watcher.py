"""The oracle of the roster: a person who stares at the zone's clock, and knows no formula."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tocsin.core.calendars import local
from tocsin.core.instants import Instant
from tocsin.core.plan import Rotation, Weekday
from tocsin.core.world import Override

WEEK: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass
class Watcher:
    """Walks from minute to minute and hands over when the clock on the wall says so."""

    rotation: Rotation
    overrides: tuple[Override, ...] = ()
    left: frozenset[str] = frozenset()
    step: int = 1
    turn: int = -1
    pending: datetime = field(init=False)
    late: int | None = None
    shown: datetime | None = None

    def __post_init__(self) -> None:
        day = date.fromisoformat(self.rotation.starts)
        while WEEK[day.weekday()] != self.rotation.handover_day:
            day -= timedelta(days=1)
        hour, minute = self.rotation.handover_at.split(":")
        self.pending = datetime(day.year, day.month, day.day, int(hour), int(minute))

    def look(self, now: Instant) -> str | None:
        """Who is on call at this minute. Must be called for every step in turn, from before the start."""
        shown = local(now, self.rotation.time_zone).replace(tzinfo=None)
        before, self.shown = self.shown, shown
        if self.late is None and shown >= self.pending:
            # Past it without having shown it: the clock jumped. The hand-over comes as long after the last minute
            # before the jump as it would have come had nobody touched the clock.
            waited = (self.pending - before) // timedelta(minutes=self.step) if before and shown > self.pending else 1
            self.late = waited - 1
        if self.late is not None:
            if self.late == 0:
                self.turn, self.late = self.turn + 1, None
                self.pending += timedelta(days=7 * self.rotation.weeks)
            else:
                self.late -= 1
        return self._asked(now)

    def _asked(self, now: Instant) -> str | None:
        for each in reversed(self.overrides):
            if each.start <= now and now < each.end and each.person not in self.left:
                return each.person
        if self.turn < 0:
            return None
        people = list(self.rotation.people)
        for _ in range(self.turn % len(people)):
            people.append(people.pop(0))
        return next((person for person in people if person not in self.left), None)
