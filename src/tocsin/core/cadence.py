"""Updates that are due, nearly late, late and counted (spec sheet 1, the clock that nags; rule 16)."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core.duty import Duty
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, iso, later
from tocsin.core.plan import Audience, Cadence
from tocsin.core.world import World


def update_clocks(state: Incident, world: World) -> Iterator[tuple[Cadence, Audience, Instant]]:
    """Each audience that is owed updates now, and the instant by which the next one is due."""
    if not state.declared or state.resolved or state.severity_since is None:
        return
    for row in world.rules.plan.cadence:
        audience = world.rules.by.audiences.get(row.audience)
        interval = row.watching if state.phase == "resolution" and row.watching else row.active
        if row.severity == state.severity and audience is not None:
            yield row, audience, later(_last_told(audience, state), interval)


def _last_told(audience: Audience, state: Incident) -> Instant:
    """The last update, the last late one that was counted, or the start of the level, whichever came last. For the
    room a change of phase, severity or mitigation counts as one (rule 16)."""
    told = [state.severity_since or Instant(0)]
    told += [times.get(audience.id, Instant(0)) for times in (state.updates, state.lapsed)]
    if audience.room:
        told += [state.phases[-1][0], state.levels[-1][0]]
        told += [attempt.end or attempt.start for attempt in state.attempts[-1:]]
    return max(told)


def cadence_duties(state: Incident, world: World) -> Iterator[Duty]:
    """The reminder before an update is late, and the fact that it is."""
    for row, audience, due in update_clocks(state, world):
        warned = state.fell.get(audience.id, (Instant(0), False))
        if warned[0] != due:
            warn_at = later(due, -min(row.warn, row.active / 2))
            yield _nag(audience, warn_at, due, "update_nearly_due", state, world)
        elif not warned[1]:
            yield _nag(audience, due, due, "update_late", state, world)


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
    words = f"{audience.title or audience.id}: update due {iso(due)}"
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
