"""The plan over the API: the one in force, another one applied, and what would become of an alert."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tocsin.core import explain_words
from tocsin.core.explain import explain
from tocsin.core.plan_json import plan_to_json
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.web import views
from tocsin.web.api import Shared, Who, answered, body_of, needs_view
from tocsin.web.openapi import answering
from tocsin.web.reading import MOST_WORDS

router = APIRouter(prefix="/api/v1")
TEXT = {"type": "string"}
APPLY = {
    "type": "object",
    "properties": {
        "plan": {"type": "string", "description": "the plan's JSON, as GET answers it"},
        "forced": {
            "type": ["string", "null"],
            "maxLength": MOST_WORDS,
            "description": "why, where an incident strands",
        },
    },
    "required": ["plan"],
}
EXPLAIN = {
    "type": "object",
    "properties": {
        "labels": {"type": "object", "additionalProperties": TEXT},
        "source": TEXT,
        "at": {"type": "string", "format": "date-time"},
        "severity": TEXT,
        "seconds": {"type": "number", "minimum": 0, "maximum": explain_words.MOST_SECONDS},
    },
    "required": ["labels"],
}


def _taking(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.get("/plan", response_model=None, responses=answering("Plan"))
def show_plan(shared: Shared, who: Who) -> Response:
    """The plan in force as its canonical JSON, with its hash; both null before the first one."""
    needs_view(who)
    with shared.reading() as reading:
        live = shared.live(reading)
    return answered({"hash": live.hash if live else None, "plan": plan_to_json(live.plan).decode() if live else None})


@router.post("/plan", response_model=None, responses=answering("Answered"), openapi_extra=_taking(APPLY))
async def apply_plan(shared: Shared, who: Who, request: Request) -> Response:
    """Put a plan in force (rules 11, 12); answers its hash. The same one twice changes nothing."""
    body = await body_of(request)
    plan, forced = body.get("plan"), body.get("forced")
    if not isinstance(plan, str) or not isinstance(forced, str | None) or len(forced or "") > MOST_WORDS:
        raise Refused(refuse("invalid", "the plan's JSON is text, and so is the reason", where="plan"))
    answer = await shared.door.administer("apply_plan", who.actor, body=plan, forced=forced)
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answered({"answer": answer})


@router.post("/explain", response_model=None, responses=answering("Explained"), openapi_extra=_taking(EXPLAIN))
async def explain_alert(shared: Shared, who: Who, request: Request) -> Response:
    """Who would be paged for an alert, when and why. Nobody is."""
    needs_view(who)
    asked = explain_words.asked(await body_of(request))
    if isinstance(asked, Refusal):
        raise Refused(asked)
    with shared.reading() as reading:
        around = views.surroundings(reading, shared.tzdata)
    if around.live is None:
        raise Refused(refuse("unavailable", "no plan is applied yet", mend="tocsin plan apply DIR"))
    unknown = explain_words.unknown_severity(asked, around.live.by.severities)
    if unknown is not None:
        raise Refused(unknown)
    at = asked.at or shared.now()
    found = explain(asked.source, asked.labels, around.world(around.live.hash), at, asked.seconds, asked.severity)
    return answered(explain_words.document(found, at))
