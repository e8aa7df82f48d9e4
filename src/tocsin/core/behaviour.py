"""What a plan does, as lines: who is paged or informed how long after it began, while nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.core import facts as f
from tocsin.core.explain import Told, everybody_reachable, opened, unanswered
from tocsin.core.instants import Instant, seconds_between
from tocsin.core.plan import Plan
from tocsin.core.world import LivePerson, Rules, World

HORIZON = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class Case:
    """What happens: an incident of a domain, undeclared or at a severity, perhaps on a special path."""

    domain: str
    severity: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody is paged or informed, `after` seconds; nobody when `person` is empty. `step` is policy/step."""

    after: float
    verb: str
    person: str
    step: str
    reason: str


def world_of(plan: Plan, people: dict[str, LivePerson] | None = None) -> World:
    """The world of a plan alone; without `people`, everybody can be reached."""
    rules = Rules.of(plan)
    return World(rules, rules, everybody_reachable(plan) if people is None else people)


def timeline(world: World, case: Case, at: Instant, horizon: float = HORIZON) -> tuple[Line, ...]:
    """Who is paged and informed in a case that begins at an instant, in order. Empty when the plan has not its domain,
    severity or path."""
    by = world.live.by
    known = case.domain in by.domains and (not case.severity or case.severity in by.severities)
    if not known or (case.path and case.path not in by.paths):
        return ()
    service = next((each.id for each in world.live.plan.services if each.domain == case.domain), "")
    state = opened(
        world, at, service=service, domain=case.domain, path=case.path or None, severity=case.severity or None
    )
    return tuple(lines(unanswered(state, world, at, horizon), at))


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
