"""Pretend people: who sleeps, answers, passes on, declares, leads an incident through its phases, and forgets to.

What somebody does depends on the season's chance and on what the record says at that moment, as it does for people.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tocsin.core import commands as c
from tocsin.core.facts import Words
from tocsin.core.incident.checklist import open_items
from tocsin.core.incident.state import Incident
from tocsin.core.plan import Plan
from tocsin.core.reasons import DismissReason, ManualTrigger
from tocsin.core.world import World

Say = Callable[[str], Words]


def first_reaction(chance: Random) -> tuple[str, float]:
    """What somebody does about a page, and after how many seconds: sleep, pass or acknowledge."""
    draw = chance.random()
    if draw < 0.2:
        return "sleep", 0.0
    after = chance.choice((5.0, 20.0, 45.0, 120.0, 400.0)) * (0.5 + chance.random())
    return ("pass", after) if draw < 0.3 else ("acknowledge", after)


def next_step(state: Incident, world: World, chance: Random, say: Say) -> c.Command | None:
    """What whoever has the incident does next; None when nothing is left to do."""
    if state.ended is not None:
        return None
    if not state.declared:
        return _judged(state, world.live.plan, chance, say)
    if chance.random() < 0.25:
        return _aside(state, world.rules.plan, chance, say)
    return _lead(state, world, chance, say)


def _judged(state: Incident, plan: Plan, chance: Random, say: Say) -> c.Command:
    draw = chance.random()
    if draw < 0.5:
        return c.Dismiss(chance.choice(list(DismissReason)))
    if draw < 0.6:
        return c.Note("note", say("looking"))
    if draw < 0.65:
        return c.Triage(((plan.triage[0].id, True),))
    return c.Declare(chance.choice(plan.severities).id, say("it looks like it"))


def _aside(state: Incident, plan: Plan, chance: Random, say: Say) -> c.Command:
    """What happens beside the way through the phases."""
    people = [person.handle for person in plan.people]
    return chance.choice(
        (
            lambda: c.SetSeverity(chance.choice(plan.severities).id, say("changed")),
            lambda: c.Escalate(
                chance.choice(("rotation:commander", f"person:{people[0]}", "post:manager")),
                chance.choice(("page", "inform")),
                chance.choice(list(ManualTrigger)),
            ),
            lambda: c.TakeRole("commander"),
            lambda: c.OfferRole("scribe", chance.choice(people)),
            lambda: c.EndRole("commander", state.holder("commander") or people[0]),
            lambda: c.SendUpdate(chance.choice(plan.audiences).id, say("going on")),
            lambda: c.Note("finding", say("found")),
            lambda: c.StartPath(plan.paths[0].id),
            lambda: c.TakeDecision(chance.choice(plan.paths[0].decisions)),
            lambda: c.Classify("root_cause", "unknown"),
        )
    )()


def _lead(state: Incident, world: World, chance: Random, say: Say) -> c.Command:
    """The next step on the way through the phases, with a relapse now and then."""
    left = open_items(state, world)
    if left:
        item = left[0]
        return c.WaiveItem(item.id, say("not here")) if chance.random() < 0.2 else c.TickItem(item.id)
    if state.phase == "response":
        return c.EnterPhase("investigation")
    if state.phase == "investigation":
        return c.EnterPhase("mitigation") if state.attempts else _attempt(world, say)
    if state.phase == "mitigation":
        if any(attempt.end is None for attempt in state.attempts):
            return c.EndMitigation(worked=chance.random() < 0.7)
        worked = any(attempt.worked for attempt in state.attempts)
        return c.EnterPhase("resolution") if worked else _attempt(world, say)
    if chance.random() < 0.1:
        return c.EnterPhase("investigation", say("it is back"))
    return c.Resolve() if state.phase == "resolution" else c.Close()


def _attempt(world: World, say: Say) -> c.Command:
    return c.StartMitigation(world.rules.plan.mitigations[0], "low", say("try it"))
