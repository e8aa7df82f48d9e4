"""Alerts from Google Cloud Monitoring's webhook channel, schema 1.0 to 1.2 (once Stackdriver).

An incident there is one alert here: `incident_id` names it, `state` is open or closed, instants are seconds since
1970. Google signs nothing: it calls a path with a secret part.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Alert, Request
from tocsin.integrations.event import EventSource, Loose, alert, wrong
from tocsin.integrations.event_parts import text_of

STATES = {"open": True, "closed": False}


class Resource(msgspec.Struct, gc=False):
    """What is watched: its type and its labels."""

    type: str | None = None
    labels: dict[str, Any] | None = None


class Incident(msgspec.Struct, gc=False):
    """`incident`; what else it holds is skipped."""

    incident_id: Loose = None
    state: str | None = None
    policy_name: str | None = None
    condition_name: str | None = None
    resource_name: str | None = None
    resource_display_name: str | None = None
    resource: Resource | None = None
    policy_user_labels: dict[str, Any] | None = None
    scoping_project_id: str | None = None
    severity: str | None = None
    summary: str | None = None
    url: str | None = None
    started_at: Loose = None
    ended_at: Loose = None


class Event(msgspec.Struct, gc=False):
    """The body."""

    incident: Incident


class GoogleCloud(EventSource[Event]):
    """The source for a webhook channel of Google Cloud Monitoring."""

    kind = "googlecloud"
    label = "Google Cloud Monitoring"
    decoder = msgspec.json.Decoder(Event)
    paths = ("/hooks/googlecloud/{key}", "/hooks/googlecloud")

    def told(self, event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
        """The incident's alert, or the refusal that names the field at fault."""
        return _read(event.incident, request)


def _read(said: Incident, request: Request) -> tuple[Alert, ...] | Refusal:
    firing = STATES.get((said.state or "").lower())
    if firing is None:
        return wrong("incident.state", said.state, "it is open or closed")
    if not said.incident_id:
        return wrong("incident.incident_id", None)
    severity = (said.severity or "").lower()
    labels: dict[str, object] = dict((said.resource.labels if said.resource else None) or {})
    labels |= said.policy_user_labels or {}
    labels |= {
        "alertname": said.condition_name or said.policy_name,
        "policy": said.policy_name,
        "resource": said.resource_display_name or said.resource_name,
        "resource_type": said.resource.type if said.resource else "",
        "project": said.scoping_project_id,
        "severity": "" if severity == "no severity" else severity,
    }
    found = alert(
        request,
        labels,
        firing=firing,
        starts=said.started_at,
        ends=said.ended_at,
        annotations={"summary": said.summary},
        url=said.url,
        key=text_of(said.incident_id),
    )
    return (found,)


SOURCE = GoogleCloud()
