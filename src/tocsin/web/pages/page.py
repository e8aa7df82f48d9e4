"""What every page shares: templates, the signed-in caller, forms that prove where they came from."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from tocsin.core.instants import Instant, seconds_between, to_datetime
from tocsin.core.plan_words import duration_words
from tocsin.core.reasons import sentence
from tocsin.core.refusals import Refused, refuse
from tocsin.web.access import Caller
from tocsin.web.context import SESSION, Context

TEMPLATES = Path(__file__).parent.parent / "templates"
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


def time_of_day(at: Instant | None) -> str:
    """14:23:07."""
    return to_datetime(at).astimezone(UTC).strftime("%H:%M:%S") if at is not None else ""


def machine(at: Instant | None) -> str:
    """For the datetime attribute."""
    return to_datetime(at).isoformat() if at is not None else ""


_environment.filters |= {
    "clock": clock,
    "time_of_day": time_of_day,
    "machine": machine,
    "sentence": sentence,
    "duration": duration_words,
    "words": lambda text: str(text).replace("_", " "),
}


def _since(start: Instant, now: Instant) -> str:
    return duration_words(seconds_between(start, now))


_environment.globals["since"] = cast("Any", _since)


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


def form_token(request: Request, purpose: str = "form") -> str:
    """What a form carries to prove that it came from our own page: bound to the session, or to the page link."""
    shared: Context = request.app.state.context
    bound = request.cookies.get(SESSION, "") or request.path_params.get("token", "")
    return hmac.new(shared.link_secret(), f"{purpose}|{bound}".encode(), hashlib.sha256).hexdigest()[:32]


def check_form(request: Request, given: str) -> None:
    """Refuses a form that did not come from our own page: its token, and where the browser says it comes from."""
    origin = request.headers.get("origin")
    here = request.headers.get("host", "")
    foreign = origin is not None and urlsplit(str(origin)).netloc != here
    if foreign or not hmac.compare_digest(given, form_token(request)):
        raise Refused(
            refuse("not_allowed", "this form did not come from this page, or is too old", mend="load the page again")
        )


def frame(request: Request, who: Caller | None, **values: Any) -> dict[str, Any]:
    """What the frame around a page needs."""
    shared: Context = request.app.state.context
    return {"who": who, "now": shared.now(), "form_token": form_token(request), **values}


def see_other(to: str) -> Response:
    """After a form: the page again, by GET."""
    return Response(status_code=303, headers={"location": to})
