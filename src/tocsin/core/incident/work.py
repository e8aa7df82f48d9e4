"""Commands of the work itself: roles, checklists, mitigation, updates, notes, figures, times."""

from __future__ import annotations

from math import isfinite

from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.incident.checklist import items
from tocsin.core.incident.lifecycle import PHASES
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, in_words
from tocsin.core.refusals import Problem, Refusal, refuse
from tocsin.core.world import World

Decision = tuple[f.Fact, ...] | Refusal

MILESTONES = (
    "first_error",
    "impact_start",
    "detected",
    "paged",
    "acknowledged",
    "declared",
    "command",
    "investigation",
    "cause_found",
    "mitigated",
    "resolved",
    "closed",
)
RISKS = ("low", "medium", "high")
NOTES = ("note", "hypothesis", "finding", "action")
LINKS = ("related", "follows", "caused_by", "address")


def _one_of(value: str, choices: tuple[str, ...], where: str) -> Refusal | None:
    if value in choices:
        return None
    return refuse("invalid", f"{value!r} is not known here", where=where, mend=f"one of: {', '.join(choices)}")


def _role(name: str, world: World) -> Refusal | None:
    return _one_of(name, tuple(role.id for role in world.rules.plan.roles), "role")


def take_role(state: Incident, command: c.TakeRole, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Play a role from now on. Taking command ends the one before, on the record."""
    refused = _role(command.role, world)
    if refused is not None:
        return refused
    if state.holder(command.role, interim=False) == actor.handle:
        return refuse("already_so", f"you are {command.role} already")
    return (f.RoleTaken(actor.handle, command.role, actor.handle),)


def offer_role(state: Incident, command: c.OfferRole, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Ask somebody to take a role; it is theirs once they accept."""
    refused = _role(command.role, world)
    if refused is not None:
        return refused
    if command.person not in world.live.by.people:
        return refuse("not_found", f"nobody is called {command.person!r}", where="person")
    return (f.RoleOffered(actor.handle, command.role, command.person),)


def end_role(state: Incident, command: c.EndRole, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Give a role up, take it from somebody, or refuse the offer of it."""
    playing = any(s.role == command.role and s.person == command.person and s.until is None for s in state.roles)
    offered = (command.role, command.person) in state.offers
    if not playing and not offered:
        return refuse("already_so", f"{command.person} is not {command.role} here")
    return (f.RoleEnded(actor.handle, command.role, command.person, refused=offered and not playing),)


def tick(state: Incident, command: c.TickItem, actor: c.Actor, world: World, now: Instant) -> Decision:
    """An item of any phase's checklist is so, or not after all."""
    known = {item.id for phase in PHASES for item in items(state, world, phase)}
    refused = _one_of(command.item, tuple(sorted(known)), "item")
    if refused is not None:
        return refused
    if command.done == (command.item in state.ticks):
        return ()
    return (f.ItemTicked(actor.handle, command.item) if command.done else f.ItemUnticked(actor.handle, command.item),)


def waive(state: Incident, command: c.WaiveItem, actor: c.Actor, world: World, now: Instant) -> Decision:
    """An item is waived, with the reason."""
    known = {item.id for phase in PHASES for item in items(state, world, phase)}
    refused = _one_of(command.item, tuple(sorted(known)), "item")
    return refused or (f.ItemWaived(actor.handle, command.item, command.words.ref),)


def start_mitigation(
    state: Incident, command: c.StartMitigation, actor: c.Actor, world: World, now: Instant
) -> Decision:
    """Begin an attempt; one runs at a time, in the plan's order of preference."""
    problems: list[Problem] = []
    ways = world.rules.plan.mitigations
    for refused in (_one_of(command.way, ways, "way"), _one_of(command.risk, RISKS, "risk")):
        problems += refused.problems if refused else ()
    if any(attempt.end is None for attempt in state.attempts):
        problems.append(Problem("an attempt runs already", "way", mend="say first whether it worked"))
    if problems:
        return Refusal("invalid", tuple(problems))
    return (
        f.MitigationStarted(
            by=actor.handle,
            attempt=len(state.attempts) + 1,
            way=command.way,
            risk=command.risk,
            words=command.words.ref,
            approved_by=command.approved_by,
            estimate=command.estimate,
            back_out=command.back_out.ref if command.back_out else None,
            watched=command.watched.ref if command.watched else None,
        ),
    )


def end_mitigation(state: Incident, command: c.EndMitigation, actor: c.Actor, world: World, now: Instant) -> Decision:
    """The running attempt worked or failed."""
    running = next((attempt for attempt in state.attempts if attempt.end is None), None)
    if running is None:
        return refuse("wrong_phase", "no attempt to mitigate is running", mend="start one")
    words = command.words.ref if command.words else None
    return (f.MitigationEnded(actor.handle, running.n, command.worked, words),)


def send_update(state: Incident, command: c.SendUpdate, actor: c.Actor, world: World, now: Instant) -> Decision:
    """A composed message to an audience (rule 16)."""
    refused = _one_of(command.audience, tuple(each.id for each in world.rules.plan.audiences), "audience")
    if refused is not None:
        return refused
    return (f.UpdateSent(actor.handle, command.audience, command.words.ref, command.by_hand, command.link),)


def note(state: Incident, command: c.Note, actor: c.Actor, world: World, now: Instant) -> Decision:
    """A line in the timeline."""
    return _one_of(command.what, NOTES, "what") or (f.Noted(actor.handle, command.what, command.words.ref),)


def classify(state: Incident, command: c.Classify, actor: c.Actor, world: World, now: Instant) -> Decision:
    """A value of the taxonomy."""
    taxonomy = world.rules.plan.taxonomy
    refused = _one_of(command.field, tuple(sorted(taxonomy)), "field")
    if refused is None:
        refused = _one_of(command.value, taxonomy[command.field], "value")
    return refused or (f.Classified(actor.handle, command.field, command.value),)


def set_impact(state: Incident, command: c.SetImpact, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Impact in numbers."""
    if not command.figures:
        return refuse("missing", "impact needs at least one figure", where="figures")
    odd = [name for name, value in command.figures if not isfinite(value) or not name]
    if odd:
        return refuse("invalid", "a figure is a name and a number", where=f"figures.{odd[0]}")
    negative = [name for name, value in command.figures if value < 0]
    if negative:
        return refuse("invalid", f"{negative[0]} is below zero", where=f"figures.{negative[0]}")
    return (f.ImpactSet(actor.handle, command.figures, command.words.ref if command.words else None),)


def correct_time(state: Incident, command: c.CorrectTime, actor: c.Actor, world: World, now: Instant) -> Decision:
    """A milestone was at another instant; the correction stays on the record and figures follow."""
    refused = _one_of(command.milestone, MILESTONES, "milestone")
    if refused is not None:
        return refused
    if command.at > now:
        return refuse("invalid", f"{in_words(command.at)} lies ahead", where="at", mend="a milestone has been reached")
    return (f.TimeCorrected(actor.handle, command.milestone, command.at, command.words.ref),)


def link(state: Incident, command: c.LinkTo, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Relate to another incident or an address."""
    refused = _one_of(command.how, LINKS, "how")
    if refused is None and command.how == "address" and not command.other.startswith(("http://", "https://")):
        refused = refuse("invalid", "an address starts with http:// or https://", where="other")
    return refused or (f.Linked(actor.handle, command.other, command.how),)
