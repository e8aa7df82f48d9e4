"""What vendors report back: receipts, and the key or button with which a page was answered.

The address is a message's own and signed by us; the vendor's signature is checked besides, where it makes one. Whatever
is pressed is done as the person whom the message was sent to.
"""

from __future__ import annotations

import hashlib

from fastapi import APIRouter
from fastapi import Request as WebRequest
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core import commands as c
from tocsin.core.links import MessageLink
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.integrations.base import Heard, Request
from tocsin.integrations.registry import callback
from tocsin.web.context import Context
from tocsin.web.door import EngineAway
from tocsin.web.intake import Vendors

router = APIRouter(include_in_schema=False)
PRESSES: dict[str, type[c.Acknowledge | c.Pass]] = {"take": c.Acknowledge, "pass": c.Pass}
SAID = {
    "take": "You have it. Everybody sees that you do.",
    "pass": "Passed on. The next person is being asked.",
    "verified": "Thank you. Pages reach you here from now on.",
    "?": "That key means nothing here. Press 1 for yes, or 2 for the next person.",
    "kept": "Nothing was changed.",
    "away": "Tocsin cannot take your answer now. Press again, or use another way.",
    "refused": "That could not be done any more. Look at the incident.",
}


@router.post("/hooks/{kind}/{token}")
async def hook(request: WebRequest, kind: str, token: str) -> Response:
    """A vendor's report on one message."""
    shared: Context = request.app.state.context
    settings: Vendors = request.app.state.settings
    reader = callback(kind)
    link = await run_in_threadpool(shared.message_link, token)
    if link is None or not link.contact.startswith(f"{kind}-"):
        raise Refused(refuse("not_found", "this address stands for no message, or is too old"))
    asked = Request(await request.body(), dict(request.headers), request.url.path, shared.now())
    query = f"?{request.url.query}" if request.url.query else ""
    address = f"{shared.config.address}{request.url.path}{query}"
    heard = reader.read(asked, address, await run_in_threadpool(settings, kind, ""))
    if isinstance(heard, Refusal):
        raise Refused(heard)
    said = await _do(shared, kind, token, link, heard)
    status, media, body = reader.answer(SAID.get(said, ""), again=said in ("?", "away"))
    return Response(body, status, media_type=media)


async def _do(shared: Context, kind: str, token: str, link: MessageLink, heard: Heard) -> str:
    """Carry out what was reported; answers what is said of it (a key of SAID), "" where nothing is."""
    if heard.outcome:
        reporter = c.Actor(f"vendor:{kind}", frozenset(), "callback")
        told = {"record": link.record, "key": link.key, "outcome": heard.outcome, "code": heard.code}
        done = await shared.door.administer("receipt", reporter, **told)
        if isinstance(done, Refusal):
            raise Refused(done)
        return ""
    if heard.press in ("", "?"):
        return heard.press
    try:
        return await _press(shared, token, link, heard.press)
    except EngineAway:
        return "away"


async def _press(shared: Context, token: str, link: MessageLink, press: str) -> str:
    actor = c.Actor(link.person, frozenset(), "phone")
    if link.record.startswith("person:"):
        if press != "take":
            return "kept"
        told = await shared.door.administer("verify_contact", actor, person=link.person, contact=link.contact)
        return "refused" if isinstance(told, Refusal) else "verified"
    once = f"hook:{hashlib.sha256(token.encode()).hexdigest()[:32]}:{press}"
    done = await shared.door.act(link.record, PRESSES[press](), actor, once)
    return "refused" if isinstance(done, Refusal) else press
