"""The incident room: what is so, what happens next and why, who does what, and the record as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from tocsin.core.commands import Open
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.store.base import StoreUnavailable
from tocsin.web import views
from tocsin.web.access import Caller, seen_by
from tocsin.web.context import SESSION, Context
from tocsin.web.pages.choices import choices
from tocsin.web.pages.page import check_form, frame, needs_sign_in, once_id, render, see_other
from tocsin.web.reading import build, command_from

router = APIRouter(include_in_schema=False)
POLL = 0.5
LONGEST_STREAM = 600.0
ALIVE = 15.0
OWN_FIELDS = ("form", "once")


@router.get("/incidents/{id}")
def show(request: Request, id: str, whole: bool = False) -> Response:
    """The room; `whole` shows its record from the first line."""
    return _page(request, id, "room.html", whole=whole)


@router.get("/incidents/{id}/live")
def live(request: Request, id: str, whole: bool = False) -> Response:
    """Its moving part alone."""
    return _page(request, id, "room_live.html", whole=whole)


def _page(
    request: Request,
    id: str,
    template: str,
    *,
    whole: bool = False,
    refusal: Refusal | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    shared: Context = request.app.state.context
    caller = needs_sign_in(request)
    with shared.reading() as reading:
        row = seen_by(reading, caller, id)
        seen = views.room(reading, caller.viewer, id, shared.now(), shared.tzdata) if row else None
        groups = reading.groups(caller.viewer, incident=seen.row.record) if seen else []
    if seen is None:
        raise Refused(_not_here())
    values = choices(seen, caller, whole=whole) | {
        "room": seen,
        "groups": groups,
        "changes": [(row, views.change_item(row)) for row in seen.changes],
        "refusal": refusal,
        "given": given or {},
        "whole": whole,
    }
    return render(template, 409 if refusal else 200, **frame(request, caller, **values))


def _not_here() -> Refusal:
    return refuse("not_found", "there is no such incident")


@router.post("/incidents")
async def declare(request: Request) -> Response:
    """An incident opened by hand."""
    shared: Context = request.app.state.context
    caller, said, once = await _form(request)
    command = build(Open, fields(said))
    id = once_id(caller.handle, once, "open", said)
    answer = command if isinstance(command, Refusal) else await shared.door.act("", command, caller.actor, id)
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return see_other(f"/incidents/{answer.number}")


@router.post("/incidents/{id}/{verb}")
async def act(request: Request, id: str, verb: str) -> Response:
    """A button: one command. What is refused is said on the page, nothing was stored, and nothing typed is lost."""
    shared: Context = request.app.state.context
    caller, said, once = await _form(request)
    row, values = await run_in_threadpool(_read, shared, caller, id, verb, fields(said))
    command = command_from(verb, values)
    if not isinstance(command, Refusal):
        name = once_id(caller.handle, once, f"{row.record}/{verb}", said)
        answer = await shared.door.act(row.record, command, caller.actor, name)
        if not isinstance(answer, Refusal):
            return see_other(f"/incidents/{row.number}")
        command = answer
    given = {f"{verb}.{name}": value for name, value in said.items()} | {"verb": verb}
    return await run_in_threadpool(_page, request, id, "room.html", refusal=command, given=given)


def _read(shared: Context, caller: Caller, id: str, verb: str, values: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    with shared.reading() as reading:
        row = seen_by(reading, caller, id)
        other = seen_by(reading, caller, values["into"]) if verb == "merge" and values.get("into") else None
    if row is None:
        raise Refused(_not_here())
    return row, values | {"into": other.record} if other else values


async def _form(request: Request) -> tuple[Caller, dict[str, str], str]:
    """Who pressed, what the form's filled fields say, and which drawing of it was pressed."""
    caller = await run_in_threadpool(needs_sign_in, request)
    form = await request.form()
    check_form(request, str(form.get("form", "")))
    said = {name: str(value) for name, value in form.items() if name not in OWN_FIELDS and str(value).strip()}
    return caller, said, str(form.get("once", ""))


def fields(said: dict[str, str]) -> dict[str, Any]:
    """A command's values from a form's: `answers.x` are the answers, a figure has its name and value in two fields,
    minutes are seconds, and a time without its zone is UTC, as the page says."""
    values: dict[str, Any] = {}
    answers: dict[str, bool] = {}
    for name, text in said.items():
        if name.startswith("answers."):
            answers[name.removeprefix("answers.")] = text == "yes"
        elif name == "at":
            values["at"] = utc(text.strip())
        elif name == "minutes" and text.strip().isascii() and text.strip().isdigit():
            values["estimate"] = int(text) * 60
        elif "figure" in said and name in ("figure", "value"):
            values["figures"] = {said.get("figure", "").strip(): said.get("value", "")}
        else:
            values[name] = text
    if answers:
        values["answers"] = answers
    return values


def utc(text: str) -> str:
    """What a browser's time field gives, with its seconds and Z."""
    if len(text) == len("2026-01-29T14:23"):
        return f"{text}:00Z"
    return f"{text}Z" if len(text) == len("2026-01-29T14:23:00") else text


@router.get("/incidents/{id}/stream")
async def stream(request: Request, id: str) -> StreamingResponse:
    """Server-sent events: the number of the record's last fact, each time it moves (WHATWG HTML, 9.2)."""
    shared: Context = request.app.state.context
    secret = request.cookies.get(SESSION, "")
    if await run_in_threadpool(_head, shared, secret, id) is None:
        raise Refused(_not_here())
    headers = {"x-accel-buffering": "no"}
    return StreamingResponse(_events(request, shared, secret, id), media_type="text/event-stream", headers=headers)


def _head(shared: Context, secret: str, id: str) -> int | None:
    """The record's last number; None as soon as its reader may see it no more: signed out, or it became private."""
    caller = shared.by_session(secret)
    if caller is None:
        return None
    with shared.reading() as reading:
        row = seen_by(reading, caller, id)
        head = reading.head(row.record) if row else None
    return head[0] if head else None


async def _events(request: Request, shared: Context, secret: str, id: str) -> AsyncIterator[str]:
    last, silent = -1, 0.0
    for _ in range(int(LONGEST_STREAM / POLL)):
        if await request.is_disconnected():
            return
        try:
            n = await run_in_threadpool(_head, shared, secret, id)
        except StoreUnavailable:
            return
        if n is None:
            yield "event: gone\ndata: 0\n\n"
            return
        silent += POLL
        if n != last:
            last, silent = n, 0.0
            yield f"event: moved\nid: {n}\ndata: {n}\n\n"
        elif silent >= ALIVE:
            silent = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(POLL)
