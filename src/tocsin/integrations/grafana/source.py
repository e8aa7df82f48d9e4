"""Alerts as Grafana's webhook contact point posts them: message version 1, and the older one of a single rule.

Grafana shows a bearer token or calls a path with a secret part; or it signs: HMAC-SHA256 in hex, over the body, or,
where its contact point names a timestamp header, over the unix seconds in it, a colon and the body. With a `secret`
here each request must be signed and needs no token; give both or neither a timestamp header. Of a group only an
alert's own `status` is trusted. Grafana before 9 tells of a rule by `ruleId` and `state`: `alerting` and `no_data`
fire, `ok` clears, `pending` and `paused` say nothing of an alert. A body made by a template of your own is not read
here: map it with the source `generic`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.alert_body import MOST_ALERTS, decode, problem_details, shown, too_many
from tocsin.integrations.base import Alert, Field, Request, Settings, secret_part
from tocsin.integrations.event_parts import text_of, texts_of, told
from tocsin.integrations.notified import Notified, alert_of
from tocsin.integrations.signatures import NOT_SIGNED, fresh, signed_by

HEADER = "X-Grafana-Alerting-Signature"
STATES = {"alerting": True, "no_data": True, "ok": False, "pending": None, "paused": None}
"""What the state of an old rule says: it fires, it cleared, or neither."""


class Message(msgspec.Struct, gc=False):
    """A message of either age; what else it holds is skipped."""

    alerts: list[Notified] | msgspec.UnsetType = msgspec.UNSET
    ruleId: Any = None
    ruleName: Any = None
    ruleUrl: Any = None
    state: Any = None
    title: Any = None
    message: Any = None
    tags: Any = None
    orgId: Any = None


_DECODER = msgspec.json.Decoder(Message)


class Grafana:
    """The source for a contact point of the kind webhook."""

    kind = "grafana"
    label = "Grafana"
    fields: tuple[Field, ...] = (
        TOKEN,
        Field(
            "secret",
            "HMAC secret",
            secret=True,
            hint="The contact point's HMAC secret; two separated by a space while it is being changed. When it is "
            "set, each request must be signed with it.",
        ),
        Field("signature_header", "Header of the signature", default=HEADER, hint="As the contact point names it."),
        Field(
            "timestamp_header",
            "Header of the timestamp",
            hint="The contact point's timestamp header, where it has one: a request older than five minutes is then "
            "refused.",
        ),
    )
    paths = ("/hooks/grafana/{key}", "/hooks/grafana")
    max_bytes = 8 * 1024 * 1024

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
        """The alerts of the message, or the refusal that names each field at fault; all or nothing."""
        refused = self._admit(request, settings)
        if refused:
            return refused
        message = decode(_DECODER, request, self.max_bytes, "alerts")
        if isinstance(message, Refusal):
            return message
        if isinstance(message.alerts, msgspec.UnsetType):
            return _old(message, request.now)
        if len(message.alerts) > MOST_ALERTS:
            return too_many(len(message.alerts))
        return tuple([alert_of(one, request.now) for one in message.alerts])

    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]:
        """200, or the refusal as problem details (RFC 9457)."""
        return problem_details(refusal) if refusal else (200, "application/json", b"{}")

    def _admit(self, request: Request, settings: Settings) -> Refusal | None:
        secrets = settings.secrets.get("secret", "")
        if not secrets.strip():
            return admit(request, settings, secret_part(request.path, self.paths))
        signed = request.body
        stamp_header = settings.values.get("timestamp_header", "").strip().lower()
        timely = True
        if stamp_header:
            stamp = request.headers.get(stamp_header, "")
            signed = stamp.encode("utf-8", "replace") + b":" + signed
            timely = fresh(stamp, request.now)
        header = settings.values.get("signature_header", "").strip() or HEADER
        good = signed_by(secrets, signed, (request.headers.get(header.lower(), ""),))
        return None if good and timely else NOT_SIGNED


def _old(message: Message, now: Instant) -> tuple[Alert, ...] | Refusal:
    """The alert of one rule, as Grafana told of it before 9."""
    rule = text_of(message.ruleId)
    if not rule:
        return refuse(
            RefusalReason.INVALID,
            "there are no alerts",
            where="alerts",
            why="neither a list of alerts nor a rule with ruleId and state",
            mend="map a body of your own with the source generic",
        )
    state = text_of(message.state)
    if state not in STATES:
        return refuse(
            RefusalReason.INVALID,
            f"the state is {shown(state)}" if state else "the state is missing",
            where="state",
            mend=f"one of {', '.join(STATES)}",
        )
    firing = STATES[state]
    if firing is None:
        return ()
    tags = texts_of(message.tags)
    labels = {"alertname": text_of(message.ruleName) or text_of(message.title) or f"rule {rule}"}
    if state == "no_data":
        labels["grafana_state"] = state
    annotations = {"summary": text_of(message.title), "description": text_of(message.message)}
    key = f"org {text_of(message.orgId) or '1'} rule {rule}"
    return (told(tags | labels, annotations, firing, now, key=key, url=text_of(message.ruleUrl)),)


SOURCE = Grafana()
