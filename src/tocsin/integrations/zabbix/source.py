"""Alerts from a Zabbix webhook media type. Its script writes the body, so that this names the fields that are read,
each with the macro it holds (zabbix.com, macros supported by location):

    {"hostname": "{HOST.NAME}", "trigger": "{EVENT.NAME}", "status": "{EVENT.STATUS}", "severity": "{EVENT.SEVERITY}",
     "item": "{EVENT.OPDATA}", "event_id": "{EVENT.ID}", "tags": {EVENT.TAGSJSON}, "link": "https://.../{EVENT.ID}"}

A recovery carries the id of the event that it ends, so `event_id` names the alert; without one, host and trigger do.
Zabbix signs nothing: the script shows a bearer token or calls a path with a secret part.
"""

from __future__ import annotations

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Alert, Request
from tocsin.integrations.event import EventSource, Loose, alert, wrong
from tocsin.integrations.event_parts import text_of

FIRING = frozenset({"problem", "1"})
CLEARED = frozenset({"ok", "resolved", "recovery", "0"})


class Tag(msgspec.Struct, gc=False):
    """A tag as {EVENT.TAGSJSON} writes it."""

    tag: str = ""
    value: str = ""


class Event(msgspec.Struct, gc=False):
    """The fields that are read; every other one of the script is skipped."""

    trigger: str | None = None
    status: Loose = None
    value: Loose = None
    hostname: str | None = None
    severity: str | None = None
    item: str | None = None
    event_id: Loose = None
    link: str | None = None
    message: str | None = None
    tags: list[Tag] | None = None


class Zabbix(EventSource[Event]):
    """The source for a webhook media type of Zabbix."""

    kind = "zabbix"
    label = "Zabbix"
    decoder = msgspec.json.Decoder(Event)
    paths = ("/hooks/zabbix/{key}", "/hooks/zabbix")

    def told(self, event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
        """The event's alert, or the refusal that names the field at fault."""
        return _read(event, request)


def _read(event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
    if not event.trigger:
        return wrong("trigger", None, 'write "trigger": "{EVENT.NAME}"')
    said = (text_of(event.status) or text_of(event.value)).strip().lower()
    if said not in FIRING | CLEARED:
        return wrong("status", event.status, 'write "status": "{EVENT.STATUS}", which is PROBLEM or RESOLVED')
    labels: dict[str, object] = {tag.tag: tag.value for tag in event.tags or []}
    labels |= {"alertname": event.trigger, "host": event.hostname, "severity": (event.severity or "").lower()}
    found = alert(
        request,
        labels,
        firing=said in FIRING,
        annotations={"summary": _summary(event), "item": event.item, "description": event.message},
        url=event.link,
        key=text_of(event.event_id) or f"{event.hostname or ''}/{event.trigger}",
    )
    return (found,)


def _summary(event: Event) -> str:
    """The trigger's name, with its host where the name does not say it."""
    named = event.trigger or ""
    return named if not event.hostname or event.hostname in named else f"{named} on {event.hostname}"


SOURCE = Zabbix()
