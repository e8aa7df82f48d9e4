"""Any JSON that a tool posts, read by a mapping in the plan.

Without one, a body such as `{"alertname": "Disk full", "state": "firing", "service": "api"}` is read as it looks.
An integration of the plan with the vendor `generic` listens at `/hooks/generic/ID` under its own id: its settings say
where the parts of an alert lie. So that a tool which can only be given a URL can call it, the token may stand behind
the id. Such an alert has the label `integration`. What stands behind `?` in the URL becomes labels where the body has
none of that name. Nothing is signed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations import mapping
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.alert_body import decode, problem_details, shown
from tocsin.integrations.base import Alert, Field, Request, Settings, path_part, secret_part
from tocsin.integrations.event_parts import labels_of_query

DEFAULTS = {
    "alertname": "$.alertname or $.title or $.name or $.summary or $.message",
    "summary": "$.summary or $.message or $.title",
    "description": "$.description or $.details",
    "state": "$.state or $.status or $.action",
    "key": "$.key or $.dedup_key or $.dedup",
    "url": "$.url or $.link",
    "labels": "$.labels",
    "labels.severity": "$.severity or $.labels.severity",
    "labels.service": "$.service or $.labels.service",
}
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


class Generic:
    """The source for everything that has none of its own."""

    kind = "generic"
    label = "Any JSON"
    fields: tuple[Field, ...] = (TOKEN, *mapping.fields(DEFAULTS))
    paths = ("/hooks/generic/{id}/{key}", "/hooks/generic/{id}", "/hooks/generic")
    max_bytes = 1024 * 1024

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
        """The alerts that the mapping finds, or the refusal that names the path where one is wrong; all or nothing."""
        refused = admit(request, settings, secret_part(request.path, self.paths))
        if refused:
            return refused
        id = path_part(request.path, self.paths, "id")
        if id and not settings.values and not settings.secrets:
            return refuse(
                RefusalReason.NOT_FOUND,
                f"the plan has no integration {shown(id)} of the vendor generic",
                where="path",
                mend="name it in the plan's integrations, with at least one setting",
            )
        body = decode(_DECODER, request, self.max_bytes)
        if isinstance(body, Refusal):
            return body
        found = mapping.read(body, settings.values, DEFAULTS)
        if isinstance(found, Refusal):
            return found
        lacking = labels_of_query(request.query)
        return tuple([mapping.alert_of(one, request.now, lacking, under=id) for one in found])

    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]:
        """200, or the refusal as problem details (RFC 9457)."""
        return problem_details(refusal) if refusal else (200, "application/json", b"{}")


SOURCE = Generic()
