"""Silences: whose each is, why, until when, when it is looked at again, and how many alerts it hid."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core.instants import Instant, later, parse_instant
from tocsin.core.permissions import may
from tocsin.core.plan_words import parse_duration
from tocsin.core.refusals import Refusal, refuse
from tocsin.core.silences import DAYS, ends
from tocsin.web import views
from tocsin.web.context import Context
from tocsin.web.pages.page import check_form, frame, needs_sign_in, needs_view, render, see_other
from tocsin.web.pages.room import utc
from tocsin.web.silences import recurs, shown

router = APIRouter(include_in_schema=False)
KEPT = 7 * 86400
"""Seconds for which a silence that is over stays on the page."""


@router.get("/silences")
def show(request: Request) -> Response:
    """The list, and a form."""
    return _page(request)


def _page(request: Request, refusal: Refusal | None = None, given: dict[str, str] | None = None) -> Response:
    shared: Context = request.app.state.context
    caller = needs_view(request)
    now = shared.now()
    with shared.reading() as reading:
        every = views.surroundings(reading, shared.tzdata).silences().values()
        known = [each for each in every if now < later(ends(each), KEPT)]
        found = shown(reading, caller.viewer, known, now)
    values: dict[str, Any] = {
        "silences": found,
        "recurs": {each.silence.id: recurs(each.silence.window) for each in found},
        "days": DAYS,
        "can_respond": may(caller.actor, "respond") is None,
        "refusal": refusal,
        "given": given or {},
    }
    return render("silences.html", 409 if refusal else 200, **frame(request, caller, **values))


@router.post("/silences")
async def make(request: Request) -> Response:
    """A silence from the form."""
    shared: Context = request.app.state.context
    caller = await run_in_threadpool(needs_sign_in, request)
    form = await request.form()
    check_form(request, str(form.get("form", "")))
    said = {name: str(value).strip() for name, value in form.items() if name not in ("form", "once")}
    days = tuple(str(day) for day in form.getlist("days"))
    asked = _asked(said, days, shared.now())
    refusal = asked if isinstance(asked, Refusal) else None
    if not isinstance(asked, Refusal):
        answer = await shared.door.administer("make_silence", caller.actor, **asked)
        refusal = answer if isinstance(answer, Refusal) else None
    if refusal is not None:
        return await run_in_threadpool(_page, request, refusal, said)
    return see_other("/silences")


def _asked(said: dict[str, str], days: tuple[str, ...], now: Instant) -> dict[str, Any] | Refusal:
    """What the form asks: one matcher a line; the end is a span from now, as 2h, or a time in UTC."""
    asked: dict[str, Any] = {
        "matchers": tuple(line.strip() for line in said.get("matchers", "").splitlines() if line.strip()),
        "reason": said.get("reason", ""),
        "days": days,
        "time_zone": said.get("time_zone", ""),
    }
    if days:
        asked |= {"daily_from": said.get("daily_from", ""), "daily_to": said.get("daily_to", "")}
    for name in ("end", "review"):
        text = said.get(name, "")
        if name == "review" and not text:
            continue
        try:
            asked[name] = (
                later(now, parse_duration(text)) if "-" not in text else parse_instant(utc(text.replace(" ", "T")))
            )
        except ValueError:
            mend = "write how long, as 2h or 3d, or a time, as 2026-01-29 14:30 (UTC)"
            return refuse("invalid", f"{text!r} is no {name}", where=name, mend=mend)
    return asked


@router.post("/silences/{id}/end")
async def end(request: Request, id: str) -> Response:
    """A silence ends now."""
    shared: Context = request.app.state.context
    caller = await run_in_threadpool(needs_sign_in, request)
    form = await request.form()
    check_form(request, str(form.get("form", "")))
    answer = await shared.door.administer("end_silence", caller.actor, silence=id)
    if isinstance(answer, Refusal):
        return await run_in_threadpool(_page, request, answer)
    return see_other("/silences")
