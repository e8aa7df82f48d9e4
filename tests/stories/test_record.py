"""What the record keeps: a text erased, a fact of a later version, a page in the hands of an older process."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told

from tocsin.core import chain
from tocsin.core import commands as c
from tocsin.core.refusals import Refusal
from tocsin.sim.world import PretendWorld
from tocsin.store.base import FactRow
from tocsin.store.verify import verify

NAME = "Mrs Example of Example Street called twice"


def noted(begin: Begin) -> tuple[PretendWorld, str]:
    """An incident with a note that should never have been written; answers its payload's name too."""
    world = begin()
    world.alert()
    world.settle()
    world.act("ana", c.Acknowledge())
    words = world.words(NAME)
    world.act("ana", c.Note("note", words))
    return world, words.ref


def test_a_persons_text_is_erased_and_the_chain_is_whole(begin: Begin) -> None:
    world, ref = noted(begin)
    assert f"note: {NAME}" in told(world)
    before = world.entries(world.record(1))
    assert world.administer("erase", record=world.record(1), ref=ref, reason="asked to be forgotten") is None
    assert "note: (erased)" in told(world)
    assert "a text was erased: asked to be forgotten" in told(world)
    assert world.entries(world.record(1))[: len(before)] == before, "no fact was touched"
    with world.store.reading() as reading:
        verdict = verify(reading)
    assert verdict.whole, verdict.flaws
    assert verdict.erased == 1


def test_erasing_twice_is_refused_and_only_an_administrator_may(begin: Begin) -> None:
    world, ref = noted(begin)
    world.administer("erase", record=world.record(1), ref=ref, reason="asked")
    again = world.administer("erase", record=world.record(1), ref=ref, reason="asked")
    assert isinstance(again, Refusal) and again.reason == "not_found"


def later_version(world: PretendWorld, record: str) -> None:
    """A newer process wrote a fact of a kind that this one does not know."""
    with world.store.writing() as w:
        head = w.head(record)
        assert head is not None
        n, before = head[0] + 1, head[1]
        body = b'{"by":"bo","mood":"calm"}'
        hash = chain.link(before, record, n, world.clock.now(), "incident.mood_set", 3, body)
        w.append([FactRow(record, n, world.clock.now(), "incident.mood_set", 3, body, hash)])
    world.die()
    world.start()


def test_a_fact_of_a_later_version_is_kept_and_shown_and_nothing_is_written_after_it(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    record = world.record(1)
    later_version(world, record)
    count = len(world.entries(record))
    refused = world.act("ana", c.Acknowledge())
    assert isinstance(refused, Refusal) and refused.reason == "unknown_fact"
    world.alert(firing=False)
    world.forward(3 * HOUR)
    assert len(world.entries(record)) == count, "this version adds nothing to it"
    assert told(world)[-1] == "written by a later version (incident.mood_set version 3)"
    with world.store.reading() as reading:
        assert verify(reading).whole


def test_an_alert_that_fires_again_is_not_lost_to_a_record_this_version_cannot_write(begin: Begin) -> None:
    """It cannot join what it must not touch: it opens an incident of its own, and pages."""
    world = begin()
    world.alert()
    world.settle()
    later_version(world, world.record(1))
    count = len(world.entries(world.record(1)))
    world.alert(firing=False)
    world.forward(MINUTE)
    world.alert("Down")
    world.alert("Other")
    world.forward(MINUTE)
    assert [row.number for row in world.rows()] == [1, 2]
    assert {ring.message.number for ring in world.rang("ana") if ring.at > world.rang()[0].at} == {2}
    assert len(world.entries(world.record(1))) == count
    assert rung(world)[-1][1] == "ana"


def test_a_group_with_a_fact_of_a_later_version_makes_way_for_a_new_one(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    world.act("ana", c.Dismiss("false_positive"))
    group = world.groups()[0].record
    later_version(world, group)
    count = len(world.entries(group))
    world.alert(firing=False)
    world.alert(host="b")
    world.settle()
    assert len(world.entries(group)) == count
    assert [row.number for row in world.rows()] == [1, 2]
