"""The loop: one thread that writes. Questions in one batch share one commit; ticks go in slices; sends go to a pool.

Each duty has its own failure: what breaks is counted and said, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from tocsin.core.instants import Instant, later, seconds_between
from tocsin.core.refusals import Refusal, refuse
from tocsin.engine import admin, handle, intake
from tocsin.engine.compose import Address
from tocsin.engine.door import Question, raw
from tocsin.engine.heart import Heart
from tocsin.engine.records import Unit
from tocsin.engine.seal import seal_heads
from tocsin.engine.send import Parcel, Traffic, pick, settle
from tocsin.engine.sweep import resume, wake
from tocsin.engine.tick import SLICE, tick
from tocsin.engine.tick import settle as settle_record
from tocsin.engine.wire import Act, Admin, Alerts, command_of, refused
from tocsin.integrations.base import Delivery
from tocsin.store.base import Conflict, StoreUnavailable, Writing

log = logging.getLogger("tocsin.engine")

BEAT = 5.0
AWAY_AFTER = 60.0
SEAL_EVERY = 60.0
EXPIRE_EVERY = 15.0
POISON_WAIT = 3600.0
CROWDED_FOR = 1.0
"""Seconds for which sends wait while timers are due still: what they order leaves in one message, not in slices."""


class Post(Protocol):
    """Where parcels go: a pool of threads, or in tests a function at once."""

    def room(self) -> int: ...
    def submit(self, parcel: Parcel) -> None: ...
    def returned(self) -> list[tuple[Parcel, Delivery]]: ...


class SandboxInbox(Protocol):
    """The pretend phones, for the page that shows them."""

    def messages(self, address: str = "") -> tuple[Any, ...]: ...


@dataclass(slots=True)
class Health:
    """What the engine says of itself."""

    started_at: Instant = Instant(0)
    beat_at: Instant = Instant(0)
    lateness: float = 0.0
    poisoned: dict[str, str] = field(default_factory=dict[str, str])
    failures: dict[str, int] = field(default_factory=dict[str, int])
    last_success: dict[str, Instant] = field(default_factory=dict[str, Instant])
    last_failure: dict[str, Instant] = field(default_factory=dict[str, Instant])


class Engine:
    """Intake, handle, tick, send, sweep and seal, each in its turn."""

    def __init__(
        self, heart: Heart, post: Post, address: Address, owner: str, inbox: SandboxInbox | None = None
    ) -> None:
        self.heart = heart
        self.inbox = inbox
        self.post = post
        self.address = address
        self.owner = owner
        self.traffic = Traffic()
        self.health = Health()
        self._back: list[tuple[Parcel, Delivery]] = []
        self._sealed_at = Instant(0)
        self._expired_at = Instant(0)
        self._kept_at = Instant(0)
        self._crowded_since: Instant | None = None

    def start(self) -> None:
        """Read the store in, and say in every open incident how long nobody was here (rule 17)."""
        self.heart.start()
        now = self.heart.now()
        self.health.started_at = now
        self._came_back(now)
        self.heart.transact(lambda unit, w: (w.free_leases(), wake(self.heart, unit, w)))
        self.beat(now)

    def _came_back(self, now: Instant) -> None:
        """Whoever was away says so, in every open incident: stopped, suspended, or cut off from the database. Where
        another engine was here, nobody was away."""
        with self.heart.store.reading() as reading:
            last = reading.meta("heartbeat")
        away = seconds_between(Instant(int(last)), now) if last is not None else 0.0
        if last is not None and away > AWAY_AFTER and self.heart.around.live is not None:
            told = resume(self.heart, Instant(int(last)), away)
            log.warning("was away for %.0f s; %d incidents resumed", away, told)

    def turn(self) -> bool:
        """One turn without questions. Returns whether there is more to do at once."""
        try:
            return self._turn(self.heart.now())
        except StoreUnavailable as problem:
            self._failed("turn", str(problem))
            return False

    def _turn(self, now: Instant) -> bool:
        if seconds_between(self._kept_at, now) > AWAY_AFTER:
            self._came_back(now)
            self.beat(now)
        self._guard("settle", self._settled)
        timer, send = self.owed()
        ticked = self._guard("tick", lambda: self._tick(now)) if timer is not None and timer <= now else 0
        if ticked:
            timer, send = self.owed()
        waits = self._crowded(timer is not None and timer <= now, now)
        picked = self._guard("send", self._send) if send is not None and send <= now and not waits else 0
        behind = self.heart.behind_since()
        if behind is not None and seconds_between(behind, now) >= self.heart.lists_lag:
            self._guard("lists", self.heart.write_behind)
        if seconds_between(self.health.beat_at, now) >= BEAT:
            self._guard("beat", lambda: self.beat(now))
        if seconds_between(self._expired_at, now) >= EXPIRE_EVERY and self.heart.around.live:
            self._expired_at = now
            self._guard("expire", lambda: self.heart.transact(lambda unit, w: intake.expire(self.heart, unit, w)))
        if seconds_between(self._sealed_at, now) >= SEAL_EVERY:
            self._sealed_at = now
            self._guard("seal", lambda: seal_heads(self.heart))
        return ticked > 0 or picked > 0

    def finish(self) -> None:
        """The last turn before a graceful stop: what came back is written down, and what moved is sealed."""
        self.turn()
        self._guard("seal", lambda: seal_heads(self.heart))

    def _crowded(self, more: bool, now: Instant) -> bool:
        """Whether sends wait for the timers that are due still, which is not for long."""
        if not more:
            self._crowded_since = None
            return False
        self._crowded_since = self._crowded_since or now
        return seconds_between(self._crowded_since, now) < CROWDED_FOR

    def owed(self) -> tuple[Instant | None, Instant | None]:
        """When the next timer and the next send are due; with no room to send, what comes back wakes the engine."""
        room = self.post.room() > 0
        with self.heart.store.reading() as reading:
            return reading.next_timer(), reading.next_send() if room else None

    def next_wake(self) -> Instant:
        """The instant at which something is owed next."""
        found = [at for at in self.owed() if at is not None]
        behind = self.heart.behind_since()
        if behind is not None:
            found.append(later(behind, self.heart.lists_lag))
        return min([later(self.health.beat_at, BEAT), *found])

    def rest(self, most: float) -> float:
        """For how many seconds nothing is owed, by the clock that says what is due; `most` at the most."""
        try:
            ahead = seconds_between(self.heart.now(), self.next_wake())
        except StoreUnavailable:
            return most
        clock = self.heart.clock
        return min(most, max(0.0, clock.seconds_until(later(clock.now(), ahead))))

    def _guard(self, duty: str, work: Callable[[], int | None]) -> int:
        """A duty's own failure: counted, said, and tried again at its next turn."""
        try:
            return work() or 0
        except StoreUnavailable as problem:
            self._failed(duty, str(problem))
        except Exception as problem:
            self._failed(duty, type(problem).__name__)
            log.exception("%s failed", duty)
        return 0

    def _failed(self, duty: str, why: str) -> None:
        self.health.failures[duty] = self.health.failures.get(duty, 0) + 1
        log.error("%s failed: %s", duty, why)

    def _settled(self) -> int:
        """Write down what came back from vendors; what cannot be written now is kept for the next turn."""
        self._back += self.post.returned()
        if not self._back:
            return 0
        try:
            settle(self.heart, self.traffic, self._back)
        except (StoreUnavailable, Conflict):
            raise
        except Exception:
            log.exception("%d results could not be written together; each is tried alone", len(self._back))
            self._settle_alone(self._back)
        results, self._back = self._back, []
        now = self.heart.now()
        for parcel, delivery in results:
            good = delivery.outcome == "accepted"
            (self.health.last_success if good else self.health.last_failure)[parcel.channel] = now
        return len(results)

    def _settle_alone(self, results: list[tuple[Parcel, Delivery]]) -> None:
        """What cannot be written at all is let go: its lease ends, and it is sent again and says so."""
        for each in results:
            try:
                settle(self.heart, self.traffic, [each])
            except (StoreUnavailable, Conflict):
                raise
            except Exception:
                log.exception("a result of %s is lost", each[0].rows[0].record)
                self.traffic.flying.discard(each[0].rows[0].contact)

    def _tick(self, now: Instant) -> int:
        try:
            return tick(self.heart, self.owner)
        except (StoreUnavailable, Conflict):
            raise
        except Exception:
            log.exception("a slice of timers failed; each is tried alone")
            return self._one_by_one(now)

    def _one_by_one(self, now: Instant) -> int:
        """A poisoned record steps aside, loudly; the others go on."""
        with self.heart.store.reading() as reading:
            due = reading.due_timers(now, SLICE)
        for timer in due:
            try:
                self.heart.transact(
                    lambda unit, w, record=timer.record: (
                        settle_record(self.heart, unit, w, record),
                        self.heart.index([record], unit, w),
                    )
                )
            except (StoreUnavailable, Conflict):
                raise
            except Exception as problem:
                self.health.poisoned[timer.record] = type(problem).__name__
                log.exception("%s steps aside for an hour", timer.record)
                aside = later(now, POISON_WAIT)
                self.heart.transact(lambda unit, w, record=timer.record, at=aside: w.set_timers([(record, at)]))
        return len(due)

    def _send(self) -> int:
        room = self.post.room()
        if room <= 0:
            return 0
        parcels = pick(self.heart, self.traffic, self.address, self.owner, room)
        for parcel in parcels:
            self.post.submit(parcel)
        return len(parcels)

    def beat(self, now: Instant) -> None:
        """Write down that an engine is here."""
        self.health.beat_at = now
        self.heart.transact(lambda unit, w: w.set_meta("heartbeat", str(int(now))))
        self._kept_at = now

    # ------------------------------------------------------------------ questions through the door

    def answer(self, questions: list[Question]) -> list[tuple[str, Any]]:
        """Answer a batch in one commit. If one of them breaks, each is done alone, so that none drags others down."""
        if not questions:
            return []
        try:
            return self.heart.transact(lambda unit, w: [self._one(unit, w, each) for each in questions])
        except (StoreUnavailable, Conflict) as problem:
            log.error("%d questions were not answered: %s", len(questions), problem)
            return [("failed", str(problem))] * len(questions)
        except Exception:
            log.exception("a batch of %d questions failed; each is tried alone", len(questions))
            return [self._alone(each) for each in questions]

    def _alone(self, question: Question) -> tuple[str, Any]:
        try:
            return self.heart.transact(lambda unit, w: self._one(unit, w, question))
        except (StoreUnavailable, Conflict) as problem:
            return "failed", str(problem)
        except msgspec.MsgspecError as problem:
            return "refused", refused(refuse("invalid", str(problem)))
        except Exception as problem:
            log.exception("the question %s failed", question.frame.op)
            return "failed", f"{type(problem).__name__} in {question.frame.op}"

    def _one(self, unit: Unit, w: Writing, question: Question) -> tuple[str, Any]:
        answer: Any = OPS[question.frame.op](self, unit, w, question.frame.body)
        return ("refused", refused(answer)) if isinstance(answer, Refusal) else ("ok", answer)


