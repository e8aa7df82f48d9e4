"""Alerts from New Relic: the default template of a workflow's webhook destination, and the older incident webhook.

A workflow tells an issue's `state` (CREATED, ACTIVATED, ACKNOWLEDGED, CLOSED), the older webhook `current_state`
(open, acknowledged, closed). Acknowledged there is neither a firing nor a clear here: who has it in Tocsin says so in
Tocsin. New Relic signs nothing: it shows a bearer token or calls a path with a secret part. A deployment marker is
no alert; changes have an entrance of their own.
"""

from __future__ import annotations

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Alert, Request, Settings
from tocsin.integrations.event import EventSource, Loose, alert, wrong
from tocsin.integrations.event_parts import text_of

FIRING = frozenset({"created", "activated", "open"})
CLEARED = frozenset({"closed"})
NEITHER = frozenset({"acknowledged"})
CHANGES = "a deployment is a change: post it to /api/v1/changes"


class Event(msgspec.Struct, gc=False):
    """The fields of both bodies that are read; every other one is skipped."""

    id: Loose = None
    issueUrl: str | None = None
    title: str | None = None
    priority: str | None = None
    state: str | None = None
    impactedEntities: list[str] | None = None
    alertPolicyNames: list[str] | None = None
    alertConditionNames: list[str] | None = None
    createdAt: Loose = None
    updatedAt: Loose = None
    incident_id: Loose = None
    incident_url: str | None = None
    condition_name: str | None = None
    policy_name: str | None = None
    current_state: str | None = None
    severity: str | None = None
    details: str | None = None
    timestamp: Loose = None


class NewRelic(EventSource[Event]):
    """The source for a webhook destination of New Relic."""

    kind = "newrelic"
    label = "New Relic"
    decoder = msgspec.json.Decoder(Event)
    paths = ("/hooks/newrelic/{key}", "/hooks/newrelic")

    def admitted(self, request: Request, settings: Settings) -> Refusal | None:
        """None when the caller is known and no deployment is told of, which New Relic posts as a form."""
        refused = super().admitted(request, settings)
        if refused is None and request.body.startswith(b"deployment="):
            return wrong("deployment", "a deployment", CHANGES)
        return refused

    def told(self, event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
        """An issue's alert, or an older incident's."""
        return _incident(event, request) if event.current_state is not None else _issue(event, request)


def _issue(event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
    said = (event.state or "").lower()
    if said not in FIRING | CLEARED | NEITHER:
        return wrong("state", event.state, 'write "state": {{ json state }}')
    if not event.id:
        return wrong("id", None, 'write "id": {{ json issueId }}')
    if said in NEITHER:
        return ()
    conditions = event.alertConditionNames or []
    labels = {
        "alertname": conditions[0] if conditions else event.title,
        "policy": ", ".join(event.alertPolicyNames or []),
        "entity": ", ".join(event.impactedEntities or []),
        "severity": (event.priority or "").lower(),
    }
    found = alert(
        request,
        labels,
        firing=said in FIRING,
        starts=event.createdAt,
        ends=event.updatedAt,
        annotations={"summary": event.title},
        url=event.issueUrl,
        key=text_of(event.id),
    )
    return (found,)


def _incident(event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
    said = (event.current_state or "").lower()
    if said not in FIRING | CLEARED | NEITHER:
        return wrong("current_state", event.current_state, "it is open, acknowledged or closed")
    if not event.incident_id:
        return wrong("incident_id", None)
    if said in NEITHER:
        return ()
    firing = said in FIRING
    found = alert(
        request,
        {"alertname": event.condition_name, "policy": event.policy_name, "severity": (event.severity or "").lower()},
        firing=firing,
        starts=event.timestamp if firing else None,
        ends=event.timestamp,
        annotations={"summary": event.details or event.condition_name},
        url=event.incident_url,
        key=text_of(event.incident_id),
    )
    return (found,)


SOURCE = NewRelic()
