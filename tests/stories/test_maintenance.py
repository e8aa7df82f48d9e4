"""A planned maintenance silences its services; what still fires at its end pages, and says so (rule 19)."""

from __future__ import annotations

from tests.plans import plan
from tests.stories.conftest import HOUR, MINUTE, SHARED, Begin, instead, rung, told, why_now

from tocsin.core import commands as c
from tocsin.core.instants import Instant, later, parse_instant
from tocsin.core.plan import MuteWindow, Plan, Route
from tocsin.sim.world import PretendWorld

EVENING = parse_instant("2026-01-12T21:50:00Z")


def planned(world: PretendWorld, start: Instant, seconds: float, *services: str) -> None:
    """A maintenance of services from an instant, for so many seconds."""
    answer = world.administer(
        "plan_maintenance",
        services=services,
        start=start,
        end=later(start, seconds),
        downtime=600,
        approved_by="cy",
        why="new disks",
    )
    assert isinstance(answer, str), answer


def test_a_maintenance_silences_its_services_and_no_others(begin: Begin) -> None:
    world = begin()
    planned(world, world.clock.now(), HOUR, "api")
    world.alert()
    world.alert(service="web")
    world.forward(MINUTE)
    assert [row.service for row in world.rows()] == ["web"]
    assert rung(world) == [(0, "ana", "webhook")]
    muted = next(group for group in world.groups() if group.service == "api")
    assert muted.muted == "maintenance", "it is on the record, with the reason"


def test_what_still_fires_at_the_end_of_a_maintenance_pages(begin: Begin) -> None:
    world = begin()
    planned(world, world.clock.now(), HOUR, "api")
    world.forward(MINUTE)
    world.alert()
    world.forward(59 * MINUTE - 1)
    assert rung(world) == []
    world.forward(1)
    assert rung(world) == [(60, "ana", "webhook")]
    assert why_now(world, "ana") == ["it still fires after the maintenance"]
    assert "round 1 of detection begins: it still fires after the maintenance" in told(world)


def test_what_cleared_during_a_maintenance_wakes_nobody(begin: Begin) -> None:
    world = begin()
    planned(world, world.clock.now(), HOUR, "api")
    world.alert()
    world.forward(10 * MINUTE)
    world.alert(firing=False)
    world.forward(3 * HOUR)
    assert rung(world) == []
    assert world.rows() == ()


def test_a_maintenance_that_begins_while_a_page_rings_silences_it_and_its_end_asks_anew(begin: Begin) -> None:
    """Ana had answered before; what overran asks her again, since her answer was about what was before."""
    world = begin()
    world.alert()
    world.forward(MINUTE)
    world.act("ana", c.Acknowledge())
    world.act("ana", c.Note("note", world.words("that is the maintenance, too early")))
    planned(world, world.clock.now(), HOUR, "api")
    world.forward(HOUR - 1)
    assert rung(world) == [(0, "ana", "webhook")]
    world.forward(1)
    assert rung(world)[1:] == [(61, "ana", "webhook")]
    world.forward(5 * MINUTE)
    assert rung(world)[-1] == (66, "bo", "webhook"), "and the ladder runs as ever"
    record = told(world)
    assert "alerts: its service is under planned maintenance" in record
    assert "round 2 of detection begins: it still fires after the maintenance" in record


def test_a_declared_incident_is_led_on_through_a_maintenance(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    world.act("bo", c.Declare("sev2"))
    planned(world, world.clock.now(), HOUR, "api")
    world.forward(40 * MINUTE)
    assert (30, "cy", "webhook") in rung(world), "its steps fall due"
    before = len(rung(world))
    world.forward(HOUR)
    assert world.rows()[0].state == "open"
    assert len(rung(world)) == before, "and the end of the maintenance starts nothing in what is led"


def quiet_nights() -> Plan:
    """The route of the api pages nobody from ten in the evening until six."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    window = MuteWindow(days=days, start="22:00", end="06:00")
    return plan(routes=instead(SHARED.routes, Route(id="all", service="api", mute=(window,))))


def test_a_mute_window_holds_a_route_back_until_it_ends(begin: Begin) -> None:
    world = begin(quiet_nights(), at=EVENING)
    world.forward(HOUR)
    world.alert()
    world.alert("Web", service="web")
    world.forward(8 * HOUR)
    assert rung(world, EVENING)[0] == (60, "ana", "webhook"), "another route is not held back"
    mine = [ring for ring in world.rang("ana") if ring.message.number == 2]
    assert [ring.at for ring in mine][:1] == [parse_instant("2026-01-13T06:00:00Z")]
    assert "Why now: it still fires after its mute window" in mine[0].message.text


def test_a_window_that_opens_while_a_page_rings_silences_it(begin: Begin) -> None:
    """In the morning the person on call is asked first, not whoever was next in the evening."""
    world = begin(quiet_nights(), at=EVENING)
    world.forward(9 * MINUTE)
    world.alert()
    world.forward(8 * HOUR + 2 * MINUTE)
    assert rung(world, EVENING)[:2] == [(9, "ana", "webhook"), (490, "ana", "webhook")]
    assert world.rows()[0].state == "paging"


def test_a_maintenance_inside_a_mute_window_is_known_for_what_it_is(begin: Begin) -> None:
    """The window ends first, the maintenance later: it overran."""
    world = begin(quiet_nights(), at=EVENING)
    world.forward(HOUR)
    world.alert()
    planned(world, world.clock.now(), 9 * HOUR, "api")
    world.forward(9 * HOUR)
    assert [ring.at for ring in world.rang()] == [parse_instant("2026-01-13T07:50:00Z")]
    assert why_now(world, "ana") == ["it still fires after the maintenance"]
