"""What every page shares: templates, the signed-in caller, forms that prove where they came from."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from tocsin import __version__
from tocsin.core.instants import Instant, seconds_between, to_datetime
from tocsin.core.permissions import may
from tocsin.core.plan_words import duration_words
from tocsin.core.reasons import sentence
from tocsin.core.refusals import Refused, refuse
from tocsin.web.access import Caller
from tocsin.web.context import SESSION, Context

WEB = Path(__file__).parent.parent
TEMPLATES = WEB / "templates"
STATIC = WEB / "static"
DUTIES = {"order": "message", "look": "another look", "round": "round of paging"}
_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def clock(at: Instant | None) -> str:
    """2026-01-29 14:23 UTC."""
    return to_datetime(at).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if at is not None else ""


def day(at: Instant) -> str:
    """Thursday 29 January 2026."""
    return f"{to_datetime(at):%A} {to_datetime(at).day} {to_datetime(at):%B %Y}"


def soon(at: Instant) -> str:
    """Mon 19 Jan 09:00."""
    moment = to_datetime(at)
    return f"{moment:%a} {moment.day} {moment:%b %H:%M}"


def time_of_day(at: Instant | None) -> str:
    """14:23:07."""
    return to_datetime(at).astimezone(UTC).strftime("%H:%M:%S") if at is not None else ""


def machine(at: Instant | None) -> str:
    """For the datetime attribute."""
    return to_datetime(at).isoformat() if at is not None else ""


def duty(what: str) -> str:
    """The word people read for what is owed."""
    return DUTIES.get(what, what.replace("_", " "))


def since(start: Instant, now: Instant) -> str:
    """5 min 12 s."""
    return duration_words(seconds_between(start, now))


def away(at: Instant, now: Instant) -> str:
    """in 4 min, or 4 min ago."""
    seconds = seconds_between(now, at)
    return f"in {duration_words(seconds)}" if seconds >= 0 else f"{duration_words(-seconds)} ago"


@cache
def asset(name: str) -> str:
    """The address of a file of ours, with its content's name: browsers keep it until it changes."""
    return f"/static/{name}?{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


_environment.filters |= {
    "clock": clock,
    "day": day,
    "soon": soon,
    "duty": duty,
    "time_of_day": time_of_day,
    "machine": machine,
    "sentence": sentence,
    "duration": duration_words,
    "words": lambda text: str(text).replace("_", " "),
}
_environment.globals |= cast("dict[str, Any]", {"since": since, "away": away, "asset": asset, "version": __version__})


def render(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from a template. Everything is escaped."""
    return HTMLResponse(_environment.get_template(name).render(**values), status)


def signed_in(request: Request) -> Caller | None:
    """Who is signed in."""
    shared: Context = request.app.state.context
    return shared.by_session(request.cookies.get(SESSION, ""))


def needs_sign_in(request: Request) -> Caller:
    """Who is signed in. Raises Refused for nobody: the page then offers the sign-in."""
    found = signed_in(request)
    if found is None:
        raise Refused(refuse("not_allowed", "sign in first"))
    return found


def needs_view(request: Request) -> Caller:
    """Who is signed in and may read lists. Raises Refused."""
    found = needs_sign_in(request)
    refused = may(found.actor, "view")
    if refused is not None:
        raise Refused(refused)
    return found


def _mac(request: Request, bound: str) -> str:
    shared: Context = request.app.state.context
    return hmac.new(shared.link_secret(), f"form|{bound}".encode(), hashlib.sha256).hexdigest()[:32]


def form_token(request: Request) -> str:
    """What a form carries to prove that it came from our own page. It is bound to the page link where there is one
    (mail programs open those without the session's cookie), else to the session."""
    token = request.path_params.get("token")
    return _mac(request, f"link|{token}" if token else f"session|{request.cookies.get(SESSION, '')}")


def check_form(request: Request, given: str) -> None:
    """Refuses a form that did not come from our own page: its token, and where the browser says it comes from."""
    shared: Context = request.app.state.context
    origin = request.headers.get("origin")
    here = {request.headers.get("host", ""), urlsplit(shared.config.address).netloc}
    foreign = origin is not None and urlsplit(origin).netloc not in here
    foreign = foreign or request.headers.get("sec-fetch-site") == "cross-site"
    # Compared as bytes: text that is not ASCII would raise.
    if foreign or not hmac.compare_digest(given.encode("utf-8", "replace"), form_token(request).encode()):
        raise Refused(
            refuse("not_allowed", "this form did not come from this page, or is too old", mend="load the page again")
        )


def frame(request: Request, who: Caller | None, **values: Any) -> dict[str, Any]:
    """What the frame around a page needs. `once` names this drawing of a form: pressed twice, it counts once."""
    shared: Context = request.app.state.context
    with shared.reading() as reading:
        plan = reading.meta("live_plan") or ""
    return {
        "who": who,
        "now": shared.now(),
        "speed": shared.clock_speed,
        "plan_hash": plan,
        "form_token": form_token(request),
        "once": secrets.token_urlsafe(9),
        "path": request.url.path,
        "given": dict[str, str](),
        **values,
    }


def see_other(to: str) -> Response:
    """After a form: the page again, by GET."""
    return Response(status_code=303, headers={"location": to})


def sign_in_address(request: Request) -> str:
    """The sign-in, and back here after it."""
    if request.method != "GET" or request.url.path == "/":
        return "/sign-in"
    return f"/sign-in?to={quote(request.url.path, safe='/')}"


def own_address(to: str) -> str:
    """An address of ours to go on to, else the first page: never somebody else's."""
    parts = urlsplit(to)
    fits = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and not parts.netloc
    return to if fits and "\\" not in to else "/"


def once_id(who: str, once: str, verb: str, values: Mapping[str, Any]) -> str:
    """The command id of a pressed form: the same drawing, verb and values are one wish."""
    said = hashlib.sha256(repr((verb, sorted((k, str(v)) for k, v in values.items()))).encode()).hexdigest()[:24]
    return f"{who}:{once[:40]}:{said}" if once else ""
