"""Bugs that peers have shipped, planted at the seams of the engine: the season's invariants have to find each of them.

None is a patch of a function somewhere inside: each is a store, a post or a heart of its own, handed to a season.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tocsin.core.duty import Due, Duty
from tocsin.core.instants import Instant
from tocsin.engine.records import Unit
from tocsin.engine.send import Parcel
from tocsin.integrations.base import Delivery
from tocsin.sim.faults import Crash, SeasonPost, WatchedHeart
from tocsin.sim.pace import Pace
from tocsin.store.base import OutboxRow, Reading, Store, Writing


class MarksBeforeItSends(SeasonPost):
    """Writes down that a message is sent, and hands it over afterwards."""

    def __init__(self, clock: Any) -> None:
        super().__init__(clock)
        self.held: list[Parcel] = []

    def submit(self, parcel: Parcel) -> None:
        self.held.append(parcel)
        self.on_their_way.append((parcel, Delivery("accepted", "ok")))

    def room(self) -> int:
        while self.held and not self.on_their_way:
            parcel = self.held.pop(0)
            if self.faults.strikes("before_send"):
                self.held.clear()
                raise Crash
            self.hand_over(parcel)
            self.on_their_way.clear()
        return super().room()


class DropsARound(WatchedHeart):
    """Forgets that a round which nobody answered is followed by another."""

    def due(self, record: str, unit: Unit) -> Due:
        owed = super().due(record, unit)
        ready, upcoming = self._without(owed.ready), self._without(owed.upcoming)
        gone = len(owed.upcoming) != len(upcoming)
        again = min((duty.at for duty in upcoming), default=None) if gone else owed.ask_again
        return Due(ready, upcoming, again)

    @staticmethod
    def _without(duties: Sequence[Duty]) -> tuple[Duty, ...]:
        return tuple(duty for duty in duties if duty.reason not in ("still_unanswered", "gone_quiet"))


class Wrapped:
    """A store around a store."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    @contextmanager
    def writing(self, *, alone: bool = False) -> Generator[Writing]:
        with self.inner.writing(alone=alone) as w:
            yield w

    def reading(self) -> AbstractContextManager[Reading]:
        return self.inner.reading()

    def now(self) -> Instant | None:
        return self.inner.now()

    def backup(self, to: str) -> None:
        self.inner.backup(to)

    def close(self) -> None:
        self.inner.close()


class Without:
    """A transaction that keeps some of its writes to itself."""

    def __init__(self, w: Writing) -> None:
        self._w = w
        self.timers: list[tuple[str, Instant | None]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._w, name)


class _NoTimers(Without):
    def set_timers(self, timers: Sequence[tuple[str, Instant | None]]) -> None:
        self.timers += timers


class TimersApart(Wrapped):
    """Sets timers in a transaction of their own, after the facts are committed."""

    @contextmanager
    def writing(self, *, alone: bool = False) -> Generator[Any]:
        with self.inner.writing(alone=alone) as w:
            kept = _NoTimers(w)
            yield kept
        if kept.timers:
            with self.inner.writing() as w:
                w.set_timers(kept.timers)


class _NoOrders(Without):
    def put_outbox(self, rows: Sequence[OutboxRow]) -> None:
        self._w.put_outbox(rows[:-1] if len(rows) > 1 else rows)


class LosesAnOrder(Wrapped):
    """Drops the last of several orders that one transaction brings about."""

    @contextmanager
    def writing(self, *, alone: bool = False) -> Generator[Any]:
        with self.inner.writing(alone=alone) as w:
            yield _NoOrders(w)


class AnswersBeforeTheCommit(Wrapped):
    """Says done, and commits when the next transaction comes: an acknowledgement can be lost."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._open: AbstractContextManager[Writing] | None = None

    @contextmanager
    def writing(self, *, alone: bool = False) -> Generator[Writing]:
        self._commit()
        opened = self.inner.writing(alone=alone)
        w = opened.__enter__()
        try:
            yield w
        except BaseException as problem:
            opened.__exit__(type(problem), problem, problem.__traceback__)
            raise
        self._open = opened

    def _commit(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened.__exit__(None, None, None)

    def close(self) -> None:
        if self._open is not None:
            self._open.__exit__(Crash, Crash(), None)
        super().close()


PLANTED: dict[str, dict[str, Any]] = {
    "mark_before_send": {"post": MarksBeforeItSends},
    "timer_in_its_own_transaction": {"wrap": TimersApart},
    "acknowledgement_lost": {"wrap": AnswersBeforeTheCommit},
    "dropped_round": {"heart": DropsARound},
    "lost_order": {"wrap": LosesAnOrder},
}
PACES = {
    "timer_in_its_own_transaction": Pace(faults=("disk_full",)),
    "acknowledgement_lost": Pace(faults=("after_send", "before_send", "before_commit")),
}
"""Which faults bring a bug to light soonest; the others come to light whatever fails."""

FINDS: dict[str, set[str]] = {
    "mark_before_send": {"what_is_marked_was_handed_over"},
    "timer_in_its_own_transaction": {"the_timer_is_that_of_the_record"},
    "acknowledgement_lost": {"what_was_answered_is_recorded", "what_is_accepted_is_recorded"},
    "dropped_round": {"the_timer_is_that_of_the_record", "nothing_ready_is_left"},
    "lost_order": {"every_order_is_owed_or_ended"},
}
"""By which invariants each may be found."""
