"""Silences as Alertmanager's API v2 has them, so that its own tools (amtool, dashboards) make, list and end ours.

Reading and writing take our tokens, as `Authorization: Bearer`. What Alertmanager has no field for (review date,
weekly window) goes out as annotations.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from tocsin.core.instants import iso, parse_instant
from tocsin.core.plan_words import Matcher, parse_matcher
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.core.silences import ends
from tocsin.core.world import Silence
from tocsin.matching import check_pattern, matches
from tocsin.web import views
from tocsin.web.api import Shared, Who, answered, body_of, needs_view
from tocsin.web.context import Context
from tocsin.web.silences import Shown, recurs, shown

router = APIRouter(prefix="/api/v2", include_in_schema=False)
STATUS = {"not_allowed": 403, "not_found": 404, "unavailable": 503}


def _said(refusal: Refusal) -> Response:
    """A refusal in Alertmanager's way: a string."""
    return JSONResponse(str(refusal), STATUS.get(refusal.reason, 400))


def _matcher_out(matcher: Matcher) -> dict[str, Any]:
    return {
        "name": matcher.label,
        "value": matcher.value,
        "isRegex": matcher.operator in ("=~", "!~"),
        "isEqual": matcher.operator in ("=", "=~"),
    }


def _out(each: Shown) -> dict[str, Any]:
    silence = each.silence
    more = {"review": iso(silence.review), "recurs": recurs(silence.window), "made_by": silence.by}
    return {
        "id": silence.id,
        "status": {"state": each.state},
        "updatedAt": iso(silence.ended_at or silence.made_at),
        "comment": each.reason,
        "createdBy": silence.owner,
        "startsAt": iso(silence.start),
        "endsAt": iso(ends(silence)),
        "matchers": [_matcher_out(matcher) for matcher in silence.matchers],
        "annotations": {name: text for name, text in more.items() if text},
    }


def _known(shared: Context, who: Who, wanted: list[Matcher], id: str | None = None) -> list[Shown]:
    needs_view(who)
    with shared.reading() as reading:
        every = views.surroundings(reading, shared.tzdata).silences().values()
        found = [each for each in every if (id is None or each.id == id) and _fits(each, wanted)]
        return shown(reading, who.viewer, found, shared.now())


def _fits(silence: Silence, wanted: list[Matcher]) -> bool:
    """Whether a filter's matchers hold for what the silence's own matchers name."""
    named = {matcher.label: matcher.value for matcher in silence.matchers}
    return all(matches(matcher, named.get(matcher.label, "")) for matcher in wanted)


@router.get("/silences")
def list_silences(
    shared: Shared,
    who: Who,
    filter: Annotated[list[str] | None, Query()] = None,
    active: bool = True,
    pending: bool = True,
    expired: bool = True,
) -> Response:
    """Every silence, those that are over too, as Alertmanager lists them."""
    wanted: list[Matcher] = []
    for text in filter or []:
        try:
            matcher = parse_matcher(text)
        except ValueError as problem:
            return _said(refuse("invalid", f"bad matcher {text[:200]!r}: {problem}"))
        why = check_pattern(matcher.value) if matcher.operator in ("=~", "!~") else None
        if why is not None:
            return _said(refuse("invalid", f"bad matcher {text[:200]!r}: {why}"))
        wanted.append(matcher)
    states = {name for name, asked in (("active", active), ("pending", pending), ("expired", expired)) if asked}
    return answered([_out(each) for each in _known(shared, who, wanted) if each.state in states])


@router.get("/silence/{id}")
def show_silence(shared: Shared, who: Who, id: str) -> Response:
    """One silence."""
    found = _known(shared, who, [], id)
    return answered(_out(found[0])) if found else _said(refuse("not_found", "there is no such silence"))


@router.post("/silences")
async def make_silence(shared: Shared, who: Who, request: Request) -> Response:
    """A silence is made; with an id it takes the place of that one, and gets an id of its own."""
    try:
        asked = _asked(await body_of(request))
        people = await run_in_threadpool(_people, shared)
    except Refused as problem:
        return _said(problem.refusal)
    asked["owner"] = asked["owner"] if asked["owner"] in people else ""
    answer = await shared.door.administer("make_silence", who.actor, **asked)
    return _said(answer) if isinstance(answer, Refusal) else answered({"silenceID": answer})


def _people(shared: Context) -> frozenset[str]:
    with shared.reading() as reading:
        live = shared.live(reading)
    return frozenset(live.by.people) if live else frozenset()


def _asked(body: dict[str, Any]) -> dict[str, Any]:
    """What Alertmanager's body asks of ours. Raises Refused."""
    wrong = [name for name in ("startsAt", "endsAt", "comment", "createdBy") if not isinstance(body.get(name), str)]
    if wrong:
        raise Refused(refuse("invalid", f"{wrong[0]} is missing, or is no text", where=wrong[0]))
    written: Any = body.get("matchers")
    if not isinstance(written, list) or not written:
        raise Refused(refuse("invalid", "at least one matcher is needed", where="matchers"))
    try:
        return {
            "matchers": [str(_matcher_in(each)) for each in cast("list[Any]", written)],
            "start": parse_instant(body["startsAt"]),
            "end": parse_instant(body["endsAt"]),
            "reason": body["comment"],
            "owner": body["createdBy"],
            "instead_of": str(body.get("id") or ""),
        }
    except ValueError as problem:
        raise Refused(refuse("invalid", str(problem))) from problem


def _matcher_in(said: Any) -> Matcher:
    known = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    name, value = known.get("name"), known.get("value")
    if not isinstance(name, str) or not isinstance(value, str) or "\0" in name + value:
        raise ValueError("a matcher has a name and a value, both text")
    regex, equal = bool(known.get("isRegex")), known.get("isEqual") is not False
    return Matcher(name, {(0, 1): "=", (0, 0): "!=", (1, 1): "=~", (1, 0): "!~"}[regex, equal], value)


@router.delete("/silence/{id}")
async def end_silence(shared: Shared, who: Who, id: str) -> Response:
    """A silence ends now."""
    answer = await shared.door.administer("end_silence", who.actor, silence=id)
    return _said(answer) if isinstance(answer, Refusal) else Response(status_code=200)
