"""Changes in production, in and out (rule 26): told by programs in our own words or a vendor's, read as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core.changes import OUTCOMES, WHATS
from tocsin.core.commands import Actor
from tocsin.core.instants import DAY, Instant, later, parse_instant
from tocsin.core.refusals import Problem, Refusal, Refused, refuse
from tocsin.integrations.base import Change
from tocsin.integrations.base import Request as Inbound
from tocsin.integrations.registry import change as change_source
from tocsin.integrations.registry import changes as change_sources
from tocsin.web import views
from tocsin.web.access import NobodyKnown, bearer
from tocsin.web.api import Shared, Who, answered, body_of, needs_view
from tocsin.web.context import Context
from tocsin.web.intake import Vendors
from tocsin.web.openapi import answering, taking
from tocsin.web.reading import named

router = APIRouter(prefix="/api/v1")
OF_THE_BODY: dict[str, Any] = {
    "what": str,
    "title": str,
    "outcome": str,
    "service": str,
    "happened_at": Instant,
    "key": str,
    "url": str,
    "author": str,
    "revision": str,
    "environment": str,
    "visibility": str,
}
NEEDED = ("what", "title")
SETS = {"what": tuple(WHATS), "outcome": OUTCOMES, "visibility": ("open", "private")}
ANY_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}
MOST_TITLE, MOST_WORD = 500, 300


@router.get("/changes", response_model=None, responses=answering("Changes"))
def list_changes(
    shared: Shared,
    who: Who,
    service: str | None = None,
    since: str | None = None,
    until: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """Changes newest first: of the last day, of one service or of all."""
    needs_view(who)
    end = _instant("until", until) if until else shared.now()
    start = _instant("since", since) if since else later(end, -DAY)
    with shared.reading() as reading:
        rows = reading.changes(
            who.viewer, services=(service,) if service else None, since=start, until=end, limit=limit
        )
    return answered({"items": [views.change_item(row) for row in rows]})


@router.post(
    "/changes",
    status_code=201,
    response_model=None,
    responses=answering("Told", status=201),
    openapi_extra=taking(OF_THE_BODY, NEEDED),
)
async def tell_change(shared: Shared, who: Who, request: Request) -> Response:
    """Tell of a change: a deployment, a feature flag, a configuration. Needs the grant `send`."""
    said = named(OF_THE_BODY, NEEDED, await body_of(request))
    if isinstance(said, Refusal):
        raise Refused(said)
    problems = tuple(
        Problem(f"{said[name]!r} is not known here", name, mend=f"one of: {', '.join(known)}")
        for name, known in SETS.items()
        if name in said and said[name] not in known
    )
    if said.get("url", "https://").partition("://")[0] not in ("http", "https"):
        problems += (Problem("only a link to a web page is kept", "url", mend="start it with https://"),)
    if problems:
        raise Refused(Refusal("invalid", problems))
    visibility = said.pop("visibility", "open")
    return await _tell(shared, who.actor, "api", (Change(**said),), visibility)


@router.post(
    "/changes/{vendor}",
    status_code=201,
    response_model=None,
    responses=answering("Told", status=201),
    openapi_extra=ANY_BODY,
)
async def tell_change_of_vendor(shared: Shared, vendor: str, request: Request) -> Response:
    """Tell of a change in a vendor's own body: github, gitlab or argocd, signed or shown as it is used to."""
    return await _vendor(shared, vendor, request)


@router.post("/changes/{vendor}/{key}", include_in_schema=False)
async def tell_change_by_path(shared: Shared, vendor: str, key: str, request: Request) -> Response:
    """The same on a path with a secret part."""
    return await _vendor(shared, vendor, request)


async def _vendor(shared: Context, vendor: str, request: Request) -> Response:
    if vendor not in change_sources():
        raise Refused(
            refuse("not_found", "nobody of this name tells of changes here", mend=", ".join(change_sources()))
        )
    headers = {name.lower(): value for name, value in request.headers.items()}
    caller = await run_in_threadpool(shared.by_token, bearer(headers.get("authorization", "")))
    admitted = caller is not None and "send" in caller.grants
    settings_of: Vendors = request.app.state.settings
    settings = await run_in_threadpool(settings_of, vendor, "")
    inbound = Inbound(await request.body(), headers, request.url.path, shared.now(), admitted)
    found = change_source(vendor).read(inbound, settings)
    if isinstance(found, Refusal):
        raise NobodyKnown if found.reason == "not_allowed" else Refused(found)
    actor = caller.actor if caller is not None and admitted else Actor(f"source:{vendor}", frozenset({"send"}), "api")
    return await _tell(shared, actor, vendor, found, "open")


async def _tell(shared: Context, actor: Actor, source: str, changes: Sequence[Change], visibility: str) -> Response:
    if not changes:
        return answered({"taken": 0, "known": 0}, 201)
    told = [_told(each, source, visibility, shared.now()) for each in changes]
    answer = await shared.door.administer("record_changes", actor, changes=told)
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answered(answer, 201)


def _told(change: Change, source: str, visibility: str, now: Instant) -> dict[str, Any]:
    words = {name: _kept(getattr(change, name), MOST_TITLE) for name in views.SAID_OF_CHANGES}
    return {
        "source": source,
        "what": change.what,
        "outcome": change.outcome,
        "service": change.service,
        "happened_at": change.happened_at if change.happened_at is not None else now,
        "key": _kept(change.key, MOST_WORD),
        "words": msgspec.json.encode(words | {"called": _kept(change.service, MOST_WORD)}),
        "visibility": visibility,
    }


def _kept(text: str, most: int) -> str:
    """Text as it is kept: without NUL, which no database takes, and cut."""
    return text.replace("\0", "\ufffd")[:most]


def _instant(name: str, text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as problem:
        raise Refused(refuse("invalid", str(problem), where=name)) from problem
