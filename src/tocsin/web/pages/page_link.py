"""The page a link in a message opens: who, what, since when, two big buttons. A GET changes nothing: mail scanners
follow links. Works on one bar of signal and without script."""

from __future__ import annotations

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core import commands as c
from tocsin.core.escalation.policies import live_calls
from tocsin.core.links import PageLink
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.store.base import Viewer
from tocsin.web import views
from tocsin.web.context import Context
from tocsin.web.pages.page import check_form, frame, render, see_other

router = APIRouter()


def _link(request: Request, token: str) -> PageLink:
    shared: Context = request.app.state.context
    found = shared.page_link(token)
    if found is None:
        raise Refused(refuse("not_found", "this link is not known here, or is too old"))
    return found


@router.get("/p/{token}")
def show(request: Request, token: str, said: str = "") -> Response:
    """One incident's page, for the person the link was sent to."""
    shared: Context = request.app.state.context
    link = _link(request, token)
    with shared.reading() as reading:
        # A link was sent to a person whom the incident paged: they belong to it, and see it even when it is private.
        seen = views.room(reading, Viewer(link.person), link.record, shared.now(), shared.tzdata)
    if seen is None:
        raise Refused(refuse("not_found", "there is no such incident"))
    call = next((call for call in live_calls(seen.state, seen.world) if call.person == link.person), None)
    answers = [answer.by for answer in seen.state.paging.answers]
    values = frame(request, None, room=seen, person=link.person, call=call, answers=answers, token=token, said=said)
    return render("page_link.html", **values)


@router.post("/p/{token}")
async def answer(request: Request, token: str, form: str = Form(""), press: str = Form("")) -> Response:
    """I have it, or next person."""
    check_form(request, form)
    shared: Context = request.app.state.context
    link = await run_in_threadpool(_link, request, token)
    command: c.Command = c.Pass() if press == "pass" else c.Acknowledge()
    actor = c.Actor(link.person, frozenset(), "link")
    done = await shared.door.act(link.record, command, actor)
    if isinstance(done, Refusal):
        raise Refused(done)
    return see_other(f"/p/{token}?said={'passed' if press == 'pass' else 'taken'}")
