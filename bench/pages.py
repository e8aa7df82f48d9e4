"""How long pages take with so many incidents in the store: Now, a room, the API's lists. Target: p95 below 100 ms."""

from __future__ import annotations

import json
import time
from pathlib import Path

from bench.load import percentile
from bench.plan import write_plan
from bench.program import Tocsin, call
from bench.seed import seed
from bench.table import ms, show, verdict
from tocsin.core.instants import Instant
from tocsin.store.base import AccessRow
from tocsin.web.access import digest, new_secret
from tocsin.web.context import SESSION

TARGET = 0.1
LIVE = 100


def run(folder: Path, *, quick: bool) -> None:
    """Measure and print."""
    closed, times = (5_000, 30) if quick else (100_000, 200)
    plan = write_plan(folder, 20)
    program = Tocsin(folder, plan)
    began = time.perf_counter()
    seed(program.database, plan, closed=closed, live=LIVE)
    seeded = time.perf_counter() - began
    with program.start() as ours:
        api = {"authorization": f"Bearer {ours.token()}"}
        page = {"cookie": f"{SESSION}={_session(ours)}", "accept": "text/html"}
        first = json.loads(call(ours.port, "GET", "/api/v1/incidents?state=live&limit=1", None, api)[1])["items"][0]
        wanted = [
            ("Now", "/", page),
            ("incident room", f"/incidents/{first['number']}", page),
            ("API, list of 50", "/api/v1/incidents", api),
            ("API, live", "/api/v1/incidents?state=live", api),
            ("API, one severity, one service", "/api/v1/incidents?severity=sev1&service=common", api),
            ("API, page 20 of the list", _cursor(ours, api, 20), api),
            ("API, search for a word", "/api/v1/incidents?search=checkout", api),
            ("API, search for a word that is not there", "/api/v1/incidents?search=absent", api),
            ("API, one incident", f"/api/v1/incidents/{first['number']}", api),
            ("API, alerts", "/api/v1/alerts", api),
            ("metrics", "/metrics", {}),
        ]
        rows = [[name, *_times(ours, path, headers, times)] for name, path, headers in wanted]
    show(
        f"Pages with {closed:,} incidents in the store and {LIVE} under way",
        ("page", "p50 ms", "p95 ms", "longest", "bytes", "p95 < 100 ms"),
        rows,
        f"seeded in {seeded:.0f} s; one caller, one request after another",
    )


def _session(ours: Tocsin) -> str:
    """A session of Bo, as signing in makes one."""
    from msgspec import to_builtins

    secret = new_secret("")
    far = Instant(int((time.time() + 3_600) * 1e6))
    ours.ask("set_permissions", person="bo", grants=("view", "respond"))
    ours.ask("put_access", row=to_builtins(AccessRow(digest(secret), "session", "", "bo", (), Instant(0), far)))
    return secret


def _cursor(ours: Tocsin, headers: dict[str, str], pages: int) -> str:
    path = "/api/v1/incidents"
    for _ in range(pages):
        cursor = json.loads(call(ours.port, "GET", path, None, headers)[1])["next_cursor"]
        path = f"/api/v1/incidents?cursor={cursor}"
    return path


def _times(ours: Tocsin, path: str, headers: dict[str, str], times: int) -> list[str]:
    found: list[float] = []
    size = 0
    for _ in range(times):
        began = time.perf_counter()
        status, body, _ = call(ours.port, "GET", path, None, headers)
        found.append(time.perf_counter() - began)
        if status != 200:
            raise RuntimeError(f"{path} was answered {status}: {body[:300]!r}")
        size = len(body)
    good = verdict(percentile(found, 0.95) < TARGET)
    return [ms(percentile(found, 0.5)), ms(percentile(found, 0.95)), ms(max(found)), f"{size:,}", good]
