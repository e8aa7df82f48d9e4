"""The web edge's side of the door: many questions under way at once over one connection, found again when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tocsin.core.commands import Actor, Command
from tocsin.core.refusals import Refusal
from tocsin.engine.door import Frame, Reply, framed, raw
from tocsin.engine.handle import Done
from tocsin.engine.wire import Act, Admin, Refused, body_of, refusal

MOST_WAITING = 4_000
"""Questions under way before back-pressure: the caller answers 503 with Retry-After and nothing is lost."""
PATIENCE = 30.0
"""Seconds that a question waits for its answer: an engine that stands still must not hold everybody."""
LOOK = 0.5

_reply = msgspec.msgpack.Decoder(Reply)
_refused = msgspec.msgpack.Decoder(Refused)


class EngineAway(Exception):
    """The engine cannot be asked now, or too much waits for it: 503 with Retry-After. `asked` when the question was on
    its way: then it may have been done all the same."""

    def __init__(self, why: str, *, asked: bool = False) -> None:
        super().__init__(why)
        self.asked = asked


Said = msgspec.Raw | Refusal | EngineAway
Heard = Callable[["Reply | EngineAway"], None]


def _said(reply: Reply | EngineAway) -> Said:
    if isinstance(reply, EngineAway):
        return reply
    if reply.status == "ok":
        return reply.body
    if reply.status == "refused":
        return refusal(_refused.decode(reply.body))
    return EngineAway(str(msgspec.msgpack.decode(reply.body)))


class DoorClient:
    """Asks the engine. Made inside the event loop's life; one connection, ids tie answers to questions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._protocol: _Protocol | None = None
        self._connecting: asyncio.Lock | None = None
        self._calls: set[asyncio.Task[None]] = set()

    async def ask(self, op: str, body: msgspec.Raw, patience: float = PATIENCE) -> msgspec.Raw | Refusal:
        """The answer's body, or a refusal. Raises EngineAway, at the latest when `patience` is over."""
        protocol = self._protocol
        if protocol is None or protocol.closed:
            protocol = await self._connect()
        if len(protocol.waiting) >= MOST_WAITING:
            raise EngineAway("too much waits for the engine")
        said = _said(await protocol.ask(op, body, patience))
        if isinstance(said, EngineAway):
            raise said
        return said

    def call(self, op: str, body: msgspec.Raw, then: Callable[[Said], None]) -> None:
        """Ask without a task that waits: `then` is called once, with what `ask` would return or raise."""
        protocol = self._protocol
        if protocol is not None and not protocol.closed and len(protocol.waiting) < MOST_WAITING:
            protocol.call(op, body, PATIENCE, lambda reply: then(_said(reply)))
            return
        task = asyncio.get_running_loop().create_task(self._call(op, body, then))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _call(self, op: str, body: msgspec.Raw, then: Callable[[Said], None]) -> None:
        try:
            said: Said = await self.ask(op, body)
        except EngineAway as away:
            said = away
        then(said)

    async def _connect(self) -> _Protocol:
        if self._connecting is None:
            self._connecting = asyncio.Lock()
        async with self._connecting:
            if self._protocol is not None and not self._protocol.closed:
                return self._protocol
            try:
                loop = asyncio.get_running_loop()
                _, protocol = await loop.create_unix_connection(_Protocol, str(self._path))
            except OSError as problem:
                raise EngineAway("the engine is not there") from problem
            self._protocol = protocol
            return protocol

    async def act(self, record: str, command: Command, actor: Actor, id: str = "") -> Done | Refusal:
        """A command on an incident."""
        act = Act(id, record, type(command).__name__, body_of(command), actor)
        answer = await self.ask("act", raw(act))
        return answer if isinstance(answer, Refusal) else msgspec.msgpack.decode(answer, type=Done)

    async def administer(self, what: str, actor: Actor, **arguments: Any) -> Any:
        """One of the engine's other writes."""
        answer = await self.ask("admin", raw(Admin(what, arguments, actor)))
        return answer if isinstance(answer, Refusal) else msgspec.msgpack.decode(answer)

    async def health(self) -> dict[str, Any]:
        """What the engine says of itself, within two seconds. Raises EngineAway."""
        answer = await self.ask("health", raw(None), 2.0)
        return {} if isinstance(answer, Refusal) else msgspec.msgpack.decode(answer)

    async def sandbox(self) -> list[dict[str, Any]]:
        """What came to the pretend phones."""
        answer = await self.ask("sandbox", raw(None))
        return [] if isinstance(answer, Refusal) else msgspec.msgpack.decode(answer)

    def close(self) -> None:
        """Let go of the connection."""
        if self._protocol is not None:
            self._protocol.close()


class _Protocol(asyncio.Protocol):
    """One connection: writes of one loop turn leave together."""

    def __init__(self) -> None:
        self.closed = False
        self.waiting: dict[int, tuple[float, Heard]] = {}
        """Questions under way by id: until when each waits, and who hears the answer."""
        self._looking = False
        self._next = 0
        self._incoming = bytearray()
        self._outgoing: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]

    def ask(self, op: str, body: msgspec.Raw, patience: float) -> asyncio.Future[Reply | EngineAway]:
        """A question on its way, for a task that waits."""
        future: asyncio.Future[Reply | EngineAway] = self._loop.create_future()

        def heard(answer: Reply | EngineAway) -> None:
            if not future.done():
                future.set_result(answer)

        self.call(op, body, patience, heard)
        return future

    def call(self, op: str, body: msgspec.Raw, patience: float, heard: Heard) -> None:
        """A question on its way; `heard` gets the answer."""
        self._next += 1
        self.waiting[self._next] = (self._loop.time() + patience, heard)
        if not self._looking:
            self._looking = True
            self._loop.call_later(LOOK, self._look)
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(framed(Frame(self._next, op, body)))

    def _flush(self) -> None:
        out, self._outgoing = self._outgoing, []
        if self._transport is not None and not self.closed:
            self._transport.write(b"".join(out))

    def _look(self) -> None:
        """Give up what has waited too long. One look for all: a timer a question would cost intake its speed."""
        now = self._loop.time()
        for id in [id for id, (until, _) in self.waiting.items() if until <= now]:
            self._answered(id, EngineAway("the engine did not answer in time", asked=True))
        self._looking = bool(self.waiting) and not self.closed
        if self._looking:
            self._loop.call_later(LOOK, self._look)

    def _answered(self, id: int, answer: Reply | EngineAway) -> None:
        waited = self.waiting.pop(id, None)
        if waited is not None:
            waited[1](answer)

    def data_received(self, data: bytes) -> None:
        self._incoming += data
        start, size = 0, len(self._incoming)
        while size - start >= 4:
            length = int.from_bytes(self._incoming[start : start + 4], "big")
            if size - start - 4 < length:
                break
            reply = _reply.decode(memoryview(self._incoming)[start + 4 : start + 4 + length].tobytes())
            start += 4 + length
            self._answered(reply.id, reply)
        if start:
            del self._incoming[:start]

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        for id in tuple(self.waiting):
            self._answered(id, EngineAway("the engine went away before it answered", asked=True))

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(Exception):
            if self._transport is not None:
                self._transport.close()
