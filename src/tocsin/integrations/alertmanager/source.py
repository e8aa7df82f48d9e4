"""Alerts as an Alertmanager's webhook receiver posts them: message version 4 (and 3, which differs only in extras).

Alertmanager signs nothing: it shows a bearer token (`http_config.authorization`) or calls a path with a secret part.
It sends a firing group again each `repeat_interval`, retries only on 5xx, and takes any 4xx for "never again".
Only an alert's own `status` is trusted: a resolved group can hold firing alerts. Its 64-bit `fingerprint` stays in
the payload; labels name the alert here.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import alert_parts as parts
from tocsin.integrations.admission import TOKEN, admit, secret_part
from tocsin.integrations.alert_body import MOST_ALERTS, decode, status_of, too_many
from tocsin.integrations.base import Alert, Field, Request, Settings


class Notified(msgspec.Struct, gc=False):
    """One alert of the message; what else it holds is skipped."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    startsAt: str | None = None
    endsAt: str | None = None
    generatorURL: str | None = None


class Notification(msgspec.Struct, gc=False):
    """The message; the group's own status, labels and key are not needed and never trusted."""

    alerts: list[Notified]


_DECODER = msgspec.json.Decoder(Notification)


class Alertmanager:
    """The source for a receiver with `webhook_configs` in a real Alertmanager."""

    kind = "alertmanager"
    label = "Alertmanager"
    fields: tuple[Field, ...] = (TOKEN,)
    paths = ("/hooks/alertmanager/{key}", "/hooks/alertmanager")
    max_bytes = 8 * 1024 * 1024

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
        """The alerts of the message, or the refusal that names each field at fault; all or nothing."""
        refused = admit(request, settings, secret_part(request.path, self.paths))
        if refused:
            return refused
        message = decode(_DECODER, request, self.max_bytes, "alerts")
        if isinstance(message, Refusal):
            return message
        if len(message.alerts) > MOST_ALERTS:
            return too_many(len(message.alerts))
        return tuple([_alert(one, request.now) for one in message.alerts])

    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]:
        """200, or the refusal as problem details (RFC 9457)."""
        if refusal is None:
            return 200, "application/json", b"{}"
        status = status_of(refusal)
        problem = {"title": refusal.reason.replace("_", " "), "status": status, "detail": str(refusal)}
        return status, "application/problem+json", msgspec.json.encode(problem)


def _alert(notified: Notified, now: Instant) -> Alert:
    flags: list[str] = []
    firing = notified.status == "firing"
    starts = parts.start_of(notified.startsAt, now, flags)
    ends = parts.end_of(notified.endsAt, flags)
    if firing and ends is not None and ends <= now:
        flags.append("end_ignored")
        ends = None
    elif not firing and (ends is None or ends > now):
        flags.append("end_unknown")
        ends = now
    if ends is not None and ends < starts:
        flags.append("ends_before_start")
        starts = ends
    labels = parts.labels_of(notified.labels, flags)
    if not labels or not notified.labels.get("alertname"):
        flags.append("no_alertname")
    return Alert(
        labels,
        parts.annotations_of(notified.annotations, flags),
        firing,
        starts,
        ends,
        parts.link_of(notified.generatorURL, flags),
        parts.whole_key(notified.labels) if "cut_labels" in flags else "",
        tuple(flags),
    )


SOURCE = Alertmanager()
