"""What would happen to an alert: the whole path from route to the last page, with nobody answering.

It is `due` itself, asked again and again on a clock that jumps; nothing here decides anything of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tocsin.core import facts as f
from tocsin.core.alerts import Mute, Routed, Router, mute_of
from tocsin.core.behaviour import HORIZON, Case, Line, Moved, moved
from tocsin.core.duty import Duty
from tocsin.core.escalation.policies import in_force
from tocsin.core.incident.due import due
from tocsin.core.incident.evolve import evolve
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later, seconds_between
from tocsin.core.plan import Plan
from tocsin.core.world import Contact, LivePerson, Matches, Rules, World, plain_matches

MOST_DUTIES = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that would happen, and when."""

    at: Instant
    duty: Duty


@dataclass(frozen=True, slots=True)
class Explanation:
    """The path of an alert: where it goes, whether it is muted, and everything that would follow. An alert without a
    route has no service, and opens an incident all the same."""

    routed: Routed | None
    mute: Mute | None
    steps: tuple[Told, ...]


def explain(
    source: str, labels: Mapping[str, str], world: World, at: Instant, horizon: float, severity: str | None = None
) -> Explanation:
    """Explain an alert that fires at an instant, for `horizon` seconds; `severity` declares it at once."""
    routed = Router(world.live, world.matches).route(source, labels)
    route = routed.route if routed else None
    mute = mute_of(routed.service if routed else "", route, world, at, (labels,))
    if mute is not None or (route is not None and not route.page):
        return Explanation(routed, mute, ())
    return Explanation(routed, None, tuple(unanswered(_routed(routed, world, at, severity), world, at, horizon)))


def _routed(routed: Routed | None, world: World, at: Instant, severity: str | None) -> Incident:
    if routed is None:
        return opened(world, at, severity=severity)
    return opened(
        world,
        at,
        service=routed.service,
        domain=routed.domain,
        visibility=routed.route.visibility,
        hint=routed.severity_hint,
        path=routed.route.path,
        severity=severity or routed.route.declare,
    )


def opened(
    world: World,
    at: Instant,
    *,
    service: str = "",
    domain: str = "",
    visibility: str = "open",
    hint: str | None = None,
    path: str | None = None,
    severity: str | None = None,
) -> Incident:
    """An incident that an alert has just opened; with `severity` it is declared as well."""
    begun = f.IncidentOpened(
        number=0,
        by="route:explained",
        service=service,
        domain=domain,
        title="",
        rules=world.live.hash,
        visibility=visibility,
        severity_hint=hint,
        path=path,
    )
    facts: list[f.Fact] = [begun, f.GroupJoined("group:explained")]
    if severity is not None:
        facts += [f.Declared("explain", severity, world.live.hash), f.PhaseEntered("explain", "response")]
    state = Incident()
    for n, fact in enumerate(facts, 1):
        state = evolve(state, f.Entry("incident:explained", n, at, fact))
    return state


def everybody_reachable(plan: Plan) -> dict[str, LivePerson]:
    """People as a plan alone can have them: each with one verified contact for every kind that its contact rule names
    (rule 9: offline, and the assumption is said)."""
    rule = plan.contact_rule
    rungs = (*rule.page, *rule.inform) if rule else ()
    kinds = dict.fromkeys(kind for rung in rungs for kind in rung.channels) or {"smtp": None}
    contacts = tuple(Contact(kind, kind, verified=True) for kind in kinds)
    return {person.handle: LivePerson(person.handle, contacts) for person in plan.people}


def unanswered(state: Incident, world: World, at: Instant, horizon: float) -> list[Told]:
    """Everything that an incident owes while nobody answers and every message is taken, in order."""
    end = later(at, horizon)
    told: list[Told] = []
    for _ in range(MOST_DUTIES):
        owed = due(state, world, at)
        if owed.ready:
            duty = owed.ready[0]
            told.append(Told(at, duty))
            for fact in duty.facts:
                state = evolve(state, f.Entry(state.record, state.n + 1, at, fact))
            continue
        if owed.ask_again is None or owed.ask_again > end:
            break
        at = owed.ask_again
    return told


def world_of(plan: Plan, matches: Matches = plain_matches, tzdata: str = "") -> World:
    """The world of a plan alone: nobody has left, nothing is overridden, and everybody can be reached."""
    rules = Rules.of(plan)
    return World(rules, rules, everybody_reachable(plan), matches=matches, tzdata=tzdata)


def compare(old: Plan, new: Plan, at: Instant) -> tuple[Moved, ...]:
    """What an edit moves at an instant: who is paged or informed when, while nobody answers for two hours."""
    worlds = {False: _bare(old), True: _bare(new)}
    shared = _shared(old) == _shared(new)
    return moved(
        old,
        new,
        lambda plan, case: timeline(worlds[plan is new], case, at),
        lambda case: shared and _reads(worlds[False], case, at) == _reads(worlds[True], case, at),
    )


def _bare(plan: Plan) -> World:
    """One contact each and no reminders: neither changes who is asked when, and both take most of the time."""
    contact = Contact("any", "any", verified=True)
    rules = Rules.of(replace(plan, contact_rule=None, cadence=()))
    people = {person.handle: LivePerson(person.handle, (contact,)) for person in plan.people}
    return World(rules, rules, people)


def _shared(plan: Plan) -> tuple[object, ...]:
    return (plan.organisation, plan.people, plan.posts, plan.teams, plan.rotations, plan.limits)


def _reads(world: World, case: Case, at: Instant) -> tuple[object, ...]:
    """What a case reads of a plan besides what all cases share."""
    plan, by = world.live.plan, world.live.by
    services = [service for service in plan.services if service.domain == case.domain]
    known = (by.domains.get(case.domain), by.severities.get(case.severity), by.paths.get(case.path))
    return (*known, services, in_force(_of_case(world, case, at), world))


def timeline(world: World, case: Case, at: Instant, horizon: float = HORIZON) -> tuple[Line, ...]:
    """Who is paged and informed in a case that begins at an instant, in order. Empty when the plan has not its domain,
    severity or path."""
    by = world.live.by
    known = case.domain in by.domains and (not case.severity or case.severity in by.severities)
    if not known or (case.path and case.path not in by.paths):
        return ()
    return tuple(lines(unanswered(_of_case(world, case, at), world, at, horizon), at))


def _of_case(world: World, case: Case, at: Instant) -> Incident:
    service = next((each.id for each in world.live.plan.services if each.domain == case.domain), "")
    path, severity = case.path or None, case.severity or None
    return opened(world, at, service=service, domain=case.domain, path=path, severity=severity)


def lines(told: list[Told], at: Instant) -> Iterator[Line]:
    """The steps that were taken, a line a person, and those that nobody could be asked for. Reminders about updates are
    their writers' own affair."""
    for each in told:
        after = seconds_between(at, each.at)
        for fact in each.duty.facts:
            if isinstance(fact, f.StepTaken) and each.duty.what in ("page", "inform"):
                for person in fact.people:
                    yield Line(after, fact.verb, person, step_name(fact.key), fact.reason)
            elif isinstance(fact, f.StepHeld):
                yield Line(after, "page", "", step_name(fact.key), fact.reason)


def step_name(key: str) -> str:
    """policy/step of a key, without its round and verb: sev1/commander, detection/row-1."""
    return "/".join(part for part in key.split("/") if not part.isdigit() and part not in ("page", "inform"))
