"""Next person: passed on without blame, at once; the last refusal goes to the fallback post and says so (rule 4)."""

from __future__ import annotations

from dataclasses import replace

from tests.plans import DETECTION, plan, targets
from tests.stories.conftest import MINUTE, SHARED, Begin, instead, rung, told, why

from tocsin.core import commands as c
from tocsin.core.plan import Plan, Unanswered
from tocsin.core.refusals import Refusal


def two_then_fallback() -> Plan:
    """Ana, then Bo; Cy holds nothing but the fallback post."""
    detection = replace(DETECTION, unanswered=Unanswered(every=300, then=(targets("domain:secondary"),)))
    return plan(policies=instead(SHARED.policies, detection))


def test_next_person_passes_on_at_once(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(30)
    world.act("ana", c.Pass())
    assert rung(world) == [(0, "ana", "webhook"), (0.5, "bo", "webhook")]
    assert why(world, "bo") == ["the person before passed it on"]
    assert "ana passed it on (cli)" in told(world)
    world.forward(5 * MINUTE)
    assert [person for _, person, _ in rung(world)].count("ana") == 1, "she is not asked again in this round"


def test_the_last_refusal_goes_to_the_fallback_post_and_says_so(begin: Begin) -> None:
    world = begin(two_then_fallback())
    world.alert()
    world.forward(30)
    world.act("ana", c.Pass())
    world.forward(30)
    world.act("bo", c.Pass())
    assert rung(world) == [(0, "ana", "webhook"), (0.5, "bo", "webhook"), (1, "cy", "webhook")]
    assert why(world, "cy") == ["everybody asked had passed it on"]


def test_whoever_answered_may_still_pass_it_on_and_the_next_row_is_asked(begin: Begin) -> None:
    """Ana has it, then finds that she cannot: Bo is asked as if she had said so at once."""
    world = begin()
    world.alert()
    world.settle()
    world.act("ana", c.Acknowledge())
    world.forward(2 * MINUTE)
    world.act("ana", c.Pass())
    assert rung(world) == [(0, "ana", "webhook"), (2, "bo", "webhook")]
    assert why(world, "bo") == ["the person before passed it on"]


def test_a_silence_after_a_refusal_is_not_called_a_refusal(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(30)
    world.act("ana", c.Pass())
    world.forward(5 * MINUTE)
    assert rung(world)[-1] == (5.5, "cy", "webhook")
    assert why(world, "cy") == ["nobody had answered in time"]


def test_a_commander_who_passes_it_on_brings_the_next_one_at_once(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    world.act("ana", c.Acknowledge())
    world.act("ana", c.Declare("sev1"))
    world.forward(30)
    world.act("bo", c.Pass())
    assert rung(world) == [(0, "ana", "webhook"), (0, "bo", "webhook"), (0.5, "cy", "webhook")]
    assert why(world, "cy") == ["the person before passed it on"]


def test_who_was_not_asked_has_nothing_to_pass_on(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    refused = world.act("cy", c.Pass())
    assert isinstance(refused, Refusal) and refused.reason == "already_so"
    assert not isinstance(world.act("ana", c.Pass()), Refusal)
    assert not isinstance(world.act("ana", c.Pass()), Refusal), "a doubled tap is one refusal"
    assert sum("passed it on (cli)" in text for text in told(world)) == 1
