"""Silences over the API: each with its owner, reason, end and review date, and how many alerts it hid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tocsin.core.instants import Instant, iso
from tocsin.core.plan import MuteWindow
from tocsin.core.refusals import Refusal, Refused
from tocsin.core.silences import covers_until, ends, hid, hides, state_of
from tocsin.core.world import Silence
from tocsin.matching import matches
from tocsin.store.base import Reading, Viewer
from tocsin.web import views
from tocsin.web.api import Shared, Who, answered, body_of, needs_view
from tocsin.web.openapi import answering, taking
from tocsin.web.reading import named

router = APIRouter(prefix="/api/v1")
MOST_ALERTS = 2_000
"""So many of the latest alerts are looked at for what was hidden."""
TAKES: dict[str, Any] = {
    "matchers": tuple[str, ...],
    "end": Instant,
    "reason": str,
    "start": Instant,
    "review": Instant,
    "owner": str,
    "days": tuple[str, ...],
    "daily_from": str,
    "daily_to": str,
    "time_zone": str,
    "instead_of": str,
}
NEEDED = ("matchers", "end", "reason")


@dataclass(frozen=True, slots=True)
class Shown:
    """A silence as people see it: its words, its state, and how many alerts it hides now and hid in all."""

    silence: Silence
    reason: str
    state: str
    until: Instant | None
    review_due: bool
    hides: int
    hid: int


def shown(reading: Reading, viewer: Viewer, known: Iterable[Silence], now: Instant) -> list[Shown]:
    """Silences, the first to end first, with what they hid of the alerts that this viewer may see."""
    alerts = [
        (views.alert_text(row.body)[1].get("labels", {}), row.received_at, row.cleared_at)
        for row in reading.alerts(viewer, limit=MOST_ALERTS)
    ]
    found: list[Shown] = []
    for each in sorted(known, key=lambda silence: (now >= ends(silence), abs(ends(silence) - now))):
        mine = [(since, until) for labels, since, until in alerts if hides(each, labels, matches)]
        payload = reading.payload(f"silence:{each.id}", each.words)
        until = covers_until(each, now)
        found.append(
            Shown(
                silence=each,
                reason=payload.body.decode("utf-8", "replace") if payload and payload.body is not None else "(erased)",
                state=state_of(each, now),
                until=until,
                review_due=each.review <= now < ends(each),
                hides=sum(1 for _, cleared in mine if cleared is None) if until is not None else 0,
                hid=sum(1 for since, cleared in mine if hid(each, since, cleared or Instant(now + 1))),
            )
        )
    return found


def item(each: Shown) -> dict[str, Any]:
    """A silence as a list's item."""
    silence = each.silence
    window = silence.window
    return {
        "id": silence.id,
        "state": each.state,
        "owner": silence.owner,
        "by": silence.by,
        "reason": each.reason,
        "matchers": [str(matcher) for matcher in silence.matchers],
        "start": iso(silence.start),
        "end": iso(silence.end),
        "review": iso(silence.review),
        "review_due": each.review_due,
        "made_at": iso(silence.made_at),
        "ended_at": views.when(silence.ended_at),
        "days": list(window.days) if window else [],
        "daily_from": window.start if window else "",
        "daily_to": window.end if window else "",
        "time_zone": window.time_zone if window else "",
        "covers_until": views.when(each.until),
        "hides": each.hides,
        "hid": each.hid,
    }


def recurs(window: MuteWindow | None) -> str:
    """saturday, sunday 22:00 to 06:00 Europe/London; empty for a silence that holds all the time."""
    return f"{', '.join(window.days)} {window.start} to {window.end} {window.time_zone}" if window else ""


@router.get("/silences", response_model=None, responses=answering("Silences"))
def list_silences(shared: Shared, who: Who, expired: bool = False) -> Response:
    """Silences, the first to end first; with `expired` those that are over, too."""
    needs_view(who)
    now = shared.now()
    with shared.reading() as reading:
        around = views.surroundings(reading, shared.tzdata)
        known = [each for each in around.silences().values() if expired or now < ends(each)]
        found = shown(reading, who.viewer, known, now)
    return answered({"items": [item(each) for each in found], "at": iso(now)})


@router.post(
    "/silences", status_code=201, response_model=None, responses=answering("Answered", status=201),
    openapi_extra=taking(TAKES, NEEDED),
)  # fmt: skip
async def make_silence(shared: Shared, who: Who, request: Request) -> Response:
    """Silence alerts: matchers in Alertmanager's syntax, an end, a reason. Answers the silence's id."""
    values = named(TAKES, NEEDED, await body_of(request))
    if isinstance(values, Refusal):
        raise Refused(values)
    answer = await shared.door.administer("make_silence", who.actor, **values)
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answered({"answer": answer}, 201)


@router.post("/silences/{id}/end", response_model=None, responses=answering("Answered"), openapi_extra=taking({}, ()))
async def end_silence(shared: Shared, who: Who, id: str, request: Request) -> Response:
    """End a silence now: what it hid and still fires pages."""
    values = named({}, (), await body_of(request))
    if isinstance(values, Refusal):
        raise Refused(values)
    answer = await shared.door.administer("end_silence", who.actor, silence=id)
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answered({"answer": answer})
