"""An inform asks for nothing; told is what a verified channel took, and who leads hears of those who could not be told
(rule 15)."""

from __future__ import annotations

from dataclasses import replace

from tests.plans import SEV3, plan, targets
from tests.stories.conftest import HOUR, MINUTE, SHARED, Begin, instead, rung, told, why

from tocsin.core import commands as c
from tocsin.core.instants import parse_instant
from tocsin.core.plan import Plan, Step
from tocsin.integrations.base import Delivery
from tocsin.sim.world import without_contacts

FRIDAY_EVENING = parse_instant("2026-01-16T20:00:00Z")


def tells(**more: object) -> Plan:
    """A SEV-3 of which the director is told, and no more; whoever declares it commands it."""
    step = Step(id="told", inform=targets("post:director"), **more)  # type: ignore[arg-type]
    return plan(policies=instead(SHARED.policies, replace(SEV3, steps=(step,))))


def test_an_inform_is_one_message_and_asks_for_no_answer(begin: Begin) -> None:
    world = begin(tells())
    world.act("bo", c.Open(world.words("out"), "api", severity="sev3"))
    world.forward(5 * MINUTE)
    assert rung(world, verb="inform") == [(0, "cy", "smtp")]
    assert rung(world) == []
    assert world.rang("cy", "inform")[0].message.verb == "inform"


def test_when_the_first_contact_fails_for_good_the_next_is_told_by(begin: Begin) -> None:
    world = begin(tells())
    world.post.vendor = lambda p, now: Delivery("failed_for_good" if p.channel == "smtp" else "accepted", "smtp_550")
    world.act("bo", c.Open(world.words("out"), "api", severity="sev3"))
    assert rung(world, verb="inform") == [(0, "cy", "webhook")]


def test_when_every_contact_fails_the_commander_is_told(begin: Begin) -> None:
    world = begin(tells())
    gone = Delivery("failed_for_good", "http_410")
    world.post.vendor = lambda p, now: gone if p.rows[0].person == "cy" else Delivery("accepted")
    world.act("bo", c.Open(world.words("out"), "api", severity="sev3"))
    world.forward(1)
    assert rung(world, verb="inform") == [(0, "bo", "smtp")]
    assert why(world, "bo", "inform") == ["somebody who should be told could not be"]
    assert any("cy: no verified contact reaches them" in text for text in told(world))


def test_somebody_without_any_contact_is_not_told_and_the_commander_hears_of_it(begin: Begin) -> None:
    shape = tells()
    world = begin(shape, contacts=without_contacts(shape, "cy"))
    world.act("bo", c.Open(world.words("out"), "api", severity="sev3"))
    world.forward(1)
    assert rung(world, verb="inform") == [(0, "bo", "smtp")]
    assert why(world, "bo", "inform") == ["somebody who should be told could not be"]


def test_an_inform_in_business_hours_waits_for_the_persons_own(begin: Begin) -> None:
    """Friday evening: told on Monday at nine."""
    world = begin(tells(inform_in="business_hours"), at=FRIDAY_EVENING)
    world.act("bo", c.Open(world.words("out"), "api", severity="sev3"))
    world.forward(61 * HOUR - 1)
    assert world.rang(verb=None) == []
    world.forward(1)
    assert [ring.at for ring in world.rang("cy", "inform")] == [parse_instant("2026-01-19T09:00:00Z")]
