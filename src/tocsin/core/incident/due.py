"""due: what is owed for an incident and ready, in order, each with a reason; and when to ask again."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core.cadence import cadence_duties, command_duties
from tocsin.core.duty import Due, Duty, due_of
from tocsin.core.escalation.calls import call_duties, inform_duties
from tocsin.core.escalation.ladder import hold_duties, ladder_duties
from tocsin.core.escalation.steps import step_duties
from tocsin.core.incident.checklist import ticking_duties, watch_duties
from tocsin.core.incident.promises import clash_duties, promise_duties
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later
from tocsin.core.world import World


def due(state: Incident, world: World, now: Instant) -> Due:
    """Everything owed now and later. A record with facts of a later version owes nothing to this one."""
    if state.unknown or not state.record:
        return Due((), (), None)
    return due_of(_duties(state, world, now), now)


def _duties(state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    yield from _cleared(state, world)
    if state.ended is None:
        yield from step_duties(state, world, now)
        yield from hold_duties(state, world, now)
        yield from call_duties(state, world, now)
        yield from ladder_duties(state, world, now)
        yield from command_duties(state, world)
        yield from cadence_duties(state, world)
        yield from ticking_duties(state, world, now)
        yield from watch_duties(state, world)
        yield from promise_duties(state, world, now)
        yield from clash_duties(state, world, now)
    yield from inform_duties(state, world, now)


def _cleared(state: Incident, world: World) -> Iterator[Duty]:
    """An undeclared page whose alerts cleared is over once the flap window has passed (rule 2)."""
    if state.ended is not None or state.declared or state.cleared_at is None:
        return
    at = later(state.cleared_at, world.rules.plan.limits.flap_window)
    yield Duty(at, "cleared", "close", "cleared", facts=(f.Closed("engine", "cleared"),))
