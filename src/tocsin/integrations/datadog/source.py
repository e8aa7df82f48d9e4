"""Alerts as Datadog's webhooks integration posts them. The body is a template of the customer's own, so that this
names the fields that are read, each with the variable it holds (docs.datadoghq.com, integrations/webhooks):

    {"title": "$EVENT_TITLE", "body": "$EVENT_MSG", "alert_transition": "$ALERT_TRANSITION",
     "alert_type": "$ALERT_TYPE", "alert_cycle_key": "$ALERT_CYCLE_KEY", "monitor_id": "$ALERT_ID",
     "scope": "$ALERT_SCOPE", "priority": "$PRIORITY", "tags": "$TAGS", "link": "$LINK", "date": "$DATE"}

Datadog signs nothing: it calls a path with a secret part, or shows a bearer token as a custom header. A body that
names no transition fires (`state_assumed`), unless its title begins as Datadog titles a recovery.
"""

from __future__ import annotations

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Alert, Request
from tocsin.integrations.event import EventSource, Loose, alert, wrong
from tocsin.integrations.event_parts import text_of

FIRING = frozenset({"triggered", "re-triggered", "warn", "re-warn", "no data", "re-no data", "renotify"})
CLEARED = frozenset({"recovered", "warn recovered", "no data recovered"})


class Event(msgspec.Struct, gc=False):
    """The fields that are read; every other one of the template is skipped."""

    title: str | None = None
    body: str | None = None
    message: str | None = None
    alert_title: str | None = None
    alert_transition: str | None = None
    alert_type: str | None = None
    alert_cycle_key: Loose = None
    aggreg_key: Loose = None
    monitor_id: Loose = None
    alert_id: Loose = None
    scope: str | None = None
    hostname: str | None = None
    priority: Loose = None
    tags: str | list[str] | None = None
    link: str | None = None
    date: Loose = None


class Datadog(EventSource[Event]):
    """The source for a webhook of a Datadog monitor."""

    kind = "datadog"
    label = "Datadog"
    decoder = msgspec.json.Decoder(Event)
    paths = ("/hooks/datadog/{key}", "/hooks/datadog")

    def told(self, event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
        """The event's alert, or the refusal that names the field at fault."""
        return _read(event, request)


def _read(event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
    name = (event.alert_title or event.title or "").strip()
    if not name:
        return wrong("title", None, 'add "title": "$EVENT_TITLE" to the webhook\'s payload')
    said = (event.alert_transition or "").strip().lower()
    if said and said not in FIRING | CLEARED:
        return wrong("alert_transition", event.alert_transition, 'write "alert_transition": "$ALERT_TRANSITION"')
    firing = said in FIRING if said else not name.lower().startswith("[recovered")
    monitor = text_of(event.monitor_id) or text_of(event.alert_id)
    plain = name.partition("] ")[2] if name.startswith("[") and "] " in name else name
    labels = _tags(event.tags) | {
        "alertname": plain,
        "monitor": monitor,
        "scope": event.scope,
        "host": event.hostname,
        "priority": _priority(text_of(event.priority)),
        "severity": (event.alert_type or "").lower(),
    }
    found = alert(
        request,
        labels,
        firing=firing,
        starts=event.date if firing else None,
        ends=event.date,
        annotations={"summary": name, "description": event.body or event.message},
        url=event.link,
        key=text_of(event.alert_cycle_key) or _key(monitor, event),
        flags=() if said else ("state_assumed",),
    )
    return (found,)


def _key(monitor: str, event: Event) -> str:
    """What names the alert where the payload has no cycle key: the monitor and what it looks at."""
    return f"{monitor}/{text_of(event.aggreg_key) or event.scope or ''}" if monitor else ""


def _priority(text: str) -> str:
    return f"P{text}" if text.isdigit() else text


def _tags(tags: str | list[str] | None) -> dict[str, object]:
    """Tags like `team:database` as labels; a tag without a value is left out."""
    listed = tags.split(",") if isinstance(tags, str) else tags or []
    pairs = (tag.strip().partition(":") for tag in listed)
    return {name: value for name, _, value in pairs if name and value}


SOURCE = Datadog()
