"""People's and programs' commands: decided on the record, written in one transaction, answered after the commit.

A repeated command id gets the same answer and no second effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.facts import Entry
from tocsin.core.incident.decide import decide
from tocsin.core.incident.evolve import evolve
from tocsin.core.incident.state import Incident
from tocsin.core.permissions import may
from tocsin.core.refusals import Refusal, refuse
from tocsin.engine.heart import Heart
from tocsin.engine.records import Unit
from tocsin.store.base import Writing


@dataclass(frozen=True, slots=True)
class Done:
    """What a command brought about: the record, its number, and the kinds of the facts written."""

    record: str
    number: int
    facts: tuple[str, ...]


Answer = Done | Refusal


def handle(
    heart: Heart, unit: Unit, w: Writing, command_id: str, record: str, command: c.Command, actor: c.Actor
) -> Answer:
    """Decide a command and stage its facts. A refusal stages nothing."""
    remembered = w.command(command_id) if command_id else None
    if remembered is not None:
        return msgspec.json.decode(remembered, type=Done)
    answer = (
        _open(heart, unit, w, command, actor)
        if isinstance(command, c.Open)
        else _decide(heart, unit, w, record, command, actor)
    )
    if isinstance(answer, Done) and command_id:
        w.remember_command(command_id, unit.now, msgspec.json.encode(answer))
    return answer


def _decide(heart: Heart, unit: Unit, w: Writing, record: str, command: c.Command, actor: c.Actor) -> Answer:
    state = unit.incident(record)
    if not state.record:
        return refuse("not_found", "there is no such incident")
    facts = decide(state, command, actor, heart.world(state.rules), unit.now)
    if isinstance(facts, Refusal):
        return facts
    if isinstance(command, c.Merge):
        refused = _absorb(unit, record, command, actor)
        if refused is not None:
            return refused
    unit.append(record, facts, c.words_of(command))
    return Done(record, state.number, tuple(fact.kind for fact in facts))


def _absorb(unit: Unit, record: str, command: c.Merge, actor: c.Actor) -> Refusal | None:
    """The other half of a merge, in the same transaction."""
    other = unit.incident(command.into)
    refused = (
        may(actor, "respond", other) if other.record else refuse("not_found", "there is no such incident", where="into")
    )
    if refused is not None:
        return refused
    if other.unknown or any(unit.group(group).unknown for group in unit.incident(record).groups):
        return refuse(
            "unknown_fact", "what would be merged holds facts of a later version", where="into", mend="upgrade first"
        )
    if other.ended is not None:
        return refuse("ended", f"the other incident has ended ({other.ended})", where="into")
    state = unit.incident(record)
    if state.visibility == "private" and other.visibility != "private":
        return refuse("not_allowed", "a private incident is not merged into an open one", where="into")
    groups = tuple(
        f.GroupJoined(group, part.muted) for group, part in state.groups.items() if group not in other.groups
    )
    quiet = tuple(
        f.GroupMoved(group, "cleared" if not part.firing else "expired")
        for group, part in state.groups.items()
        if group not in other.groups and (part.stale or not part.firing)
    )
    unit.append(command.into, (f.Absorbed(actor.handle, record), *groups, *quiet))
    for group in state.groups:
        unit.append(group, (f.GroupAttached(command.into),))
    return None


def _open(heart: Heart, unit: Unit, w: Writing, command: c.Open, actor: c.Actor) -> Answer:
    """An incident opened by hand; with a severity it is declared in the same transaction."""
    refused = may(actor, "respond")
    if refused is not None:
        return refused
    live = heart.around.live
    if live is None:
        return refuse("unavailable", "no plan is applied yet", mend="tocsin plan apply DIR")
    service = live.by.services.get(command.service)
    if service is None:
        known = ", ".join(sorted(s.id for s in live.plan.services))
        return refuse(
            "invalid", f"the plan has no service {command.service!r}", where="service", mend=f"one of: {known}"
        )
    if command.visibility not in ("open", "private"):
        return refuse("invalid", "visibility is open or private", where="visibility")
    if command.path is not None and command.path not in live.by.paths:
        return refuse("invalid", f"the plan has no path {command.path!r}", where="path")
    record = f"incident:{heart.chance.id(unit.now)}"
    path = live.by.paths[command.path] if command.path else None
    opened = f.IncidentOpened(
        number=0,
        by=actor.handle,
        service=service.id,
        domain=service.domain,
        title=command.title.ref,
        rules=live.hash,
        visibility="private" if path and path.private else command.visibility,
        path=command.path,
        drill=command.drill,
    )
    return _opened(heart, unit, w, record, opened, command, actor)


def _opened(
    heart: Heart, unit: Unit, w: Writing, record: str, opened: f.IncidentOpened, command: c.Open, actor: c.Actor
) -> Answer:
    """Tried on a copy first, so that a refused declaration leaves no incident behind."""
    assert heart.around.live is not None
    world = heart.world(heart.around.live.hash)
    facts: tuple[f.Fact, ...] = ()
    if command.severity is not None:
        trial = evolve(Incident(), Entry(record, 1, unit.now, opened))
        decided = decide(trial, c.Declare(command.severity), actor, world, unit.now)
        if isinstance(decided, Refusal):
            return decided
        facts = decided
    opened = replace(opened, number=w.next_number("incident"))
    unit.append(record, (opened, *facts), (command.title,))
    return Done(record, opened.number, tuple(fact.kind for fact in (opened, *facts)))
