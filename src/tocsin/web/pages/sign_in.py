"""Signing in and out: a password (argon2) or a one-time link; sessions live on the server and die at once."""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core.commands import Actor
from tocsin.core.instants import later
from tocsin.core.refusals import Refusal, Refused
from tocsin.store.base import AccessRow
from tocsin.web.access import digest, good, new_secret
from tocsin.web.context import SESSION, Context
from tocsin.web.pages.page import check_form, frame, needs_sign_in, own_address, render, see_other
from tocsin.web.throttle import Tries

router = APIRouter(include_in_schema=False)
SESSION_LIFE = 14 * 86_400.0
SHORTEST_PASSWORD = 12
AT_ONCE = 2
"""Passwords looked at together: each takes 64 MiB and a core for some 50 ms."""
USED = "This link was used already, or is too old. Ask for another."


@cache
def hasher() -> PasswordHasher:
    """Argon2id with the library's recommended cost."""
    return PasswordHasher()


@cache
def _nobody() -> str:
    return hasher().hash("nobody signs in with this")


def _tries(request: Request) -> tuple[Tries, asyncio.Semaphore]:
    state = request.app.state
    if not hasattr(state, "tries"):
        state.tries = (Tries(), asyncio.Semaphore(AT_ONCE))
    return state.tries


@router.get("/sign-in")
def show(request: Request, to: str = "/") -> Response:
    """The form."""
    return _form(request, own_address(to))


def _form(request: Request, to: str, said: str = "", status: int = 200) -> Response:
    return render("sign_in.html", status, **frame(request, None, said=said, to=to))


def _password_fits(shared: Context, handle: str, password: str) -> bool:
    with shared.reading() as reading:
        kept = reading.password(handle)
    try:
        # An unknown name costs the same time as a wrong password.
        return hasher().verify(kept or _nobody(), password) and kept is not None
    except (Argon2Error, InvalidHashError):
        return False


@router.post("/sign-in")
async def sign_in(
    request: Request,
    handle: str = Form("", max_length=64),
    password: str = Form("", max_length=1024),
    form: str = Form(""),
    to: str = Form("/"),
) -> Response:
    """A session for the right password."""
    check_form(request, form)
    shared: Context = request.app.state.context
    caller = request.client.host if request.client else ""
    tries, turn = _tries(request)
    to = own_address(to)
    if not tries.begin(handle, caller, shared.now()):
        return _form(request, to, "Too many tries; wait five minutes.", 429)
    async with turn:
        fits = await run_in_threadpool(_password_fits, shared, handle, password)
    if not fits:
        return _form(request, to, "Name or password is wrong.", 401)
    tries.right(handle, caller)
    return await open_session(request, handle, to)


async def open_session(request: Request, handle: str, to: str = "/") -> Response:
    """A new session; the cookie holds its secret, the store only its digest. One that was open here before ends."""
    shared: Context = request.app.state.context
    before = request.cookies.get(SESSION, "")
    if before:
        await shared.door.administer(
            "drop_access", Actor(handle), kind="session", digest=digest(before), name=None, handle=handle
        )
    secret = new_secret("")
    now = shared.now()
    row = AccessRow(digest(secret), "session", "", handle, (), now, later(now, SESSION_LIFE))
    kept = await shared.door.administer("put_access", Actor(handle), row=_as_dict(row))
    if isinstance(kept, Refusal):
        raise Refused(kept)
    answer = see_other(to)
    secure = shared.config.address.startswith("https://")
    # Lax, not strict: a link to a room in a mail or a chat finds its reader signed in. Every form proves itself.
    answer.set_cookie(SESSION, secret, int(SESSION_LIFE), httponly=True, samesite="lax", secure=secure, path="/")
    return answer


def _as_dict(row: AccessRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in AccessRow.__slots__}


def _invitation(shared: Context, secret: str) -> AccessRow | None:
    with shared.reading() as reading:
        return good(reading.find_access(digest(secret), "invitation"), shared.now())


@router.get("/sign-in/{secret}")
def one_time(request: Request, secret: str) -> Response:
    """A one-time link shows a button: a GET signs nobody in."""
    row = _invitation(request.app.state.context, secret)
    if row is None:
        return _form(request, "/", USED, 404)
    return _invite(request, row.handle, secret)


def _invite(request: Request, handle: str, secret: str, said: str = "", status: int = 200) -> Response:
    values = frame(request, None, handle=handle, secret=secret, said=said, shortest=SHORTEST_PASSWORD)
    return render("invitation.html", status, **values)


@router.post("/sign-in/{secret}")
async def use_one_time(
    request: Request, secret: str, form: str = Form(""), password: str = Form("", max_length=1024)
) -> Response:
    """Uses the link up, keeps the password that was chosen, if any, and opens the session."""
    check_form(request, form)
    shared: Context = request.app.state.context
    row = await run_in_threadpool(_invitation, shared, secret)
    if row is None:
        return _form(request, "/", USED, 404)
    if password and len(password) < SHORTEST_PASSWORD:
        said = f"A password has at least {SHORTEST_PASSWORD} characters; several words do best."
        return _invite(request, row.handle, secret, said, 422)
    used = await shared.door.administer(
        "drop_access", Actor(row.handle), kind="invitation", digest=row.digest, name=None, handle=row.handle
    )
    if isinstance(used, Refusal) or used == 0:
        return _form(request, "/", USED, 404)
    if password:
        async with _tries(request)[1]:
            hashed = await run_in_threadpool(hasher().hash, password)
        await shared.door.administer("set_password", Actor(row.handle), handle=row.handle, hashed=hashed)
    return await open_session(request, row.handle)


@router.post("/sign-out")
async def sign_out(request: Request, form: str = Form("")) -> Response:
    """Ends this session, now."""
    check_form(request, form)
    shared: Context = request.app.state.context
    who = await run_in_threadpool(needs_sign_in, request)
    ended = digest(request.cookies.get(SESSION, ""))
    await shared.door.administer(
        "drop_access", Actor(who.handle), kind="session", digest=ended, name=None, handle=who.handle
    )
    answer = see_other("/sign-in")
    answer.delete_cookie(SESSION, path="/")
    return answer
