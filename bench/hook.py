"""A phone for the measurements: a web server on loopback that answers 200 and keeps what came, and when."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import uvloop


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the instant (of `time.perf_counter` and of the wall clock, seconds) at which it was read whole."""

    at: float
    wall: float
    path: str
    headers: Mapping[str, str]
    body: bytes


class Hook:
    """Listens in a thread of its own while its block lasts."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.port = 0
        self.open: set[asyncio.Transport] = set()
        self._loop = uvloop.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hook", daemon=True)

    def url(self, path: str = "/") -> str:
        """An address here."""
        return f"http://127.0.0.1:{self.port}{path}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(lambda: _Talk(self), "127.0.0.1", 0))
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for transport in list(self.open):
            transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0.01))  # for the ends of the connections, and no more
        self._loop.close()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("the receiver did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


class _Talk(asyncio.Protocol):
    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._hook.open.add(transport)  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        self._hook.open.discard(self._transport)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._one():
            pass

    def _one(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return False
        self._buffer = rest[length:]
        self._hook.calls.append(Call(time.perf_counter(), time.time(), first.split(" ")[1], headers, rest[:length]))
        assert self._transport is not None
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        return True
