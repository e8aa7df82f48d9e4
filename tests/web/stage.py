"""The web edge over a pretend world: the real engine answers each question in this process, on a clock put by tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.testclient import TestClient

from tests.plans import plan as shared_plan
from tocsin.config import Config
from tocsin.core.instants import Instant, later, parse_instant
from tocsin.core.plan import Plan
from tocsin.core.refusals import Refusal
from tocsin.engine.door import Connection, Frame, Question
from tocsin.engine.wire import refusal
from tocsin.integrations.base import Settings
from tocsin.integrations.sandbox.inbox import MemoryInbox
from tocsin.sim.world import PretendWorld, Ring
from tocsin.store.base import AccessRow
from tocsin.store.sqlite import Sqlite
from tocsin.web.access import digest
from tocsin.web.context import SESSION, Context
from tocsin.web.door import DoorClient, EngineAway
from tocsin.web.server import Edge, edge

MONDAY = parse_instant("2026-01-12T10:00:00Z")
RESPONDER = ("view", "respond")
GRANTS = {"ana": RESPONDER, "bo": RESPONDER, "cy": ("view",)}
"""Ana is on call, Bo commands, Cy is a stranger who may look."""
PASSWORD = "seven wooden geese"


class WorldDoor(DoorClient):
    """Asks the world's engine in this process, one question at a time; `away` plays that it is gone."""

    def __init__(self, world: PretendWorld, lock: threading.RLock) -> None:
        super().__init__(Path("no.door"))
        self.world = world
        self.lock = lock
        self.away = False
        self.asked: list[str] = []

    async def ask(self, op: str, body: msgspec.Raw, patience: float = 30.0) -> msgspec.Raw | Refusal:
        if self.away:
            raise EngineAway("the engine is not there")
        self.asked.append(op)
        with self.lock:
            question = Question(Connection(None), Frame(1, op, body))  # type: ignore[arg-type]
            [(status, answer)] = self.world.engine.answer([question])
            self.world.settle()
        if status == "failed":
            raise EngineAway(str(answer))
        return refusal(answer) if status == "refused" else msgspec.Raw(msgspec.msgpack.encode(answer))


class Stage:
    """A world, its web edge, and people who are signed in to it."""

    def __init__(self, folder: Path, plan: Plan | None = None, at: Instant = MONDAY, **config: str) -> None:
        path = folder / "web.db"
        self.lock = threading.RLock()
        self.world = PretendWorld(plan or plan_with_much(), lambda: Sqlite(path, write=True, durable=False), at)
        self.world.engine.inbox = MemoryInbox()
        with self.world.store.writing() as writing:
            writing.set_meta("link_secret", b"pretend secret".hex())
        for person, grants in GRANTS.items():
            self.world.administer("set_permissions", person=person, grants=grants)
        self.door = WorldDoor(self.world, self.lock)
        self.context = Context(Config(**config), Sqlite(path, write=False), self.door, self.world.clock, "test")
        self.edge: Edge = edge(self.context, lambda kind, name: Settings({}, {}))
        self._secrets = 0

    def close(self) -> None:
        self.context.store.close()
        self.world.store.close()

    # ------------------------------------------------------------------------------------------ who calls

    def access(self, kind: str, handle: str, scopes: tuple[str, ...] = (), name: str = "", life: float = 3600) -> str:
        """A secret of some kind, kept as the product keeps it."""
        self._secrets += 1
        secret = f"{kind}-secret-{self._secrets}"
        now = self.world.clock.now()
        row = AccessRow(digest(secret), kind, name, handle, scopes, now, later(now, life))
        self.world.administer("put_access", row={each: getattr(row, each) for each in AccessRow.__slots__})
        return secret

    def token(self, handle: str = "ana", scopes: tuple[str, ...] = RESPONDER, name: str = "test") -> dict[str, str]:
        """The header of a token."""
        return {"authorization": f"Bearer {self.access('token', handle, scopes, name)}"}

    def session(self, handle: str = "ana") -> str:
        """The secret of a session."""
        return self.access("session", handle)

    def client(self, handle: str | None = None, **more: Any) -> TestClient:
        """A browser without script, signed in as somebody."""
        client = TestClient(self.edge, base_url="http://testserver", raise_server_exceptions=False, **more)
        client.headers["accept"] = "text/html"
        if handle is not None:
            client.cookies.set(SESSION, self.session(handle))
        return client

    # ------------------------------------------------------------------------------------------ what happens

    def ring(self, person: str = "ana") -> Ring:
        """The last page that reached somebody."""
        return self.world.rang(person)[-1]

    def link(self, person: str = "ana") -> str:
        """The path of the link in it."""
        return self.ring(person).message.links[0].url.removeprefix("https://tocsin.example")

    def facts(self, number: int = 1) -> list[str]:
        """The kinds of an incident's facts."""
        with self.lock:
            return self.world.facts(number)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The edge on a port of its own, for a real browser."""
        server = uvicorn.Server(
            uvicorn.Config(
                self.edge,  # type: ignore[arg-type]
                host="127.0.0.1",
                port=0,
                log_level="critical",
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )
        started = threading.Event()
        before = server.startup

        async def startup(sockets: Any = None) -> None:
            await before(sockets)
            started.set()

        server.startup = startup  # type: ignore[method-assign]
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        assert started.wait(20)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(20)


def plan_with_much() -> Plan:
    """The shared plan, with what only pages show: meanings, titles, a long role."""
    plan = shared_plan()
    means = ("everything is out", "much is degraded", "something is degraded")
    severities = tuple(replace(each, means=said) for each, said in zip(plan.severities, means, strict=True))
    return replace(plan, severities=severities)


def form_of(page: str) -> dict[str, str]:
    """The hidden fields that every form of a page carries."""
    return {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("form", "once")}
