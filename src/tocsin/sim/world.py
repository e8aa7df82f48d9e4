"""The pretend world: the real engine on a clock that is put where it should be, with pretend phones.

Tests, stories, the seeded simulation and the demo's replay all stand on it; a store file may be crashed and reopened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tocsin.core import commands as c
from tocsin.core.alerts import Group, evolve_group
from tocsin.core.facts import Entry, Words
from tocsin.core.incident.due import due
from tocsin.core.incident.evolve import fold
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later, seconds_between
from tocsin.core.plan import Plan
from tocsin.core.plan_json import plan_to_json
from tocsin.core.refusals import Refusal
from tocsin.core.world import Matches, plain_matches
from tocsin.engine import admin, handle, intake
from tocsin.engine.clock import SeededChance, SetClock
from tocsin.engine.codec import entry
from tocsin.engine.compose import Address
from tocsin.engine.heart import Heart
from tocsin.engine.run import BEAT, Engine
from tocsin.engine.send import Parcel
from tocsin.engine.wire import Incoming
from tocsin.integrations.base import Delivery, Message
from tocsin.store.base import ENGINE, IncidentRow, Store, StoreUnavailable

ACCEPTED = Delivery("accepted")
Vendor = Callable[[Parcel, Instant], Delivery]
MOST_TURNS = 100_000


@dataclass(frozen=True, slots=True)
class Ring:
    """A message that reached somebody: when, whom, over what."""

    at: Instant
    person: str
    channel: str
    contact: str
    message: Message


@dataclass(slots=True)
class PretendPost:
    """Hands each parcel over at once, to a vendor that may be told to fail."""

    clock: SetClock
    vendor: Vendor = field(default=lambda parcel, now: ACCEPTED)
    rings: list[Ring] = field(default_factory=list[Ring])
    tried: int = 0
    most: int = 16
    on_their_way: list[tuple[Parcel, Delivery]] = field(default_factory=list["tuple[Parcel, Delivery]"])

    def room(self) -> int:
        return self.most - len(self.on_their_way)

    def submit(self, parcel: Parcel) -> None:
        self.tried += 1
        delivery = self.vendor(parcel, self.clock.now())
        if delivery.outcome in ("accepted", "unknown"):
            row = parcel.rows[0]
            self.rings.append(Ring(self.clock.now(), row.person, parcel.channel, row.contact, parcel.message))
        self.on_their_way.append((parcel, delivery))

    def returned(self) -> list[tuple[Parcel, Delivery]]:
        back, self.on_their_way = self.on_their_way, []
        return back


class PretendWorld:
    """An engine, its store, its people and their phones."""

    def __init__(
        self,
        plan: Plan,
        open_store: Callable[[], Store],
        at: Instant,
        *,
        seed: int = 1,
        matches: Matches = plain_matches,
        contacts: Mapping[str, tuple[str, ...]] | None = None,
        post: Callable[[SetClock], PretendPost] = PretendPost,
        heart: Callable[..., Heart] = Heart,
    ) -> None:
        self.clock = SetClock(at)
        self.chance = SeededChance(seed)
        self.matches = matches
        self.post = post(self.clock)
        self._heart = heart
        self._open_store = open_store
        self.start()
        if self.engine.heart.around.live is None:
            applied = self.apply(plan)
            assert isinstance(applied, str), applied
        for handle_, channels in (contacts or {p.handle: ("webhook", "smtp") for p in plan.people}).items():
            for channel in channels:
                self.add_contact(handle_, channel)

    # --------------------------------------------------------------------------------- the engine's life

    def start(self) -> None:
        """Open the store and start an engine on it."""
        self.store = self._open_store()
        heart = self._heart(self.store, self.clock, self.chance, self.matches, "test")
        self.engine = Engine(heart, self.post, Address("https://tocsin.example", b"pretend secret"), "engine-1")
        self.engine.start()

    def die(self) -> None:
        """The process is gone: what memory held is lost, results on their way too."""
        self.post.returned()
        self.store.close()

    def away(self, seconds: float) -> None:
        """Die, and start again so many seconds later."""
        self.die()
        self.clock.forward(seconds)
        self.start()
        self.settle()

    def settle(self) -> None:
        """Turn until nothing is ready at this instant."""
        for _ in range(MOST_TURNS):
            more = self.engine.turn()
            if not more and not self.post.on_their_way:
                return
        raise AssertionError("the engine never came to rest")

    def forward(self, seconds: float) -> None:
        """Let time pass, stopping at each instant at which something is owed. The engine is awake all the while."""
        end = later(self.clock.now(), seconds)
        self.settle()
        while self.clock.now() < end:
            self.clock.at = min(end, max(self._next(), Instant(self.clock.now() + 1)))
            self._awake()
            self.settle()

    def _awake(self) -> None:
        """What a loop that turns every second would have written down on the way."""
        with contextlib.suppress(StoreUnavailable):
            if seconds_between(self.engine.health.beat_at, self.clock.now()) >= BEAT:
                self.engine.beat(self.clock.now())

    def sleep(self, seconds: float) -> None:
        """Let time pass while the engine's process is suspended, or its machine sleeps."""
        self.clock.forward(seconds)
        self.settle()

    def _next(self) -> Instant:
        return min((at for at in self.engine.owed() if at is not None), default=Instant(1 << 62))

    # --------------------------------------------------------------------------------------- what happens

    def apply(self, plan: Plan, forced: str | None = None) -> str | Refusal:
        """Put a plan in force."""
        body = plan_to_json(plan)
        return self.engine.heart.transact(
            lambda unit, w: admin.apply_plan(self.engine.heart, unit, w, admin.ADMIN, body, forced)
        )

    def administer(self, what: str, **arguments: Any) -> Any:
        """One of the engine's other writes, by name."""
        return self.engine.heart.transact(
            lambda unit, w: admin.OPERATIONS[what](self.engine.heart, unit, w, admin.ADMIN, **arguments)
        )

    def add_contact(self, person: str, channel: str, *, verified: bool = True) -> str:
        """Give somebody a phone; it counts at once unless said otherwise."""
        address = f"https://phone.example/{person}" if channel == "webhook" else f"{person}@example.org"
        id = self.administer("add_contact", person=person, channel=channel, address=address, channels=(channel,))
        assert isinstance(id, str), id
        if verified:
            self.administer("verify_contact", person=person, contact=id)
        return id

    def alert(
        self,
        name: str = "Down",
        *,
        firing: bool = True,
        source: str = "test",
        starts_at: Instant | None = None,
        ends_at: Instant | None = None,
        **labels: str,
    ) -> dict[str, int]:
        """An alert comes in; answers the counts by reason."""
        now = self.clock.now()
        all_labels = tuple(sorted({"alertname": name, **labels}.items()))
        ends = ends_at if ends_at is not None or firing else now
        incoming = Incoming(all_labels, firing, starts_at or now, ends, f"{name}\n{{}}".encode())
        return self.alerts([incoming], source)

    def alerts(self, alerts: list[Incoming], source: str = "test") -> dict[str, int]:
        """Several alerts in one request."""
        heart = self.engine.heart
        return heart.transact(lambda unit, w: intake.take(heart, unit, w, source, alerts)).counts

    def act(self, person: str, command: c.Command, number: int = 1, *, id: str = "", via: str = "cli") -> handle.Answer:
        """Somebody asks something of an incident."""
        record = "" if isinstance(command, c.Open) else self.record(number)
        answer = self.ask(person, record, command, id=id, via=via)
        self.settle()
        return answer

    def ask(self, person: str, record: str, command: c.Command, *, id: str = "", via: str = "cli") -> handle.Answer:
        """Somebody asks something of a record; what follows from it waits for the next turn."""
        heart = self.engine.heart
        known = heart.around.people().get(person)
        grants = frozenset(known.grants) if known and known.grants else frozenset({"view", "respond"})
        actor = c.Actor(person, grants, via)
        return heart.transact(lambda unit, w: handle.handle(heart, unit, w, id, record, command, actor))

    def words(self, text: str) -> Words:
        """Text for a command."""
        return Words(self.chance.salt(), text.encode())

    # ---------------------------------------------------------------------------------------- what is seen

    def rows(self) -> tuple[IncidentRow, ...]:
        """Every incident's list row, oldest first."""
        with self.store.reading() as reading:
            return tuple(reversed(reading.incidents(ENGINE, limit=100_000).rows))

    def record(self, number: int) -> str:
        """The record of an incident by its number."""
        with self.store.reading() as reading:
            row = reading.incident(ENGINE, str(number))
        assert row is not None, f"there is no INCIDENT-{number}"
        return row.record

    def entries(self, record: str) -> list[Entry]:
        """A record's entries, from the store."""
        with self.store.reading() as reading:
            return [entry(row) for row in reading.load(record)]

    def incident(self, number: int = 1) -> Incident:
        """An incident folded anew from the store."""
        return fold(self.entries(self.record(number)))

    def groups(self) -> list[Group]:
        """Every group folded anew from the store."""
        found: list[Group] = []
        with self.store.reading() as reading:
            for record in reading.records("group:"):
                state = Group()
                for row in reading.load(record):
                    state = evolve_group(state, entry(row))
                found.append(state)
        return found

    def coming(self, number: int = 1) -> list[tuple[float, str, str]]:
        """What is still to come for an incident: seconds from now, what, why."""
        state = self.incident(number)
        owed = due(state, self.engine.heart.world(state.rules), self.clock.now())
        return [((duty.at - self.clock.now()) / 1e6, duty.what, duty.reason) for duty in owed.upcoming]

    def rang(self, person: str | None = None, verb: str | None = "page") -> list[Ring]:
        """Messages that reached somebody, in order."""
        return [
            ring
            for ring in self.post.rings
            if (person is None or ring.person == person) and (verb is None or ring.message.verb == verb)
        ]

    def facts(self, number: int = 1) -> list[str]:
        """The kinds of an incident's facts, in order."""
        return [each.fact.kind for each in self.entries(self.record(number))]


def without_contacts(plan: Plan, *handles: str) -> dict[str, tuple[str, ...]]:
    """The usual contacts of a plan's people, but none for these."""
    return {p.handle: () if p.handle in handles else ("webhook", "smtp") for p in plan.people}


def edited(plan: Plan, **changes: Any) -> Plan:
    """A plan with some of its lists replaced."""
    return replace(plan, **changes)
