"""/healthz: this process lives. /readyz: alerts are taken and pages go out. /metrics: for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool

from tocsin import __version__
from tocsin.core.instants import Instant, seconds_between
from tocsin.store.base import Viewer
from tocsin.web.api import context
from tocsin.web.context import Context
from tocsin.web.door import EngineAway

router = APIRouter(include_in_schema=False)
STRANGER = Viewer("metrics")
LATE_BEAT = 30.0
"""The engine writes a beat each five seconds: later than this it answers, but cannot write."""
Shared = Annotated[Context, Depends(context)]
Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True)
class Well:
    """How the product itself is. `why` says in words what is not well; nothing in it is private."""

    why: str = ""
    plan: str = ""
    late: float = 0.0
    outbox: dict[str, int] = field(default_factory=dict[str, int])
    poisoned: int = 0
    failures: dict[str, int] = field(default_factory=dict[str, int])
    engine: bool = True

    @property
    def ready(self) -> bool:
        return not self.why


async def how_well(shared: Context) -> Well:
    """What engine and record say of themselves. Raises StoreUnavailable when the record cannot be read."""
    said: dict[str, Any] | None = None
    why = ""
    try:
        said = await shared.door.health()
    except EngineAway as problem:
        why = str(problem)
    return await run_in_threadpool(_read, shared, said, why)


def _read(shared: Context, said: dict[str, Any] | None, why: str) -> Well:
    now = shared.now()
    with shared.reading() as reading:
        plan = reading.meta("live_plan") or ""
        timer = reading.next_timer()
        outbox = reading.outbox_depth()
    if said is not None:
        silent = seconds_between(Instant(said["beat_at"]), now) / shared.clock_speed
        if silent > LATE_BEAT:
            why = f"the engine has written nothing for {silent:.0f} s"
        elif not plan:
            why = "no plan is applied yet; run tocsin plan apply DIR"
    said = said or {}
    return Well(
        why,
        plan,
        late=max(0.0, seconds_between(timer, now)) if timer is not None else 0.0,
        outbox=outbox,
        poisoned=len(said.get("poisoned", {})),
        failures=said.get("failures", {}),
        engine=bool(said),
    )


@router.get("/healthz")
def healthz() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def readyz(shared: Shared) -> JSONResponse:
    """The engine answers and writes, and a plan is applied."""
    well = await how_well(shared)
    if not well.ready:
        return JSONResponse({"ready": False, "why": well.why}, 503, {"retry-after": "5"})
    return JSONResponse({"ready": True, "plan": well.plan, "poisoned": well.poisoned})


def _family(name: str, kind: str, doc: str, samples: list[Sample]) -> list[str]:
    lines = [f"# HELP {name} {doc}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        said = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{said}}} {_number(value)}" if said else f"{name} {_number(value)}")
    return lines


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.3f}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _by(label: str, counts: dict[str, int]) -> list[Sample]:
    return [({label: name}, float(count)) for name, count in sorted(counts.items())]


@router.get("/metrics")
async def metrics(request: Request, shared: Shared) -> PlainTextResponse:
    """Counts that hold nothing private: what a stranger may see."""
    well = await how_well(shared)
    states, severities = await run_in_threadpool(_counts, shared)
    taken = [({"source": kind, "outcome": out}, float(n)) for (kind, out), n in request.app.state.intake.counts.items()]
    gauge, counter = "gauge", "counter"
    info = [({"version": __version__, "plan": well.plan}, 1.0)]
    lines = [
        *_family("tocsin_info", gauge, "Version and running plan.", info),
        *_family("tocsin_ready", gauge, "1 while alerts are taken and pages go out.", [({}, float(well.ready))]),
        *_family("tocsin_engine_up", gauge, "1 while the engine answers.", [({}, float(well.engine))]),
        *_family("tocsin_alerts_total", counter, "Alerts by source and outcome.", taken),
        *_family("tocsin_incidents", gauge, "Open incidents by state.", _by("state", states)),
        *_family(
            "tocsin_incidents_by_severity",
            gauge,
            "Open incidents by severity; undeclared ones have none.",
            _by("severity", severities),
        ),
        *_family("tocsin_outbox", gauge, "Messages that wait, by channel.", _by("channel", well.outbox)),
        *_family("tocsin_timer_lateness_seconds", gauge, "How late the earliest timer is.", [({}, well.late)]),
        *_family(
            "tocsin_engine_failures_total", counter, "Failures of the engine's duties.", _by("duty", well.failures)
        ),
        *_family("tocsin_poisoned_records", gauge, "Records that stepped aside.", [({}, float(well.poisoned))]),
    ]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


def _counts(shared: Context) -> tuple[dict[str, int], dict[str, int]]:
    with shared.reading() as reading:
        return reading.counts(STRANGER), reading.severities(STRANGER)
