"""Nobody on call, or nobody reachable: said at once, sent to the fallback post, held for the next person (rule 5)."""

from __future__ import annotations

from dataclasses import replace

from tests.plans import DETECTION, plan, targets
from tests.stories.conftest import HOUR, MINUTE, SHARED, Begin, instead, rung, told, why

from tocsin.core import commands as c
from tocsin.core.instants import later, parse_instant
from tocsin.core.plan import Plan, Rotation, Step, Unanswered
from tocsin.sim.world import without_contacts

SUNDAY = parse_instant("2026-01-11T10:00:00Z")
TOMORROW = 23 * 60  # minutes from Sunday 10:00 to Monday 09:00, when the rotation starts


def starts_tomorrow(*people: str) -> Plan:
    """The only rotation begins on Monday; until then nobody is on call."""
    steps = (Step(id="first", page=targets("rotation:primary")),)
    detection = replace(DETECTION, steps=steps, unanswered=Unanswered(every=300, again=6 * HOUR))
    rotation = Rotation(id="primary", time_zone="UTC", people=people or ("ana",), starts="2026-01-12")
    return plan(rotations=instead(SHARED.rotations, rotation), policies=instead(SHARED.policies, detection))


def test_nobody_on_call_is_said_and_the_fallback_post_is_paged_at_once(begin: Begin) -> None:
    world = begin(starts_tomorrow(), at=SUNDAY)
    world.alert()
    world.settle()
    assert rung(world, SUNDAY) == [(0, "cy", "webhook")]
    assert why(world, "cy") == ["nobody else could be reached"]
    record = told(world)
    assert "held for the next person on: nobody is on call (rotation:primary)" in record
    assert "primary starts Mon 12 Jan 2026 09:00 UTC" in "".join(record), "and from when somebody is"
    assert world.rows()[0].state == "paging"


def test_a_held_page_rings_the_next_person_as_they_come_on(begin: Begin) -> None:
    world = begin(starts_tomorrow(), at=SUNDAY)
    world.alert()
    world.forward(23 * HOUR - 1)
    assert not world.rang("ana")
    world.forward(1)
    assert rung(world, SUNDAY)[-1] == (TOMORROW, "ana", "webhook")
    assert why(world, "ana") == ["the page was held until somebody came on call"]


def test_an_override_entered_while_a_page_is_held_for_tomorrow_rings_at_once(begin: Begin) -> None:
    world = begin(starts_tomorrow(), at=SUNDAY)
    world.alert()
    world.forward(HOUR)
    now = world.clock.now()
    world.administer(
        "set_override", rotation="primary", person="bo", start=now, end=later(now, HOUR), reason="steps in"
    )
    world.settle()
    assert rung(world, SUNDAY)[-1] == (60, "bo", "webhook")
    assert why(world, "bo") == ["the page was held until somebody came on call"]
    world.act("bo", c.Acknowledge())
    world.act("bo", c.Dismiss("false_positive"))
    world.forward(24 * HOUR)
    assert not world.rang("ana"), "what he answered is held for nobody any more"


def test_a_hold_outlives_a_hand_over(begin: Begin) -> None:
    """Whoever comes on first cannot be reached; the page waits on for whoever comes on after."""
    shape = starts_tomorrow("ana", "bo")
    world = begin(shape, at=SUNDAY, contacts=without_contacts(shape, "ana"))
    world.alert()
    world.forward(8 * 24 * HOUR)
    assert not world.rang("ana")
    first = world.rang("bo")[0]
    assert first.at == parse_instant("2026-01-19T09:00:00Z")
    assert why(world, "bo")[0] == "the page was held until somebody came on call"


def test_whoever_answers_ends_the_hold(begin: Begin) -> None:
    world = begin(starts_tomorrow(), at=SUNDAY)
    world.alert()
    world.forward(MINUTE)
    world.act("cy", c.Acknowledge())
    world.act("cy", c.Dismiss("known_issue"))
    world.forward(48 * HOUR)
    assert rung(world, SUNDAY) == [(0, "cy", "webhook")]


def test_nobody_reachable_is_said_and_held_too(begin: Begin) -> None:
    """On call without a verified contact is as good as nobody; verifying one rings it."""
    shape = plan()
    world = begin(shape, contacts=without_contacts(shape, "ana", "bo", "cy"))
    world.alert()
    world.forward(MINUTE)
    assert world.rang() == []
    assert "held for the next person on: no verified contact reaches them (domain:primary)" in told(world)
    assert "held for the next person on: no verified contact reaches them (post:fallback)" in told(world)
    world.add_contact("ana", "smtp")
    world.forward(MINUTE)
    assert [(person, channel) for _, person, channel in rung(world)] == [("ana", "smtp")]
