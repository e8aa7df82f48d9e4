"""I have it: nobody else is woken, and the record says what was not done because of it."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told

from tocsin.core import commands as c


def test_acknowledging_stops_the_ladder(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(MINUTE)
    world.act("ana", c.Acknowledge(), via="link")
    world.act("ana", c.Note("note", world.words("looking")))
    world.forward(6 * HOUR)
    assert rung(world) == [(0, "ana", "webhook")]
    assert world.incident().paging.skipped["detection/1/row-1"] == "acknowledged"
    assert "ana has it (link)" in told(world)
    assert "row 1 of detection is owed no more: somebody has it" in told(world)


def test_an_answer_ends_everybodys_call_not_only_ones_own(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(5 * MINUTE)
    world.act("bo", c.Acknowledge())
    world.act("bo", c.Note("note", world.words("looking")))
    world.forward(HOUR)
    assert rung(world) == [(0, "ana", "webhook"), (2, "ana", "smtp"), (5, "bo", "webhook")]
    assert {call.ended for call in world.incident().paging.calls.values()} == {"acknowledged"}


def test_two_people_acknowledge_at_once(begin: Begin) -> None:
    """Both have it, neither is refused, and a doubled tap is one answer."""
    world = begin()
    world.alert()
    world.forward(5 * MINUTE)
    answers = [world.act(person, c.Acknowledge(), id=f"tap-{person}") for person in ("ana", "bo", "ana")]
    assert answers[0] == answers[2], "a repeated command gets the same answer"
    assert [a.by for a in world.incident().paging.answers] == ["ana", "bo"]
    assert [text for text in told(world) if text.endswith("has it (cli)")] == ["ana has it (cli)", "bo has it (cli)"]
    world.act("bo", c.Note("note", world.words("we look together")))
    world.forward(HOUR)
    assert len(rung(world)) == 3, "nobody is rung again"
