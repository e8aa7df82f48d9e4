"""Acknowledged and asleep again: fifteen minutes later the page comes back (rule 3)."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told, why_now

from tocsin.core import commands as c


def test_gone_quiet_after_fifteen_minutes_pages_again_and_then_the_next(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(MINUTE)
    world.act("ana", c.Acknowledge())
    world.forward(15 * MINUTE - 1)
    assert rung(world) == [(0, "ana", "webhook")]
    world.forward(1)
    assert rung(world)[1:] == [(16, "ana", "webhook")], "whoever said they have it is asked first"
    assert why_now(world, "ana") == ["it was acknowledged, but nothing followed"]
    world.forward(5 * MINUTE)
    assert rung(world)[-1] == (21, "bo", "webhook")
    assert why_now(world, "bo") == ["it was acknowledged, but nothing followed"]
    assert "round 2 of detection begins: it was acknowledged, but nothing followed" in told(world)


def test_anything_done_is_a_sign_of_life(begin: Begin) -> None:
    for sign in (c.Declare("sev3"), c.Dismiss("false_positive"), c.TakeRole("scribe")):
        world = begin()
        world.alert()
        world.settle()
        world.act("ana", c.Acknowledge())
        world.forward(14 * MINUTE)
        world.act("ana", sign)
        world.forward(2 * HOUR)
        assert rung(world) == [(0, "ana", "webhook")], sign


def test_a_second_answer_starts_a_second_quarter_of_an_hour(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    world.act("ana", c.Acknowledge())
    world.forward(16 * MINUTE)
    world.act("ana", c.Acknowledge())
    world.forward(15 * MINUTE - 1)
    assert [at for at, _, _ in rung(world)] == [0, 15]
    world.forward(2)
    assert [at for at, _, _ in rung(world)] == [0, 15, 31]


def test_a_clear_meanwhile_needs_no_sign_of_life(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    world.act("ana", c.Acknowledge())
    world.forward(10 * MINUTE)
    world.alert(firing=False)
    world.forward(3 * HOUR)
    assert rung(world) == [(0, "ana", "webhook")]
    assert world.rows()[0].state == "cleared"
