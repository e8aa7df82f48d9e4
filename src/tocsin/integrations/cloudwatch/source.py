"""Alarms of Amazon CloudWatch, as SNS posts them over HTTPS.

Who may send: a message that Amazon signed for a topic listed in `topics`, or one that it signed and that came on a
path with a secret part. A signature alone proves nothing: any account's topic is signed by the same Amazon.

A new subscription is confirmed by Tocsin itself, and only for a listed topic: the message must be signed, its
SubscribeURL must lead to SNS and to that topic, and it is called once through the guarded egress. For any other topic
it is refused, and a person who means it lists the topic and asks SNS to send the confirmation again.

ALARM fires, OK clears. INSUFFICIENT_DATA fires too, flagged `no_data`: who sends it here has asked CloudWatch to, and
a monitor that sees nothing is no proof of health; `insufficient_data: ignore` says otherwise.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.admission import REFUSED, TOKEN
from tocsin.integrations.alert_body import BOM
from tocsin.integrations.base import Alert, Field, Request, Settings
from tocsin.integrations.cloudwatch.signature import Envelope, certificate_address, confirmation_address, verify
from tocsin.integrations.event import EventSource, alert, decoded, wrong

STATES = {"ALARM": True, "INSUFFICIENT_DATA": True, "OK": False}
TYPES = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")
TOPICS = Field(
    "topics",
    "Topics",
    hint="The ARNs of the topics that may send, separated by spaces. Their subscriptions are confirmed by Tocsin, and "
    "their signed messages need no token.",
)
SIGNATURE = Field(
    "signature",
    "Signature",
    pattern="required|off",
    default="required",
    hint="`required` takes only what Amazon signed and needs tocsin[sns]; `off` trusts the token or secret path alone.",
)
INSUFFICIENT = Field(
    "insufficient_data",
    "Insufficient data",
    pattern="fire|ignore",
    default="fire",
    hint="What an alarm does that has too little data: `fire`, or `ignore`.",
)


class Dimension(msgspec.Struct, gc=False):
    """One dimension of the metric."""

    name: str = ""
    value: str = ""


class Trigger(msgspec.Struct, gc=False):
    """What the alarm looks at."""

    MetricName: str | None = None
    Namespace: str | None = None
    Dimensions: list[Dimension] | None = None


class Alarm(msgspec.Struct, gc=False):
    """The message of an alarm; what else it holds is skipped."""

    AlarmName: str
    NewStateValue: str
    AlarmArn: str | None = None
    AlarmDescription: str | None = None
    AWSAccountId: str | None = None
    NewStateReason: str | None = None
    StateChangeTime: str | None = None
    Region: str | None = None
    Trigger: Trigger | None = None


_ENVELOPE = msgspec.json.Decoder(Envelope)
_ALARM = msgspec.json.Decoder(Alarm)


class CloudWatch(EventSource[Envelope]):
    """The source for an HTTPS subscription of an SNS topic to which alarms publish."""

    kind = "cloudwatch"
    label = "Amazon CloudWatch"
    signs = "the certificate of Amazon SNS"
    fields: tuple[Field, ...] = (TOPICS, SIGNATURE, INSUFFICIENT, TOKEN)
    paths = ("/hooks/cloudwatch/{key}", "/hooks/cloudwatch")

    def wants(self, request: Request, settings: Settings) -> str:
        """The certificate, then for a subscription to a listed topic the address that confirms it."""
        envelope = self._known(request, settings)
        if isinstance(envelope, Refusal) or _unsigned(settings):
            return ""
        address = certificate_address(envelope)
        if isinstance(address, Refusal):
            return ""
        fetched = request.fetched or {}
        if address not in fetched:
            return address
        if envelope.Type != "SubscriptionConfirmation" or verify(envelope, fetched[address]) is not None:
            return ""
        confirm = confirmation_address(envelope)
        listed = envelope.TopicArn in _topics(settings)
        return confirm if listed and isinstance(confirm, str) and confirm not in fetched else ""

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
        """The alarm's alert, none for a confirmed subscription, or the refusal that names the field at fault."""
        if _unsigned(settings):
            refused = self.admitted(request, settings)
            return refused or _unsigned_alarm(request, settings)
        envelope = self._known(request, settings)
        if isinstance(envelope, Refusal):
            return envelope
        refused = _signed(envelope, request)
        if refused is not None:
            return refused
        if envelope.Type == "SubscriptionConfirmation":
            return _confirmed(envelope, request, settings)
        return _alarm(envelope.Message, request, settings) if envelope.Type == "Notification" else ()

    def _known(self, request: Request, settings: Settings) -> Envelope | Refusal:
        """The envelope of a caller who shows a token or names a listed topic; a stranger's body is not read."""
        refused = self.admitted(request, settings)
        topics = _topics(settings)
        if refused is not None and not topics:
            return refused
        envelope = decoded(_ENVELOPE, request)
        if refused is not None and (isinstance(envelope, Refusal) or envelope.TopicArn not in topics):
            return REFUSED
        if isinstance(envelope, Envelope) and envelope.Type not in TYPES:
            return wrong("Type", envelope.Type, f"it is one of {', '.join(TYPES)}")
        return envelope


