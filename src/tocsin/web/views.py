"""What API and pages show of a record, as plain values: made from a folded state, its world, and its texts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from tocsin.core.changes import BEFORE, upstream
from tocsin.core.duty import Due
from tocsin.core.incident.due import due
from tocsin.core.incident.evolve import fold
from tocsin.core.incident.lead import missing_for
from tocsin.core.incident.lifecycle import ways_from
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, iso, later
from tocsin.core.reasons import sentence
from tocsin.core.refusals import Refused, refuse
from tocsin.core.timeline import Line, line
from tocsin.core.world import World
from tocsin.engine.codec import entry
from tocsin.engine.lists import incident_row
from tocsin.engine.surroundings import Surroundings
from tocsin.matching import matches
from tocsin.store.base import AlertRow, ChangeRow, GroupRow, IncidentRow, Reading, Viewer

SAID_OF_CHANGES = ("title", "url", "author", "revision", "environment")
"""What a change's payload holds besides the words of its sender for the service."""


@dataclass(frozen=True, slots=True)
class Room:
    """All that an incident's room shows."""

    row: IncidentRow
    state: Incident
    world: World
    due: Due
    lines: tuple[Line, ...]
    texts: dict[str, str]
    now: Instant
    past: bool = False
    changes: tuple[ChangeRow, ...] = ()


def surroundings(reading: Reading, tzdata: str, at: Instant | None = None) -> Surroundings:
    """The live world, folded from the store for one page: as it is, or as it was at an earlier instant."""
    around = Surroundings(matches, tzdata)
    around.load(reading, until=at)
    return around


def room(
    reading: Reading, viewer: Viewer, id: str, now: Instant, tzdata: str, at: Instant | None = None
) -> Room | None:
    """An incident as a viewer may see it, now or as it was at an earlier instant; None when they may not.

    Who may see it now may see its past, and nobody else. Raises Refused for an instant before it, or ahead.
    """
    row = reading.incident(viewer, id)
    if row is None:
        return None
    if at is not None and not row.opened_at <= at <= now:
        said = "lies ahead" if at > now else f"lies before the incident, which was opened at {iso(row.opened_at)}"
        raise Refused(refuse("invalid", f"{iso(at)} {said}", where="at", mend="name an instant between the two"))
    entries = [entry(each) for each in reading.load(row.record, until=at)]
    if not entries:
        return None
    state = fold(entries)
    around = surroundings(reading, tzdata, at)
    world = around.world(state.rules)
    payloads = reading.payloads(row.record)
    texts = {ref: p.body.decode("utf-8", "replace") for ref, p in payloads.items() if p.body is not None}
    lines = tuple(line(each, texts) for each in entries)
    owed = due(state, world, at or now)
    if at is not None:
        row = incident_row(state, owed, texts.get(state.title, ""), world)
    before = changes_before(reading, viewer, state, world, at or now)
    return Room(row, state, world, owed, lines, texts, at or now, past=at is not None, changes=before)


def changes_before(
    reading: Reading, viewer: Viewer, state: Incident, world: World, now: Instant
) -> tuple[ChangeRow, ...]:
    """What was changed in the service and in what it depends on, in the last hours before detection (rule 26)."""
    services = upstream(state.service, world.rules.by.services)
    detected = state.times["detected"]
    if not services:
        return ()
    found = reading.changes(viewer, services=services, since=later(detected, -BEFORE), until=detected)
    return tuple(row for row in found if row.told_at <= now)


def when(at: Instant | None) -> str | None:
    """RFC 3339, or nothing."""
    return iso(at) if at is not None else None


def incident_item(row: IncidentRow) -> dict[str, Any]:
    """An incident as a list's item."""
    return {
        "id": row.record.removeprefix("incident:"),
        "number": row.number,
        "label": f"INCIDENT-{row.number}",
        "title": row.title,
        "severity": row.severity,
        "phase": row.phase,
        "state": row.state,
        "service": row.service,
        "domain": row.domain,
        "visibility": row.visibility,
        "commander": row.commander,
        "drill": row.drill,
        "opened_at": when(row.opened_at),
        "declared_at": when(row.declared_at),
        "acknowledged_at": when(row.acknowledged_at),
        "resolved_at": when(row.resolved_at),
        "closed_at": when(row.closed_at),
        "next_at": when(row.next_at),
        "next_what": row.next_what,
    }


