"""REST, under /api/v1. Commands go through the engine's door; lists are read with the caller as viewer."""

from __future__ import annotations

from typing import Annotated, Any, cast

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core.commands import VERBS, Command, Open
from tocsin.core.instants import iso, parse_instant
from tocsin.core.permissions import may
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.engine.handle import Done
from tocsin.web import administration, views
from tocsin.web.access import BadJson, Caller, NobodyKnown, bearer, seen_by
from tocsin.web.context import SESSION, Context
from tocsin.web.openapi import about, answering, command_body, taking
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
        raise NobodyKnown
    return found


Shared = Annotated[Context, Depends(context)]
Who = Annotated[Caller, Depends(caller)]


def needs_view(who: Caller) -> None:
    """Reading lists needs the grant `view`."""
    refused = may(who.actor, "view")
    if refused is not None:
        raise Refused(refused)


@router.get("/incidents", response_model=None, responses=answering("Incidents"))
def list_incidents(
    shared: Shared,
    who: Who,
    state: str | None = None,
    severity: str | None = None,
    service: str | None = None,
    search: Annotated[str | None, Query(max_length=200)] = None,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """Incidents newest first, with the cursor of the next page."""
    needs_view(who)
    with shared.reading() as reading:
        page = reading.incidents(
            who.viewer,
            state=state,
            severity=severity,
            service=service,
            search=_clean(search),
            cursor=cursor,
            limit=limit,
        )
    items = [views.incident_item(row) for row in page.rows]
    return answered({"items": items, "next_cursor": page.next_cursor, "at": iso(shared.now())})


@router.get("/incidents/{id}", response_model=None, responses=answering("Room"))
def show_incident(shared: Shared, who: Who, id: str, at: str | None = None) -> Response:
    """One incident with its timeline and what happens next; `at` travels in time."""
    instant = _instant(at) if at else None
    record_of(shared, who, id)
    with shared.reading() as reading:
        seen = views.room(reading, who.viewer, id, shared.now(), shared.tzdata, instant)
    if seen is None:
        raise Refused(refuse("not_found", "there is no such incident"))
    return answered(views.room_item(seen))


def _clean(search: str | None) -> str | None:
    return search.replace("\0", "") if search else None


def _instant(text: str) -> Any:
    try:
        return parse_instant(text)
    except ValueError as problem:
        raise Refused(refuse("invalid", str(problem), where="at")) from problem


@router.post(
    "/incidents",
    status_code=201,
    response_model=None,
    responses=answering("Done", status=201),
    openapi_extra=command_body(Open),
)
async def declare(shared: Shared, who: Who, request: Request) -> Any:
    """Open an incident by hand; with `severity` it is declared at once."""
    command = build(Open, await body_of(request))
    if isinstance(command, Refusal):
        raise Refused(command)
    return await _act(shared, who, "", command, request, 201)


async def body_of(request: Request) -> dict[str, Any]:
    """A request's body, an object; none at all is an empty one. Raises Refused."""
    raw = await request.body()
    try:
        said: Any = msgspec.json.decode(raw) if raw.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise BadJson(refuse("invalid", f"the body is no JSON: {problem}", where="body")) from problem
    if not isinstance(said, dict):
        raise Refused(refuse("invalid", "the body is no object", where="body", mend='write {"name": value}'))
    return cast("dict[str, Any]", said)


def _route(verb: str, cls: type[Command]) -> None:
    """One address a command, so that each is described on its own."""

    async def act(shared: Shared, who: Who, id: str, request: Request) -> Any:
        body = await body_of(request)
        record = await run_in_threadpool(record_of, shared, who, id)
        if verb == "merge" and isinstance(body.get("into"), str):
            body = {**body, "into": await run_in_threadpool(record_of, shared, who, body["into"])}
        command = command_from(verb, body)
        if isinstance(command, Refusal):
            raise Refused(command)
        return await _act(shared, who, record, command, request, 200)

    router.add_api_route(
        f"/incidents/{{id}}/{verb}",
        act,
        methods=["POST"],
        response_model=None,
        operation_id=verb.replace("-", "_"),
        summary=about(cls),
        responses=answering("Done"),
        openapi_extra=command_body(cls),
    )


for _verb, _cls in VERBS.items():
    _route(_verb, _cls)


@router.post("/incidents/{id}/{verb}", include_in_schema=False)
async def unknown_verb(who: Who, id: str, verb: str) -> None:
    """No such command."""
    raise Refused(refuse("not_found", f"there is no command {verb!r}", mend=f"one of: {', '.join(VERBS)}"))


def record_of(shared: Context, who: Caller, id: str) -> str:
    """The record of an incident that the caller may see. Raises Refused."""
    with shared.reading() as reading:
        row = seen_by(reading, who, id)
    if row is None:
        raise Refused(refuse("not_found", "there is no such incident"))
    return row.record


def answered(value: object, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


async def _act(shared: Context, who: Caller, record: str, command: Any, request: Request, status: int) -> Response:
    key = request.headers.get("idempotency-key", "")[:200]
    answer = await shared.door.act(record, command, who.actor, f"{who.handle}:{key}" if key else "")
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answered(_done(answer), status)


def _done(answer: Done) -> dict[str, Any]:
    return {
        "id": answer.record.removeprefix("incident:"),
        "number": answer.number,
        "label": f"INCIDENT-{answer.number}",
        "facts": list(answer.facts),
    }


@router.get("/alerts", response_model=None, responses=answering("Alerts"))
def list_alerts(
    shared: Shared, who: Who, group: str | None = None, limit: Annotated[int, Query(ge=1, le=100_000)] = 50
) -> Response:
    """Alerts newest first, each with its fate."""
    needs_view(who)
    with shared.reading() as reading:
        rows = reading.alerts(who.viewer, group=group, limit=limit)
        found = {id: reading.incident(who.viewer, id) for id in {row.incident for row in rows} if id}
    numbers = {id: row.number for id, row in found.items() if row is not None}
    items = [views.alert_item(row) | {"incident_number": numbers.get(row.incident or "")} for row in rows]
    return answered({"items": items})


@router.get("/groups", response_model=None, responses=answering("Groups"))
def list_groups(
    shared: Shared, who: Who, open: bool = False, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> Response:
    """Groups of alerts, the last to move first."""
    needs_view(who)
    with shared.reading() as reading:
        rows = reading.groups(who.viewer, open_only=open, limit=limit)
    return answered({"items": [views.group_item(row) for row in rows]})


def _administration(what: str) -> None:
    async def administer(shared: Shared, who: Who, request: Request) -> Any:
        found = administration.arguments(what, await body_of(request))
        answer = found if isinstance(found, Refusal) else await shared.door.administer(what, who.actor, **found)
        if isinstance(answer, Refusal):
            raise Refused(answer)
        return answered({"answer": answer})

    hints = administration.takes(what)
    router.add_api_route(
        f"/admin/{what}",
        administer,
        methods=["POST"],
        response_model=None,
        operation_id=what,
        summary=administration.about(what),
        responses=answering("Answered"),
        openapi_extra=taking(hints, tuple(hints)),
    )


for _what in administration.OFFERED:
    _administration(_what)


@router.post("/admin/{what}", include_in_schema=False)
async def unknown_administration(who: Who, what: str) -> None:
    """No such write."""
    raise Refused(
        refuse("not_found", f"there is no {what!r} here", mend=f"one of: {', '.join(administration.OFFERED)}")
    )
