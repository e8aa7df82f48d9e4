"""The page that a test page's link opens: one button, which makes the contact count. A GET changes nothing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.links import MessageLink
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.engine.codec import entry
from tocsin.web.context import Context
from tocsin.web.pages.page import check_form, frame, render, see_other

router = APIRouter(include_in_schema=False)


def _link(request: Request, token: str) -> MessageLink:
    shared: Context = request.app.state.context
    found = shared.message_link(token)
    if found is None or not found.record.startswith("person:"):
        mend = "send another test page: tocsin user contact test, or ask whoever added the contact"
        raise Refused(refuse("not_found", "this link was changed on its way, or is too old", mend=mend))
    return found


def _contact(shared: Context, link: MessageLink) -> dict[str, Any] | None:
    """The contact as its record has it now: its channel, and whether it counts. None once it was removed."""
    found: dict[str, Any] | None = None
    with shared.reading() as reading:
        for row in reading.load(link.record):
            match entry(row).fact:
                case f.ContactAdded(contact=contact, channel=channel) if contact == link.contact:
                    found = {"channel": channel, "verified": False}
                case f.ContactVerified(contact=contact) if contact == link.contact and found is not None:
                    found["verified"] = True
                case f.ContactRemoved(contact=contact) if contact == link.contact:
                    found = None
                case _:
                    pass
    return found


@router.get("/v/{token}")
def show(request: Request, token: str) -> Response:
    """Whether this contact counts, and the button that makes it."""
    return _page(request, token)


def _page(request: Request, token: str, refusal: Refusal | None = None) -> Response:
    link = _link(request, token)
    contact = _contact(request.app.state.context, link)
    if contact is None:
        raise Refused(refuse("not_found", "this contact was removed", mend="add it again"))
    values = {"token": token, "person": link.person, "contact": contact, "refusal": refusal}
    return render("contact_link.html", 409 if refusal else 200, **frame(request, None, **values))


@router.post("/v/{token}")
async def answer(request: Request, token: str, form: str = Form("")) -> Response:
    """It reached me."""
    check_form(request, form)
    shared: Context = request.app.state.context
    link = await run_in_threadpool(_link, request, token)
    actor = c.Actor(link.person, frozenset(), "link")
    done = await shared.door.administer("verify_contact", actor, person=link.person, contact=link.contact)
    if isinstance(done, Refusal):
        return await run_in_threadpool(_page, request, token, done)
    return see_other(f"/v/{token}")
