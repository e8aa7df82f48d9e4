"""A load of alerts over HTTP: closed loop on so many connections, raw protocol on uvloop so that the load costs little.

Alerts are as a Prometheus sends them (API v2), 7 labels and 3 annotations, about 500 bytes. Latency counts from the
write of a request to the last byte of its answer.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import uvloop

POOL = 1_000
"""Label sets that a load of repeats goes round."""
ALERT = (
    b'{"labels":{"alertname":"HighLatency%d","id":"%s-%d","service":"%s","cluster":"eu-%d",'
    b'"instance":"10.0.%d.%d:9100","severity":"%s","job":"node"},"annotations":{"summary":"p99 latency of %s is above'
    b' 2 s","description":"The 99th percentile of request latency has been above 2 s for 10 minutes.","runbook_url":'
    b'"https://runbooks.example.org/high-latency"},"startsAt":"%s","generatorURL":"http://prometheus.example.org/graph"}'
)
SEVERITIES = (b"critical", b"warning", b"info")
Body = tuple[list[int], bytes]


def alert(run: bytes, number: int, start: bytes, service: bytes = b"") -> bytes:
    """One alert as JSON; its id is `run`-`number`."""
    named = service or b"web-%d" % (number % 200)
    return ALERT % (
        number % 50, run, number, named, number % 4, number // 250 % 250, number % 250, SEVERITIES[number % 3], named,
        start,
    )  # fmt: skip


def now_text() -> bytes:
    """This instant as alerts write it."""
    at = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)).encode() + b".%03dZ" % (int(at * 1000) % 1000)


def distinct(run: str, batch: int) -> Iterator[Body]:
    """Bodies of alerts that were never sent before."""
    name, start = run.encode(), now_text()
    for first in itertools.count(0, batch):
        numbers = list(range(first, first + batch))
        yield numbers, b"[" + b",".join([alert(name, number, start) for number in numbers]) + b"]"


def repeats(run: str, batch: int) -> Iterator[Body]:
    """The same alerts again and again."""
    ready = list(itertools.islice(distinct(run, batch), max(1, POOL // batch)))
    return itertools.cycle(ready)


@dataclass(slots=True)
class Outcome:
    """What a load brought: seconds a request, alerts that were accepted, errors by status, seconds in all."""

    latencies: list[float] = field(default_factory=list[float])
    accepted: list[int] = field(default_factory=list[int])
    count: int = 0
    errors: dict[int, int] = field(default_factory=dict[int, int])
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Alerts accepted a second."""
        return self.count / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds within which so large a share of the requests was answered."""
        return percentile(self.latencies, share) * 1e3


def percentile(values: list[float], share: float) -> float:
    """The value below which so large a share lies; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class _Connection(asyncio.Protocol):
    """Sends the next request when the last one was answered."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._numbers: list[int] = []
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.next()

    def next(self) -> None:
        """Write a request, or end when the time is over."""
        assert self._transport is not None
        if self._load.over():
            self._transport.close()
            return
        self._numbers, body = next(self._load.bodies)
        self._sent = time.perf_counter()
        self._transport.write(self._load.head + b"%d\r\n\r\n" % len(body) + body)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self._buffer[:end].lower().find(b"content-length:")
        length = int(self._buffer[at + 15 : end + 2].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        status, self._buffer = int(self._buffer[9:12]), self._buffer[end + 4 + length :]
        self._load.answered(self._numbers, status, time.perf_counter() - self._sent)
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.ended()


class _Load:
    def __init__(self, head: bytes, bodies: Iterator[Body], seconds: float, connections: int) -> None:
        self.head = head
        self.bodies = bodies
        self.outcome = Outcome()
        self._until = time.perf_counter() + seconds
        self._left = connections
        self.done = asyncio.Event()

    def over(self) -> bool:
        return time.perf_counter() >= self._until

    def answered(self, numbers: list[int], status: int, seconds: float) -> None:
        if 200 <= status < 300:
            self.outcome.latencies.append(seconds)
            self.outcome.accepted += numbers
            self.outcome.count += len(numbers)
        else:
            self.outcome.errors[status] = self.outcome.errors.get(status, 0) + 1

    def ended(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.done.set()


async def _run(
    port: int,
    bodies: Iterator[Body],
    connections: int,
    seconds: float,
    token: str,
    meanwhile: Callable[[], None] | None,
) -> Outcome:
    shown = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST /api/v2/alerts HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"{shown}Content-Length: "
    ).encode()
    loop = asyncio.get_running_loop()
    load = _Load(head, bodies, seconds, connections)
    began = time.perf_counter()
    opened = [await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port) for _ in range(connections)]
    if meanwhile is not None:
        await asyncio.sleep(seconds)
        await loop.run_in_executor(None, meanwhile)
    await asyncio.wait_for(load.done.wait(), seconds + 30)
    load.outcome.seconds = time.perf_counter() - began
    for transport, _ in opened:
        transport.close()
    return load.outcome


def closed_loop(
    port: int,
    bodies: Iterator[Body],
    connections: int,
    seconds: float,
    token: str = "",
    meanwhile: Callable[[], None] | None = None,
) -> Outcome:
    """Load a port for so many seconds. `meanwhile` is run once at their end, while answers are still awaited."""
    return uvloop.run(_run(port, bodies, connections, seconds, token, meanwhile))
