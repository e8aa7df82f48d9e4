"""Heartbeats: the address on which each may be pinged, and how each is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from tocsin.core.alerts import fingerprint
from tocsin.core.heartbeats import SOURCE, due_by, key_of, read_key
from tocsin.core.instants import Instant, iso
from tocsin.core.plan_heartbeats import Heartbeat
from tocsin.core.refusals import Refusal, Refused, refuse
from tocsin.engine.beats import last_beats
from tocsin.engine.door import raw
from tocsin.store.base import Reading, Viewer
from tocsin.web import views
from tocsin.web.api import Shared, Who, answered, needs_view
from tocsin.web.openapi import answering

router = APIRouter(prefix="/api/v1")
hooks = APIRouter(include_in_schema=False)


@hooks.api_route("/hooks/heartbeat/{key}", methods=["GET", "HEAD", "POST"])
async def beat(shared: Shared, key: str) -> Response:
    """A heartbeat says that it is well. The address itself is its permission: it does nothing else."""
    id = read_key(key, await run_in_threadpool(shared.link_secret))
    answer = refuse("not_found", "there is no such heartbeat") if id is None else await shared.door.ask("beat", raw(id))
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return PlainTextResponse("OK\n")


@router.get("/heartbeats", response_model=None, responses=answering("Heartbeats"))
def list_heartbeats(shared: Shared, who: Who) -> Response:
    """Every heartbeat of the plan: when it beat last, by when the next is due, and for senders its address."""
    needs_view(who)
    now = shared.now()
    secret = shared.link_secret() if "send" in who.grants else b""
    with shared.reading() as reading:
        items = heartbeats(shared.live(reading), reading, who.viewer, now)
    for each in items:
        key = key_of(each["id"], secret) if secret else ""
        each["url"] = f"{shared.config.address.rstrip('/')}/hooks/heartbeat/{key}" if key else None
    return answered({"items": items, "at": iso(now)})


def heartbeats(live: Any, reading: Reading, viewer: Viewer, now: Instant) -> list[dict[str, Any]]:
    """Every heartbeat of a plan, as lists show it; the last beats are some seconds behind at most."""
    if live is None or not live.plan.heartbeats:
        return []
    kept = last_beats(reading)
    groups = [row.record for row in reading.groups(viewer, open_only=True, limit=100_000) if row.source == SOURCE]
    missing = {print_ for print_, *_ in reading.open_fingerprints(groups)} if groups else set[str]()
    return [
        _item(each, kept.get(each.id), now, missed=fingerprint(SOURCE, (), each.id) in missing)
        for each in live.plan.heartbeats
    ]


def _item(heartbeat: Heartbeat, last: Instant | None, now: Instant, *, missed: bool) -> dict[str, Any]:
    due = due_by(heartbeat, last) if last is not None else None
    state = "missed" if missed else "waiting" if due is None else "late" if due < now else "beating"
    return {
        "id": heartbeat.id,
        "title": heartbeat.title or heartbeat.id,
        "service": heartbeat.service,
        "period": heartbeat.period,
        "grace": heartbeat.grace,
        "matchers": [str(each) for each in heartbeat.alert],
        "state": state,
        "last_at": views.when(last),
        "due_at": views.when(due),
    }
