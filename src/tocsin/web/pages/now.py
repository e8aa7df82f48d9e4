"""Now: what is going on, who is on call, what came in, and whether the product itself is well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core.instants import Instant, later
from tocsin.core.oncall.roster import who as on_call
from tocsin.core.permissions import may
from tocsin.core.world import Rules
from tocsin.store.base import GroupRow, Reading
from tocsin.web import views
from tocsin.web.access import Caller
from tocsin.web.context import Context
from tocsin.web.health import Well, how_well
from tocsin.web.pages.page import frame, needs_view, render

router = APIRouter(include_in_schema=False)
MOST_GROUPS = 30
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is on call on one rotation."""

    rotation: str
    people: tuple[str, ...]
    until: Instant
    why: str


@router.get("/")
async def show(request: Request) -> Response:
    """The first page."""
    return await _page(request, "now.html")


@router.get("/now/live")
async def live(request: Request) -> Response:
    """Its moving part alone."""
    return await _page(request, "now_live.html")


async def _page(request: Request, template: str) -> Response:
    caller = await run_in_threadpool(needs_view, request)
    well = await how_well(request.app.state.context)
    return await run_in_threadpool(_draw, request, template, caller, well)


def _draw(request: Request, template: str, caller: Caller, well: Well) -> Response:
    shared: Context = request.app.state.context
    now = shared.now()
    with shared.reading() as reading:
        running = reading.incidents(caller.viewer, state="live", limit=200).rows
        groups = [row for row in reading.groups(caller.viewer, limit=200) if row.last_at >= later(now, -HOUR)]
        rules = shared.live(reading)
        turns = _turns(shared, reading, rules, now) if rules else []
    incidents = sorted(running, key=lambda row: (row.state == "resolved", row.rank, row.opened_at))
    values: dict[str, Any] = {
        "well": well,
        "incidents": incidents,
        "groups": groups[:MOST_GROUPS],
        "counted": _counted(groups),
        "turns": turns,
        "plan": rules.plan if rules else None,
        "titles": {each.id: each.title for each in rules.plan.severities} if rules else {},
        "can_respond": may(caller.actor, "respond") is None,
    }
    return render(template, **frame(request, caller, **values))


def _counted(groups: list[GroupRow]) -> dict[str, int]:
    """How many groups of the hour fire, and how many were muted."""
    return {
        "groups": len(groups),
        "firing": sum(1 for row in groups if row.firing),
        "muted": sum(1 for row in groups if row.fate.startswith("muted:")),
    }


def _turns(shared: Context, reading: Reading, rules: Rules, now: Instant) -> list[Turn]:
    world = views.surroundings(reading, shared.tzdata).world(rules.hash)
    found: list[Turn] = []
    for rotation in rules.plan.rotations:
        answer = on_call(rotation, world.overrides.get(rotation.id, ()), now)
        found.append(Turn(rotation.title or rotation.id, answer.people, answer.until, answer.why))
    return found
