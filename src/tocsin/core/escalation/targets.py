"""From what a step names to people: live posts and rotations, at one instant, with until when the answer holds."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.contact import reachable
from tocsin.core.incident.state import Incident
from tocsin.core.instants import EARLIEST, LATEST, Instant
from tocsin.core.oncall.roster import order, who
from tocsin.core.plan_words import Target, parse_target
from tocsin.core.world import World


@dataclass(frozen=True, slots=True)
class Resolution:
    """Candidates in order of preference, how many of them are meant, and the span in which this is so."""

    people: tuple[str, ...]
    wanted: int
    since: Instant = EARLIEST
    until: Instant = LATEST
    why: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a step's targets come to: people to be asked, people passed over with the reason, and the span."""

    people: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    since: Instant
    until: Instant
    named: tuple[str, ...]


def resolve(target: Target, state: Incident, world: World, now: Instant) -> Resolution:
    """The people behind one target now. Nobody: an empty answer with the instant at which that may change."""
    return _RESOLVERS[target.kind](target.name, state, world, now)


def _person(name: str, state: Incident, world: World, now: Instant) -> Resolution:
    return Resolution((name,), 1, why=name)


def _post(name: str, state: Incident, world: World, now: Instant) -> Resolution:
    post = world.live.by.posts.get(name) or world.rules.by.posts.get(name)
    if post is None:
        return Resolution((), 1, why=f"post {name} is in no plan")
    people = tuple(p for p in (post.holder, *post.deputies) if p)
    return Resolution(people, 1, why=f"{post.title or name}")


def _rotation(name: str, state: Incident, world: World, now: Instant) -> Resolution:
    rotation = world.live.by.rotations.get(name) or world.rules.by.rotations.get(name)
    if rotation is None:
        return Resolution((), 1, why=f"rotation {name} is in no plan")
    answer = who(rotation, world.overrides.get(name, ()), now, _left(world))
    return Resolution(answer.people, max(1, len(answer.people)), answer.since, answer.until, answer.why)


def _next(name: str, state: Incident, world: World, now: Instant) -> Resolution:
    rotation = world.live.by.rotations.get(name) or world.rules.by.rotations.get(name)
    if rotation is None:
        return Resolution((), 1, why=f"rotation {name} is in no plan")
    overrides = world.overrides.get(name, ())
    answer = who(rotation, overrides, now, _left(world))
    asked = {call.person for call in state.paging.calls.values() if call.asks} | state.paging.engaged()
    people = tuple(p for p in order(rotation, overrides, now, _left(world)) if p not in asked)
    return Resolution(people, 1, answer.since, answer.until, f"next in {rotation.title or name}")


def _domain(column: str, state: Incident, world: World, now: Instant) -> Resolution:
    domain = world.rules.by.domains.get(state.domain)
    targets: tuple[Target, ...] = getattr(domain, column) if domain else ()
    found = [resolve(target, state, world, now) for target in targets]
    people = tuple(dict.fromkeys(p for each in found for p in each.people))
    first = next((each for each in found if each.people), Resolution((), 1, why=f"{state.domain} has no {column}"))
    until = min((each.until for each in found), default=LATEST)
    return Resolution(people, first.wanted, first.since, until, first.why)


def _owner(name: str, state: Incident, world: World, now: Instant) -> Resolution:
    service = world.rules.by.services.get(state.service)
    team = world.rules.by.teams.get(service.owner) if service and service.owner else None
    if team is None or team.lead is None:
        return Resolution((), 1, why=f"{state.service} has no owner with a lead")
    return _post(team.lead, state, world, now)


def _role(name: str, state: Incident, world: World, now: Instant) -> Resolution:
    holder = state.holder(name)
    return Resolution((holder,) if holder else (), 1, why=name)


_RESOLVERS = {
    "person": _person,
    "post": _post,
    "rotation": _rotation,
    "next": _next,
    "domain": _domain,
    "owner": _owner,
    "role": _role,
}


def _left(world: World) -> frozenset[str]:
    return frozenset(handle for handle, person in world.people.items() if person.left)


def choose(
    targets: tuple[Target, ...], state: Incident, world: World, now: Instant, verb: str, busy: dict[str, str]
) -> Choice:
    """Whom the targets come to now. `busy` maps people who are not asked again to the reason."""
    people: list[str] = []
    skipped: dict[str, str] = {}
    since, until = EARLIEST, LATEST
    named: list[str] = []
    for target in targets:
        found = resolve(target, state, world, now)
        until = min(until, found.until)
        since = max(since, found.since)
        named.append(f"{target} ({found.why})")
        left = found.wanted
        for person in found.people:
            if left == 0:
                break
            if person in people:
                left -= 1
            elif person in busy:
                skipped[person] = busy[person]
                left -= 1
            elif reachable(person, verb, world):
                people.append(person)
                left -= 1
            else:
                skipped[person] = "unreachable"
    return Choice(tuple(people), tuple(skipped.items()), since, until, tuple(named))


def as_targets(words: tuple[str, ...]) -> tuple[Target, ...]:
    """Targets as they stand in a fact, which may carry in brackets whom they came to."""
    return tuple(parse_target(word.partition(" (")[0]) for word in words)
