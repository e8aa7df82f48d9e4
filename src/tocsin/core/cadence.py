"""Updates that are due, nearly late, late and counted (spec sheet 1, the clock that nags; rule 16)."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core.duty import Duty
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, in_words, iso, later
from tocsin.core.plan import Audience, Cadence
from tocsin.core.world import World


def update_clocks(state: Incident, world: World) -> Iterator[tuple[Cadence, Audience, Instant]]:
    """Each audience that is owed updates now, and the instant by which the next one is due."""
    for row, audience in _rows(state, world):
        start = _may_hear(audience, state, world)
        if start is None:
            continue
        last = _last_told(audience, state, start)
        interval = _interval(row, last == start, state)
        if interval is not None:
            yield row, audience, later(last, interval)


def _rows(state: Incident, world: World) -> Iterator[tuple[Cadence, Audience]]:
    """The plan's rows for the incident's severity."""
    if not state.declared or state.ended is not None:
        return
    for row in world.rules.plan.cadence:
        audience = world.rules.by.audiences.get(row.audience)
        if row.severity == state.severity and audience is not None:
            yield row, audience


def _interval(row: Cadence, first: bool, state: Incident) -> int | None:
    """Seconds to the next update. What is due at once is late only after its reminder had its time."""
    if state.resolved:
        return row.warn if first and "resolved" in row.milestones else None
    if first and row.first is not None:
        return max(row.first, row.warn)
    if first and row.active is None and "declared" in row.milestones:
        return row.warn
    return row.watching if state.phase == "resolution" and row.watching else row.active


def _may_hear(audience: Audience, state: Incident, world: World) -> Instant | None:
    """From when an audience's clock counts: the start of the level or the resolution; for outsiders not before what
    the paths that run have to clear first (conflict 23). None while it is not cleared."""
    start = (state.phases[-1][0] if state.resolved else state.severity_since) or Instant(0)
    needed = clearances(state, world) if audience.public else ()
    if any(decision not in state.decisions for decision in needed):
        return None
    return max([start, *(state.decisions[decision] for decision in needed)])


def clearances(state: Incident, world: World) -> tuple[str, ...]:
    """The decisions that public text waits for, of the paths that run."""
    paths = (world.rules.by.paths.get(path) for path in state.paths)
    return tuple(path.clearance for path in paths if path is not None and path.clearance is not None)


def _last_told(audience: Audience, state: Incident, start: Instant) -> Instant:
    """The last update, the last late one that was counted, or the start of the clock, whichever came last. For the
    room a change of phase, severity or mitigation counts as one (rule 16)."""
    none = Instant(0)
    told = [start, state.updates.get(audience.id, none), state.lapsed.get(audience.id, none)]
    if audience.room:
        told += [state.phases[-1][0], state.levels[-1][0]]
        told += [attempt.end or attempt.start for attempt in state.attempts[-1:]]
    return max(told)


def cadence_duties(state: Incident, world: World) -> Iterator[Duty]:
    """The reminder before an update is late, and the fact that it is; and the clearance that public text waits for."""
    for row, audience, due in update_clocks(state, world):
        if audience.room and (state.resolved or row.active is None):
            continue  # The change of phase was the message.
        warned = state.fell.get(audience.id, (Instant(0), False))
        if warned[0] != due:
            yield _nag(audience, later(due, -_lead(row)), due, "update_nearly_due", state, world)
        elif not warned[1]:
            yield _nag(audience, due, due, "update_late", state, world)
    yield from _uncleared(state, world)


def _lead(row: Cadence) -> float:
    """How long before an update is late its reminder comes, in seconds: never sooner than half of the way."""
    return min(row.warn, row.active / 2) if row.active else row.warn


def _uncleared(state: Incident, world: World) -> Iterator[Duty]:
    """Text for outsiders waits until security and legal clear it: asked at once, and as often as it would be due."""
    for row, audience in _rows(state, world):
        again = row.active or row.first
        if not audience.public or state.resolved or again is None or _may_hear(audience, state, world) is not None:
            continue
        start = state.severity_since or Instant(0)
        asked = state.fell.get(audience.id, (Instant(0), False))[0]
        at = later(asked, again) if asked >= start else start
        yield _nag(audience, at, at, "clearance_wanted", state, world)


def _nag(audience: Audience, at: Instant, due: Instant, reason: str, state: Incident, world: World) -> Duty:
    key = f"cadence/{audience.id}/{iso(due)}/{reason}"
    writer = sender(audience, state)
    people = (writer,) if writer else ()
    fell = f.UpdateFell(audience.id, due, reason == "update_late")
    told = f.StepTaken(
        key=key,
        verb="inform",
        reason=reason,
        targets=(f"role:{audience.sender or 'commander'}",),
        people=people,
        skipped=(),
        since=None,
        until=None,
        rules=world.rules.hash,
        tzdata=world.tzdata,
    )
    words = f"{audience.title or audience.id}: update due {in_words(due)}"
    return Duty(at, key, "update", reason, people, (fell, told), words)


def sender(audience: Audience, state: Incident) -> str | None:
    """Who writes to an audience: the role the plan names, else the commander, else whoever answered (conflict 21)."""
    named = state.holder(audience.sender) if audience.sender else None
    answered = state.paging.answers[-1].by if state.paging.answers else None
    return named or state.holder("commander") or answered


def command_duties(state: Incident, world: World) -> Iterator[Duty]:
    """Command that is not established in time is said, once a level (conflicts 4 and 5)."""
    severity = world.rules.by.severities.get(state.severity or "")
    if severity is None or severity.command_within is None or state.severity_since is None or state.resolved:
        return
    if state.command_late or state.holder("commander", interim=False) is not None:
        return
    due = later(state.severity_since, severity.command_within)
    interim = state.holder("commander")
    yield Duty(due, "command", "command", "command_late", (interim,) if interim else (), (f.CommandLate(due),))
