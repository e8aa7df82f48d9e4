"""A season of a pretend company, from one seed: alerts, people, vendors that fail, crashes, edits, clock steps.

Everything is the real engine and the real store; only clock, phones, people and chance are pretended. The invariants
are looked at after every step, and what breaks names the seed that replays it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from tocsin.core import commands as c
from tocsin.core.incident.due import due
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, iso, later, seconds_between
from tocsin.core.plan import Plan
from tocsin.core.refusals import Refusal
from tocsin.sim.faults import Crash, Faults, Fragile, SeasonPost, Vendors, WatchedHeart
from tocsin.sim.folk import first_reaction, next_step
from tocsin.sim.invariants import Broken, Look, deep, quick, read_whole
from tocsin.sim.pace import BUSY, Pace, Seen
from tocsin.sim.senders import Senders
from tocsin.sim.trouble import Trouble
from tocsin.sim.world import PretendWorld, Ring
from tocsin.store.base import Store, StoreUnavailable

HOUR = 3600.0
EVER = Instant(1 << 62)
DEEP_EVERY = 400
BACKGROUND = 2
"""Weather and changes go on for ever; a season is over when nothing else is on the agenda."""


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
        pace: Pace = BUSY,
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
        self.known: set[str] = set()
        self.promised: set[str] = set()
        self._answers: list[tuple[str, tuple[str, ...]]] = []
        self.world = PretendWorld(
            plan,
            lambda: wrap(Fragile(open_store(), self.faults)),
            at,
            seed=seed,
            post=post,
            heart=heart,
        )
        self.senders, self.trouble = Senders(self), Trouble(self)
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
        self.after(0, lambda: self.senders.arrive(incidents))
        self.after(0, self.trouble.strike)
        self.after(HOUR, self.trouble.change)
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
        wrong += [f"what_is_accepted_is_recorded: {print_}" for print_ in sorted(self.promised - whole.fired)]
        self._say(wrong)
        self.seen.incidents = len(whole.incidents)
        self.seen.kinds = sum(whole.kinds.values(), Counter[str]())
        self.seen.reasons += whole.reasons
        self.seen.rings = len(self.post.rings)
        self.seen.copies = sum(ring.message.possible_duplicate for ring in self.post.rings)
        self.seen.faults.update(self.faults.gone_off)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
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
            self.restart()
            return None

    def restart(self) -> None:
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
            self.known = set(reading.records("incident:"))

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
            self.known |= {record for record in self.heart.touched if record.startswith("incident:")}
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
        self.after(after, lambda: self._act(ring.person, ring.message.incident, command))
        if what == "acknowledge" and self.chance.random() < 0.8:
            self.after(after + 60, lambda: self._carry_on(ring.person, ring.message.incident))

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
            self.after(wait + self.chance.random() * 300, lambda: self._carry_on(person, record))

    def _act(self, person: str, record: str, command: c.Command, id: str = "") -> None:
        """Ask something; what got no answer is asked again under the same id."""
        id = id or f"command-{self.seed}-{self._turn}-{self.seen.commands.total()}"
        name = type(command).__name__
        try:
            answer = self.world.ask(person, record, command, id=id)
        except Crash:
            self.restart()
            return self._act(person, record, command, id)
        except StoreUnavailable:
            self.after(10, lambda: self._act(person, record, command, id))
            return None
        if isinstance(answer, Refusal):
            self.seen.refused[answer.reason] += 1
        else:
            self.seen.commands[name] += 1
            self._answers.append((record, answer.facts))
        return None
