"""/healthz: this process lives. /readyz: alerts are taken and pages go out. /metrics: for Prometheus."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from tocsin import __version__
from tocsin.store.base import Viewer
from tocsin.web.api import context
from tocsin.web.context import Context
from tocsin.web.door import EngineAway

router = APIRouter()
STRANGER = Viewer("metrics")
Shared = Annotated[Context, Depends(context)]


@router.get("/healthz")
def healthz() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def readyz(shared: Shared) -> JSONResponse:
    """The engine answers, and a plan is applied."""
    try:
        said = await shared.door.health()
    except EngineAway as problem:
        return JSONResponse({"ready": False, "why": str(problem)}, 503, {"retry-after": "5"})
    with shared.reading() as reading:
        plan = reading.meta("live_plan")
    if plan is None:
        return JSONResponse({"ready": False, "why": "no plan is applied yet; run tocsin plan apply DIR"}, 503)
    return JSONResponse({"ready": not said["poisoned"], "plan": plan, "poisoned": sorted(said["poisoned"])})


def _lines(name: str, kind: str, doc: str, values: list[tuple[dict[str, str], float]]) -> list[str]:
    lines = [f"# HELP {name} {doc}", f"# TYPE {name} {kind}"]
    for labels, value in values:
        said = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{said}}} {value:g}" if said else f"{name} {value:g}")
    return lines


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@router.get("/metrics")
async def metrics(request: Request, shared: Shared) -> PlainTextResponse:
    """Counts that hold nothing private: what a stranger may see."""
    said: dict[str, Any] = {}
    with suppress(EngineAway):
        said = await shared.door.health()
    with shared.reading() as reading:
        counts = reading.counts(STRANGER)
        depth = reading.outbox_depth()
        timer = reading.next_timer()
        plan = reading.meta("live_plan") or ""
    late = max(0.0, (shared.now() - timer) / 1e6) if timer is not None else 0.0
    taken = [({"source": kind, "outcome": out}, float(n)) for (kind, out), n in request.app.state.intake.counts.items()]
    lines = [
        *_lines("tocsin_info", "gauge", "Version and running plan.", [({"version": __version__, "plan": plan}, 1)]),
        *_lines("tocsin_engine_up", "gauge", "1 while the engine answers.", [({}, float(bool(said)))]),
        *_lines("tocsin_alerts_total", "counter", "Alerts by source and outcome.", taken),
        *_lines(
            "tocsin_incidents", "gauge", "Open incidents by state.", [({"state": k}, v) for k, v in counts.items()]
        ),
        *_lines(
            "tocsin_outbox", "gauge", "Messages that wait, by channel.", [({"channel": k}, v) for k, v in depth.items()]
        ),
        *_lines("tocsin_timer_lateness_seconds", "gauge", "How late the earliest timer is.", [({}, late)]),
        *_lines(
            "tocsin_engine_failures_total",
            "counter",
            "Failures of the engine's duties.",
            [({"duty": k}, v) for k, v in said.get("failures", {}).items()],
        ),
        *_lines(
            "tocsin_poisoned_records", "gauge", "Records that stepped aside.", [({}, len(said.get("poisoned", {})))]
        ),
    ]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")
