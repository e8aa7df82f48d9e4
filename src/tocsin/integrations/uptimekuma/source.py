"""Alerts from Uptime Kuma's webhook notification, its standard JSON body.

A heartbeat's `status` is 0 down, 1 up, 2 pending, 3 maintenance; only the first two tell something. Its `time` is
UTC without saying so. A body without a heartbeat is the button "Test", which is taken and makes no alert, or a
notice of a certificate that expires, which fires and has no end of its own. Uptime Kuma signs nothing: it sends a
bearer token as an additional header, or calls a path with a secret part.
"""

from __future__ import annotations

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Alert, Request
from tocsin.integrations.event import EventSource, Loose, alert, wrong
from tocsin.integrations.event_parts import text_of

DOWN, UP = 0, 1
SILENT = frozenset({2, 3})


class Heartbeat(msgspec.Struct, gc=False):
    """One look at a monitor."""

    status: int
    monitorID: Loose = None
    time: str | None = None
    msg: str | None = None


class Tag(msgspec.Struct, gc=False):
    """A tag of a monitor."""

    name: str = ""
    value: str | None = None


class Monitor(msgspec.Struct, gc=False):
    """What is watched."""

    name: str
    id: Loose = None
    url: str | None = None
    hostname: str | None = None
    type: str | None = None
    tags: list[Tag] | None = None


class Event(msgspec.Struct, gc=False):
    """The body."""

    heartbeat: Heartbeat | None = None
    monitor: Monitor | None = None
    msg: str | None = None


class UptimeKuma(EventSource[Event]):
    """The source for a webhook notification of Uptime Kuma."""

    kind = "uptimekuma"
    label = "Uptime Kuma"
    decoder = msgspec.json.Decoder(Event)
    paths = ("/hooks/uptimekuma/{key}", "/hooks/uptimekuma")

    def told(self, event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
        """The monitor's alert, none for a test, or the refusal that names the field at fault."""
        if event.heartbeat is None:
            return _notice(event, request)
        if event.monitor is None:
            return wrong("monitor", None)
        return _read(event.heartbeat, event.monitor, request)


def _read(beat: Heartbeat, monitor: Monitor, request: Request) -> tuple[Alert, ...] | Refusal:
    if beat.status in SILENT:
        return ()
    if beat.status not in (DOWN, UP):
        return wrong("heartbeat.status", beat.status, "it is 0 to 3")
    name = text_of(beat.monitorID) or text_of(monitor.id)
    if not name:
        return wrong("heartbeat.monitorID", None)
    firing = beat.status == DOWN
    at = f"{beat.time}Z" if beat.time and len(beat.time) <= 23 else beat.time
    labels: dict[str, object] = {tag.name: tag.value for tag in monitor.tags or []}
    labels |= {"alertname": monitor.name, "monitor": name, "type": monitor.type, "host": monitor.hostname}
    labels["target"] = monitor.url if monitor.url != "https://" else ""
    found = alert(
        request,
        labels,
        firing=firing,
        starts=at if firing else None,
        ends=at,
        annotations={"summary": f"{monitor.name} is {'down' if firing else 'up'}", "description": beat.msg},
        key=name,
    )
    return (found,)


def _notice(event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
    if not event.msg:
        return wrong("heartbeat", None, "choose the standard JSON body of the webhook notification")
    if event.msg.rstrip().endswith("Testing"):
        return ()
    found = alert(
        request,
        {"alertname": "UptimeKumaNotice", "notice": event.msg},
        firing=True,
        annotations={"summary": event.msg},
    )
    return (found,)


SOURCE = UptimeKuma()