def _topics(settings: Settings) -> list[str]:
    return settings.values.get("topics", "").replace(",", " ").split()


def _unsigned(settings: Settings) -> bool:
    return settings.values.get("signature", "") == "off"


def _signed(envelope: Envelope, request: Request) -> Refusal | None:
    address = certificate_address(envelope)
    if isinstance(address, Refusal):
        return address
    if not isinstance(envelope.Message, str):
        return wrong("Message", "an object", "Amazon SNS sends it as text")
    certificate = (request.fetched or {}).get(address)
    if certificate is None:
        return refuse(
            RefusalReason.UNAVAILABLE,
            "the certificate of the signature could not be fetched",
            where="SigningCertURL",
            mend="SNS sends again by itself; if it goes on, let this server reach amazonaws.com",
        )
    return verify(envelope, certificate)


def _confirmed(envelope: Envelope, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
    if envelope.TopicArn not in _topics(settings):
        return refuse(
            RefusalReason.NOT_ALLOWED,
            "this topic is not listed, so its subscription is not confirmed",
            where="TopicArn",
            mend="add its ARN to `topics`, then let SNS request the confirmation again",
        )
    address = confirmation_address(envelope)
    if isinstance(address, Refusal):
        return address
    if address not in (request.fetched or {}):
        return refuse(RefusalReason.UNAVAILABLE, "the subscription could not be confirmed now", where="SubscribeURL")
    return ()


def _unsigned_alarm(request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
    """An alarm in an envelope, or bare as SNS delivers it raw."""
    if b'"AlarmName"' in request.body[:2_000] and b'"Message"' not in request.body:
        return _alarm(request.body.removeprefix(BOM), request, settings, "")
    envelope = decoded(_ENVELOPE, request)
    return envelope if isinstance(envelope, Refusal) else _alarm(envelope.Message, request, settings)


def _alarm(
    message: str | bytes | dict[str, Any], request: Request, settings: Settings, at: str = "Message"
) -> tuple[Alert, ...] | Refusal:
    body = msgspec.json.encode(message) if isinstance(message, dict) else message
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
    alarm = decoded(_ALARM, Request(raw, {}, request.path, request.now))
    if isinstance(alarm, Refusal):
        problem = alarm.problems[0]
        where = problem.where if problem.where != "body" else ""
        mend = "only alarms of CloudWatch are read here"
        return refuse(RefusalReason.INVALID, problem.what, where=".".join(filter(None, (at, where))), mend=mend)
    if alarm.NewStateValue not in STATES:
        return wrong(".".join(filter(None, (at, "NewStateValue"))), alarm.NewStateValue, f"one of {', '.join(STATES)}")
    blind = alarm.NewStateValue == "INSUFFICIENT_DATA"
    if blind and settings.values.get("insufficient_data", "") == "ignore":
        return ()
    return (_made(alarm, request, blind=blind),)


def _made(alarm: Alarm, request: Request, *, blind: bool) -> Alert:
    firing = STATES[alarm.NewStateValue]
    trigger = alarm.Trigger or Trigger()
    labels: dict[str, object] = {each.name: each.value for each in trigger.Dimensions or []}
    labels |= {
        "alertname": alarm.AlarmName,
        "namespace": trigger.Namespace,
        "metric": trigger.MetricName,
        "region": alarm.Region,
        "account": alarm.AWSAccountId,
        "state": "insufficient_data" if blind else "",
    }
    return alert(
        request,
        labels,
        firing=firing,
        starts=alarm.StateChangeTime if firing else None,
        ends=alarm.StateChangeTime,
        annotations={"summary": alarm.AlarmDescription or alarm.AlarmName, "description": alarm.NewStateReason},
        key=alarm.AlarmArn or "/".join((alarm.AWSAccountId or "", alarm.Region or "", alarm.AlarmName)),
        flags=("no_data",) if blind else (),
    )


SOURCE = CloudWatch()
