"""Two incidents are one: the page goes on where it was merged into, and rings nobody twice."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told

from tocsin.core import commands as c
from tocsin.core.refusals import Refusal
from tocsin.sim.world import PretendWorld


def two(begin: Begin) -> PretendWorld:
    """The api's incident, and a minute later the web's, which is the same trouble."""
    world = begin()
    world.alert(service="api")
    world.forward(MINUTE)
    world.alert(service="web")
    world.settle()
    return world


def test_a_merged_incident_rings_no_more_and_the_other_goes_on(begin: Begin) -> None:
    world = two(begin)
    done = world.act("ana", c.Merge(world.record(1)), number=2)
    assert not isinstance(done, Refusal)
    world.forward(5 * MINUTE)
    assert {ring.message.number for ring in world.rang("bo")} == {1}
    assert [row.state for row in world.rows()] == ["paging", "merged"]
    assert any(text.startswith("merged into") for text in told(world, 2))
    assert any(text.startswith("took in") for text in told(world, 1))


def test_alerts_of_the_merged_one_belong_to_the_other_from_then_on(begin: Begin) -> None:
    world = two(begin)
    world.act("ana", c.Merge(world.record(1)), number=2)
    world.alert(service="api", firing=False)
    world.forward(HOUR)
    assert world.rows()[0].state == "paging", "the web still fires"
    world.alert(service="web", firing=False)
    world.forward(HOUR)
    assert world.rows()[0].state == "cleared"
    assert len(world.rows()) == 2


def test_what_had_cleared_before_it_was_merged_stays_cleared(begin: Begin) -> None:
    world = two(begin)
    world.alert(service="web", firing=False)
    world.act("ana", c.Merge(world.record(1)), number=2)
    world.alert(service="api", firing=False)
    world.forward(HOUR)
    assert [row.state for row in world.rows()] == ["cleared", "merged"]


def test_merging_an_unanswered_page_into_an_answered_incident_rings_nobody(begin: Begin) -> None:
    world = two(begin)
    world.act("ana", c.Acknowledge(), number=1)
    world.act("ana", c.Declare("sev3"), number=1)
    world.act("ana", c.Merge(world.record(1)), number=2)
    before = len(rung(world))
    world.forward(HOUR)
    assert len(rung(world)) == before


def test_a_private_incident_is_not_merged_into_an_open_one(begin: Begin) -> None:
    world = begin()
    world.alert(service="vault")
    world.alert(service="api")
    world.settle()
    refused = world.act("ana", c.Merge(world.record(2)), number=1)
    assert isinstance(refused, Refusal) and refused.reason == "not_allowed"
    assert world.rows()[0].state == "paging", "and nothing was written"


def test_nothing_is_merged_into_what_is_over(begin: Begin) -> None:
    """A page must not vanish into an incident that pages nobody any more."""
    world = two(begin)
    world.act("ana", c.Dismiss("false_positive"), number=1)
    refused = world.act("ana", c.Merge(world.record(1)), number=2)
    assert isinstance(refused, Refusal) and refused.reason == "ended"
    world.forward(5 * MINUTE)
    assert {ring.message.number for ring in world.rang("bo")} == {2}
