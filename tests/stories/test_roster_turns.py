"""The roster turns by the clock: an unanswered page moves to the new shift, an answered one moves nothing (rule 20)."""

from __future__ import annotations

from tests.plans import plan
from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told, why

from tocsin.core import commands as c
from tocsin.core.instants import Instant, later, parse_instant
from tocsin.core.plan import Plan, Rotation
from tocsin.sim.world import PretendWorld, without_contacts

TURN = parse_instant("2026-01-12T09:00:00Z")
BEFORE = later(TURN, -60)


def ana_then_cy() -> Plan:
    """Ana's week ends on Monday at 09:00, and Cy's begins."""
    return plan(
        rotations=(
            Rotation(id="primary", time_zone="UTC", people=("ana", "cy"), starts="2026-01-05"),
            Rotation(id="secondary", time_zone="UTC", people=("bo",), starts="2026-01-05"),
            Rotation(id="commander", time_zone="UTC", people=("bo",), starts="2026-01-05"),
        )
    )


def test_the_roster_turns_while_a_page_is_unanswered(begin: Begin) -> None:
    world = begin(ana_then_cy(), at=BEFORE)
    world.alert()
    world.forward(2 * MINUTE)
    assert rung(world, BEFORE) == [(0, "ana", "webhook"), (1, "cy", "webhook")], "and Ana's next contact stays silent"
    assert why(world, "cy") == ["the roster turned while the page was unanswered"]
    assert "call ended (ana): the roster turned while the page was unanswered" in told(world)
    world.forward(4 * MINUTE)
    assert (6, "bo", "webhook") in rung(world, BEFORE), "the new shift has its five minutes"


def test_the_roster_turns_while_a_page_is_answered(begin: Begin) -> None:
    world = begin(ana_then_cy(), at=BEFORE)
    world.alert()
    world.settle()
    world.act("ana", c.Acknowledge())
    world.act("ana", c.Declare("sev3"))
    world.forward(8 * HOUR)
    assert rung(world, BEFORE) == [(0, "ana", "webhook")]
    assert world.incident().holder("commander") == "ana", "roles stay with their people"
    world.alert("Other", service="web")
    world.settle()
    assert [ring.person for ring in world.rang()][1:] == ["cy"], "new pages go to the new shift"


def test_a_message_on_its_way_to_the_old_shift_is_cancelled_with_its_reason(begin: Begin) -> None:
    """Rule 17: before each send a page is checked against the roster."""
    world = begin(ana_then_cy(), at=BEFORE)
    world.post.most = 0
    world.alert()
    world.forward(2 * MINUTE)
    world.post.most = 16
    world.settle()
    assert [(ring.person, ring.channel) for ring in world.rang()] == [("cy", "webhook")]
    assert any("cancelled (the roster turned while the page was unanswered)" in text for text in told(world))


def test_a_new_shift_that_cannot_be_reached_costs_no_time(begin: Begin) -> None:
    shape = ana_then_cy()
    world = begin(shape, at=BEFORE, contacts=without_contacts(shape, "cy"))
    world.alert()
    world.forward(MINUTE)
    assert rung(world, BEFORE) == [(0, "ana", "webhook"), (1, "bo", "webhook")]


def on_call_at(world: PretendWorld, number: int) -> list[str]:
    return [order.person for order in world.incident(number).paging.orders.values()]


def test_an_override_ends_in_the_middle_of_a_page(begin: Begin) -> None:
    """Bo stands in until half past; the page he did not answer goes back to whose week it is."""
    world = begin()
    start = world.clock.now()
    end: Instant = later(start, 2 * MINUTE)
    world.administer("set_override", rotation="primary", person="bo", start=start, end=end, reason="dentist")
    world.alert()
    world.forward(3 * MINUTE)
    assert [(at, person) for at, person, channel in rung(world) if channel == "webhook"] == [(0, "bo"), (2, "ana")]


def test_the_weeks_of_both_clock_changes_page_by_the_wall(begin: Begin) -> None:
    """Hand-over is 09:00 in Berlin: 08:00 UTC in winter, 07:00 in summer, and no hour belongs to nobody."""
    shape = plan(
        rotations=(
            Rotation(id="primary", time_zone="Europe/Berlin", people=("ana", "bo"), starts="2026-01-05"),
            Rotation(id="secondary", time_zone="UTC", people=("cy",), starts="2026-01-05"),
            Rotation(id="commander", time_zone="UTC", people=("cy",), starts="2026-01-05"),
        )
    )
    spring = ("2026-03-23T07:59:59Z", "2026-03-23T08:00:00Z", "2026-03-30T06:59:59Z", "2026-03-30T07:00:00Z")
    autumn = ("2026-10-19T06:59:59Z", "2026-10-19T07:00:00Z", "2026-10-26T07:59:59Z", "2026-10-26T08:00:00Z")
    for instants in (spring, autumn):
        asked: list[str] = []
        for text in instants:
            world = begin(shape, at=parse_instant(text))
            world.alert()
            world.settle()
            asked += [ring.person for ring in world.rang()]
        assert asked[0] != asked[1] == asked[2] != asked[3], (instants, asked)
