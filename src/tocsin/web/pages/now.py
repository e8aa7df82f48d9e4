"""Now: what is going on, who is on call, what came in, and whether the product itself is well."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tocsin.core.instants import later
from tocsin.core.oncall.roster import who as on_call
from tocsin.store.base import Reading
from tocsin.web import views
from tocsin.web.context import Context
from tocsin.web.pages.page import frame, needs_sign_in, render

router = APIRouter()


@router.get("/")
def show(request: Request) -> Response:
    """The first page."""
    return _page(request, "now.html")


@router.get("/now/live")
def live(request: Request) -> Response:
    """Its moving part alone."""
    return _page(request, "now_live.html")


def _page(request: Request, template: str) -> Response:
    shared: Context = request.app.state.context
    caller = needs_sign_in(request)
    now = shared.now()
    with shared.reading() as reading:
        running = reading.incidents(caller.viewer, state="live", limit=100).rows
        groups = [row for row in reading.groups(caller.viewer, limit=30) if row.last_at >= later(now, -3600)]
        rosters = _rosters(shared, reading)
    incidents = sorted(running, key=lambda row: (row.state == "resolved", row.rank, row.opened_at))
    return render(template, **frame(request, caller, incidents=incidents, groups=groups, rosters=rosters))


def _rosters(shared: Context, reading: Reading) -> list[dict[str, Any]]:
    live = shared.live(reading)
    if live is None:
        return []
    around = views.surroundings(reading, shared.tzdata)
    world = around.world(live.hash)
    found: list[dict[str, Any]] = []
    for rotation in live.plan.rotations:
        answer = on_call(rotation, world.overrides.get(rotation.id, ()), shared.now())
        found.append(
            {
                "rotation": rotation.title or rotation.id,
                "people": answer.people,
                "until": answer.until,
                "why": answer.why,
            }
        )
    return found
