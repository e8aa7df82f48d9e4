"""Checklists: what has to be so before a phase is left; ticked by people, by what the record shows, or waived."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core.duty import Duty
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later
from tocsin.core.plan import Item
from tocsin.core.world import World


def items(state: Incident, world: World, phase: str | None = None) -> tuple[Item, ...]:
    """The items of a phase (the present one by default) that hold for the incident's severity."""
    said = world.rules.by.phases.get(phase or state.phase)
    checklist = said.checklist if said else ()
    return tuple(item for item in checklist if not item.severities or state.severity in item.severities)


def open_items(state: Incident, world: World) -> tuple[Item, ...]:
    """The items of the present phase that are neither ticked nor waived."""
    return tuple(item for item in items(state, world) if item.id not in state.ticks)


def ticking_duties(state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    """Items that the record itself shows to be so (rule 2: a clear ticks the check it stands for)."""
    if not state.declared or state.resolved:
        return
    for item in items(state, world):
        check = f"check:{item.ticked_by}"
        tick = state.ticks.get(item.id)
        shown = item.ticked_by != "person" and _shown(item.ticked_by, state)
        if shown and tick is None and item.id not in state.unticked:
            fact: f.Fact = f.ItemTicked(check, item.id)
            yield Duty(now, f"tick/{item.id}", "tick", item.ticked_by, facts=(fact,), words=item.text)
        elif tick is not None and tick.by == check and not shown:
            fact = f.ItemUnticked(check, item.id)
            yield Duty(now, f"tick/{item.id}", "tick", item.ticked_by, facts=(fact,), words=item.text)


def _shown(check: str, state: Incident) -> bool:
    if check == "alerts_cleared":
        return bool(state.groups) and not state.firing
    if check == "severity_set":
        return state.severity is not None
    if check == "commander_set":
        return state.holder("commander") is not None
    return bool(state.updates)


def watch_ends(state: Incident, world: World) -> Instant | None:
    """Until when the present phase has to be watched before it is left, where the plan says so."""
    said = world.rules.by.phases.get(state.phase)
    if said is None or said.watch is None:
        return None
    return later(state.phases[-1][0], said.watch)


def watch_duties(state: Incident, world: World) -> Iterator[Duty]:
    """Shows when the watch ends; nothing is written for it."""
    ends = watch_ends(state, world)
    if ends is not None:
        yield Duty(ends, "watch", "watch", "watch_over", words="the watch ends")
