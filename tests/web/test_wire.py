"""Intake's short way through HTTP: one answer for each request, in order, whatever its shape."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import uvicorn

from tocsin.core.instants import Instant
from tocsin.integrations.base import Settings
from tocsin.web.door import DoorClient, EngineAway, Said
from tocsin.web.intake import Intake
from tocsin.web.server import Edge
from tocsin.web.wire import protocol

BODY = b'[{"labels":{"alertname":"Down"}}]'
HEAD = b"POST /api/v2/alerts HTTP/1.1\r\nHost: here\r\n"


class Engine(DoorClient):
    """A door that counts what it is asked, and answers at once, never, or not now."""

    def __init__(self, mood: str) -> None:
        self.mood = mood
        self.asked: list[str] = []
        self.held: list[Callable[[Said], None]] = []
        self.holds = asyncio.Event()

    async def ask(self, op: str, body: msgspec.Raw, patience: float = 1.0) -> msgspec.Raw:
        self.asked.append("task")
        return msgspec.Raw(b"")

    def call(self, op: str, body: msgspec.Raw, then: Callable[[Said], None]) -> None:
        self.asked.append("short")
        if self.mood == "broken":
            raise RuntimeError("no door at all")
        if self.mood == "late":
            self.held.append(then)
            self.holds.set()
        else:
            then(EngineAway("away") if self.mood == "away" else msgspec.Raw(b""))


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def _heads(reader: asyncio.StreamReader, count: int) -> list[str]:
    found: list[str] = []
    for _ in range(count):
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode().lower()
        await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0))
        found.append(head)
    return found


def spoken(
    sent: bytes, answers: int, mood: str = "well", between: Callable[[Engine], None] | None = None, again: bool = True
) -> tuple[list[str], list[str], bool]:
    """Heads of the answers to some bytes, what the engine was asked, and whether the connection stayed open."""

    async def talk() -> tuple[list[str], list[str], bool]:
        engine = Engine(mood)
        intake = Intake(engine, lambda *_: Settings({}, {}), lambda _: None, lambda: Instant(0), open_to_all=True)
        config = uvicorn.Config(
            Edge(intake, _nothing),  # type: ignore[arg-type]
            port=0,
            http=protocol(intake),
            lifespan="off",
            access_log=False,
            log_config=None,
        )
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        server.server_state.default_headers = [(b"date", b"now")]
        reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
        writer.write(sent)
        if between is not None:
            await asyncio.wait_for(engine.holds.wait(), 10)
            between(engine)
        heads = await _heads(reader, answers)
        writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
        is_open = again and bool(await asyncio.wait_for(reader.read(1), 10))
        writer.close()
        await server.shutdown()
        return heads, engine.asked, is_open

    return asyncio.run(talk())


def request(body: bytes = BODY, *headers: bytes) -> bytes:
    return HEAD + b"".join(line + b"\r\n" for line in (*headers, b"Content-Length: %d" % len(body))) + b"\r\n" + body


def test_a_plain_request_goes_the_short_way() -> None:
    heads, asked, is_open = spoken(request(), 1)
    assert heads[0].startswith("http/1.1 200") and "x-content-type-options: nosniff" in heads[0]
    assert "date: now" in heads[0] and "connection" not in heads[0]
    assert (asked, is_open) == (["short"], True)


def test_requests_sent_together_are_answered_in_order() -> None:
    heads, asked, is_open = spoken(request() + request(b"[1]") + request(), 3)
    assert [head[9:12] for head in heads] == ["200", "400", "200"]
    assert len(asked) == 2 and is_open


def test_a_request_behind_one_that_waits_is_answered_after_it() -> None:
    later: list[int] = []

    def let_go(engine: Engine) -> None:
        later.append(len(engine.asked))
        engine.held[0](EngineAway("away"))

    heads, asked, _ = spoken(request() + request(b"[]"), 2, "late", let_go)
    assert [head[9:12] for head in heads] == ["503", "200"]
    assert later == [1] and asked == ["short"]


@pytest.mark.parametrize(
    "unusual",
    [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
        request(BODY, b"Expect: 100-continue")
        .replace(b"/alerts", b"/alerts?x=1")
        .replace(b"Expect: 100-continue", b"X: y"),
    ],
    ids=["chunked", "query"],
)
def test_what_is_unusual_goes_the_long_way_to_the_same_answer(unusual: bytes) -> None:
    heads, asked, is_open = spoken(unusual, 1)
    assert heads[0].startswith("http/1.1 200")
    assert (asked, is_open) == (["task"], True)


def test_who_wants_the_connection_closed_has_it_closed() -> None:
    heads, asked, is_open = spoken(request(BODY, b"Connection: close"), 1)
    assert heads[0].startswith("http/1.1 200") and "connection: close" in heads[0]
    assert (asked, is_open) == (["task"], False)


def test_a_body_declared_too_large_is_refused_before_it_is_sent() -> None:
    heads, asked, _ = spoken(HEAD + b"Content-Length: 99999999\r\n\r\n", 1, again=False)
    assert heads[0].startswith("http/1.1 413")
    assert asked == []


def test_an_engine_that_is_away_is_said_with_when_to_come_back() -> None:
    heads, _, is_open = spoken(request(), 1, "away")
    assert heads[0].startswith("http/1.1 503") and "retry-after: 5" in heads[0]
    assert is_open


def test_a_fault_of_ours_is_answered_and_said(caplog: pytest.LogCaptureFixture) -> None:
    heads, _, is_open = spoken(request(), 1, "broken")
    assert heads[0].startswith("http/1.1 500")
    assert "a request to prometheus failed" in caplog.text
    assert is_open


def test_another_path_is_not_intakes() -> None:
    heads, asked, _ = spoken(request().replace(b"/api/v2/alerts", b"/api/v2/silences"), 1)
    assert heads[0].startswith("http/1.1 404")
    assert asked == []
