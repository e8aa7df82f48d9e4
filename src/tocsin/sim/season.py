"""A season of a pretend company, from one seed: alerts, people, vendors that fail, crashes, edits, clock steps.

Everything is the real engine and the real store; only clock, phones, people and chance are pretended. The invariants
are looked at after every step, and what breaks names the seed that replays it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tocsin.core import commands as c
from tocsin.core.alerts import fingerprint
from tocsin.core.incident.due import due
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, iso, later, seconds_between
from tocsin.core.plan import Plan
from tocsin.core.refusals import Refusal
from tocsin.engine.sweep import reindex
from tocsin.engine.wire import Incoming
from tocsin.sim.faults import CRASHES, Crash, Faults, Fragile, SeasonPost, Vendors, WatchedHeart, Where
from tocsin.sim.folk import first_reaction, next_step
from tocsin.sim.invariants import Broken, Look, deep, quick, read_whole
from tocsin.sim.world import PretendWorld, Ring
from tocsin.store.base import Store, StoreUnavailable

HOUR = 3600.0
EVER = Instant(1 << 62)
DEEP_EVERY = 400
BACKGROUND = 2
"""Weather and changes go on for ever; a season is over when nothing else is on the agenda."""


@dataclass(slots=True)
class Seen:
    """What a season went through: so that a test can say that it was no idle one."""

    incidents: int = 0
    alerts: int = 0
    steps: int = 0
    deep_looks: int = 0
    commands: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    kinds: Counter[str] = field(default_factory=Counter[str])
    reasons: Counter[str] = field(default_factory=Counter[str])
    faults: Counter[str] = field(default_factory=Counter[str])
    rings: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """How a season runs: seconds between arrivals, how many services break at once, how long alerts fire, and which
    faults come how often (1.0: one every fifty minutes)."""

    gap: float = 400.0
    burst: tuple[int, int] = (3, 25)
    kinds: tuple[tuple[str, int], ...] = (
        ("single", 50), ("burst", 20), ("flap", 8), ("copies", 10), ("disorder", 8), ("info", 4),
    )  # fmt: skip
    fires: tuple[int, ...] = (30, 300, 1800, 5400)
    clears: float = 0.85
    trouble: float = 1.0
    faults: tuple[Where, ...] = (*CRASHES, "disk_full")


STORMS = Pace(gap=3600.0, burst=(150, 400), kinds=(("burst", 1),), fires=(60, 120, 240), clears=1.0)
"""Hundreds of services at once, again and again."""


class Season:
    """One seed's worth of a company's life."""

    def __init__(
        self,
        seed: int,
        plan: Plan,
        open_store: Callable[[], Store],
        at: Instant,
        *,
        heart: Callable[..., WatchedHeart] = WatchedHeart,
        post: Callable[..., SeasonPost] = SeasonPost,
        wrap: Callable[[Store], Store] = lambda store: store,
        pace: Pace = Pace(),
    ) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.plan = plan
        self.pace = pace
        self.faults = Faults()
        self.seen = Seen()
        self.vendors = Vendors(self.chance)
        self._agenda: list[tuple[Instant, int, Callable[[], None]]] = []
        self._turn = 0
        self._heard = 0
        self._struck = 0
        self._known: set[str] = set()
        self._promised: set[str] = set()
        self._answers: list[tuple[str, tuple[str, ...]]] = []
        self.world = PretendWorld(
            plan,
            lambda: wrap(Fragile(open_store(), self.faults)),
            at,
            seed=seed,
            post=post,
            heart=heart,
        )
        self.post.faults = self.faults
        self.post.vendor = self.vendors
        self._begun()

    @property
    def post(self) -> SeasonPost:
        assert isinstance(self.world.post, SeasonPost)
        return self.world.post

    @property
    def heart(self) -> WatchedHeart:
        assert isinstance(self.world.engine.heart, WatchedHeart)
        return self.world.engine.heart

    @property
    def now(self) -> Instant:
        return self.world.clock.now()

    # ------------------------------------------------------------------------------------ the season's run

    def run(self, incidents: int) -> Seen:
        """Live until so many incidents have been opened and are over. Raises Broken."""
        self._later(0, lambda: self._arrival(incidents))
        self._later(0, self._weather)
        self._later(HOUR, self._change)
        while len(self._agenda) > BACKGROUND:
            at, _, action = heapq.heappop(self._agenda)
            self._until(at)
            action()
            self._step()
        self._wind_down()
        return self.seen

    def _wind_down(self) -> None:
        """Calm weather, time for what is owed, and a last deep look."""
        self.vendors.clear()
        self.faults.armed = None
        self._until(later(self.now, 2 * HOUR))
        self._look(everything=True)
        with self.heart.store.reading() as reading:
            whole = read_whole(reading)
            timers = {row.record: row.at for row in reading.due_timers(EVER, 1_000_000)}
        wrong = deep(whole, self.heart.world, timers, self.now)
        wrong += [f"what_is_accepted_is_recorded: {print_}" for print_ in sorted(self._promised - whole.fired)]
        self._say(wrong)
        self.seen.incidents = len(whole.incidents)
        self.seen.kinds = sum(whole.kinds.values(), Counter[str]())
        self.seen.reasons += whole.reasons
        self.seen.rings = len(self.post.rings)
        self.seen.copies = sum(ring.message.possible_duplicate for ring in self.post.rings)
        self.seen.faults.update(self.faults.gone_off)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._turn += 1
        heapq.heappush(self._agenda, (later(self.now, seconds), self._turn, action))

    def _until(self, at: Instant) -> None:
        """Let time pass, whatever dies on the way."""
        while self.now < at:
            self._alive(lambda: self.world.forward(max(0.0, seconds_between(self.now, at))))

    def _alive(self, work: Callable[[], Any]) -> Any:
        """Do something; when the process dies of it, start it again and answer None."""
        try:
            return work()
        except Crash:
            self._restart()
            return None

    def _restart(self) -> None:
        self.world.die()
        self.world.clock.forward(self.chance.choice((0.0, 1.0, 20.0, 90.0, 900.0, 2 * HOUR)))
        self.world.start()
        self._begun()
        self._say(self._kept_promises())
        self._alive(self._rest)

    def _rest(self) -> None:
        """Until nothing is ready; a turn that failed for the disk is taken again, as the engine's loop does."""
        failed = -1
        while failed != (failed := sum(self.world.engine.health.failures.values())):
            self.world.settle()

    def _begun(self) -> None:
        self.post.heart = self.heart
        self.heart.touched.clear()

        with self.heart.store.reading() as reading:
            self._known = set(reading.records("incident:"))

    def _step(self) -> None:
        self._alive(self._rest)
        self._react()
        self.seen.steps += 1
        struck = sum(self.faults.gone_off.values())
        self._look(everything=self.seen.steps % DEEP_EVERY == 0 or struck != self._struck)
        self._struck = struck

    # -------------------------------------------------------------------------------------- what is so

    def _look(self, *, everything: bool) -> None:
        """Look at what a step moved, or at everything. Raises Broken."""
        with self.heart.store.reading() as reading:
            timers = {row.record: row.at for row in reading.due_timers(EVER, 1_000_000)}
            wrong = [f"nothing_rings_that_is_over: {each}" for each in self.post.wrong]
            self._known |= {record for record in self.heart.touched if record.startswith("incident:")}
            for record in sorted(self.heart.touched):
                state = self.heart.records.get(record, reading).state
                if isinstance(state, Incident):
                    wrong += quick(self._look_at(record, state, timers, tuple(reading.outbox(record=record))))
            if everything:
                wrong += self._kept_promises()
            if everything:
                self.seen.deep_looks += 1
                whole = read_whole(reading, reading.timed_records())
                wrong += deep(whole, self.heart.world, timers, self.now)
                wrong += self._memory_is_the_fold(whole.incidents)
        wrong += [f"no_duty_of_the_engine_breaks: {why}" for why in self._broken_duties()]
        self.heart.touched.clear()
        self._say(wrong)

    def _say(self, wrong: list[str]) -> None:
        if wrong:
            raise Broken(f"seed {self.seed}, step {self.seen.steps}, {iso(self.now)}:\n" + "\n".join(wrong[:20]))

    def _look_at(self, record: str, state: Incident, timers: Mapping[str, Instant], outbox: Any) -> Look:
        world = self.heart.world(state.rules)
        handed = self.post.handed.get(record, {})
        return Look(record, state, world, due(state, world, self.now), timers.get(record), outbox, handed, self.now)

    def _kept_promises(self) -> list[str]:
        """Whatever was answered with done stands on the record."""
        records = {record for record, _ in self._answers}
        with self.heart.store.reading() as reading:
            kinds = read_whole(reading, sorted(records)).kinds
        owed = Counter((record, kind) for record, facts in self._answers for kind in facts)
        self._answers.clear()
        return [
            f"what_was_answered_is_recorded: {record}: {count} of {kind} were promised"
            for (record, kind), count in owed.items()
            if kinds[record][kind] < count
        ]

    def _memory_is_the_fold(self, folded: Mapping[str, Incident]) -> list[str]:
        with self.heart.store.reading() as reading:
            return [
                f"memory_is_the_fold: {record}: what the engine holds is not what the store says"
                for record, state in folded.items()
                if self.heart.records.get(record, reading).state != state
            ]

    def _broken_duties(self) -> list[str]:
        health = self.world.engine.health
        found = [f"{record} is poisoned by {why}" for record, why in health.poisoned.items()]
        full = self.faults.gone_off.get("disk_full", 0)
        return [*found, *(f"{duty} failed {n} times" for duty, n in health.failures.items() if n > full)]

    # ----------------------------------------------------------------------------------------- people

    def _react(self) -> None:
        """Whoever was rung makes up their mind."""
        rings, self._heard = self.post.rings[self._heard :], len(self.post.rings)
        for ring in rings:
            if ring.message.verb == "page":
                self._make_up_mind(ring)

    def _make_up_mind(self, ring: Ring) -> None:
        what, after = first_reaction(self.chance)
        if what == "sleep":
            return
        command = c.Pass() if what == "pass" else c.Acknowledge()
        self._later(after, lambda: self._act(ring.person, ring.message.incident, command))
        if what == "acknowledge" and self.chance.random() < 0.8:
            self._later(after + 60, lambda: self._carry_on(ring.person, ring.message.incident))

    def _carry_on(self, person: str, record: str) -> None:
        """Somebody who has it takes the next step, and comes back for the one after."""
        with self.heart.store.reading() as reading:
            state = self.heart.records.get(record, reading).state
        assert isinstance(state, Incident)
        if state.ended is not None or person not in state.people:
            return
        step = next_step(state, self.heart.world(state.rules), self.chance, self.world.words)
        if step is not None:
            self._act(person, record, step)
            wait = 900.0 if state.phase == "resolution" else 30.0
            self._later(wait + self.chance.random() * 300, lambda: self._carry_on(person, record))

    def _act(self, person: str, record: str, command: c.Command, id: str = "") -> None:
        """Ask something; what got no answer is asked again under the same id."""
        id = id or f"command-{self.seed}-{self._turn}-{self.seen.commands.total()}"
        name = type(command).__name__
        try:
            answer = self.world.ask(person, record, command, id=id)
        except Crash:
            self._restart()
            return self._act(person, record, command, id)
        except StoreUnavailable:
            self._later(10, lambda: self._act(person, record, command, id))
            return None
        if isinstance(answer, Refusal):
            self.seen.refused[answer.reason] += 1
        else:
            self.seen.commands[name] += 1
            self._answers.append((record, answer.facts))
        return None

    # ----------------------------------------------------------------------------------------- alerts

    def _arrival(self, most: int) -> None:
        """Something breaks somewhere; then quiet for a while."""
        if len(self._known) >= most:
            return
        service = self.chance.choice(self.plan.services).id
        kinds, weights = zip(*self.pace.kinds, strict=True)
        kind = self.chance.choices(kinds, weights)[0]
        {
            "single": lambda: self._fire(service),
            "burst": self._burst,
            "flap": lambda: self._flap(service, self.chance.randint(3, 9)),
            "copies": lambda: [self._fire(service), self._fire(service)],
            "disorder": lambda: self._disorder(service),
            "info": lambda: self._fire(service, severity="info"),
        }[kind]()
        self._later(self.chance.expovariate(1 / self.pace.gap), lambda: self._arrival(most))

    def _burst(self) -> None:
        """Many services break at once: one request with all of it, and one with all the clears."""
        most = len(self.plan.services)
        services = self.chance.sample(self.plan.services, min(most, self.chance.randint(*self.pace.burst)))
        starts = self.now
        many = [{"alertname": "Down", "service": service.id} for service in services]
        self._send(*many, firing=True, starts=starts)
        for some in (many[::2], many[1::2]):
            self._clear_later(some, starts)

    def _fire(self, service: str, **more: str) -> None:
        labels = {"alertname": f"Down{self.chance.randint(0, 2)}", "service": service, **more}
        starts = later(self.now, -self.chance.choice((0, 0, 5, 120)))
        ends = later(self.now, 600) if self.chance.random() < 0.2 else None
        self._send(labels, firing=True, starts=starts, ends=ends)
        self._clear_later([labels], starts)

    def _clear_later(self, many: list[dict[str, str]], starts: Instant) -> None:
        if many and self.chance.random() < self.pace.clears:
            wait = self.chance.choice(self.pace.fires) * (0.5 + self.chance.random())
            self._later(wait, lambda: self._send(*many, firing=False, starts=starts, ends=self.now))

    def _flap(self, service: str, times: int) -> None:
        labels = {"alertname": "Flaps", "service": service}
        starts = self.now
        self._send(labels, firing=True, starts=starts)
        self._later(20, lambda: self._send(labels, firing=False, starts=starts, ends=self.now))
        if times > 1:
            self._later(40, lambda: self._flap(service, times - 1))

    def _disorder(self, service: str) -> None:
        """A clear overtakes its firing: nobody is paged for what is over."""
        labels = {"alertname": "Late", "service": service}
        starts, ends = later(self.now, -60), later(self.now, -10)
        self._send(labels, firing=False, starts=starts, ends=ends)
        self._send(labels, firing=True, starts=starts)

    def _send(self, *many: Mapping[str, str], firing: bool, starts: Instant, ends: Instant | None = None) -> None:
        """A sender sends until it is answered."""
        labels = [tuple(sorted(each.items())) for each in many]
        alerts = [Incoming(each, firing, starts, ends, b"it is down\n{}") for each in labels]
        try:
            counts = self.world.alerts(alerts, "test")
        except Crash:
            self._restart()
            self._send(*many, firing=firing, starts=starts, ends=ends)
            return
        except StoreUnavailable:
            self._later(30, lambda: self._send(*many, firing=firing, starts=starts, ends=ends))
            return
        self.seen.alerts += len(many)
        self.seen.reasons.update({str(reason): count for reason, count in counts.items()})
        if firing and counts.keys() & {"new", "changed"}:
            self._promised |= {fingerprint("test", each) for each in labels}

    # ----------------------------------------------------------------------------------------- trouble

    def _weather(self) -> None:
        """Vendors fail, processes die, disks fill up, clocks jump: each at its hour."""
        draw = self.chance.random()
        if draw < 0.35:
            self.vendors.change(self.now)
        elif draw < 0.92:
            self.faults.arm(self.chance.choice(self.pace.faults), self.chance.randint(0, 6))
        else:
            self.world.clock.forward(self.chance.choice((7.0, 61.0, 400.0)))
            self.seen.faults["clock_jumped"] += 1
        self._later(self.chance.expovariate(self.pace.trouble / 3000), self._weather)

    def _change(self) -> None:
        """Somebody edits the plan, takes a shift, plans a maintenance, changes a phone; or the indexes are rebuilt."""
        change = self.chance.choice((self._override, self._edit, self._maintenance, self._phone, self._rebuild))
        try:
            change()
            self.seen.faults[change.__name__.strip("_")] += 1
        except Crash:
            self._restart()
        except StoreUnavailable:
            pass
        self._later(self.chance.expovariate(1 / 14_400), self._change)

    def _override(self) -> None:
        rotation, person = self.chance.choice(self.plan.rotations), self.chance.choice(self.plan.people)
        start = later(self.now, self.chance.choice((-60, 0, 1800)))
        end = later(start, self.chance.choice((600, 7200, 86_400)))
        ask = {"rotation": rotation.id, "person": person.handle, "start": start, "end": end, "reason": "swap"}
        self.world.administer("set_override", **ask)

    def _edit(self) -> None:
        """The plan in force changes: a limit, or who holds a post."""
        act_within = self.chance.choice((600, 900, 1200))
        holder = self.chance.choice(self.plan.people).handle
        posts = tuple(replace(post, holder=holder) if post.id == "manager" else post for post in self.plan.posts)
        self.plan = replace(self.plan, posts=posts, limits=replace(self.plan.limits, act_within=act_within))
        self.world.apply(self.plan)

    def _maintenance(self) -> None:
        start = later(self.now, self.chance.choice((0, 600)))
        end = later(start, self.chance.choice((900, 3600)))
        services = tuple(service.id for service in self.chance.sample(self.plan.services, 2))
        ask = {"services": services, "start": start, "end": end, "downtime": 60, "approved_by": "manager", "why": "w"}
        self.world.administer("plan_maintenance", **ask)

    def _phone(self) -> None:
        """Somebody gives up a contact and enters another."""
        person = self.chance.choice(self.plan.people).handle
        contacts = self.heart.around.people()[person].contacts
        if len(contacts) == 2:
            gone = self.chance.choice(contacts)
            self.world.administer("remove_contact", person=person, contact=gone.id, reason="replaced")
        for channel in {"webhook", "smtp"} - {each.channel for each in self.heart.around.people()[person].contacts}:
            self.world.add_contact(person, channel)

    def _rebuild(self) -> None:
        """Every index is wiped and built anew from the record."""
        if len(self._known) < 1_000:
            reindex(self.heart)