def room_item(seen: Room) -> dict[str, Any]:
    """A whole incident: its item, and what only its room shows."""
    state = seen.state
    return incident_item(seen.row) | {
        "title": seen.texts.get(state.title, ""),
        "severity": state.severity,
        "proposed": state.proposed,
        "phase": state.phase,
        "ended": state.ended,
        "levels": [{"at": iso(at), "severity": level} for at, level in state.levels],
        "milestones": {name: iso(state.time(name) or at) for name, at in state.times.items()}
        | {name: iso(at) for name, at in state.corrected.items()},
        "roles": [
            {
                "role": span.role,
                "person": span.person,
                "since": iso(span.since),
                "until": when(span.until),
                "interim": span.interim,
            }
            for span in state.roles
        ],
        "checklist": {
            item: {"by": tick.by, "at": iso(tick.at), "waived": tick.waived} for item, tick in state.ticks.items()
        },
        "taxonomy": dict(state.taxonomy),
        "impact": dict(state.impact),
        "links": [{"how": how, "other": other} for how, other in state.links],
        "next": [
            {
                "at": iso(duty.at),
                "what": duty.what,
                "who": list(duty.who),
                "reason": duty.reason,
                "because": sentence(duty.reason),
                "words": duty.words,
            }
            for duty in seen.due.shown
        ],
        "at": iso(seen.now),
        "past": seen.past,
        "ways": _ways(seen),
        "questions": [{"id": q.id, "asks": q.asks, "proposes": q.proposes} for q in seen.world.rules.plan.triage],
        "changes": [change_item(each) for each in seen.changes],
        "timeline": [
            {"n": each.n, "at": iso(each.at), "kind": each.kind, "who": each.who, "text": each.text}
            for each in seen.lines
        ],
    }


def _ways(seen: Room) -> list[dict[str, Any]]:
    """Where the incident can go on to by a person's word, and what is missing for it."""
    if seen.state.ended is not None or not seen.state.declared:
        return []
    return [
        {
            "verb": way.verb,
            "phase": way.after,
            "missing": [
                {"what": each.what, "where": each.where, "mend": each.mend}
                for each in missing_for(way, seen.state, seen.world, seen.now)
            ],
        }
        for way in ways_from(seen.state.phase)
        if way.verb in ("advance", "resolve", "close")
    ]


def alert_item(row: AlertRow) -> dict[str, Any]:
    """An alert as a list's item; its labels are gone once it was erased."""
    title, said = alert_text(row.body)
    return {
        "fingerprint": row.fingerprint,
        "group": row.record.removeprefix("group:"),
        "incident": row.incident.removeprefix("incident:") if row.incident else None,
        "state": "cleared" if row.cleared_at is not None else "firing",
        "title": title,
        "labels": said.get("labels", {}),
        "annotations": said.get("annotations", {}),
        "url": said.get("url", ""),
        "starts_at": iso(row.starts_at),
        "cleared_at": when(row.cleared_at),
        "received_at": iso(row.received_at),
        "fate": row.fate,
    }


def alert_text(body: bytes | None) -> tuple[str, dict[str, Any]]:
    """The title and the content of a kept alert."""
    if body is None:
        return "(erased)", {}
    title, _, rest = body.partition(b"\n")
    try:
        said: Any = json.loads(rest)
    except ValueError:
        said = {}
    return title.decode("utf-8", "replace"), cast("dict[str, Any]", said) if isinstance(said, dict) else {}


def change_item(row: ChangeRow) -> dict[str, Any]:
    """A change as a list's item; what was said of it is gone once it was erased."""
    said: dict[str, str] = json.loads(row.body) if row.body is not None else {"title": "(erased)"}
    return {
        "what": row.what,
        "outcome": row.outcome,
        "service": row.service or None,
        "happened_at": iso(row.happened_at),
        "told_at": iso(row.told_at),
        "source": row.source,
        "by": row.by,
        "key": row.key,
        "visibility": row.visibility,
        **{name: said.get(name, "") for name in SAID_OF_CHANGES},
    }


def group_item(row: GroupRow) -> dict[str, Any]:
    """A group of alerts as a list's item."""
    return {
        "group": row.record.removeprefix("group:"),
        "source": row.source,
        "route": row.route,
        "service": row.service,
        "incident": row.incident.removeprefix("incident:") if row.incident else None,
        "opened_at": iso(row.opened_at),
        "last_at": iso(row.last_at),
        "firing": row.firing,
        "total": row.total,
        "fate": row.fate,
        "closed": row.closed,
    }