_alerts = msgspec.msgpack.Decoder(Alerts)
_act = msgspec.msgpack.Decoder(Act)
_admin = msgspec.msgpack.Decoder(Admin)


def _take(engine: Engine, unit: Unit, w: Writing, body: msgspec.Raw) -> object:
    if engine.heart.around.live is None:
        return refuse("unavailable", "no plan is applied yet", mend="tocsin plan apply DIR")
    alerts = _alerts.decode(body)
    return intake.take(engine.heart, unit, w, alerts.source, alerts.alerts).counts


def _handle(engine: Engine, unit: Unit, w: Writing, body: msgspec.Raw) -> object:
    act = _act.decode(body)
    return handle.handle(engine.heart, unit, w, act.id, act.record, command_of(act), act.actor)


def _administer(engine: Engine, unit: Unit, w: Writing, body: msgspec.Raw) -> object:
    ask = _admin.decode(body)
    return admin.OPERATIONS[ask.what](engine.heart, unit, w, ask.actor, **ask.arguments)


def _say_health(engine: Engine, unit: Unit, w: Writing, body: msgspec.Raw) -> object:
    return engine.health


def _sandbox(engine: Engine, unit: Unit, w: Writing, body: msgspec.Raw) -> object:
    return engine.inbox.messages() if engine.inbox is not None else ()


OPS: dict[str, Callable[[Engine, Unit, Writing, msgspec.Raw], object]] = {
    "alerts": _take,
    "act": _handle,
    "admin": _administer,
    "health": _say_health,
    "sandbox": _sandbox,
}

__all__ = ["OPS", "Engine", "Health", "Post", "raw"]
