"""Silence is not health: an alert whose sender stops repeating it is expired, and its page goes on (rule 2)."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told

from tocsin.core import commands as c
from tocsin.core.instants import later


def test_a_silent_sender_does_not_end_an_unanswered_page(begin: Begin) -> None:
    world = begin()
    world.alert(ends_at=later(world.clock.now(), 5 * MINUTE))
    world.forward(3 * HOUR)
    assert "alerts: its sender fell silent" in told(world)
    assert world.rows()[0].state == "paging"
    late = [person for at, person, _ in rung(world) if at > 120]
    assert "ana" in late and "bo" in late, "they are asked for as long as nobody answers"


def test_a_sender_that_repeats_in_time_is_not_silent(begin: Begin) -> None:
    world = begin()
    started = world.clock.now()
    for _ in range(30):
        world.alert(starts_at=started, ends_at=later(world.clock.now(), 5 * MINUTE))
        world.forward(4 * MINUTE)
    assert not any("fell silent" in text for text in told(world))


def test_a_clear_that_comes_after_the_silence_still_ends_the_page(begin: Begin) -> None:
    """The sender is back and says that it is over: nobody is asked any more."""
    world = begin()
    started = world.clock.now()
    world.alert(starts_at=started, ends_at=later(started, 5 * MINUTE))
    world.forward(70 * MINUTE)
    assert "alerts: its sender fell silent" in told(world)
    world.alert(firing=False, starts_at=started)
    before = len(rung(world))
    world.forward(2 * HOUR)
    assert len(rung(world)) == before
    assert world.rows()[0].state == "cleared"


def test_a_sender_that_comes_back_firing_opens_no_second_incident(begin: Begin) -> None:
    world = begin()
    world.alert(ends_at=later(world.clock.now(), 5 * MINUTE))
    world.settle()
    world.act("ana", c.Acknowledge())
    world.act("ana", c.Declare("sev2"))
    world.forward(70 * MINUTE)
    world.alert()
    world.settle()
    assert len(world.rows()) == 1
