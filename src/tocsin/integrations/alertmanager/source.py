"""Alerts as an Alertmanager's webhook receiver posts them: message version 4 (and 3, which differs only in extras).

Alertmanager signs nothing: it shows a bearer token (`http_config.authorization`) or calls a path with a secret part.
It sends a firing group again each `repeat_interval`, retries only on 5xx, and takes any 4xx for "never again".
Only an alert's own `status` is trusted: a resolved group can hold firing alerts. Its 64-bit `fingerprint` stays in
the payload; labels name the alert here.
"""

from __future__ import annotations

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.alert_body import MOST_ALERTS, decode, problem_details, too_many
from tocsin.integrations.base import Alert, Field, Request, Settings, secret_part
from tocsin.integrations.notified import Notified, alert_of


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
        return tuple([alert_of(one, request.now) for one in message.alerts])

    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]:
        """200, or the refusal as problem details (RFC 9457)."""
        if refusal is None:
            return 200, "application/json", b"{}"
        return problem_details(refusal)


SOURCE = Alertmanager()
