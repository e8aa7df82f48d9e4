"""A storm must not be a hundred rings, and the worst never waits behind the rest."""

from __future__ import annotations

from tests.plans import plan
from tests.stories.conftest import MINUTE, Begin, rung

from tocsin.core import commands as c
from tocsin.core.instants import LATEST, later
from tocsin.core.plan import Plan, Route, Service
from tocsin.sim.world import PretendWorld

HUNDRED = 100


def many_services() -> Plan:
    services = tuple(Service(id=f"s{n}", domain="core") for n in range(HUNDRED))
    return plan(services=services, routes=(Route(id="all"),))


def storm(world: PretendWorld, services: range) -> None:
    for n in services:
        world.alert(service=f"s{n}")


def test_a_hundred_incidents_ring_one_person_in_one_message(begin: Begin) -> None:
    world = begin(many_services())
    storm(world, range(HUNDRED))
    world.forward(MINUTE)
    assert len(world.rows()) == HUNDRED
    assert rung(world) == [(0, "ana", "webhook")]
    message = world.rang("ana")[0].message
    assert message.title.startswith("100 incidents need you; worst: INCIDENT-")
    assert all(f"INCIDENT-{n} " in message.text for n in range(1, HUNDRED + 1))
    sent = [o.outcome for n in range(1, HUNDRED + 1) for o in world.incident(n).paging.orders.values()]
    assert sent == ["accepted"] * HUNDRED, "each incident's own record says that she was told"


def test_what_comes_within_twenty_seconds_of_a_message_waits_for_the_next_one(begin: Begin) -> None:
    world = begin(many_services())
    storm(world, range(1))
    world.forward(5)
    storm(world, range(1, 10))
    world.forward(5)
    storm(world, range(10, 20))
    world.forward(MINUTE)
    assert rung(world) == [(0, "ana", "webhook"), (0.33, "ana", "webhook")]
    assert world.rang()[1].message.title.startswith("19 incidents need you")


def test_the_engine_rests_while_messages_gather(begin: Begin) -> None:
    """What waits for the gap, or for a way out, is no reason to turn and turn."""
    world = begin(many_services())
    storm(world, range(1))
    world.settle()
    storm(world, range(1, 10))
    world.settle()
    timer, send = world.engine.owed()
    assert (timer or LATEST) > world.clock.now() and send == later(world.clock.now(), 20)
    world.post.most = 0
    world.forward(20)
    assert world.engine.owed()[1] is None, "what comes back wakes it"


def test_a_sev1_never_waits_behind_a_queue_of_sev3s(begin: Begin) -> None:
    """Worse news does not wait for the gap, and it stands first where it shares a message."""
    world = begin(many_services())
    storm(world, range(2))
    world.forward(1)
    storm(world, range(2, 50))
    world.act("bo", c.Open(world.words("Everything is down"), "s99", severity="sev1"))
    assert (1, "ana", "webhook") in [(round(at * 60), *rest) for at, *rest in rung(world)]
    worst = world.rang("ana")[-1].message
    assert worst.title == "49 incidents need you; worst: INCIDENT-51 SEV-1: Everything is down"
    assert worst.severity == "sev1"
    assert worst.text.splitlines()[0].startswith("INCIDENT-51 SEV-1: Everything is down")


def test_when_the_way_out_is_narrow_severity_goes_first(begin: Begin) -> None:
    """One message at a time: the queue is emptied worst first, whatever came first, and pages before informs."""
    world = begin(many_services())
    world.post.most = 0
    world.act("ana", c.Open(world.words("slow"), "s0", severity="sev3"))
    world.act("ana", c.Open(world.words("limping"), "s1", severity="sev2"))
    world.forward(301)
    world.act("cy", c.Open(world.words("out"), "s2", severity="sev1"))
    assert rung(world) == [], "nothing leaves"
    world.post.most = 1
    world.settle()
    assert [(ring.message.severity, ring.message.verb) for ring in world.rang(verb=None)] == [
        ("sev1", "page"),
        ("sev1", "page"),
        ("sev1", "inform"),
        ("sev3", "inform"),
    ]
    assert "INCIDENT-2 SEV-2: limping" in world.rang("bo")[0].message.text, "it came along, below the worse one"


def test_who_is_only_told_is_not_called_first_on_call(begin: Begin) -> None:
    """An inform says that its step fell due; only whoever is on call is first on call."""
    world = begin()
    world.act("bo", c.Open(world.words("Everything is down"), "api", severity="sev1"))
    world.settle()
    [told] = [ring for ring in world.rang("cy", verb=None) if ring.message.verb == "inform"]
    assert "Why you: this step of the policy fell due" in told.message.text
    assert "Why you: first on call for the domain" in world.rang("ana")[0].message.text
