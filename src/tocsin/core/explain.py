"""What would happen to an alert: the whole path from route to the last page, with nobody answering.

It is `due` itself, asked again and again on a clock that jumps; nothing here decides anything of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.core import facts as f
from tocsin.core.alerts import Mute, Routed, Router, mute_of
from tocsin.core.duty import Duty
from tocsin.core.incident.due import due
from tocsin.core.incident.evolve import evolve
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later
from tocsin.core.plan import Plan
from tocsin.core.world import Contact, LivePerson, World

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
    mute = mute_of(routed.service if routed else "", route, world, at)
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
