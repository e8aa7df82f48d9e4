"""Nobody answers: the secondary is paged after five minutes, then the manager, then the fallback post, for ever."""

from __future__ import annotations

from tests.stories.conftest import MINUTE, Begin, rung, told, why


def test_secondary_is_paged_after_five_minutes_and_not_a_second_sooner(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(5 * MINUTE - 1)
    assert rung(world) == [(0, "ana", "webhook"), (2, "ana", "smtp")]
    world.forward(1)
    assert rung(world)[2:] == [(5, "bo", "webhook")]
    assert why(world, "ana")[0] == "first on call for the domain"
    assert why(world, "bo") == ["nobody had answered in time"]
    assert "pages bo, nobody had answered in time, as domain:secondary (week 2 of secondary" in "\n".join(told(world))


def test_the_manager_is_next_and_then_everybody_again(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(16 * MINUTE)
    assert rung(world)[3:] == [
        (7, "bo", "smtp"),
        (10, "cy", "webhook"),
        (12, "cy", "smtp"),
        (15, "ana", "webhook"),
    ]
    assert "round 2 of detection begins: a whole round went unanswered" in told(world)


def test_a_page_nobody_answers_is_never_given_up(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(24 * 60 * MINUTE)
    late = [at for at, person, _ in rung(world) if person == "ana" and at > 23 * 60]
    assert len(late) >= 2, "she is still asked in the last hour of the day"
    assert "nobody else could be reached, as post:fallback" in "\n".join(told(world))
