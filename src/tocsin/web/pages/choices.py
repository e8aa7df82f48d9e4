"""What can be pressed in an incident's room, from the lifecycle's table, the plan and who looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tocsin.core.escalation.policies import live_calls
from tocsin.core.incident.checklist import items
from tocsin.core.incident.lead import missing_for
from tocsin.core.incident.lifecycle import PHASES, Way, ways_from
from tocsin.core.incident.state import Incident
from tocsin.core.incident.work import LINKS, MILESTONES, NOTES, RISKS
from tocsin.core.instants import Instant, seconds_between
from tocsin.core.permissions import may
from tocsin.core.plan import Domain, Plan
from tocsin.core.plan_words import duration_words
from tocsin.core.reasons import DismissReason, ManualTrigger
from tocsin.core.refusals import Problem
from tocsin.core.timeline import Line
from tocsin.web.access import Caller
from tocsin.web.views import Room

CLOCKS = ("acknowledged", "declared", "command", "mitigated", "resolved")
FIRST_LINES = 60
FIGURES = ("users affected", "requests failed", "minutes down", "revenue lost")


@dataclass(frozen=True, slots=True)
class Move:
    """A way on from the present phase, and what is missing for it."""

    way: Way
    missing: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A milestone: how long after detection it came, when it has."""

    name: str
    at: Instant | None
    after: str


def choices(seen: Room, caller: Caller, *, whole: bool) -> dict[str, Any]:
    """Everything the room's template asks for."""
    state, world = seen.state, seen.world
    ringing = [call.person for call in live_calls(state, world)]
    shown = seen.lines if whole else seen.lines[-FIRST_LINES:]
    mine = caller.handle
    return {
        "phases": PHASES,
        "level_title": next((each.title for each in world.rules.plan.severities if each.id == state.severity), ""),
        "moves": _moves(seen),
        "items": items(state, world),
        "plan": world.rules.plan,
        "people": sorted({person.handle for person in world.live.plan.people}),
        "targets": _targets(state, world.live.plan),
        "triggers": list(ManualTrigger),
        "dismissals": list(DismissReason),
        "risks": RISKS,
        "notes": NOTES,
        "milestones": MILESTONES,
        "hows": LINKS,
        "figures": FIGURES,
        "clocks": _clocks(state),
        "running": next((attempt for attempt in state.attempts if attempt.end is None), None),
        "can": may(caller.actor, "respond", state) is None,
        "ringing": list(dict.fromkeys(ringing)),
        "answered": list(dict.fromkeys(answer.by for answer in state.paging.answers)),
        "called": mine in ringing or mine in state.paging.engaged(),
        "offered": [role for role, person in state.offers if person == mine],
        "decisions": _decisions(state, world.rules.plan),
        "days": _days(shown),
        "hidden": len(seen.lines) - len(shown),
        "stamp": state.n,
    }


def _moves(seen: Room) -> list[Move]:
    return [
        Move(way, missing_for(way, seen.state, seen.world, seen.now))
        for way in ways_from(seen.state.phase)
        if way.verb in ("advance", "resolve", "close", "go_back")
    ]


def _clocks(state: Incident) -> list[Clock]:
    start = state.time("detected")
    found: list[Clock] = []
    for name in CLOCKS:
        at = state.time(name)
        after = duration_words(seconds_between(start, at)) if at is not None and start is not None else ""
        found.append(Clock(name, at, after))
    return found


def _targets(state: Incident, plan: Plan) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom one can ask for: this domain's columns first, then other domains, rotations, posts, people."""
    domain = next((each for each in plan.domains if each.id == state.domain), None)
    groups = [
        ("This domain", _columns(domain) if domain else []),
        ("Rotations", [(f"rotation:{each.id}", each.title or each.id) for each in plan.rotations]),
        ("Posts", [(f"post:{each.id}", each.title or each.id) for each in plan.posts]),
        ("People", [(f"person:{each.handle}", each.handle) for each in plan.people]),
    ]
    return [(name, options) for name, options in groups if options]


def _columns(domain: Domain) -> list[tuple[str, str]]:
    said = {
        "primary": domain.primary,
        "secondary": domain.secondary,
        "expert": domain.expert,
        "management": domain.management,
    }
    return [(f"domain:{name}", f"{domain.title or domain.id}: {name}") for name, targets in said.items() if targets]


def _decisions(state: Incident, plan: Plan) -> list[str]:
    """Decisions of running paths that were not taken yet."""
    running = [path for path in plan.paths if path.id in state.paths]
    return [name for path in running for name in path.decisions if name not in state.decisions]


def _days(lines: tuple[Line, ...]) -> list[tuple[Instant, list[Line]]]:
    """Lines newest first, by UTC day."""
    days: list[tuple[Instant, list[Line]]] = []
    for line in reversed(lines):
        if not days or days[-1][0] // 86_400_000_000 != line.at // 86_400_000_000:
            days.append((line.at, []))
        days[-1][1].append(line)
    return days
