"""What an incident's channel and ticket are called (spec sheet 1, places; conflicts 72 and 73)."""

from __future__ import annotations

from collections.abc import Collection

from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, to_datetime
from tocsin.core.world import World


def channel_name(state: Incident, world: World, taken: Collection[str] = ()) -> str:
    """The channel's name, with a suffix when it is taken: by date and time (UTC) of the start, a private one by id."""
    places = world.rules.plan.places
    name = _filled(places.private_channel if state.visibility == "private" else places.channel, state, world, "")
    if name not in taken:
        return name
    return next(other for n in range(2, len(taken) + 3) if (other := f"{name}-{n}") not in taken)


def ticket_title(state: Incident, world: World, title: str) -> str:
    """The ticket's title: [2026-01-29] [SEV-2] [API gateway] - what is wrong. A private one says only that it is."""
    shown = "private incident" if state.visibility == "private" else title
    return _filled(world.rules.plan.places.ticket, state, world, shown)


def _filled(pattern: str, state: Incident, world: World, title: str) -> str:
    start = to_datetime(state.time("detected") or Instant(0))
    severity = world.rules.by.severities.get(state.severity or state.proposed or "")
    service = world.rules.by.services.get(state.service)
    values = {
        "date": f"{start:%Y-%m-%d}",
        "time": f"{start:%H%M}",
        "id": str(state.number),
        "sev": severity.title.partition(" ")[0] if severity else "",
        "service": service.title or service.id if service else state.service,
        "title": title,
    }
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern
