"""The sandbox: what the pretend phones and rooms received."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.web.context import Context
from tocsin.web.pages.page import frame, needs_sign_in, render

router = APIRouter()


@router.get("/sandbox")
async def show(request: Request) -> Response:
    """A wall of pretend phones."""
    shared: Context = request.app.state.context
    caller = await run_in_threadpool(needs_sign_in, request)
    phones: dict[str, list[dict[str, Any]]] = {}
    for kept in reversed(await shared.door.sandbox()):
        phones.setdefault(kept["address"], []).append(kept)
    return render("sandbox.html", **frame(request, caller, phones=phones))
