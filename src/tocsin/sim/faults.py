"""What can go wrong on purpose: a process that dies at a numbered point, a disk that refuses, vendors that fail.

Each fault is armed by the season's chance and goes off once, so that a seed replays it at the same point.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later
from tocsin.engine.clock import SetClock
from tocsin.engine.heart import Heart
from tocsin.engine.outbox import no_longer
from tocsin.engine.records import Unit
from tocsin.engine.send import Parcel
from tocsin.integrations.base import Delivery
from tocsin.sim.world import PretendPost, Ring
from tocsin.store.base import Reading, Store, StoreUnavailable, Writing

Where = Literal["before_commit", "after_commit", "disk_full", "before_send", "after_send"]
CRASHES: tuple[Where, ...] = ("before_commit", "after_commit", "before_send", "after_send")


class Crash(BaseException):
    """The process is gone at this point: nothing after it runs."""


@dataclass(slots=True)
class Faults:
    """The one fault that waits to go off, after so many passes of its point."""

    armed: Where | None = None
    after: int = 0
    gone_off: dict[str, int] = field(default_factory=dict[str, int])

    def arm(self, where: Where, after: int) -> None:
        """Let a fault wait for its turn; one at a time."""
        self.armed, self.after = where, after

    def strikes(self, where: Where) -> bool:
        """Whether the waiting fault goes off at this pass of a point."""
        if self.armed != where:
            return False
        self.after -= 1
        if self.after >= 0:
            return False
        self.armed = None
        self.gone_off[where] = self.gone_off.get(where, 0) + 1
        return True


class Fragile:
    """A store that is cut off before or after a commit, or refuses it, where a fault is armed."""

    def __init__(self, inner: Store, faults: Faults) -> None:
        self.inner = inner
        self.faults = faults

    @contextmanager
    def writing(self, *, alone: bool = False) -> Generator[Writing]:
        """One transaction of the store within."""
        with self.inner.writing(alone=alone) as w:
            yield w
            if self.faults.strikes("before_commit"):
                raise Crash
            if self.faults.strikes("disk_full"):
                raise StoreUnavailable("the pretend disk is full")
        if self.faults.strikes("after_commit"):
            raise Crash

    def reading(self) -> AbstractContextManager[Reading]:
        return self.inner.reading()

    def now(self) -> Instant | None:
        return self.inner.now()

    def backup(self, to: str) -> None:
        self.inner.backup(to)

    def close(self) -> None:
        self.inner.close()


class WatchedHeart(Heart):
    """A heart that notes which records a commit moved, for the checks after a step."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.touched: set[str] = set()

    def _hear(self, unit: Unit) -> None:
        super()._hear(unit)
        self.touched |= unit.staged.keys()


@dataclass(frozen=True, slots=True)
class Handed:
    """One row that a vendor was handed: when, to whom, as what, whether the message said that it may be a copy, and
    whether it told of the row (what goes along with a newer page of its incident is not told of)."""

    at: Instant
    person: str
    verb: str
    duplicate: bool
    outcome: str
    told: bool


class SeasonPost(PretendPost):
    """The pretend post of a season: notes each row handed over, what should not have been, and dies where told."""

    def __init__(self, clock: SetClock) -> None:
        super().__init__(clock)
        self.faults = Faults()
        self.heart: Heart | None = None
        self.handed: dict[str, dict[str, list[Handed]]] = {}
        self.wrong: list[str] = []

    def submit(self, parcel: Parcel) -> None:
        if self.faults.strikes("before_send"):
            raise Crash
        self.hand_over(parcel)
        if self.faults.strikes("after_send"):
            raise Crash

    def hand_over(self, parcel: Parcel) -> None:
        """The vendor takes the parcel, or does not; what became of it is on its way back."""
        now = self.clock.now()
        self.wrong += self._unwanted(parcel, now)
        self.tried += 1
        delivery = self.vendor(parcel, now)
        told: set[str] = set()
        for row in parcel.rows:
            new = row.record not in told
            told.add(row.record)
            note = Handed(now, row.person, row.verb, parcel.message.possible_duplicate, delivery.outcome, new)
            self.handed.setdefault(row.record, {}).setdefault(row.key, []).append(note)
        if delivery.outcome in ("accepted", "unknown"):
            first = parcel.rows[0]
            self.rings.append(Ring(now, first.person, parcel.channel, first.contact, parcel.message))
        self.on_their_way.append((parcel, delivery))

    def _unwanted(self, parcel: Parcel, now: Instant) -> list[str]:
        """A page that rings although it no longer matters: answered, resolved, or its call is over. A digest may tell
        of what is over, and a row that goes along with a newer one of its incident is not told of."""
        if self.heart is None:
            return []
        found: list[str] = []
        with self.heart.store.reading() as reading:
            for row in parcel.rows:
                if parcel.message.key != f"{row.record}/{row.key}" or parcel.message.what == "digest":
                    continue
                state = self.heart.records.get(row.record, reading).state
                assert isinstance(state, Incident)
                why = no_longer(state.paging.orders.get(row.key), state, self.heart.world(state.rules), now)
                if why is not None:
                    found.append(f"{row.record}: {row.key} was sent although {why}")
        return found


@dataclass(slots=True)
class Vendors:
    """What each channel does now, and until when: fine, failing, dead for good, silent after accepting."""

    chance: Random
    weather: dict[str, tuple[str, Instant]] = field(default_factory=dict[str, "tuple[str, Instant]"])
    calm_since: Instant = Instant(0)

    def change(self, now: Instant) -> None:
        """Let one channel fail for a while: for minutes mostly, for hours at times."""
        channel = self.chance.choice(("webhook", "smtp"))
        kind = self.chance.choice(("failed_now", "failed_for_good", "unknown", "slow_down", "flaky"))
        lasts = self.chance.choice((60, 300, 900, 7200)) * (0.5 + self.chance.random())
        self.weather[channel] = (kind, later(now, lasts))

    def clear(self) -> None:
        """Every vendor works again."""
        self.weather.clear()

    def stormy(self, now: Instant) -> bool:
        """Whether any channel fails now."""
        return any(now < until for _, until in self.weather.values())

    def __call__(self, parcel: Parcel, now: Instant) -> Delivery:
        kind, until = self.weather.get(parcel.channel, ("", Instant(0)))
        if now >= until:
            return Delivery("accepted", "ok", f"v-{parcel.message.key[-6:]}")
        self.calm_since = max(self.calm_since, until)
        if kind == "slow_down":
            return Delivery("failed_now", "http_429", retry_after=30.0)
        if kind == "flaky":
            kind = self.chance.choice(("failed_now", "accepted", "unknown"))
        if kind == "failed_now":
            return Delivery("failed_now", "http_503")
        if kind == "failed_for_good":
            return Delivery("failed_for_good", "http_410")
        return Delivery("unknown", "timeout") if kind == "unknown" else Delivery("accepted", "ok")
