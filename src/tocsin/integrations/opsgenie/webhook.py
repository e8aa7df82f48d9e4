"""Opsgenie's own webhooks, for a company that rings Tocsin beside it. They are not signed."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.alert_body import decode
from tocsin.integrations.base import Alert, Request
from tocsin.integrations.event_parts import text_of, told

FIRES = frozenset(
    {"Create", "Acknowledge", "UnAcknowledge", "Escalate", "EscalateNext", "AssignOwnership", "TakeOwnership", "Snooze"}
)
"""What can happen to an open alert alone. That somebody has it over there does not mean that somebody has it here."""
CLEARS = frozenset({"Close", "Delete"})


class About(msgspec.Struct, gc=False):
    """The alert over there; some actions bring its id alone."""

    id: str = msgspec.field(name="alertId")
    message: str | None = None
    alias: Any = None
    entity: Any = None
    priority: Any = None
    source: Any = None
    tags: list[Any] | None = None
    description: Any = None


class Hook(msgspec.Struct, gc=False):
    """What happened, to which alert."""

    action: str
    alert: About


_DECODER = msgspec.json.Decoder(Hook)


def read(request: Request, most_bytes: int) -> tuple[Alert, ...] | Refusal:
    """What the webhook says of an alert over there; nothing where it says nothing of its state."""
    hook = decode(_DECODER, request, most_bytes)
    if isinstance(hook, Refusal):
        return hook
    alert = hook.alert
    if not alert.id.strip():
        return refuse(RefusalReason.INVALID, "it is empty", where="alert.alertId", mend="send Opsgenie's own body")
    if not hook.action.strip():
        return refuse(RefusalReason.INVALID, "it is empty", where="action", mend="send Opsgenie's own body")
    if hook.action not in FIRES | CLEARS:
        return ()
    title = alert.message or f"Opsgenie alert {alert.id[:60]}"
    labels = {
        "alertname": title,
        "entity": text_of(alert.entity),
        "priority": text_of(alert.priority),
        "source": text_of(alert.source),
    }
    annotations = {
        "summary": title,
        "description": text_of(alert.description),
        "alias": text_of(alert.alias),
        "tags": ", ".join(text_of(tag) for tag in alert.tags or []),
    }
    firing = hook.action in FIRES
    return (told(labels, annotations, firing, request.now, key=f"alert {alert.id}"),)
