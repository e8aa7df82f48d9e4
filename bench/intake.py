"""Alerts taken a second, beside Debian's Alertmanager in the same run: row by row, one after the other.

Alertmanager keeps alerts in memory and loses them when it is killed; Tocsin answers after the commit. Targets: ahead
with ten a request and with repeats, at least 0.8 of it for single distinct alerts, p99 below its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from bench.load import Body, Outcome, closed_loop, distinct, repeats
from bench.plan import write_plan
from bench.program import Alertmanager, Tocsin, processor_seconds
from bench.table import show, verdict

KINDS: dict[str, Callable[[str, int], Iterator[Body]]] = {"distinct": distinct, "repeated": repeats}
SETTLE = 0.3
"""Seconds that warm each row up before it counts."""


def run(folder: Path, *, quick: bool) -> None:
    """Measure and print."""
    seconds = 1.0 if quick else 3.0
    batches, connections = ((1, 10), (1, 64)) if quick else ((1, 10, 100), (1, 8, 64))
    rows: list[list[str]] = []
    for kind in KINDS:
        # Each kind has fresh programs: Alertmanager slows down with what it holds.
        place = folder / kind
        place.mkdir()
        plan = write_plan(place, services=20)
        with Tocsin(place, plan).start() as ours, Alertmanager(place, "http://127.0.0.1:9/").start() as theirs:
            token = ours.token()
            for batch in batches:
                for at_once in connections:
                    rows.append(_row(kind, batch, at_once, seconds, ours, token, theirs))
    show(
        "Alerts taken a second (SQLite, synchronous=FULL; Alertmanager in memory)",
        ("labels", "a request", "connections", "Tocsin/s", "p50 ms", "p99 ms", "CPU us an alert",
         "Alertmanager/s", "p50 ms", "p99 ms", "ratio", "rate", "p99"),
        rows,
        f"{seconds:g} s a row after {SETTLE:g} s of warming up; load, servers and disk share this machine's processors",
    )  # fmt: skip


def _row(
    kind: str, batch: int, at_once: int, seconds: float, ours: Tocsin, token: str, theirs: Alertmanager
) -> list[str]:
    bodies = KINDS[kind]
    warm, name = f"w-{kind}-{batch}-{at_once}", f"{kind}-{batch}-{at_once}"
    closed_loop(ours.port, bodies(warm, batch), at_once, SETTLE, token)
    before = processor_seconds(ours.web_pid) + processor_seconds(ours.engine_pid)
    mine = closed_loop(ours.port, bodies(name, batch), at_once, seconds, token)
    used = processor_seconds(ours.web_pid) + processor_seconds(ours.engine_pid) - before
    closed_loop(theirs.port, bodies(warm, batch), at_once, SETTLE)
    other = closed_loop(theirs.port, bodies(name, batch), at_once, seconds)
    least = 0.8 if kind == "distinct" and batch == 1 else 1.0
    ratio = mine.rate / other.rate if other.rate else 0.0
    slower = verdict(mine.percentile(0.99) <= other.percentile(0.99))
    return [
        kind, str(batch), str(at_once), *_figures(mine), f"{used / max(1, mine.count) * 1e6:.0f}", *_figures(other),
        f"{ratio:.2f}", verdict(ratio >= least), slower,
    ]  # fmt: skip


def _figures(outcome: Outcome) -> list[str]:
    wrong = f" ({outcome.errors})" if outcome.errors else ""
    return [f"{outcome.rate:,.0f}{wrong}", f"{outcome.percentile(0.5):.2f}", f"{outcome.percentile(0.99):.2f}"]
