"""REST, under /api/v1. Commands go through the engine's door; lists are read with the caller as viewer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from tocsin.core import explain_words
from tocsin.core.commands import VERBS, Open
from tocsin.core.explain import explain
from tocsin.core.instants import iso, parse_instant
from tocsin.core.permissions import may, may_see
from tocsin.core.plan_json import plan_to_json
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.engine.handle import Done
from tocsin.web import views
from tocsin.web.access import Caller, bearer
from tocsin.web.context import SESSION, Context
from tocsin.web.reading import build, command_from

router = APIRouter(prefix="/api/v1")


def context(request: Request) -> Context:
    """The web edge's shared things."""
    return request.app.state.context


async def caller(request: Request) -> Caller:
    """Who calls. Raises Refused when nobody known does. A session counts for reading only: writing by cookie is the
    pages' business, where each form proves where it came from."""
    shared = context(request)
    found = await run_in_threadpool(shared.by_token, bearer(request.headers.get("authorization", "")))
    if found is None and request.method == "GET":
        found = await run_in_threadpool(shared.by_session, request.cookies.get(SESSION, ""))
    if found is None:
        raise Refused(
            refuse("not_allowed", "nobody known calls", where="Authorization", mend="send Authorization: Bearer TOKEN")
        )
    return found


Shared = Annotated[Context, Depends(context)]
Who = Annotated[Caller, Depends(caller)]


def needs_view(who: Caller) -> None:
    """Reading lists needs the grant `view`."""
    refused = may(who.actor, "view")
    if refused is not None:
        raise Refused(refused)


