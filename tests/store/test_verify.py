"""What verify finds: each way of tampering is named, with its record and its row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner

from tests.engine.script import MONDAY, lead
from tests.plans import plan
from tests.store.conftest import opened
from tocsin.cli.main import main
from tocsin.core import chain
from tocsin.engine.seal import seal_heads
from tocsin.sim.world import PretendWorld
from tocsin.store.base import Store, Writing
from tocsin.store.verify import Verdict, verify


@pytest.fixture
def world(database: str) -> Iterator[PretendWorld]:
    """A world that has led an incident and sealed its record."""
    world = PretendWorld(plan(), lambda: opened(database), MONDAY)
    lead(world)
    seal_heads(world.engine.heart)
    yield world
    world.store.close()


def verdict(store: Store, seal: str = "") -> Verdict:
    with store.reading() as reading:
        return verify(reading, seal)


def tamper(world: PretendWorld, sql: str, *parameters: object) -> None:
    with world.store.writing() as w:
        assert w.driver.execute(sql, parameters) > 0


def found(world: PretendWorld) -> list[tuple[str, int, str]]:
    return [(flaw.record, flaw.n, flaw.what) for flaw in verdict(world.store).flaws]


def test_an_untouched_record_is_whole(world: PretendWorld) -> None:
    judged = verdict(world.store)
    assert judged.flaws == []
    assert judged.whole
    assert judged.facts > 40
    assert (judged.plans, judged.erased) == (1, 0)
    assert judged.seals >= 1
    assert verdict(world.store, judged.last_seal).whole


BODY = b'{"by":"cy"}'


@pytest.mark.parametrize(
    ("sql", "parameters", "n", "what"),
    [
        ("UPDATE facts SET body = ? WHERE record = ? AND n = 5", (BODY, ...), 5, "not what was written"),
        ("UPDATE facts SET at = at + 1 WHERE record = ? AND n = 5", (...,), 5, "not what was written"),
        ("UPDATE facts SET kind = 'x' WHERE record = ? AND n = 5", (...,), 5, "not what was written"),
        ("UPDATE facts SET v = 2 WHERE record = ? AND n = 5", (...,), 5, "not what was written"),
        ("UPDATE facts SET hash = ? WHERE record = ? AND n = 5", (b"0" * 32, ...), 5, "not what was written"),
        ("DELETE FROM facts WHERE record = ? AND n = 1", (...,), 1, "row 1 is missing"),
        ("DELETE FROM facts WHERE record = ? AND n = 5", (...,), 5, "row 5 is missing"),
        ("DELETE FROM facts WHERE record = ? AND n BETWEEN 5 AND 7", (...,), 5, "rows 5 to 7 are missing"),
    ],
)
def test_a_row_that_was_touched_is_the_first_bad_one(
    world: PretendWorld, sql: str, parameters: tuple[object, ...], n: int, what: str
) -> None:
    record = world.record(1)
    tamper(world, sql, *(record if each is ... else each for each in parameters))
    first = found(world)[0]
    assert first[:2] == (record, n)
    assert what in first[2]
    assert len([1 for flaw in found(world) if "not what" in flaw[2] or "missing" in flaw[2]]) == len(found(world))


def test_rows_that_changed_places(world: PretendWorld) -> None:
    record = world.record(1)
    for was, is_ in ((5, 1_005), (6, 5), (1_005, 6)):
        tamper(world, "UPDATE facts SET n = ? WHERE record = ? AND n = ?", is_, record, was)
    assert found(world)[0] == (record, 5, "the row is not what was written")


def test_a_tail_that_was_cut_off(world: PretendWorld) -> None:
    record = world.record(1)
    last = len(world.entries(record))
    tamper(world, "DELETE FROM facts WHERE record = ? AND n > ?", record, last - 3)
    assert found(world) == [(record, last - 2, f"the record is cut short: it had {last} rows when it was sealed")]


def test_a_record_that_was_removed(world: PretendWorld) -> None:
    record = world.record(1)
    last = len(world.entries(record))
    tamper(world, "DELETE FROM facts WHERE record = ?", record)
    tamper(world, "DELETE FROM payloads WHERE record = ?", record)
    assert found(world) == [(record, 1, f"the record is missing: it had {last} rows when it was sealed")]


def test_a_chain_that_was_computed_anew(world: PretendWorld) -> None:
    record = world.record(1)
    with world.store.writing() as w:
        _forge(w, record)
    [flaw] = found(world)
    assert flaw[0] == record
    assert "computed anew" in flaw[2]


def _forge(w: Writing, record: str) -> None:
    before = chain.ZERO
    for row in w.load(record):
        body = row.body.replace(b"ana", b"bob")
        before = chain.link(before, record, row.n, row.at, row.kind, row.v, body)
        sql = "UPDATE facts SET body = ?, hash = ? WHERE record = ? AND n = ?"
        w.driver.execute(sql, (body, before, record, row.n))


def test_texts_that_were_changed_emptied_or_removed(world: PretendWorld) -> None:
    record = world.record(1)
    title = world.incident().title
    tamper(world, "UPDATE payloads SET body = ? WHERE record = ? AND ref = ?", b"Nothing", record, title)
    assert found(world) == [(record, 1, "a text is not what was written")]
    tamper(world, "UPDATE payloads SET body = NULL WHERE record = ? AND ref = ?", record, title)
    assert found(world) == [(record, 1, "a text is gone, and the record does not say that it was erased")]
    tamper(world, "DELETE FROM payloads WHERE record = ? AND ref = ?", record, title)
    assert found(world) == [(record, 1, "a text or a plan that the row names is missing")]


def test_an_erased_text_breaks_nothing_and_is_counted(world: PretendWorld) -> None:
    world.administer("erase", record=world.record(1), ref=world.incident().title, reason="asked")
    judged = verdict(world.store)
    assert (judged.flaws, judged.erased) == ([], 1)
    assert "(1 erased)" in judged.line()


def test_a_plan_that_was_edited_or_removed(world: PretendWorld) -> None:
    [flaw] = [*_edited(world, "UPDATE plans SET body = ?", b"{}")]
    assert "not those that were applied" in flaw[2]
    flaws = _edited(world, "DELETE FROM plans")
    assert {what for _, _, what in flaws} == {"a text or a plan that the row names is missing"}
    assert ("plan:applied", 1) in {flaw[:2] for flaw in flaws}


def _edited(world: PretendWorld, sql: str, *parameters: object) -> list[tuple[str, int, str]]:
    tamper(world, sql, *parameters)
    return found(world)


def test_seals_that_were_touched(world: PretendWorld) -> None:
    last = verdict(world.store).last_seal
    world.act("ana", c_note(world))
    seal_heads(world.engine.heart)
    judged = verdict(world.store, last)
    assert judged.whole
    tamper(world, "DELETE FROM seals WHERE n = ?", judged.seals)
    assert verdict(world.store).whole, "from inside nothing shows that there was a later seal"
    [flaw] = verdict(world.store, judged.last_seal).flaws
    assert flaw.what.startswith(f"seal {judged.last_seal} is missing")
    tamper(world, "UPDATE seals SET at = at + 1 WHERE n = 1")
    assert ("seals", 1, "the seal is not what was written") in found(world)
    tamper(world, "DELETE FROM seals WHERE n = 1")
    if judged.seals > 2:
        assert found(world)[0] == ("seals", 1, "a seal is missing")


def c_note(world: PretendWorld):
    from tocsin.core import commands as c

    return c.Note("note", world.words("one word more"))


def test_a_thousand_flaws_are_shown_and_all_are_counted(world: PretendWorld) -> None:
    from tests.store.rows import facts

    with world.store.writing() as w:
        w.append([row for n in range(1_100) for row in facts(f"note:{n}", 1, before=b"x" * 32)])
    judged = verdict(world.store)
    assert (judged.broken, len(judged.flaws)) == (1_100, 1_000)


def test_the_command(world: PretendWorld, database: str) -> None:
    ran: Callable[..., object] = CliRunner().invoke
    done = ran(main, ["verify", "--database", database])
    assert (done.exit_code, done.output[:6]) == (0, "whole:")  # type: ignore[attr-defined]
    tamper(world, "UPDATE facts SET body = ? WHERE record = ? AND n = 2", BODY, world.record(1))
    done = ran(main, ["verify", "--database", database])
    assert done.exit_code == 1  # type: ignore[attr-defined]
    assert f"BROKEN {world.record(1)} row 2: the row is not what was written" in done.output  # type: ignore[attr-defined]
    said = json.loads(ran(main, ["verify", "--database", database, "--json"]).output)  # type: ignore[attr-defined]
    assert said["whole"] is False
    assert said["flaws"][0]["n"] == 2
    gone = ran(main, ["verify", "--database", "sqlite:///nowhere/none.db"])
    assert gone.exit_code == 1  # type: ignore[attr-defined]
    assert "there is no database" in gone.output  # type: ignore[attr-defined]
