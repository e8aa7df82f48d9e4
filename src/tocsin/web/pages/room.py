"""The incident room: what is so, what happens next and why, who does what, and the record as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from tocsin.core.commands import Open
from tocsin.core.incident.checklist import items
from tocsin.core.incident.lead import missing_for
from tocsin.core.incident.lifecycle import PHASES, ways_from
from tocsin.core.incident.work import MILESTONES, NOTES, RISKS
from tocsin.core.reasons import DismissReason, ManualTrigger
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.web import views
from tocsin.web.access import Caller
from tocsin.web.context import Context
from tocsin.web.pages.page import check_form, frame, needs_sign_in, render, see_other
from tocsin.web.reading import build, command_from

router = APIRouter()
POLL = 0.5
LONGEST_STREAM = 600.0


@router.get("/incidents/{id}")
def show(request: Request, id: str) -> Response:
    """The room."""
    return _page(request, id, "room.html")


@router.get("/incidents/{id}/live")
def live(request: Request, id: str) -> Response:
    """Its moving part alone."""
    return _page(request, id, "room_live.html")


def _page(request: Request, id: str, template: str, refusal: Refusal | None = None, status: int = 200) -> Response:
    shared: Context = request.app.state.context
    caller = needs_sign_in(request)
    with shared.reading() as reading:
        seen = views.room(reading, caller.viewer, id, shared.now(), shared.tzdata)
        groups = reading.groups(caller.viewer, incident=seen.row.record) if seen else []
    if seen is None:
        raise Refused(refuse("not_found", "there is no such incident"))
    values = frame(request, caller, room=seen, groups=groups, refusal=refusal, **_choices(seen))
    return render(template, status, **values)


def _choices(seen: views.Room) -> dict[str, Any]:
    """What can be pressed, from the lifecycle's table and the plan."""
    plan = seen.world.rules.plan
    ways = [
        {"way": way, "missing": missing_for(way, seen.state, seen.world, seen.now)}
        for way in ways_from(seen.state.phase)
        if way.verb in ("advance", "resolve", "close", "go_back")
    ]
    return {
        "phases": PHASES,
        "ways": ways,
        "items": items(seen.state, seen.world),
        "plan": plan,
        "triggers": list(ManualTrigger),
        "dismissals": list(DismissReason),
        "risks": RISKS,
        "notes": NOTES,
        "milestones": MILESTONES,
        "running": next((attempt for attempt in seen.state.attempts if attempt.end is None), None),
        "stamp": seen.state.n,
    }


@router.post("/incidents")
async def declare(request: Request) -> Response:
    """An incident opened by hand."""
    shared: Context = request.app.state.context
    caller, values = await _form(request)
    command = build(Open, values)
    answer = command if isinstance(command, Refusal) else await shared.door.act("", command, caller.actor)
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return see_other(f"/incidents/{answer.number}")


@router.post("/incidents/{id}/{verb}")
async def act(request: Request, id: str, verb: str) -> Response:
    """A button: one command. What is refused is said on the page, and nothing was stored."""
    shared: Context = request.app.state.context
    caller, values = await _form(request)
    with shared.reading() as reading:
        row = reading.incident(caller.viewer, id)
        other = reading.incident(caller.viewer, values["into"]) if verb == "merge" and values.get("into") else None
    if row is None:
        raise Refused(refuse("not_found", "there is no such incident"))
    if other is not None:
        values["into"] = other.record
    command = command_from(verb, values)
    answer = command if isinstance(command, Refusal) else await shared.door.act(row.record, command, caller.actor)
    if isinstance(answer, Refusal):
        return await run_in_threadpool(_page, request, id, "room.html", answer, 409)
    return see_other(f"/incidents/{row.number}")


async def _form(request: Request) -> tuple[Caller, dict[str, Any]]:
    """Who pressed, and what the form says: empty fields are left out, `answers.x` make the answers."""
    caller = await run_in_threadpool(needs_sign_in, request)
    form = await request.form()
    check_form(request, str(form.get("form", "")))
    values: dict[str, Any] = {}
    answers: dict[str, bool] = {}
    for name, value in form.items():
        text = str(value)
        if name.startswith("answers."):
            answers[name.removeprefix("answers.")] = text == "yes"
        elif name != "form" and text.strip():
            values[name] = text
    if answers:
        values["answers"] = answers
    return caller, values


@router.get("/incidents/{id}/stream")
async def stream(request: Request, id: str) -> StreamingResponse:
    """Server-sent events: the number of the record's last fact, each time it moves (WHATWG HTML, 9.2)."""
    shared: Context = request.app.state.context
    caller = await run_in_threadpool(needs_sign_in, request)

    def head() -> int | None:
        with shared.reading() as reading:
            row = reading.incident(caller.viewer, id)
            at = reading.head(row.record) if row else None
        return at[0] if at else None

    async def events() -> AsyncIterator[str]:
        last = -1
        for _ in range(int(LONGEST_STREAM / POLL)):
            if await request.is_disconnected():
                return
            n = await run_in_threadpool(head)
            if n is None:
                return
            if n != last:
                last = n
                yield f"event: moved\nid: {n}\ndata: {n}\n\n"
            await asyncio.sleep(POLL)

    return StreamingResponse(events(), media_type="text/event-stream")
