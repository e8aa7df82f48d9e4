"""The web edge outlives its engine: it says that the engine is away, takes nothing that is not written, and comes back
by itself. Real processes."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx2
import msgspec
import pytest

from tests.cli.conftest import Server, ready, serving
from tocsin.engine.door import raw
from tocsin.web.door import DoorClient, EngineAway

pytestmark = pytest.mark.slow
ALERT = [{"labels": {"alertname": "Down", "service": "api"}}]


def engine_of(server: Server) -> int:
    """The pid of a server's engine: its one child that runs `engine`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if parent == str(server.process.pid) and b"engine" in words:
                return int(entry.name)
    raise AssertionError("the server has no engine")


def test_killed_it_is_started_again_and_nothing_taken_is_lost(tmp_path: Path) -> None:
    with serving(tmp_path) as server, httpx2.Client(base_url=server.url, timeout=20, trust_env=False) as http:
        send = {"authorization": f"Bearer {server.tokens['prometheus']}"}
        read = {"authorization": f"Bearer {server.tokens['ana']}"}
        assert http.post("/api/v2/alerts", json=ALERT, headers=send).status_code == 200
        first = engine_of(server)
        os.kill(first, signal.SIGSTOP)
        stuck = http.get("/readyz")
        assert (stuck.status_code, stuck.json()["why"]) == (503, "the engine did not answer in time")
        assert http.get("/api/v1/incidents", headers=read).status_code == 200, "what can be read is read meanwhile"
        os.kill(first, signal.SIGKILL)
        os.kill(first, signal.SIGCONT)
        codes = [http.post("/api/v2/alerts", json=ALERT, headers=send).status_code for _ in range(3)]
        assert set(codes) <= {200, 503}
        assert ready(server.url, server.process)
        assert engine_of(server) != first
        done = http.post("/api/v1/incidents/1/acknowledge", headers=read)
        assert done.status_code == 200, done.text
        assert len(http.get("/api/v1/incidents", headers=read).json()["items"]) == 1


def test_an_engine_that_stands_still_holds_nobody_for_long(tmp_path: Path) -> None:
    """The door answers nothing: a question ends with its patience, and says that it may have been done."""
    path = tmp_path / "still.door"

    async def ask() -> EngineAway:
        held: list[asyncio.StreamWriter] = []

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            held.append(writer)

        server = await asyncio.start_unix_server(silent, path)
        client = DoorClient(path)
        with pytest.raises(EngineAway) as raised:
            await client.ask("health", raw(None), 0.2)
        client.close()
        for writer in held:
            writer.close()
        server.close()
        return raised.value

    away = asyncio.run(ask())
    assert away.asked and "did not answer in time" in str(away)


def test_a_door_that_breaks_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "breaking.door"

    async def ask() -> list[str]:
        said: list[str] = []
        calls = 0

        async def breaks_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal calls
            calls += 1
            length = int.from_bytes(await reader.readexactly(4), "big")
            id, *_ = msgspec.msgpack.decode(await reader.readexactly(length))
            if calls > 1:
                body = msgspec.msgpack.encode([id, "ok", {"well": True}])
                writer.write(len(body).to_bytes(4, "big") + body)
                await writer.drain()
            writer.close()

        client = DoorClient(path)
        try:
            await client.health()
        except EngineAway as away:
            said.append(f"{away} {away.asked}")
        server = await asyncio.start_unix_server(breaks_once, path)
        for _ in range(2):
            try:
                said.append(str(await client.health()))
            except EngineAway as away:
                said.append(f"{away} {away.asked}")
        client.close()
        server.close()
        return said

    assert asyncio.run(ask()) == [
        "the engine is not there False",
        "the engine went away before it answered True",
        "{'well': True}",
    ]
