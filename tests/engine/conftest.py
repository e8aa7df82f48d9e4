"""Worlds over both databases, and two engines over one PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.cluster import Cluster
from tests.engine.script import MONDAY
from tests.plans import plan as shared_plan
from tests.store.conftest import opened
from tocsin.engine.clock import SeededChance
from tocsin.engine.compose import Address
from tocsin.engine.heart import Heart
from tocsin.engine.run import Engine
from tocsin.sim.world import PretendWorld
from tocsin.store.base import Store

Open = Callable[[], Store]


@pytest.fixture
def begin(database: str) -> Iterator[Callable[..., PretendWorld]]:
    """Starts a world on the test's database; `wrap` puts something around its store."""
    worlds: list[PretendWorld] = []

    def start(wrap: Callable[[Store], Store] = lambda store: store, **more: object) -> PretendWorld:
        worlds.append(PretendWorld(shared_plan(), lambda: wrap(opened(database)), MONDAY, **more))  # type: ignore[arg-type]
        return worlds[-1]

    yield start
    for world in worlds:
        world.store.close()


class Pair:
    """Two engines over one database, with one set of pretend phones and one clock."""

    def __init__(self, url: str) -> None:
        self.one = PretendWorld(shared_plan(), lambda: opened(url), MONDAY)
        self.url = url
        self.store = opened(url)
        heart = Heart(self.store, self.one.clock, SeededChance(2), self.one.matches, "test")
        self.second = Engine(heart, self.one.post, Address("https://tocsin.example", b"pretend secret"), "engine-2")
        self.second.start()

    @property
    def engines(self) -> tuple[Engine, Engine]:
        return self.one.engine, self.second

    def close(self) -> None:
        self.one.store.close()
        self.store.close()


@pytest.fixture
def pair(postgres: Cluster) -> Iterator[Pair]:
    """Two engines."""
    both = Pair(postgres.new())
    yield both
    both.close()
