"""From an alert's first byte out to its page read whole by the phone: a new incident for each, one person each.

The phone is a webhook receiver on loopback. Beside it the same with Debian's Alertmanager, each alert a group of its
own with group_wait 0s. Target: p99 below 100 ms.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from bench.hook import Hook
from bench.load import alert, now_text, percentile
from bench.plan import person, service, write_plan
from bench.program import Alertmanager, Tocsin, call, signing_secret, wait_until
from bench.table import ms, show, verdict

TARGET = 0.1
FOUND = re.compile(rb"p99 latency of (svc-\d+) is|\"service\":\"(svc-\d+)\"")


def run(folder: Path, *, quick: bool) -> None:
    """Measure and print."""
    count, rate = (50, 20.0) if quick else (400, 20.0)
    ours, theirs = _tocsin(folder, count, rate), _alertmanager(folder, count, rate)
    rows = [_row("Tocsin", ours, count, TARGET), _row("Alertmanager, group_wait 0s", theirs, count, None)]
    show(
        f"Alert to page at the phone, {rate:g} new incidents a second",
        ("program", "pages", "lost", "p50 ms", "p95 ms", "p99 ms", "longest", "p99 < 100 ms"),
        rows,
    )


def _row(name: str, found: list[float], sent: int, target: float | None) -> list[str]:
    shares = [ms(percentile(found, share)) for share in (0.5, 0.95, 0.99)]
    good = "" if target is None else verdict(percentile(found, 0.99) < target and len(found) == sent)
    return [name, str(len(found)), str(sent - len(found)), *shares, ms(max(found, default=0.0)), good]


def _tocsin(folder: Path, count: int, rate: float) -> list[float]:
    with Hook() as hook, Tocsin(folder, write_plan(folder, count), webhook_secret=signing_secret()).start() as ours:
        for number in range(count):
            ours.contact(person(number), "webhook", hook.url(f"/{person(number)}"))
        token = ours.token()
        return measure(hook, ours.port, count, rate, {"authorization": f"Bearer {token}"})


def _alertmanager(folder: Path, count: int, rate: float) -> list[float]:
    with Hook() as hook, Alertmanager(folder, hook.url(), group_by="id", wait="0s").start() as theirs:
        return measure(hook, theirs.port, count, rate, {})


def measure(hook: Hook, port: int, count: int, rate: float, headers: dict[str, str]) -> list[float]:
    """Send an alert for each service, at a rate; seconds until the phone had each page."""
    sent: dict[str, float] = {}
    began = time.perf_counter()
    for number in range(count):
        body = b"[" + alert(b"page", number, now_text(), service(number).encode()) + b"]"
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        sent[service(number)] = time.perf_counter()
        status, said, _ = call(port, "POST", "/api/v2/alerts", body, headers)
        if status != 200:
            raise RuntimeError(f"the alert was answered {status}: {said[:200]!r}")
    wait_until(lambda: len(hook.calls) >= count, 30, "every page at the phone")
    arrived: dict[str, float] = {}
    for each in hook.calls:
        for one, other in FOUND.findall(each.body):
            arrived.setdefault((one or other).decode(), each.at)
    return [arrived[name] - at for name, at in sent.items() if name in arrived]