@router.get("/incidents")
def list_incidents(
    shared: Shared,
    who: Who,
    state: str | None = None,
    severity: str | None = None,
    service: str | None = None,
    search: Annotated[str | None, Query(max_length=200)] = None,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Incidents newest first, with the cursor of the next page."""
    needs_view(who)
    with shared.reading() as reading:
        page = reading.incidents(
            who.viewer, state=state, severity=severity, service=service, search=search, cursor=cursor, limit=limit
        )
    items = [views.incident_item(row) for row in page.rows]
    return {"items": items, "next_cursor": page.next_cursor, "at": iso(shared.now())}


@router.get("/incidents/{id}")
def show_incident(shared: Shared, who: Who, id: str, at: str | None = None) -> dict[str, Any]:
    """One incident with its timeline and what happens next; `at` travels in time."""
    instant = _instant(at) if at else None
    with shared.reading() as reading:
        seen = views.room(reading, who.viewer, id, shared.now(), shared.tzdata, instant)
        people = reading.people_of(seen.row.record) if seen else frozenset[str]()
    if seen is None or not may_see(who.handle, who.grants, seen.row.visibility, people):
        raise Refused(refuse("not_found", "there is no such incident"))
    return views.room_item(seen)


def _instant(text: str) -> Any:
    try:
        return parse_instant(text)
    except ValueError as problem:
        raise Refused(refuse("invalid", str(problem), where="at")) from problem


@router.post("/incidents", status_code=201)
async def declare(shared: Shared, who: Who, body: Annotated[dict[str, Any], Body()], request: Request) -> Any:
    """Open an incident by hand; with `severity` it is declared at once."""
    command = build(Open, body)
    if isinstance(command, Refusal):
        raise Refused(command)
    return await _act(shared, who, "", command, request, 201)


@router.post("/incidents/{id}/{verb}")
async def act(
    shared: Shared,
    who: Who,
    id: str,
    verb: str,
    request: Request,
    body: Annotated[dict[str, Any], Body(default_factory=dict)],
) -> Any:
    """A command on an incident; `verb` is one of the commands' words. `Idempotency-Key` makes a repeat harmless."""
    if verb not in VERBS:
        raise Refused(refuse("not_found", f"there is no command {verb!r}", mend=f"one of: {', '.join(VERBS)}"))
    record = await run_in_threadpool(record_of, shared, who, id)
    if verb == "merge" and isinstance(body.get("into"), str):
        body = {**body, "into": await run_in_threadpool(record_of, shared, who, body["into"])}
    command = command_from(verb, body)
    if isinstance(command, Refusal):
        raise Refused(command)
    return await _act(shared, who, record, command, request, 200)


def record_of(shared: Context, who: Caller, id: str) -> str:
    """The record of an incident that the caller may see. Raises Refused."""
    with shared.reading() as reading:
        row = reading.incident(who.viewer, id)
    if row is None:
        raise Refused(refuse("not_found", "there is no such incident"))
    return row.record


async def _act(shared: Context, who: Caller, record: str, command: Any, request: Request, status: int) -> JSONResponse:
    key = request.headers.get("idempotency-key", "")[:200]
    answer = await shared.door.act(record, command, who.actor, f"{who.handle}:{key}" if key else "")
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return JSONResponse(_done(answer), status)


def _done(answer: Done) -> dict[str, Any]:
    return {
        "id": answer.record.removeprefix("incident:"),
        "number": answer.number,
        "label": f"INCIDENT-{answer.number}",
        "facts": list(answer.facts),
    }


@router.get("/alerts")
def list_alerts(
    shared: Shared, who: Who, group: str | None = None, limit: Annotated[int, Query(ge=1, le=100_000)] = 50
) -> dict[str, Any]:
    """Alerts newest first, each with its fate."""
    needs_view(who)
    with shared.reading() as reading:
        rows = reading.alerts(who.viewer, group=group, limit=limit)
        found = {id: reading.incident(who.viewer, id) for id in {row.incident for row in rows} if id}
    numbers = {id: row.number for id, row in found.items() if row is not None}
    return {"items": [views.alert_item(row) | {"incident_number": numbers.get(row.incident or "")} for row in rows]}


@router.get("/groups")
def list_groups(
    shared: Shared, who: Who, open: bool = False, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> dict[str, Any]:
    """Groups of alerts, the last to move first."""
    needs_view(who)
    with shared.reading() as reading:
        rows = reading.groups(who.viewer, open_only=open, limit=limit)
    return {"items": [views.group_item(row) for row in rows]}


@router.get("/plan")
def show_plan(shared: Shared, who: Who) -> dict[str, Any]:
    """The plan in force as its canonical JSON, with its hash; both null before the first one."""
    needs_view(who)
    with shared.reading() as reading:
        live = shared.live(reading)
    return {"hash": live.hash if live else None, "plan": plan_to_json(live.plan).decode() if live else None}


@router.post("/explain")
def explain_alert(shared: Shared, who: Who, body: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    """Who would be paged for an alert: `labels`, and perhaps `source`, `at`, `severity`, `seconds`. Nobody is."""
    needs_view(who)
    asked = explain_words.asked(body)
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
    world = around.world(around.live.hash)
    found = explain(asked.source, asked.labels, world, at, asked.seconds, asked.severity)
    return explain_words.document(found, at)


@router.post("/admin/{what}")
async def administer(shared: Shared, who: Who, what: str, body: Annotated[dict[str, Any], Body()]) -> Any:
    """People, contacts, rosters, maintenances, tokens, the plan: the engine's other writes, by name."""
    if what not in ADMINISTRATION:
        raise Refused(refuse("not_found", f"there is no {what!r} here", mend=f"one of: {', '.join(ADMINISTRATION)}"))
    try:
        answer = await shared.door.administer(what, who.actor, **body)
    except TypeError as problem:
        raise Refused(refuse("invalid", str(problem))) from problem
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return {"answer": answer}


ADMINISTRATION = (
    "add_contact",
    "verify_contact",
    "remove_contact",
    "set_ladder",
    "set_permissions",
    "leave",
    "set_override",
    "plan_maintenance",
    "apply_plan",
    "erase",
)
