"""A copy made while the database is used, brought back into an empty one, of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.engine.script import MONDAY, STEPS, lead
from tests.plans import plan
from tests.store.conftest import opened
from tocsin.cli.main import main
from tocsin.core import commands as c
from tocsin.engine.seal import seal_heads
from tocsin.sim.world import PretendWorld
from tocsin.store.copying import TABLES
from tocsin.store.sqlite import Sqlite

MIDDLE = 8


@pytest.fixture
def world(database: str) -> Iterator[PretendWorld]:
    """A world in the middle of an incident."""
    world = PretendWorld(plan(), lambda: opened(database), MONDAY)
    lead(world, MIDDLE)
    seal_heads(world.engine.heart)
    yield world
    world.store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Another, empty database of either kind."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres").new()
    return f"sqlite:///{tmp_path / 'target.db'}"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row that a copy holds, as plain values."""
    store = opened(url, write=False)
    try:
        with store.reading() as reading:
            return {
                table: sorted(
                    tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
                    for row in reading.driver.stream(f"SELECT {', '.join(columns)} FROM {table}")
                )
                for table, columns in TABLES.items()
            }
    finally:
        store.close()


def test_backed_up_while_used_and_brought_back(world: PretendWorld, database: str, target: str, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    before = rows(database)
    with world.store.writing() as w:
        w.set_meta("word", "not committed yet")
        done = run("backup", str(file), "--database", database)
        assert done.exit_code == 0, done.output
    assert "whole:" in done.output
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("copy")) == ["copy.db"]
    assert file.stat().st_mode & 0o777 == 0o600, "its owner's alone"
    world.act("ana", c.Note("note", world.words("after the copy")))

    done = run("restore", str(file), "--database", target)
    assert done.exit_code == 0, done.output
    assert rows(target) == before
    restored = PretendWorld(plan(), lambda: opened(target), MONDAY)
    restored.clock.at = world.clock.now()
    assert restored.rows()[0].title == "Down"
    for step in STEPS[MIDDLE:]:
        step(restored)
    restored.settle()
    assert restored.rows()[0].state == "closed"
    restored.store.close()
    assert run("verify", "--database", target).exit_code == 0


def test_a_database_that_is_not_empty_is_left_alone(world: PretendWorld, database: str, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    assert run("backup", str(file), "--database", database).exit_code == 0
    world.act("ana", c.Note("note", world.words("after the copy")))
    before = rows(database)
    world.die()
    done = run("restore", str(file), "--database", database)
    assert done.exit_code == 1
    assert "not empty" in done.output
    assert rows(database) == before
    world.start()


def test_a_file_that_is_there_is_never_written_over(world: PretendWorld, database: str, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    file.write_text("precious")
    done = run("backup", str(file), "--database", database)
    assert done.exit_code == 1
    assert "never overwrites" in done.output
    assert file.read_text() == "precious"


def test_a_backup_that_was_touched_is_refused(world: PretendWorld, database: str, target: str, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    assert run("backup", str(file), "--database", database).exit_code == 0
    copy = Sqlite(file, write=True)
    with copy.writing() as w:
        w.driver.execute("UPDATE facts SET body = ? WHERE n = 3", (b"{}",))
    copy.close()
    done = run("restore", str(file), "--database", target)
    assert done.exit_code == 1
    assert "is not whole" in done.output
    assert not Path(target.removeprefix("sqlite:///")).exists()


def test_a_file_that_is_no_backup_is_refused(target: str, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    file.write_text("this is no database at all, but a text that is long enough to be looked at")
    done = run("restore", str(file), "--database", target)
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert "not a database" in done.output
