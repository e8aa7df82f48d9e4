"""The sandbox: what the pretend phones and rooms received, as far as the reader may see its incidents."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core.refusals import Refused
from tocsin.store.base import Reading
from tocsin.web.access import Caller, seen_by
from tocsin.web.context import Context
from tocsin.web.door import EngineAway
from tocsin.web.pages.page import frame, needs_view, render

router = APIRouter(include_in_schema=False)
MOST = 12


@router.get("/sandbox")
async def show(request: Request) -> Response:
    """A wall of pretend phones."""
    return await _page(request, "sandbox.html")


@router.get("/sandbox/live")
async def live(request: Request) -> Response:
    """Its moving part alone."""
    return await _page(request, "sandbox_live.html")


async def _page(request: Request, template: str) -> Response:
    shared: Context = request.app.state.context
    caller = await run_in_threadpool(needs_view, request)
    away, kept = False, list[dict[str, Any]]()
    try:
        kept = await shared.door.sandbox()
    except (EngineAway, Refused):
        away = True
    return await run_in_threadpool(_draw, request, caller, template, kept, away)


def _draw(request: Request, caller: Caller, template: str, kept: list[dict[str, Any]], away: bool) -> Response:
    shared: Context = request.app.state.context
    phones: dict[str, list[dict[str, Any]]] = {}
    seen: dict[str, bool] = {}
    with shared.reading() as reading:
        for each in reversed(kept):
            if all(_may_read(reading, caller, name, seen) for name in _incidents(each["message"])):
                phones.setdefault(each["address"], []).append(each)
    ordered = sorted(phones.items())
    return render(template, **frame(request, caller, phones=ordered, away=away, most=MOST))


def _incidents(message: dict[str, Any]) -> set[str]:
    """The incidents that a message tells of: a digest tells of several, each with its link."""
    names = {str(link["label"]).removeprefix("DRILL ") for link in message["links"]}
    return {*names, str(message["incident"])} - {""}


def _may_read(reading: Reading, caller: Caller, name: str, seen: dict[str, bool]) -> bool:
    if name not in seen:
        seen[name] = seen_by(reading, caller, name) is not None
    return seen[name]
