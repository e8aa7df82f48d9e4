"""An edit of the plan changes nothing of a running incident unseen; people and rosters are live (rules 9 to 12)."""

from __future__ import annotations

from dataclasses import replace

from tests.plans import DETECTION, plan, targets
from tests.stories.conftest import HOUR, MINUTE, SHARED, Begin, instead, rung, told

from tocsin.core import commands as c
from tocsin.core.plan import Plan, Rotation, Service, Unanswered
from tocsin.core.refusals import Refusal


def quicker() -> Plan:
    """The same plan, but unanswered pages go to Cy after one minute."""
    detection = replace(DETECTION, unanswered=Unanswered(every=60, then=(targets("post:manager"),)))
    return plan(policies=instead(SHARED.policies, detection))


def test_a_plan_edited_during_an_incident_changes_nothing_unseen(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(30)
    coming = world.coming()
    before = world.incident().rules
    new = world.apply(quicker())
    assert isinstance(new, str) and new != before
    assert world.coming() == coming, "what happens next stays as it was shown"
    world.forward(6 * MINUTE)
    assert rung(world) == [(0, "ana", "webhook"), (2, "ana", "smtp"), (5, "bo", "webhook")]
    world.alert("Other", service="web")
    world.forward(MINUTE)
    assert (7.5, "cy", "webhook") in rung(world), "the next incident runs by the new rules"
    assert [world.incident(n).rules for n in (1, 2)] == [before, new]


def test_from_declaration_on_the_rules_in_force_then_bind(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    new = world.apply(quicker())
    assert world.incident().rules != new
    world.act("ana", c.Declare("sev2"))
    assert world.incident().rules == new


def test_people_and_rotations_are_live(begin: Begin) -> None:
    """Bo takes over the primary rotation in the new plan: the unanswered page is his, and the record says why."""
    world = begin()
    world.alert()
    world.forward(MINUTE)
    rotations = (
        Rotation(id="primary", time_zone="UTC", people=("bo",), starts="2026-01-05"),
        Rotation(id="secondary", time_zone="UTC", people=("ana",), starts="2026-01-05"),
        Rotation(id="commander", time_zone="UTC", people=("bo", "cy"), starts="2026-01-05", weeks=50),
    )
    world.apply(plan(rotations=rotations))
    world.settle()
    assert rung(world) == [(0, "ana", "webhook"), (1, "bo", "webhook")]
    assert "call ended (ana): the roster turned while the page was unanswered" in told(world)


def test_an_edit_that_would_strand_an_open_incident_is_refused_unless_forced(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    without = plan(services=(Service(id="web", domain="core"), Service(id="vault", domain="core")))
    without = replace(without, routes=tuple(replace(r, service="web") for r in without.routes))
    refused = world.apply(without)
    assert isinstance(refused, Refusal) and refused.reason == "would_strand"
    assert "INCIDENT-1 is about the service api, which the edit removes" in str(refused)
    forced = world.apply(without, forced="api is gone for good")
    assert isinstance(forced, str)
    world.forward(5 * MINUTE)
    assert [person for _, person, _ in rung(world)] == ["ana", "ana", "bo"], "its page goes on by its own rules"


def test_the_same_plan_applied_twice_changes_nothing(begin: Begin) -> None:
    world = begin()
    first = world.apply(quicker())
    before = len(world.entries("plan:applied"))
    assert world.apply(quicker()) == first
    assert len(world.entries("plan:applied")) == before
    world.forward(HOUR)
    assert rung(world) == []
