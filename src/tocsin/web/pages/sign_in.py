"""Signing in and out: a password (argon2) or a one-time link; sessions live on the server and die at once."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from tocsin.core.commands import Actor
from tocsin.core.instants import Instant, later
from tocsin.core.refusals import Refusal
from tocsin.store.base import AccessRow
from tocsin.web.access import digest, good, new_secret
from tocsin.web.context import SESSION, Context
from tocsin.web.pages.page import check_form, frame, needs_sign_in, render, see_other
from tocsin.web.problems import status_of

router = APIRouter()
SESSION_LIFE = 14 * 86_400.0
MOST_TRIES = 10
WINDOW = 300.0


@cache
def hasher() -> PasswordHasher:
    """Argon2id with the library's recommended cost."""
    return PasswordHasher()


class Tries:
    """Failed sign-ins by name and by caller: ten in five minutes, then a wait."""

    def __init__(self) -> None:
        self._failed: dict[str, list[Instant]] = {}

    def too_many(self, name: str, now: Instant) -> bool:
        recent = [at for at in self._failed.get(name, []) if later(at, WINDOW) > now]
        self._failed[name] = recent
        return len(recent) >= MOST_TRIES

    def failed(self, name: str, now: Instant) -> None:
        if len(self._failed) > 10_000:
            self._failed.clear()
        self._failed.setdefault(name, []).append(now)


TRIES = Tries()


@router.get("/sign-in")
def show(request: Request, said: str = "") -> Response:
    """The form."""
    return render("sign_in.html", **frame(request, None, said=said))


def _password_fits(shared: Context, handle: str, password: str) -> bool:
    with shared.reading() as reading:
        kept = reading.password(handle)
    try:
        # An unknown name costs the same time as a wrong password.
        return hasher().verify(kept or _nobody(), password) and kept is not None
    except Argon2Error:
        return False


@cache
def _nobody() -> str:
    return hasher().hash("nobody signs in with this")


@router.post("/sign-in")
async def sign_in(
    request: Request,
    handle: str = Form("", max_length=64),
    password: str = Form("", max_length=1024),
    form: str = Form(""),
) -> Response:
    """A session for the right password."""
    check_form(request, form)
    shared: Context = request.app.state.context
    caller = request.client.host if request.client else ""
    now = shared.now()
    if TRIES.too_many(handle, now) or TRIES.too_many(caller, now):
        return render("sign_in.html", 429, **frame(request, None, said="Too many tries; wait five minutes."))
    if not await run_in_threadpool(_password_fits, shared, handle, password):
        TRIES.failed(handle, now)
        TRIES.failed(caller, now)
        return render("sign_in.html", 401, **frame(request, None, said="Name or password is wrong."))
    return await open_session(request, handle)


async def open_session(request: Request, handle: str) -> Response:
    """A new session; the cookie holds its secret, the store only its digest."""
    shared: Context = request.app.state.context
    secret = new_secret("")
    now = shared.now()
    row = AccessRow(digest(secret), "session", "", handle, (), now, later(now, SESSION_LIFE))
    kept = await shared.door.administer("put_access", Actor(handle), row=_as_dict(row))
    if isinstance(kept, Refusal):
        return refused_page(request, kept)
    answer = see_other("/")
    secure = shared.config.address.startswith("https://")
    answer.set_cookie(SESSION, secret, int(SESSION_LIFE), httponly=True, samesite="strict", secure=secure, path="/")
    return answer


def _as_dict(row: AccessRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in AccessRow.__slots__}


@router.get("/sign-in/{secret}")
def one_time(request: Request, secret: str) -> Response:
    """A one-time link shows a button: a GET signs nobody in."""
    shared: Context = request.app.state.context
    with shared.reading() as reading:
        row = good(reading.find_access(digest(secret), "invitation"), shared.now())
    if row is None:
        return render("sign_in.html", 404, **frame(request, None, said="This link was used already, or is too old."))
    return render("invitation.html", **frame(request, None, handle=row.handle, secret=secret))


@router.post("/sign-in/{secret}")
async def use_one_time(request: Request, secret: str, form: str = Form("")) -> Response:
    """Uses the link up and opens the session."""
    check_form(request, form)
    shared: Context = request.app.state.context
    with shared.reading() as reading:
        row = good(reading.find_access(digest(secret), "invitation"), shared.now())
    if row is None:
        return render("sign_in.html", 404, **frame(request, None, said="This link was used already, or is too old."))
    used = await shared.door.administer(
        "drop_access", Actor(row.handle), kind="invitation", digest=row.digest, name=None, handle=row.handle
    )
    if isinstance(used, Refusal) or used == 0:
        return render("sign_in.html", 404, **frame(request, None, said="This link was used already, or is too old."))
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


def refused_page(request: Request, refusal: Refusal) -> Response:
    """A refusal as a page: nobody signed in is offered the sign-in."""
    if refusal.reason == "not_allowed" and str(refusal) == "sign in first":
        return see_other("/sign-in")
    return render("refused.html", status_of(refusal), **frame(request, None, refusal=refusal))
