"""Events API v2 as PagerDuty's own specification has it: one event a request, its answers, its dedup key."""

from __future__ import annotations

import hashlib
from typing import Any, Literal, cast

import msgspec

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.alert_body import BOM, decode, shaped
from tocsin.integrations.alert_parts import KEPT_FIRST
from tocsin.integrations.base import Alert, Request
from tocsin.integrations.event_parts import labels_of_query, text_of, texts_of, told

LONGEST_KEY = 255
"""Characters of a dedup key (specification)."""
DETAILS = frozenset(KEPT_FIRST) - {"alertname", "severity"}
"""Custom details that become labels, since they say where the trouble is."""


class Payload(msgspec.Struct, gc=False):
    """What a trigger says; the rest is skipped."""

    summary: str
    source: str
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: Any = None
    component: str | None = None
    group: str | None = None
    class_: str | None = msgspec.field(default=None, name="class")
    custom_details: Any = None


class Event(msgspec.Struct, gc=False):
    """One event. A resolve may bring half a payload, which nobody reads."""

    routing_key: str
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str | None = None
    payload: Any = None
    client: Any = None
    client_url: Any = None
    links: Any = None


class Keyed(msgspec.Struct, gc=False):
    """The two keys of an event, read before anything is known of the rest."""

    routing_key: Any = None
    dedup_key: Any = None


_EVENT = msgspec.json.Decoder(Event)
_KEYED = msgspec.json.Decoder(Keyed)


def routing_key(request: Request) -> str:
    """The token that an event shows; "" when there is none to be read."""
    return text_of(_keys(request.body).routing_key)


def dedup_key(request: Request) -> str:
    """The event's own dedup key, else the one made for it: the same each time this request is asked."""
    given = text_of(_keys(request.body).dedup_key)
    return given or hashlib.sha256(b"%d " % request.now + request.body).hexdigest()[:32]


def read(request: Request, most_bytes: int) -> tuple[Alert, ...] | Refusal:
    """The alert of an event; none for an acknowledgement."""
    event = decode(_EVENT, request, most_bytes)
    if isinstance(event, Refusal):
        return event
    if event.event_action != "trigger" and not event.dedup_key:
        return _wrong("dedup_key", f"it is required to {event.event_action}")
    if len(event.dedup_key or "") > LONGEST_KEY:
        return _wrong("dedup_key", f"it has more than {LONGEST_KEY} characters")
    # One key belongs to one integration over there: two teams that use the same name do not clear each other's alert.
    of = hashlib.sha256(event.routing_key.encode("utf-8", "replace")).hexdigest()[:8]
    key = f"{of}/{dedup_key(request)}"
    if event.event_action == "acknowledge":
        return ()
    if event.event_action == "resolve":
        return (told({"alertname": "resolved"}, {}, False, request.now, key=key),)
    if event.payload is None:
        return _wrong("payload", "it is required to trigger")
    payload = shaped(event.payload, Payload, "payload")
    if isinstance(payload, Refusal):
        return payload
    if not payload.summary.strip():
        return _wrong("payload.summary", "it is empty")
    return (_trigger(event, payload, request, key),)


def success(key: str) -> bytes:
    """The body of 202."""
    said = {"status": "success", "message": "Event processed", "dedup_key": key}
    return msgspec.json.encode({name: value for name, value in said.items() if value})


def error(refusal: Refusal) -> bytes:
    """The body of an error: what is wrong, and every place of it."""
    if refusal.reason == RefusalReason.UNAVAILABLE:
        said = {"status": "unavailable", "message": str(refusal)}
    else:
        said = {"status": "invalid event", "message": "Event object is invalid"}
    return msgspec.json.encode(said | {"errors": [str(problem) for problem in refusal.problems]})


def _trigger(event: Event, payload: Payload, request: Request, key: str) -> Alert:
    details = texts_of(payload.custom_details)
    labels = {name: value for name, value in details.items() if name in DETAILS} | {
        "alertname": payload.class_ or payload.summary,
        "severity": payload.severity,
        "source": payload.source,
        "component": payload.component or "",
        "group": payload.group or "",
        "class": payload.class_ or "",
        "client": text_of(event.client),
    }
    annotations = {name: value for name, value in details.items() if name not in DETAILS}
    annotations |= {"summary": payload.summary, "timestamp": text_of(payload.timestamp)}
    return told(
        labels_of_query(request.query) | labels,
        annotations,
        True,
        request.now,
        key=key,
        url=event.client_url if isinstance(event.client_url, str) and event.client_url else _first_link(event.links),
    )


def _first_link(links: Any) -> str:
    first: Any = cast(list[Any], links)[0] if isinstance(links, list) and links else None
    return texts_of(first).get("href", "")


def _keys(body: bytes) -> Keyed:
    try:
        return _KEYED.decode(body.removeprefix(BOM))
    except (ValueError, RecursionError):
        return Keyed()


def _wrong(where: str, what: str) -> Refusal:
    return refuse(RefusalReason.INVALID, what, where=where, mend="see PagerDuty's Events API v2")
