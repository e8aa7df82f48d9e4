"""From a state to the row that lists show. Pages read these rows and never fold."""

from __future__ import annotations

from tocsin.core.alerts import Group
from tocsin.core.duty import Due
from tocsin.core.incident.state import Incident
from tocsin.core.world import World
from tocsin.store.base import GroupRow, IncidentRow

UNRANKED = 9


def state_word(state: Incident) -> str:
    """One word for where an incident stands: paging, open, resolved, or how it ended."""
    if state.ended is not None:
        return state.ended
    if state.resolved:
        return "resolved"
    if state.declared:
        return "open"
    return "acknowledged" if state.paging.answered else ("paging" if state.audible else "quiet")


def rank(state: Incident, world: World) -> int:
    """1 for the worst severity, by what was declared, else by what is proposed; `UNRANKED` for neither."""
    severity = world.rules.by.severities.get(state.severity or state.proposed or "")
    return severity.rank if severity else UNRANKED


def incident_row(state: Incident, owed: Due, title: str, world: World) -> IncidentRow:
    """An incident as lists show it."""
    first = next(iter(owed.shown), None)
    return IncidentRow(
        record=state.record,
        number=state.number,
        title=title,
        severity=state.severity,
        rank=rank(state, world),
        phase=state.phase,
        state=state_word(state),
        service=state.service,
        domain=state.domain,
        visibility=state.visibility,
        opened_at=state.times["detected"],
        declared_at=state.time("declared"),
        acknowledged_at=state.time("acknowledged"),
        resolved_at=state.time("resolved"),
        closed_at=state.time("closed"),
        commander=state.holder("commander"),
        next_at=first.at if first else None,
        next_what=f"{first.what}:{first.reason}" if first else "",
        alerts=len(state.groups),
        watchers=tuple(sorted(state.people)),
        drill=state.drill,
    )


def group_row(state: Group) -> GroupRow:
    """A group as lists show it, with its fate."""
    if state.muted is not None:
        fate = f"muted:{state.muted}"
    elif state.incident is not None:
        fate = "incident"
    else:
        fate = "quiet" if state.firing == 0 else "recorded"
    return GroupRow(
        record=state.record,
        key=state.key,
        source=state.source,
        route=state.route,
        service=state.service,
        visibility=state.visibility,
        incident=state.incident,
        opened_at=state.opened_at,
        last_at=state.last_at,
        firing=state.firing,
        total=state.total,
        fate=fate,
        closed=state.closed,
    )
