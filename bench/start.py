"""Cold start, memory at rest, and how long `--help` takes. Targets: 2 s, 120 MB for both processes, 150 ms."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.plan import write_plan
from bench.program import REPOSITORY, Tocsin, answers, memory, wait_until
from bench.table import ms, show, verdict

COLD, HELP, MEMORY = 2.0, 0.15, 120.0


def run(folder: Path, *, quick: bool) -> None:
    """Measure and print."""
    times = 3 if quick else 9
    plan = REPOSITORY / "src" / "tocsin" / "plans" / "starter"
    cold: list[float] = []
    warm: list[float] = []
    for number in range(times):
        place = folder / str(number)
        place.mkdir()
        for found in (cold, warm):
            began = time.perf_counter()
            with Tocsin(place, plan) as program:
                program.start()
                found.append(time.perf_counter() - began)
    help_times = [_help() for _ in range(times * 2)]
    rss, pss = _at_rest(folder)
    rows = [
        ["start to ready, new database", ms(statistics.median(cold)), ms(max(cold)), verdict(max(cold) < COLD)],
        ["start to ready, known database", ms(statistics.median(warm)), ms(max(warm)), verdict(max(warm) < COLD)],
        [
            "--help",
            ms(statistics.median(help_times)),
            ms(max(help_times)),
            verdict(statistics.median(help_times) < HELP),
        ],
    ]
    show("Start", ("what", "median ms", "longest ms", "target"), rows)
    total = sum(pss)
    show(
        "Memory at rest, MiB",
        ("process", "RSS", "PSS", "target"),
        [
            ["web edge", f"{rss[0]:.0f}", f"{pss[0]:.0f}", ""],
            ["engine", f"{rss[1]:.0f}", f"{pss[1]:.0f}", ""],
            ["both", f"{sum(rss):.0f}", f"{total:.0f}", verdict(total < MEMORY)],
        ],
        "PSS counts shared pages once; it is what ending both would give back",
    )


def _help() -> float:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "src")}
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "tocsin.cli.main", "--help"], check=True, capture_output=True, env=environment
    )
    return time.perf_counter() - began


def _at_rest(folder: Path) -> tuple[tuple[float, float], tuple[float, float]]:
    place = folder / "rest"
    place.mkdir()
    with Tocsin(place, write_plan(place, 50)) as program:
        program.start()
        for path in ("/sign-in", "/metrics", "/api/v1/openapi.json"):
            wait_until(lambda path=path: answers(program.port, path), 5, path)
        web, engine = memory(program.web_pid), memory(program.engine_pid)
    return (web[0], engine[0]), (web[1], engine[1])
