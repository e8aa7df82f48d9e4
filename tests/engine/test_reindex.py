"""Indexes wiped in the middle of an incident, rebuilt from the record: everything goes on the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.engine.script import STEPS, lead
from tocsin.cli.main import main
from tocsin.engine.sweep import reindex
from tocsin.sim.world import PretendWorld
from tocsin.store.base import ENGINE, OutboxRow

Begin = Callable[..., PretendWorld]


def indexes(world: PretendWorld) -> dict[str, Any]:
    """Everything that is rebuilt, as it stands."""
    with world.store.reading() as reading:
        driver = reading.driver
        return {
            "incidents": reading.incidents(ENGINE, limit=1_000).rows,
            "groups": sorted(reading.groups(ENGINE), key=lambda row: row.record),
            "open": sorted(reading.open_fingerprints()),
            "timers": driver.query("SELECT record, at FROM timers ORDER BY record"),
            "people": driver.query("SELECT record, handle FROM incident_people ORDER BY record, handle"),
            "outbox": [row for each in world.rows() for row in reading.outbox(record=each.record)],
            "numbers": driver.query("SELECT what, last FROM numbers"),
        }


def wipe(world: PretendWorld) -> None:
    with world.store.writing() as w:
        w.wipe_indexes()


def rings(world: PretendWorld) -> list[tuple[int, str, str]]:
    return [(ring.at, ring.person, ring.message.key) for ring in world.post.rings]


@pytest.mark.parametrize("steps", range(1, len(STEPS)))
def test_wiped_in_the_middle_everything_goes_on_the_same(
    begin: Begin, tmp_path: Path, steps: int, request: pytest.FixtureRequest
) -> None:
    world = begin()
    lead(world, steps)
    before = indexes(world)
    wipe(world)
    assert indexes(world) != before
    reindex(world.engine.heart)
    assert indexes(world) == before
    rang = rings(world)
    world.settle()
    assert rings(world) == rang, "nobody is paged twice"
    for step in STEPS[steps:]:
        step(world)
    world.settle()
    assert world.rows()[0].state == "closed"
    keys = [key for _, _, key in rings(world)]
    assert len(keys) == len(set(keys)) == 3


def test_a_row_that_waits_keeps_its_lease_and_its_attempts(begin: Begin) -> None:
    world = begin()
    world.alert()
    while not world.rang():
        world.engine.turn()
    before = _waiting(world)
    assert [(row.fence, row.attempt) for row in before] == [(1, 0)]
    reindex(world.engine.heart)
    assert _waiting(world) == before


def test_a_row_whose_index_was_lost_leaves_and_says_so(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.engine._tick(world.clock.now())
    before = _waiting(world)
    wipe(world)
    reindex(world.engine.heart)
    assert _waiting(world) == [replace(row, fence=1) for row in before]
    world.settle()
    [ring] = world.rang()
    assert ring.message.possible_duplicate


def _waiting(world: PretendWorld) -> list[OutboxRow]:
    with world.store.reading() as reading:
        return reading.outbox(person="ana")


def test_people_are_not_counted_twice(begin: Begin) -> None:
    world = begin()
    before = world.engine.heart.around.people()
    reindex(world.engine.heart)
    assert world.engine.heart.around.people() == before


def test_the_command(begin: Begin, database: str) -> None:
    world = begin()
    lead(world, 5)
    before = indexes(world)
    if database.startswith("sqlite:"):
        held = CliRunner().invoke(main, ["reindex", "--database", database])
        assert held.exit_code == 1
        assert "an engine holds" in held.output
    wipe(world)
    world.die()
    done = CliRunner().invoke(main, ["reindex", "--database", database])
    assert (done.exit_code, done.output) == (0, "2 records read, every index rebuilt\n")
    world.start()
    after = indexes(world)
    for name in ("groups", "open", "people", "outbox", "numbers"):
        assert after[name] == before[name]
    assert [replace(row, next_at=None, next_what="") for row in after["incidents"]] == [
        replace(row, next_at=None, next_what="") for row in before["incidents"]
    ]
