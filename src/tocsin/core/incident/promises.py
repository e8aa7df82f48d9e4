"""What a severity promises besides its pages: clocks that only show, and a warning when one person does too much."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core.calendars import business_deadline
from tocsin.core.duty import Duty
from tocsin.core.escalation.targets import resolve
from tocsin.core.incident.state import Incident
from tocsin.core.instants import LATEST, Instant, later
from tocsin.core.plan import Severity
from tocsin.core.plan_words import Target
from tocsin.core.world import World

FIRST = Target("domain", "primary")


def promise_duties(state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    """By when the first answer and the resolution are promised. Nothing is written for them; targets never page."""
    severity = world.rules.by.severities.get(state.severity or "")
    if severity is None or state.severity_since is None or state.resolved:
        return
    if not state.paging.answered:
        at = respond_by(severity, state, world, now)
        if at < LATEST:
            yield Duty(at, "promise/respond", "promise", "respond_within", words=f"{severity.title}: first answer")
    if severity.resolve_within is not None:
        at = later(state.severity_since, severity.resolve_within)
        yield Duty(at, "promise/resolve", "promise", "resolve_within", words=f"{severity.title}: resolved")


def respond_by(severity: Severity, state: Incident, world: World, now: Instant) -> Instant:
    """By when the first answer is promised: by the wall, or in the business hours of who is first on call (conflict
    34); the organisation's hours while nobody is."""
    since = state.severity_since or now
    if severity.respond_in == "now":
        return later(since, severity.respond_within)
    plan = world.live.plan
    people = resolve(FIRST, state, world, now).people
    person = world.live.by.people.get(people[0]) if people else None
    place = person or plan.organisation
    return business_deadline(place.hours, place.time_zone, plan.organisation.holidays, since, severity.respond_within)


def clashes(state: Incident, world: World) -> tuple[tuple[str, str, str], ...]:
    """Who plays two roles that the plan wants apart in the worst severity: (person, role, other role)."""
    worst = min(world.rules.plan.severities, key=lambda severity: severity.rank, default=None)
    if worst is None or state.severity != worst.id:
        return ()
    held = {(span.role, span.person) for span in state.roles if span.until is None and not span.interim}
    return tuple(
        (person, role, other)
        for role, person in sorted(held)
        for other in (world.rules.by.roles[role].not_with if role in world.rules.by.roles else ())
        if (other, person) in held
    )


def clash_duties(state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    """A warning, once, to who plays two such roles; nobody is stopped (spec sheet 1, roles)."""
    if state.resolved:
        return
    for person, role, other in clashes(state, world):
        key = f"roles/{person}/{role}+{other}"
        if key in state.paging.taken:
            continue
        told = f.StepTaken(
            key=key,
            verb="inform",
            reason="roles_clash",
            targets=(f"role:{role}", f"role:{other}"),
            people=(person,),
            skipped=(),
            since=None,
            until=None,
            rules=world.rules.hash,
            tzdata=world.tzdata,
        )
        yield Duty(now, key, "inform", "roles_clash", (person,), (told,), f"{person} is {role} and {other}")
