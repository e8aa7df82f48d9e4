"""Events as tools send them to PagerDuty (Events API v2), and webhooks as PagerDuty sends them (v3, v2 and v1).

**Events**: a tool that can page PagerDuty pages Tocsin when its URL becomes `https://HOST/v2/enqueue` and its routing
key a token with the scope `send`. `trigger` fires, `resolve` clears, under the same `dedup_key` and routing key; the
answers and statuses are PagerDuty's. `acknowledge` is taken and acknowledges nothing: a page asks a person, and a
tool is none. Labels are `alertname` (the class, else the summary), `severity`, `source`, `component`, `group`,
`class`, `client` and, of the custom details, those named as rules name theirs (`service`, `team`, `namespace`,
`cluster`, `instance`, `job`); what stands behind `?` in the URL becomes labels too, as `/v2/enqueue?service=api`. The
other custom details and `timestamp` are annotations. There is no limit of events a minute; change events
(`/v2/change/enqueue`) and version 1 are not read here.

**Webhooks**: a subscription that calls `/hooks/pagerduty` signs each request (`X-PagerDuty-Signature`, HMAC-SHA256 in
hex), which its `secret` checks; without one it needs a token, as the older versions do. What counts is the status of
the incident over there: `triggered` and `acknowledged` fire here, `resolved` clears. A webhook of a service, a note or
a responder says nothing of that; it is taken, since PagerDuty ends a subscription that is refused.
"""

from __future__ import annotations

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.alert_body import status_of
from tocsin.integrations.base import Alert, Answer, Field, Request, Settings, secret_part
from tocsin.integrations.pagerduty import event, webhook

PATH = "/v2/enqueue"
WRONG_KEY = refuse(
    RefusalReason.NOT_ALLOWED,
    "the caller is not known",
    where="routing_key",
    mend="let the routing key be a token made with `tocsin token create NAME --scope send`",
)


class PagerDuty:
    """The source for what pages PagerDuty today, and for PagerDuty itself."""

    kind = "pagerduty"
    label = "PagerDuty"
    fields: tuple[Field, ...] = (
        TOKEN,
        Field(
            "secret",
            "Webhook secret",
            secret=True,
            hint="The signing secret of the webhook subscription, shown once when it is made; several separated by a "
            "space. When it is set, each webhook must be signed with one of them.",
        ),
    )
    paths = (PATH, "/hooks/pagerduty/{key}", "/hooks/pagerduty")
    max_bytes = 512 * 1024
    methods: tuple[str, ...] = ("POST",)

    def shown(self, request: Request) -> str:
        """An event's routing key; a webhook's token stands where every other source's does."""
        return event.routing_key(request) if request.path == PATH else ""

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
        """The alert of an event, or those of a webhook; or the refusal that names the field at fault."""
        if request.path == PATH:
            if admit(request, settings, event.routing_key(request)):
                return WRONG_KEY
            return event.read(request, self.max_bytes)
        refused = webhook.admit_signed(request, settings, secret_part(request.path, self.paths))
        return refused or webhook.read(request, self.max_bytes)

    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]:
        """202 and `success`, or 400 with PagerDuty's error; 401 for a webhook of a stranger, 503 to be sent again."""
        if refusal is None:
            return 202, "application/json", event.success("")
        status = status_of(refusal)
        return status, "application/json", event.error(refusal)

    def reply(self, request: Request, refusal: Refusal | None) -> Answer:
        """The answer to this request: it names the dedup key, made here when the event brought none."""
        status, kind, body = self.answer(refusal)
        if refusal is None and request.path == PATH:
            body = event.success(event.dedup_key(request))
        elif refusal is not None and request.path == PATH and refusal.reason != RefusalReason.UNAVAILABLE:
            status = 400  # PagerDuty has no other for what must not be sent again.
        return Answer(status, {"content-type": kind}, body)


SOURCE = PagerDuty()
