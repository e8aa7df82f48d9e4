"""kill -9 of engine and web edge under load, again and again: no accepted alert lost, no page lost.

Each time: load of distinct alerts, new incidents among them, both processes killed in the middle of it, started again.
At the end the record is read: every alert that was answered 200 stands on it; every incident that owes a page has its
order; every order was handed over or waits in the outbox; the phone has every page that is marked as handed over.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import statistics
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.hook import Hook
from bench.load import Body, alert, closed_loop, now_text
from bench.plan import person, service, write_plan
from bench.program import Tocsin, call, signing_secret, wait_until
from bench.table import ms, show, verdict
from tocsin.core.incident.evolve import fold
from tocsin.engine.codec import entry
from tocsin.integrations.webhook.signature import message_id
from tocsin.store.base import Reading
from tocsin.store.sqlite import Sqlite

CONNECTIONS = 16
FRESH = 4
"""Incidents that each round opens beside the storm."""
RECOVERY = 2.0
HELD = re.compile(rb'"id","kill-(\d+)"|"id":"kill-(\d+)"')


@dataclass(slots=True)
class Tally:
    """What was promised to senders, and how long each start took."""

    accepted: set[int] = field(default_factory=set[int])
    recovery: list[float] = field(default_factory=list[float])
    kills: int = 0


@dataclass(slots=True)
class Findings:
    """What the record says at the end."""

    alerts: set[int] = field(default_factory=set[int])
    incidents: int = 0
    without_order: list[str] = field(default_factory=list[str])
    unaccounted: list[str] = field(default_factory=list[str])
    handed_over: set[str] = field(default_factory=set[str])


def run(folder: Path, *, quick: bool) -> None:
    """Measure and print."""
    times = 5 if quick else 100
    tally, findings, phone = kill_again_and_again(folder, times)
    lost = tally.accepted - findings.alerts
    never = findings.handed_over - phone
    show(
        f"kill -9 of engine and web edge under load, {times} times",
        ("what", "count", "target"),
        [
            ["alerts accepted", f"{len(tally.accepted):,}", ""],
            ["... of them lost", *_none(lost)],
            ["incidents opened", f"{findings.incidents:,}", ""],
            ["... that owe a page and have no order", *_none(findings.without_order)],
            ["orders neither handed over nor waiting", *_none(findings.unaccounted)],
            ["marked as handed over, unknown to the phone", *_none(never)],
            ["start to the next accepted alert, median ms", ms(statistics.median(tally.recovery)), ""],
            ["... longest ms", ms(max(tally.recovery)), verdict(max(tally.recovery) < RECOVERY)],
        ],
    )  # fmt: skip
    if lost or never or findings.without_order or findings.unaccounted:
        raise RuntimeError("something was lost")


def _none(found: Collection[object]) -> tuple[str, str]:
    return str(len(found)), verdict(not found)


def kill_again_and_again(folder: Path, times: int, seed: int = 1) -> tuple[Tally, Findings, set[str]]:
    """Kill so many times under load; what was promised, what the record says, and the message ids the phone has."""
    chance, tally = random.Random(seed), Tally()
    plan = write_plan(folder, times * FRESH)
    with Hook() as hook:
        with Tocsin(folder, plan, webhook_secret=signing_secret()).start() as ours:
            ours.contact("bo", "webhook", hook.url())
            for number in range(times * FRESH):
                ours.contact(person(number), "webhook", hook.url())
            token = ours.token()
            numbers = itertools.count()
            for round in range(times):
                _round(ours, token, round, numbers, tally, chance.uniform(0.05, 0.4))
            _until_sent(ours)
        return tally, read_record(ours.database), {each.headers.get("webhook-id", "") for each in hook.calls}


def _round(ours: Tocsin, token: str, round: int, numbers: Iterator[int], tally: Tally, seconds: float) -> None:
    def kill() -> None:
        ours.kill()
        tally.kills += 1

    outcome = closed_loop(ours.port, _bodies(round, numbers), CONNECTIONS, seconds, token, kill)
    tally.accepted.update(outcome.accepted)
    began = time.perf_counter()
    ours.launch()
    body = b"[" + alert(b"kill", number := next(numbers), now_text()) + b"]"
    wait_until(lambda: _taken(ours, token, body), 30, "an alert is taken after the kill", 0.01)
    tally.accepted.add(number)
    tally.recovery.append(time.perf_counter() - began)


def _bodies(round: int, numbers: Iterator[int]) -> Iterator[Body]:
    """Alerts of no known service, and some that open incidents for people of their own."""
    for turn in itertools.count():
        number = next(numbers)
        named = service(round * FRESH + turn // 5).encode() if turn % 5 == 0 and turn < FRESH * 5 else b""
        yield [number], b"[" + alert(b"kill", number, now_text(), named) + b"]"


def _taken(ours: Tocsin, token: str, body: bytes) -> bool:
    try:
        return call(ours.port, "POST", "/api/v2/alerts", body, {"authorization": f"Bearer {token}"})[0] == 200
    except OSError:
        return False


def _until_sent(ours: Tocsin) -> None:
    """Wait until nothing is due any more and what may leave has left."""
    store = Sqlite(ours.database, write=False)

    def empty() -> bool:
        with store.reading() as reading:
            timer = reading.next_timer()
            return not reading.outbox_depth() and (timer is None or timer > time.time() * 1e6)

    try:
        wait_until(empty, 150, "an engine with nothing left to do", 0.2)
    finally:
        store.close()


def read_record(database: Path) -> Findings:
    """Everything on the record that this measurement asks about."""
    found = Findings()
    store = Sqlite(database, write=False)
    try:
        with store.reading() as reading:
            for record in reading.records("group:"):
                _alerts_of(record, reading, found)
            for record in reading.records("incident:"):
                _pages_of(record, reading, found)
    finally:
        store.close()
    return found


def _alerts_of(record: str, reading: Reading, found: Findings) -> None:
    fired = {json.loads(row.body)["alert"] for row in reading.load(record) if row.kind == "alert.fired"}
    for ref, payload in reading.payloads(record).items():
        if ref in fired and payload.body is not None:
            found.alerts.update(int(one or other) for one, other in HELD.findall(payload.body))


def _pages_of(record: str, reading: Reading, found: Findings) -> None:
    state = fold([entry(row) for row in reading.load(record)])
    found.incidents += 1
    orders = state.paging.orders
    if state.audible and not any(order.verb == "page" for order in orders.values()):
        found.without_order.append(record)
    waiting = {row.key for row in reading.outbox(record=record)}
    for key, order in orders.items():
        if not order.outcome and key not in waiting:
            found.unaccounted.append(f"{record}/{key}")
        if order.outcome == "accepted" and order.channel == "webhook":
            found.handed_over.add(message_id(f"{record}/{key}"))
