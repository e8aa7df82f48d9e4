"""The way out is gone for two hours: nothing is lost, and what comes at the end is honest and one message."""

from __future__ import annotations

from tests.plans import plan
from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told

from tocsin.core import commands as c
from tocsin.core.plan import Plan, Route, Service
from tocsin.integrations.base import Delivery
from tocsin.sim.world import PretendWorld

DOWN = Delivery("failed_now", "http_503")


def five_services() -> Plan:
    services = tuple(Service(id=f"s{n}", domain="core") for n in range(1, 6))
    return plan(services=services, routes=(Route(id="all"),))


def two_hours_without_a_way_out(begin: Begin) -> PretendWorld:
    """Five incidents open while no message leaves; Bo answers the first in the room, the second clears."""
    world = begin(five_services())
    world.post.vendor = lambda parcel, now: DOWN
    for n in range(1, 6):
        world.alert(service=f"s{n}")
    world.forward(HOUR)
    world.act("bo", c.Acknowledge(), number=1)
    world.act("bo", c.Declare("sev3"), number=1)
    world.alert(service="s2", firing=False)
    world.forward(HOUR)
    return world


def test_a_vendor_gone_for_two_hours_then_one_honest_digest(begin: Begin) -> None:
    world = two_hours_without_a_way_out(begin)
    assert world.rang(verb=None) == [], "nothing arrived"
    world.post.vendor = lambda parcel, now: Delivery("accepted")
    world.forward(6 * MINUTE)
    first = next(ring for ring in world.rang("ana", verb=None) if ring.channel == "webhook").message
    assert first.title.startswith("3 incidents need you; worst: INCIDENT-")
    ringing, _, lapsed = first.text.partition("Not delivered in time, and no longer ringing:")
    assert [n for n in range(1, 6) if f"INCIDENT-{n} " in ringing] == [3, 4, 5]
    assert [n for n in range(1, 6) if f"INCIDENT-{n} " in lapsed] == [1, 2]
    assert "INCIDENT-1 SEV-3: Down, ordered 2026-01-12 10:15:00 UTC: somebody has it" in lapsed
    assert "INCIDENT-2 Down, ordered 2026-01-12 10:15:00 UTC: the alert cleared" in lapsed
    settled = [o.outcome for o in world.incident(1).paging.orders.values() if o.channel == "webhook"]
    assert "" not in settled and "failed_now" not in settled, "nothing of it waits any more"


def test_nobody_gets_a_stale_ring_for_each_thing_missed(begin: Begin) -> None:
    """One message a contact when the vendor is back, however many were owed."""
    world = two_hours_without_a_way_out(begin)
    world.post.vendor = lambda parcel, now: Delivery("accepted")
    world.forward(MINUTE * 5.5)
    contacts = [ring.contact for ring in world.rang(verb=None)]
    assert len(contacts) == len(set(contacts))
    assert {ring.person for ring in world.rang(verb=None)} == {"ana", "bo", "cy"}


def test_the_record_counts_the_tries(begin: Begin) -> None:
    world = two_hours_without_a_way_out(begin)
    tries = [text for text in told(world, 3) if "failed for now (http_503)" in text]
    assert 20 < len(tries) < 600, "again and again, each with its code, further and further apart"
    assert rung(world) == []
