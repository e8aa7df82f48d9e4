"""An incident without an engine: facts are folded, `due` is asked, `decide` decides, and every message is taken.

What the engine does in transactions is done here in a loop of ten lines, so that a rule is shown by the core alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.plans import plan as shared_plan
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.duty import Duty
from tocsin.core.incident.decide import decide
from tocsin.core.incident.due import due
from tocsin.core.incident.evolve import evolve
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later, parse_instant, seconds_between
from tocsin.core.plan import Plan
from tocsin.core.refusals import Refusal
from tocsin.core.world import Contact, LivePerson, Rules, World

MONDAY = parse_instant("2026-01-12T10:00:00Z")
MINUTE = 60
RECORD = "incident:1"
GROUP = "group:1"
WORDS = f.Words(b"salt", b"because")


def person(handle: str, *channels: str, verified: bool = True) -> LivePerson:
    """Somebody with contacts, named by their channel."""
    return LivePerson(handle, tuple(Contact(f"{handle}-{kind}", kind, verified) for kind in channels))


def world(plan: Plan | None = None, **changes: Any) -> World:
    """The shared plan, everybody with a webhook and an e-mail."""
    rules = Rules.of(plan or shared_plan(), "rules-1")
    everybody = {handle: person(handle, "webhook", "smtp") for handle in ("ana", "bo", "cy")}
    return replace(World(rules, rules, everybody, tzdata="test"), **changes)


Vendor = Callable[[f.Ordered], str]


class Desk:
    """One incident, its world, and a clock that is moved by hand."""

    def __init__(
        self,
        world_: World | None = None,
        at: Instant = MONDAY,
        vendor: Vendor = lambda order: "accepted",
        **opened: Any,
    ) -> None:
        self.world = world_ or world()
        self.start = self.now = at
        self.vendor = vendor
        self.state = Incident()
        self.entries: list[f.Entry] = []
        self.duties: list[tuple[float, Duty]] = []
        fields: dict[str, Any] = {
            "number": 1, "by": "route:all", "service": "api", "domain": "core", "title": "t",
            "rules": self.world.rules.hash, "visibility": "open",
        }  # fmt: skip
        self.add(f.IncidentOpened(**fields | opened), f.GroupJoined(GROUP))

    def add(self, *facts: f.Fact) -> Desk:
        """Facts that have happened."""
        for fact in facts:
            entry = f.Entry(RECORD, self.state.n + 1, self.now, fact)
            self.entries.append(entry)
            self.state = evolve(self.state, entry)
        return self

    def do(self, who: str, command: c.Command, *grants: str) -> tuple[f.Fact, ...] | Refusal:
        """Somebody asks; what is decided happens."""
        actor = c.Actor(who, frozenset(grants or ("view", "respond", "private")), "cli")
        decided = decide(self.state, command, actor, self.world, self.now)
        if not isinstance(decided, Refusal):
            self.add(*decided)
            self.settle()
        return decided

    def settle(self) -> None:
        """Take what is ready until nothing is; hand every order to the vendor."""
        for _ in range(1_000):
            ready = due(self.state, self.world, self.now).ready
            if not ready:
                return
            self.duties.append((seconds_between(self.start, self.now), ready[0]))
            self.add(*ready[0].facts)
            for fact in ready[0].facts:
                if isinstance(fact, f.Ordered):
                    self.add(f.Sent(fact.key, self.vendor(fact), 1))
        raise AssertionError("there is always something ready")

    def to(self, seconds: float) -> Desk:
        """Let time pass until so many seconds after the start."""
        end = later(self.start, seconds)
        self.settle()
        while self.now < end:
            again = due(self.state, self.world, self.now).ask_again
            self.now = end if again is None else min(end, again)
            self.settle()
        return self

    def away(self, seconds: float) -> Desk:
        """The engine is down for so long, and comes back."""
        since, self.now = self.now, later(self.now, seconds)
        self.add(f.Resumed(since, seconds))
        self.settle()
        return self

    # ------------------------------------------------------------------------------------ what is seen

    def said(self, kind: type[f.Fact]) -> list[Any]:
        """The facts of a kind, in order."""
        return [entry.fact for entry in self.entries if isinstance(entry.fact, kind)]

    def timed(self, kind: type[f.Fact]) -> list[tuple[float, Any]]:
        """The facts of a kind, each with the seconds since the start."""
        return [
            (seconds_between(self.start, entry.at), entry.fact)
            for entry in self.entries
            if isinstance(entry.fact, kind)
        ]

    def pages(self) -> list[tuple[float, str, str]]:
        """Each call: when it began, whom, and why."""
        return [(at, fact.person, fact.reason) for at, fact in self.timed(f.CallBegan)]

    def informs(self) -> list[tuple[float, str]]:
        """Each inform that was ordered: when, and to whom."""
        return [(at, order.person) for at, order in self.timed(f.Ordered) if order.verb == "inform"]

    def coming(self) -> list[tuple[float, str, str, tuple[str, ...]]]:
        """What is to come: when, what, why, and whom."""
        return [
            (seconds_between(self.start, duty.at), duty.what, duty.reason, duty.who)
            for duty in due(self.state, self.world, self.now).upcoming
        ]


def declared(severity: str, world_: World | None = None, by: str = "ana", **opened: Any) -> Desk:
    """An incident that somebody declared at once."""
    desk = Desk(world_, **opened)
    assert not isinstance(desk.do(by, c.Declare(severity, WORDS)), Refusal)
    return desk


def with_people(world_: World, **people: LivePerson) -> World:
    """The world with some people's contacts changed."""
    known: Mapping[str, LivePerson] = {**world_.people, **people}
    return replace(world_, people=known)


def refused(answer: object) -> str:
    """The reason of a refusal."""
    assert isinstance(answer, Refusal), answer
    return answer.reason
