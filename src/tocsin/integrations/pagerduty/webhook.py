"""PagerDuty's own webhooks, for a company that rings Tocsin beside it: version 3 (signed), 2 and 1 (not signed)."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.admission import admit
from tocsin.integrations.alert_body import decode, shown, too_many
from tocsin.integrations.base import Alert, Request, Settings
from tocsin.integrations.event_parts import text_of, told
from tocsin.integrations.signatures import NOT_SIGNED, signed_by

HEADER = "x-pagerduty-signature"
STATUS = {"triggered": True, "acknowledged": True, "resolved": False}
"""Whether an incident stands over there. That somebody has it there does not mean that somebody has it here."""
MOST_MESSAGES = 100

Json = dict[str, Any]


class Hook(msgspec.Struct, gc=False):
    """Version 3 has an event, the older ones a list of messages."""

    event: Json | None = None
    messages: list[Json] | None = None


_DECODER = msgspec.json.Decoder(Hook)


def admit_signed(request: Request, settings: Settings, key: str) -> Refusal | None:
    """None when the request is signed with one of the secrets, or, where none is set, shows a token."""
    secrets = settings.secrets.get("secret", "")
    if not secrets.strip():
        return admit(request, settings, key)
    words = (word.strip().partition("=") for word in request.headers.get(HEADER, "")[:4_096].split(","))
    given = [signature for version, _, signature in words if version == "v1"]
    return None if signed_by(secrets, request.body, given) else NOT_SIGNED


def read(request: Request, most_bytes: int) -> tuple[Alert, ...] | Refusal:
    """What the webhook says of incidents over there; nothing where it says nothing of their state."""
    hook = decode(_DECODER, request, most_bytes)
    if isinstance(hook, Refusal):
        return hook
    if hook.event is not None:
        found = _version_3(hook.event, request.now)
        return found if isinstance(found, Refusal) else tuple(found)
    if hook.messages is None:
        return refuse(RefusalReason.INVALID, "neither event nor messages is there", where="event")
    if len(hook.messages) > MOST_MESSAGES:
        return too_many(len(hook.messages))
    alerts: list[Alert] = []
    for n, message in enumerate(hook.messages):
        found = _older(message, f"messages[{n}]", request.now)
        if isinstance(found, Refusal):
            return found
        alerts += found
    return tuple(alerts)


def _version_3(event: Json, now: Instant) -> list[Alert] | Refusal:
    if not text_of(event.get("event_type")):
        return _missing("event.event_type")
    data: Any = event.get("data")
    # Of a service, a note or a responder there is no state to be told: a 4xx would end the subscription.
    about = text_of(cast(Json, data).get("type")) if isinstance(data, dict) else ""
    return _incident(data, "event.data", now) if about in ("incident", "") else []


def _older(message: Json, where: str, now: Instant) -> list[Alert] | Refusal:
    """Version 2 says `event` and holds the incident; version 1 says `type` and holds it under `data`."""
    if text_of(message.get("event")):
        return _incident(message.get("incident"), f"{where}.incident", now)
    if text_of(message.get("type")):
        data: Any = message.get("data")
        incident = cast(Json, data).get("incident") if isinstance(data, dict) else None
        return _incident(incident, f"{where}.data.incident", now)
    return _missing(f"{where}.event")


def _incident(value: Any, where: str, now: Instant) -> list[Alert] | Refusal:
    incident = cast(Json, value) if isinstance(value, dict) else {}
    id = text_of(incident.get("id"))
    if not id:
        return _missing(f"{where}.id")
    status = text_of(incident.get("status"))
    if status not in STATUS:
        what = f"the status is {shown(status)}" if status else "it is missing"
        return refuse(RefusalReason.INVALID, what, where=f"{where}.status", mend=f"one of {', '.join(STATUS)}")
    about: Any = incident.get("trigger_summary_data")
    summary: Any = cast(Json, about) if isinstance(about, dict) else {}
    title = (
        text_of(incident.get("title")) or text_of(summary.get("subject")) or text_of(summary.get("description"))
    ) or f"PagerDuty incident {id[:60]}"
    labels = {
        "alertname": title,
        "pagerduty_service": _name(incident.get("service")),
        "priority": _name(incident.get("priority")),
        "urgency": text_of(incident.get("urgency")),
    }
    url = text_of(incident.get("html_url"))
    return [told(labels, {"summary": title}, STATUS[status], now, key=f"incident {id}", url=url)]


def _name(value: Any) -> str:
    named = cast(Json, value) if isinstance(value, dict) else {}
    return text_of(named.get("summary")) or text_of(named.get("name"))


def _missing(where: str) -> Refusal:
    return refuse(RefusalReason.INVALID, "it is missing", where=where, mend="send PagerDuty's own body")
