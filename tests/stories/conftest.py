"""A small world for each story: the real engine on SQLite, pretend phones, a clock put where it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.plans import plan as shared_plan

from tocsin.core.instants import Instant, parse_instant, seconds_between
from tocsin.core.plan import Plan
from tocsin.core.timeline import line
from tocsin.sim.world import PretendWorld
from tocsin.store.sqlite import Sqlite

MONDAY = parse_instant("2026-01-12T10:00:00Z")
MINUTE, HOUR = 60, 3600
SHARED = shared_plan()

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


def instead(entries: Sequence[Any], *changed: Any) -> tuple[Any, ...]:
    """A list of the plan with some of its entries replaced, by their ids."""
    return tuple({entry.id: entry for entry in (*entries, *changed)}.values())


def rung(world: PretendWorld, since: Instant = MONDAY, verb: str = "page") -> list[tuple[float, str, str]]:
    """Who was reached: minutes since the story began, the person, over what."""
    return [(round(seconds_between(since, r.at) / 60, 2), r.person, r.channel) for r in world.rang(verb=verb)]


def why(world: PretendWorld, person: str, verb: str = "page") -> list[str]:
    """The sentence of each message to a person that says why it came."""
    texts = [ring.message.text for ring in world.rang(person, verb)]
    return [row.removeprefix("Why you: ") for text in texts for row in text.splitlines() if row.startswith("Why you")]


def why_now(world: PretendWorld, person: str) -> list[str]:
    """The sentence of each page to a person that says what made people be asked anew."""
    texts = [ring.message.text for ring in world.rang(person)]
    return [row.removeprefix("Why now: ") for text in texts for row in text.splitlines() if row.startswith("Why now")]


def told(world: PretendWorld, number: int = 1) -> list[str]:
    """The record of an incident, as people read it; words that were kept beside it are in."""
    record = world.record(number)
    with world.store.reading() as reading:
        texts = {ref: p.body.decode() for ref, p in reading.payloads(record).items() if p.body is not None}
    return [line(entry, texts).text for entry in world.entries(record)]
