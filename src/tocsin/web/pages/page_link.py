"""The page a link in a message opens: who, what, since when, two big buttons. A GET changes nothing: mail scanners
follow links. Works on one bar of signal and without script."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core import commands as c
from tocsin.core.escalation.policies import live_calls
from tocsin.core.links import PageLink
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.store.base import Viewer
from tocsin.web import views
from tocsin.web.context import Context, has_left
from tocsin.web.pages.page import check_form, frame, once_id, render, see_other

router = APIRouter(include_in_schema=False)
PRESSES = {"take": c.Acknowledge, "pass": c.Pass}


def _link(request: Request, token: str) -> PageLink:
    shared: Context = request.app.state.context
    found = shared.page_link(token)
    if found is not None:
        with shared.reading() as reading:
            found = None if has_left(reading, found.person) else found
    if found is None:
        raise Refused(
            refuse(
                "not_found",
                "this link was changed on its way, or is too old",
                mend="open the newest message, or sign in and answer in the incident's room",
            )
        )
    return found


@router.get("/p/{token}")
def show(request: Request, token: str) -> Response:
    """One incident's page, for the person the link was sent to."""
    return _page(request, token)


def _page(request: Request, token: str, refusal: Refusal | None = None) -> Response:
    shared: Context = request.app.state.context
    link = _link(request, token)
    with shared.reading() as reading:
        # A link was sent to a person whom the incident paged: they belong to it, and see it even when it is private.
        seen = views.room(reading, Viewer(link.person), link.record, shared.now(), shared.tzdata)
    if seen is None:
        raise Refused(refuse("not_found", "there is no such incident"))
    values = _values(seen, link.person) | {"token": token, "refusal": refusal}
    return render("page_link.html", 409 if refusal else 200, **frame(request, None, **values))


def _values(seen: views.Room, person: str) -> dict[str, Any]:
    state = seen.state
    calls = [call for call in state.paging.calls.values() if call.person == person]
    live = live_calls(state, seen.world)
    answers = {answer.by: answer.at for answer in state.paging.answers}
    others = [call.person for call in live if call.person != person]
    return {
        "room": seen,
        "person": person,
        "call": next((call for call in live if call.person == person), calls[-1] if calls else None),
        "asked": bool(calls),
        "rings": any(call.person == person for call in live),
        "passed": bool(calls) and calls[-1].ended == "passed",
        "answers": answers,
        "others": list(dict.fromkeys(others)),
        "following": next((duty for duty in seen.due.upcoming if duty.what == "page"), None),
    }


@router.post("/p/{token}")
async def answer(
    request: Request, token: str, form: str = Form(""), press: str = Form(""), once: str = Form("")
) -> Response:
    """I have it, or next person."""
    check_form(request, form)
    shared: Context = request.app.state.context
    link = await run_in_threadpool(_link, request, token)
    command = PRESSES.get(press)
    if command is None:
        raise Refused(refuse("invalid", "press one of the two buttons", where="press"))
    actor = c.Actor(link.person, frozenset(), "link")
    done = await shared.door.act(link.record, command(), actor, once_id(link.person, once, press, {}))
    if isinstance(done, Refusal):
        return await run_in_threadpool(_page, request, token, done)
    return see_other(f"/p/{token}")
