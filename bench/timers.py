"""How late timers are: so many pending, a hundred due at one instant, and a busy `tocsin check` beside the engine.

A hundred alerts in one request open a hundred incidents whose first page is due some seconds later. Lateness of a
timer is the order's instant on the record less the instant at which it was due; of a page, when the phone had it.
Target: p99 below 1 s.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.hook import Hook
from bench.load import alert, now_text, percentile
from bench.plan import person, service, write_plan
from bench.program import REPOSITORY, Tocsin, call, signing_secret, wait_until
from bench.seed import seed
from bench.table import ms, show, verdict
from tocsin.store.base import ENGINE
from tocsin.store.sqlite import Sqlite

AFTER = 5
DUE = 100
ROUNDS = 2
TARGET = 1.0
WAIT = 60
STEP = b'"call":"detection/1/first/'
CHECK = """
import sys
from pathlib import Path
try:
    from tocsin.cli.check import command
    once = lambda: command.main([sys.argv[1]], standalone_mode=False)
except ImportError:
    from tocsin.plan_folder import read_folder
    once = lambda: read_folder(Path(sys.argv[1]))
while True:
    try:
        once()
    except BaseException as ended:
        if isinstance(ended, KeyboardInterrupt):
            raise
"""


def run(folder: Path, *, quick: bool) -> None:
    """Measure and print."""
    pending = 5_000 if quick else 100_000
    plan = write_plan(folder, ROUNDS * DUE, f"{AFTER}s")
    with Hook() as hook:
        program = Tocsin(folder, plan, webhook_secret=signing_secret())
        contacts = {person(number): hook.url() for number in range(ROUNDS * DUE)}
        seed(program.database, plan, quiet=pending, contacts=contacts)
        began = time.perf_counter()
        with program.start() as ours:
            started = time.perf_counter() - began
            settled = _until_asleep(ours, began)
            rows: list[list[str]] = []
            for round, beside in enumerate((False, True)):
                rows.append(_round(ours, hook, round, pending, beside=beside))
    show(
        f"Lateness of {DUE} timers due at one instant",
        ("pending", "check beside", "orders", "p50 ms", "p99 ms", "at the phone", "p50 ms", "p99 ms", "p99 < 1 s"),
        rows,
        f"start with {pending:,} timers: ready after {started:.1f} s, every record asked after {settled:.1f} s",
    )


def _until_asleep(ours: Tocsin, began: float) -> float:
    """Seconds until every record was asked again after the start."""
    store = Sqlite(ours.database, write=False)

    def asked() -> bool:
        with store.reading() as reading:
            first = reading.next_timer()
        return first is None or first > time.time() * 1e6

    try:
        wait_until(asked, 300, "every record asked")
    finally:
        store.close()
    return time.perf_counter() - began


@contextmanager
def _busy(folder: Path) -> Iterator[None]:
    environment = {"PYTHONPATH": str(REPOSITORY / "src"), "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(
        [sys.executable, "-c", CHECK, str(folder)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError("the check beside the engine ended on its own")
    finally:
        process.kill()
        process.wait(10)


def _round(ours: Tocsin, hook: Hook, round: int, pending: int, *, beside: bool) -> list[str]:
    hook.calls.clear()
    token = ours.token()
    run = f"timers{round}".encode()
    numbers = range(round * DUE, (round + 1) * DUE)  # services of its own, so that each alert opens an incident
    alerts = [alert(run, number, now_text(), service(number).encode()) for number in numbers]
    if beside:
        with _busy(REPOSITORY / "src" / "tocsin" / "plans" / "starter"):
            late, phone = _send_and_wait(ours, hook, token, alerts)
    else:
        late, phone = _send_and_wait(ours, hook, token, alerts)
    good = len(late) == DUE and percentile(late, 0.99) < TARGET and percentile(phone, 0.99) < TARGET
    return [
        f"{pending:,}", "yes" if beside else "no",
        str(len(late)), ms(percentile(late, 0.5)), ms(percentile(late, 0.99)),
        str(len(phone)), ms(percentile(phone, 0.5)), ms(percentile(phone, 0.99)), verdict(good),
    ]  # fmt: skip


def _send_and_wait(ours: Tocsin, hook: Hook, token: str, alerts: list[bytes]) -> tuple[list[float], list[float]]:
    before = _incidents(ours)
    headers = {"authorization": f"Bearer {token}"}
    status, said, _ = call(ours.port, "POST", "/api/v2/alerts", b"[" + b",".join(alerts) + b"]", headers)
    if status != 200:
        raise RuntimeError(f"the alerts were answered {status}: {said[:200]!r}")
    wait_until(lambda: len(hook.calls) >= DUE, AFTER + WAIT, "every page at the phone")
    late: list[float] = []
    due: set[float] = set()
    store = Sqlite(ours.database, write=False)
    try:
        for record in _incidents(ours) - before:
            with store.reading() as reading:
                rows = reading.load(record)
            at = next(row.at for row in rows if row.kind == "incident.opened") / 1e6 + AFTER
            late += [row.at / 1e6 - at for row in rows if row.kind == "page.ordered" and STEP in row.body]
            due.add(at)
    finally:
        store.close()
    return late, [each.wall - min(due) for each in hook.calls[:DUE]]


def _incidents(ours: Tocsin) -> set[str]:
    store = Sqlite(ours.database, write=False)
    try:
        with store.reading() as reading:
            return {row.record for row in reading.incidents(ENGINE, limit=10_000).rows}
    finally:
        store.close()
