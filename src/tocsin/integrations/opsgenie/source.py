"""Alerts as tools send them to Opsgenie (Alert API), and webhooks as Opsgenie sends them.

**Alert API**: a tool that pages Opsgenie pages Tocsin when its host becomes ours and its key a token with the scope
`send`, shown as `Authorization: GenieKey TOKEN`. `POST /v2/alerts` fires, `POST /v2/alerts/ID/close` and
`DELETE /v2/alerts/ID` clear, by id or, with `?identifierType=alias`, by alias. Labels are `alertname` (the message),
`priority`, `source`, `entity` and, of details and `name:value` tags, those named as rules name theirs (`severity`,
`service`, `team`, `namespace`, `cluster`, `instance`, `job`). `acknowledge` is taken and acknowledges nothing: a page
asks a person, and a tool is none; a later message, description, priority or note is taken and changes nothing here.
The id of an alert is made from its alias, and a request's id says what came of it: both are known without looking.
Nothing is listed here, and tiny ids are not known.

**Webhooks**: an integration that calls `/hooks/opsgenie` shows a token; Opsgenie does not sign. What was created,
acknowledged, escalated or taken over there fires here, what was closed or deleted clears. A note or a tag may come
after the end and says nothing of it: it is taken, and nothing changes.
"""

from __future__ import annotations

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.base import Alert, Answer, Field, Request, Settings, secret_part
from tocsin.integrations.opsgenie import answers, api, webhook

ROOT = "/v2/alerts"
WRONG_KEY = refuse(
    RefusalReason.NOT_ALLOWED,
    "the caller is not known",
    where="Authorization",
    mend="send `Authorization: GenieKey TOKEN` with a token made with `tocsin token create NAME --scope send`",
)


class Opsgenie:
    """The source for what pages Opsgenie today, and for Opsgenie itself."""

    kind = "opsgenie"
    label = "Opsgenie"
    fields: tuple[Field, ...] = (TOKEN,)
    paths = (
        ROOT,
        f"{ROOT}/{{identifier}}",
        f"{ROOT}/{{identifier}}/{{verb}}",
        "/hooks/opsgenie/{key}",
        "/hooks/opsgenie",
    )
    max_bytes = 512 * 1024
    methods: tuple[str, ...] = ("POST", "GET", "PUT", "DELETE")

    def shown(self, request: Request) -> str:
        """The key of the Authorization header: its scheme is GenieKey."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "geniekey" else ""

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
        """The alert of a request, none for one that brings none; or the refusal that names the field at fault."""
        hooked = not request.path.startswith(ROOT)
        key = secret_part(request.path, self.paths[3:]) if hooked else self.shown(request)
        refused = admit(request, settings, key)
        if refused:
            return refused if hooked else WRONG_KEY
        return webhook.read(request, self.max_bytes) if hooked else api.read(request, self.max_bytes)

    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]:
        """202, or Opsgenie's error: 422 with the errors by field, 400 for no JSON, 401 for a stranger."""
        return answers.plain(refusal)

    def reply(self, request: Request, refusal: Refusal | None) -> Answer:
        """The answer to this request: it names the request's id, by which its outcome can be asked for."""
        if refusal is None and request.path.startswith(ROOT):
            status, body = answers.of(request)
        else:
            status, _, body = self.answer(refusal)
        return Answer(status, {"content-type": "application/json"}, body)


SOURCE = Opsgenie()
