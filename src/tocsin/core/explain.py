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
from tocsin.core.world import World

MOST_DUTIES = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that would happen, and when."""

    at: Instant
    duty: Duty


@dataclass(frozen=True, slots=True)
class Explanation:
    """The path of an alert: where it goes, whether it is muted, and everything that would follow."""

    routed: Routed | None
    mute: Mute | None
    steps: tuple[Told, ...]


def explain(
    source: str, labels: Mapping[str, str], world: World, at: Instant, horizon: float, severity: str | None = None
) -> Explanation:
    """Explain an alert that fires at an instant, for `horizon` seconds; `severity` declares it at once."""
    routed = Router(world.live, world.matches).route(source, labels)
    if routed is None:
        return Explanation(None, None, ())
    mute = mute_of(routed.service, routed.route, world, at)
    if mute is not None or not routed.route.page:
        return Explanation(routed, mute, ())
    return Explanation(routed, None, tuple(unanswered(_opened(routed, world, at, severity), world, at, horizon)))


def _opened(routed: Routed, world: World, at: Instant, severity: str | None) -> Incident:
    opened = f.IncidentOpened(
        number=0,
        by=f"route:{routed.route.id}",
        service=routed.service,
        domain=routed.domain,
        title="",
        rules=world.live.hash,
        visibility=routed.route.visibility,
        severity_hint=routed.severity_hint,
        path=routed.route.path,
    )
    facts: list[f.Fact] = [opened, f.GroupJoined("group:explained")]
    declare = severity or routed.route.declare
    if declare is not None:
        facts += [f.Declared("explain", declare, world.live.hash), f.PhaseEntered("explain", "response")]
    state = Incident()
    for n, fact in enumerate(facts, 1):
        state = evolve(state, f.Entry("incident:explained", n, at, fact))
    return state


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
