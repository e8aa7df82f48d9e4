"""What went wrong, as an answer: a problem document for programs, a page for people."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from tocsin.core.refusals import Problem, Refusal, Refused, refuse
from tocsin.store.base import StoreUnavailable
from tocsin.web.access import BadJson, NobodyKnown
from tocsin.web.door import EngineAway
from tocsin.web.pages.page import frame, render, see_other, sign_in_address, signed_in
from tocsin.web.problems import problem, status_of

NOTHING_DONE = "Nothing was done; try again in some seconds."
PERHAPS_DONE = "It may have been done all the same; look before you try again."


def add(app: FastAPI) -> None:
    """Every error that may leave a route has its answer."""
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, not_served)
    app.add_exception_handler(EngineAway, away)
    app.add_exception_handler(StoreUnavailable, away)
    app.add_exception_handler(Exception, broken)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def answer(request: Request, refusal: Refusal, status: int | None = None) -> Response:
    """A refusal, as its reader can use it."""
    if wants_page(request):
        return refused_page(request, refusal, status)
    return problem(refusal, status)


def refused_page(request: Request, refusal: Refusal, status: int | None = None) -> Response:
    """A refusal as a page. Whoever is not signed in is offered the sign-in."""
    if refusal.reason == "not_allowed" and str(refusal) == "sign in first":
        return see_other(sign_in_address(request))
    try:
        values = frame(request, signed_in(request))
    except StoreUnavailable:
        values = {}
    headers = {"retry-after": "5"} if (status or status_of(refusal)) == 503 else {}
    if not values:
        return JSONResponse({"detail": str(refusal)}, 503, headers)
    page = render("refused.html", status or status_of(refusal), **values, refusal=refusal)
    page.headers.update(headers)
    return page


def refused(request: Request, error: Exception) -> Response:
    """A no from core, engine or edge."""
    assert isinstance(error, Refused)
    if isinstance(error, NobodyKnown):
        said = problem(error.refusal, 401)
        said.headers["www-authenticate"] = 'Bearer realm="tocsin"'
        return said
    return answer(request, error.refusal, 400 if isinstance(error, BadJson) else None)


def invalid(request: Request, error: Exception) -> Response:
    """A body, field or parameter that is not what the route takes."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    problems = tuple(
        Problem(str(each.get("msg", "")), ".".join(str(part) for part in each.get("loc", ()))) for each in found
    )
    return answer(request, Refusal("invalid", problems))


def not_served(request: Request, error: Exception) -> Response:
    """No such address, or not by this method."""
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405):
        said = refuse("not_found", f"nothing answers {request.method} here", mend="see /api/v1/openapi.json")
        if wants_page(request):
            said = refuse("not_found", "there is no such page")
    else:
        said = refuse("invalid", str(error.detail) or HTTPStatus(error.status_code).phrase)
    made = answer(request, said, error.status_code)
    made.headers.update(error.headers or {})
    return made


def away(request: Request, error: Exception) -> Response:
    """The engine or the database cannot be asked now."""
    asked = isinstance(error, EngineAway) and error.asked
    words = "the engine cannot be asked now" if isinstance(error, EngineAway) else "the record cannot be read now"
    return answer(request, refuse("unavailable", words, mend=PERHAPS_DONE if asked else NOTHING_DONE))


def broken(request: Request, error: Exception) -> Response:
    """A fault of ours: it is in the log, and nothing of it in the answer."""
    return answer(request, refuse("unavailable", "a fault of this server; its log says more"), 500)
