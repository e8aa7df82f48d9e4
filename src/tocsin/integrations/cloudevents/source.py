"""CloudEvents 1.0 over HTTP: structured, in batches, and binary (`ce-` headers with the data as body).

An event's `source` and `subject` name the alert; its state is `data.state` or `data.status`, else the last word of its
type (`com.example.alert.fired`). `time` is the sender's time and counts: an event that comes late changes nothing. The
settings map other fields, with paths that begin at the event (`$.data.level`, `$.subject`). CloudEvents sign nothing:
the sender shows a token. The webhook handshake (`OPTIONS` with `WebHook-Request-Origin`) is answered.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from typing import Any, cast
from urllib.parse import unquote

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations import alert_parts as parts
from tocsin.integrations import mapping
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.alert_body import MOST_ALERTS, decode, problem_details, too_many
from tocsin.integrations.base import Alert, Answer, Field, Request, Settings, secret_part
from tocsin.integrations.event_parts import text_of

DEFAULTS = {
    "alertname": "$.data.alertname or $.data.name or $.type",
    "summary": "$.data.summary or $.data.title or $.data.message",
    "description": "$.data.description",
    "state": "$.data.state or $.data.status or $.type",
    "url": "$.data.url",
    "labels": "$.data.labels",
    "labels.severity": "$.data.severity or $.severity",
    "labels.service": "$.data.service or $.service",
    "labels.source": "$.source",
    "labels.subject": "$.subject",
}
REQUIRED = ("specversion", "id", "source", "type")
_ORIGIN = re.compile(r"[A-Za-z0-9.:/_-]{1,253}")
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder()

Event = dict[str, Any]


class CloudEvents:
    """The source for what speaks CloudEvents: Knative, Azure Event Grid, tools of a company's own."""

    kind = "cloudevents"
    label = "CloudEvents"
    fields: tuple[Field, ...] = (TOKEN, *(f for f in mapping.fields(DEFAULTS) if f.name != "alerts"))
    paths = ("/hooks/cloudevents/{key}", "/hooks/cloudevents")
    max_bytes = 1024 * 1024
    methods: tuple[str, ...] = ("POST", "OPTIONS")

    def shown(self, request: Request) -> str:
        """Nothing of its own: the token stands where every other source's does."""
        return ""

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
        """The alerts of the events, or the refusal that names the attribute at fault; all or nothing."""
        if request.method == "OPTIONS":
            return _handshake(request)
        refused = admit(request, settings, secret_part(request.path, self.paths))
        if refused:
            return refused
        events = _events(request, self.max_bytes)
        if isinstance(events, Refusal):
            return events
        if len(events) > MOST_ALERTS:
            return too_many(len(events))
        alerts: list[Alert] = []
        for n, event in enumerate(events):
            alert = _alert(event, f"[{n}]." if len(events) > 1 else "", request.now, settings)
            if isinstance(alert, Refusal):
                return alert
            alerts.append(alert)
        return tuple(alerts)

    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]:
        """200, or the refusal as problem details (RFC 9457)."""
        return problem_details(refusal) if refusal else (200, "application/json", b"{}")

    def reply(self, request: Request, refusal: Refusal | None) -> Answer:
        """The answer to this request: to the handshake, that its origin may send."""
        status, kind, body = self.answer(refusal)
        headers = {"content-type": kind}
        if request.method == "OPTIONS" and refusal is None:
            origin = request.headers["webhook-request-origin"]
            headers |= {"allow": "POST", "webhook-allowed-origin": origin, "webhook-allowed-rate": "*"}
        return Answer(status, headers, body)


def _handshake(request: Request) -> tuple[Alert, ...] | Refusal:
    """Whoever asks may ask: the answer only says that events are taken here, and each one still needs its token."""
    if _ORIGIN.fullmatch(request.headers.get("webhook-request-origin", "")):
        return ()
    return refuse(RefusalReason.INVALID, "it names no host", where="WebHook-Request-Origin")


def _events(request: Request, most_bytes: int) -> list[Any] | Refusal:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if "ce-specversion" in request.headers and not kind.startswith("application/cloudevents"):
        return _binary(request, kind, most_bytes)
    body = decode(_DECODER, request, most_bytes)
    if isinstance(body, Refusal):
        return body
    return cast(list[Any], body) if isinstance(body, list) else [body]


def _binary(request: Request, kind: str, most_bytes: int) -> list[Any] | Refusal:
    """The event of headers and body. Values of headers are percent-encoded (HTTP binding, 3.1.3.2)."""
    event: Event = {
        name.removeprefix("ce-"): unquote(value, errors="replace")
        for name, value in request.headers.items()
        if name.startswith("ce-")
    }
    if not request.body:
        return [event]
    if kind in ("", "application/json") or kind.endswith("+json"):
        data = decode(_DECODER, request, most_bytes)
        if isinstance(data, Refusal):
            return data
        event["data"] = data
    else:
        event["data"] = request.body.decode("utf-8", "replace")
    return [event]


def _alert(event: Any, where: str, now: Instant, settings: Settings) -> Alert | Refusal:
    if not isinstance(event, dict):
        return refuse(RefusalReason.INVALID, "expected an event", where=where.rstrip(".") or "body")
    said = cast(Event, event)
    missing = next((name for name in REQUIRED if not isinstance(said.get(name), str) or not said[name]), None)
    if missing:
        return refuse(RefusalReason.INVALID, "an event needs it", where=where + missing, mend="see CloudEvents 1.0")
    if said["specversion"] != "1.0":
        return refuse(RefusalReason.INVALID, "only version 1.0 is read here", where=where + "specversion")
    if isinstance(said.get("data_base64"), str):
        try:
            raw = base64.b64decode(said["data_base64"], validate=True)
            said = said | {"data": _DECODER.decode(raw)}
        except (binascii.Error, ValueError, RecursionError):
            return refuse(RefusalReason.INVALID, "it is no JSON in base64", where=where + "data_base64")
    found = mapping.read(said, settings.values, DEFAULTS)
    if isinstance(found, Refusal):
        return found
    flags: list[str] = []
    time = text_of(said.get("time"))
    at = parts.start_of(time, now, flags) if time else None
    one = found[0]
    if not one.key:
        one = replace(one, key=f"{said['source']} {text_of(said.get('subject'))}".strip())
    alert = mapping.alert_of(one, now, {}, at=at)
    return replace(alert, flags=(*flags, *alert.flags))


SOURCE = CloudEvents()
