"""VirtEngine's plan as its folder says it, and incidents in it: what the tables of the sheets are checked against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import tocsin
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.duty import Duty
from tocsin.core.explain import Told, unanswered
from tocsin.core.facts import Words
from tocsin.core.incident.decide import decide
from tocsin.core.incident.due import due
from tocsin.core.incident.evolve import evolve
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later, parse_instant
from tocsin.core.plan import Plan
from tocsin.core.refusals import Refusal
from tocsin.core.world import Contact, LivePerson, Rules, World
from tocsin.matching import matches
from tocsin.plan_folder import read_folder

FOLDER = Path(tocsin.__file__).parent / "plans" / "virtengine"
NOW = parse_instant("2026-01-29T14:24:00Z")
"""Thursday of the plan's fourth week: the fourth of each rotation is on call."""
WEEK = 3
SERVICES = {
    "blockchain-core": "node",
    "identity": "veid",
    "provider": "provider-daemon",
    "database": "database",
    "network": "network",
    "security": "security",
    "ml": "inference",
    "platform": "api-gateway",
}


@cache
def plan() -> Plan:
    """The plan, read once."""
    reading = read_folder(FOLDER)
    assert reading.problems == ()
    assert reading.plan is not None
    return reading.plan


@cache
def world(channel: str = "sandbox") -> World:
    """Everybody has one pretend phone."""
    rules = Rules.of(plan(), "virtengine")
    people = {p.handle: LivePerson(p.handle, (Contact(f"c-{p.handle}", channel, True),)) for p in plan().people}
    return World(rules, rules, people, matches=matches)


def on_call(rotation: str, week: int = WEEK) -> str:
    """Whose week it is, counted by hand."""
    people = next(each for each in plan().rotations if each.id == rotation).people
    return people[week % len(people)]


def holder(post: str) -> str:
    """Who holds a post."""
    found = next(each for each in plan().posts if each.id == post).holder
    assert found is not None
    return found


def meant(word: str, service: str = "api-gateway") -> str:
    """The person a target comes to, by reading the plan by hand: everybody can be reached, so the first one counts."""
    kind, name = word.split(":")
    if kind == "post":
        return holder(name)
    if kind == "domain":
        domain = next(each for each in plan().domains if each.id == domain_of(service))
        return meant(str(getattr(domain, name)[0]), service)
    if kind == "owner":
        owner = next(each for each in plan().services if each.id == service).owner
        return holder(str(next(team for team in plan().teams if team.id == owner).lead))
    week = WEEK + 1 if kind == "next" else WEEK
    return on_call(name, week)


def domain_of(service: str) -> str:
    """The domain of a service."""
    return next(each for each in plan().services if each.id == service).domain


def week_of(day: str) -> int:
    """How many hand-overs lie between the rotations' start and a day."""
    return (date.fromisoformat(day) - date(2026, 1, 5)).days // 7


def words(text: str = "because") -> Words:
    return Words(b"salt", text.encode())


def actor(handle: str, *grants: str) -> c.Actor:
    return c.Actor(handle, frozenset(grants or ("view", "respond")))


@dataclass
class Case:
    """An incident on a clock that is put where it should be: commands and facts in, what is owed out."""

    state: Incident
    at: Instant = NOW
    world: World = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.world = self.world or world()

    def minute(self, minutes: float) -> Case:
        """Let time pass while nobody does anything: whatever is owed until then has happened."""
        end = later(NOW, minutes * 60)
        for told in self.told((end - self.at) / 1e6):
            for fact in told.duty.facts:
                self.put(fact, at=told.at)
        self.at = end
        return self

    def put(self, *facts: f.Fact, at: Instant | None = None) -> Case:
        """Facts happen."""
        for fact in facts:
            self.state = evolve(self.state, f.Entry("incident:1", self.state.n + 1, at or self.at, fact))
        return self

    def ask(self, person: str, command: c.Command, *grants: str) -> tuple[f.Fact, ...] | Refusal:
        """What a command would bring about."""
        return decide(self.state, command, actor(person, *grants), self.world, self.at)

    def do(self, person: str, command: c.Command) -> Case:
        """A command that is taken."""
        facts = self.ask(person, command)
        assert not isinstance(facts, Refusal), facts
        return self.put(*facts)

    def told(self, seconds: float) -> list[Told]:
        """All that is owed in the coming seconds while nobody answers."""
        return unanswered(self.state, self.world, self.at, seconds)

    def owed(self, *, ready: bool = False) -> tuple[Duty, ...]:
        """What is owed now, ready or still to come."""
        owed = due(self.state, self.world, self.at)
        return owed.ready if ready else owed.upcoming

    def steps(self, minutes: float) -> list[tuple[float, str, str, tuple[str, ...]]]:
        """Steps in the coming minutes: (minute since NOW, policy, verb, people), without the clocks of updates."""
        return [
            ((told.at - NOW) / 60e6, fact.key.split("/")[0], fact.verb, fact.people)
            for told in self.told(minutes * 60)
            for fact in told.duty.facts
            if isinstance(fact, f.StepTaken) and fact.key.split("/")[0] not in ("cadence", "roles") and fact.people
        ]

    def by_minute(self, minutes: float, policy: str | None = None) -> dict[tuple[float, str], set[str]]:
        """People by minute and verb, of one policy or of all."""
        found: dict[tuple[float, str], set[str]] = {}
        for minute, name, verb, people in self.steps(minutes):
            if policy in (None, name):
                found.setdefault((minute, verb), set()).update(people)
        return found


def detected(service: str = "api-gateway", hint: str | None = None, path: str | None = None, at: Instant = NOW) -> Case:
    """An alert opened an incident, at NOW unless said otherwise."""
    private = path in ("security", "data-loss", "legal")
    opened = f.IncidentOpened(
        number=7,
        by="route:rest",
        service=service,
        domain=domain_of(service),
        title="",
        rules="virtengine",
        visibility="private" if private else "open",
        severity_hint=hint,
        path=path,
    )
    return Case(Incident(), at).put(opened, f.GroupJoined("group:1"))


def declared(severity: str, service: str = "api-gateway", path: str | None = None, at: Instant = NOW) -> Case:
    """An incident that was declared as it was detected, by a route, so that nobody has answered or commands."""
    case = detected(service, severity, path, at)
    return case.put(f.Declared("route:rest", severity, "virtengine"), f.PhaseEntered("route:rest", "response"))


def answered(severity: str, service: str = "api-gateway") -> Case:
    """Declared at NOW and acknowledged at once by the domain's primary, who then keeps working."""
    case = declared(severity, service).minute(0)
    return case.put(f.Acknowledged(meant("domain:primary", service), "link"))


def expected(rows: Mapping[float, Iterable[str]], service: str, *gone: str) -> dict[float, set[str]]:
    """People by minute from target words, without those who have it already and without minutes that ask nobody."""
    found = {minute: {meant(word, service) for word in targets} - set(gone) for minute, targets in rows.items()}
    return {minute: people for minute, people in found.items() if people}
