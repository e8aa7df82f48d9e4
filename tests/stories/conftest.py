"""A small world for each story: the real engine on SQLite, pretend phones, a clock put where it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.plans import plan as shared_plan

from tocsin.core.instants import Instant, parse_instant
from tocsin.core.plan import Plan
from tocsin.sim.world import PretendWorld
from tocsin.store.sqlite import Sqlite

MONDAY = parse_instant("2026-01-12T10:00:00Z")

Begin = Callable[..., PretendWorld]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts a world: begin(), begin(plan), begin(at=...)."""
    worlds: list[PretendWorld] = []

    def start(plan: Plan | None = None, at: Instant = MONDAY, **more: Any) -> PretendWorld:
        path = tmp_path / f"world-{len(worlds)}.db"
        world = PretendWorld(plan or shared_plan(), lambda: Sqlite(path, write=True, durable=False), at, **more)
        worlds.append(world)
        return world

    yield start
    for world in worlds:
        world.store.close()
