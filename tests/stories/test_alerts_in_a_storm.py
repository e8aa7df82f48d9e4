"""Ten thousand alerts in a minute, an hour of flapping: few incidents, few rings, nothing lost."""

from __future__ import annotations

from tests.plans import plan
from tests.stories.conftest import HOUR, MINUTE, MONDAY, Begin, rung, told, why_now

from tocsin.core import commands as c
from tocsin.core.instants import later
from tocsin.core.plan import Route
from tocsin.engine.wire import Incoming

ALERTS, KINDS, SERVICES = 10_000, 100, ("api", "web", "vault")


def test_ten_thousand_alerts_of_a_hundred_kinds_make_a_handful_of_incidents(begin: Begin) -> None:
    """One incident a service, and at most one page a person an incident."""
    world = begin(plan(routes=(Route(id="all"),)))
    made: dict[str, int] = {}
    for second in range(60):
        batch = [alert(number) for number in range(second * ALERTS // 60, (second + 1) * ALERTS // 60)]
        for reason, count in world.alerts(batch).items():
            made[reason] = made.get(reason, 0) + count
        world.forward(1)
    assert made == {"new": ALERTS}
    assert {row.service for row in world.rows()} == set(SERVICES)
    assert len(world.rows()) == len(SERVICES)
    assert {person for _, person, _ in rung(world)} == {"ana"}
    for row in world.rows():
        assert [order.person for order in world.incident(row.number).paging.orders.values()] == ["ana"]
    assert sum(group.firing for group in world.groups()) == ALERTS, "each alert is on the record"


def alert(number: int) -> Incoming:
    """One alert a host; each kind of alert belongs to one service."""
    kind = number % KINDS
    labels = {"alertname": f"Kind{kind}", "host": f"h{number}", "service": SERVICES[kind % len(SERVICES)]}
    return Incoming(tuple(sorted(labels.items())), True, MONDAY, None, f"Kind{kind}\n{{}}".encode())


def test_an_hour_of_flapping_makes_one_incident(begin: Begin) -> None:
    world = begin()
    for _ in range(30):
        world.alert()
        world.forward(MINUTE)
        world.alert(firing=False)
        world.forward(MINUTE)
    assert len(world.rows()) == 1
    assert len(world.groups()) == 1
    record = told(world)
    assert "alerts: fires and clears too often" in record, "and it is said that it flaps"
    assert sum("fires and clears too often" in text for text in record) == 1
    people = [person for _, person, _ in rung(world)]
    assert people.count("ana") <= 6, "somebody who does not answer is asked as often as by any page"


def test_flapping_that_somebody_has_rings_nobody_else(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    world.act("ana", c.Acknowledge())
    for n in range(30):
        world.forward(MINUTE)
        world.alert(firing=False)
        if n % 10 == 0:
            world.act("ana", c.Note("note", world.words("still flapping")))
        world.forward(MINUTE)
        world.alert()
    assert rung(world) == [(0, "ana", "webhook")]
    assert len(world.rows()) == 1


def test_a_clear_ends_an_undeclared_page_and_a_firing_in_the_window_reopens_it(begin: Begin) -> None:
    """Rule 2: the page ends with `cleared`; fired again while nobody had answered, people are asked anew."""
    world = begin()
    world.alert()
    world.forward(MINUTE)
    world.alert(firing=False)
    world.forward(20 * MINUTE)
    assert rung(world) == [(0, "ana", "webhook")], "nobody is woken for what is over"
    assert world.rows()[0].state == "quiet"
    world.alert()
    world.settle()
    assert rung(world)[1:] == [(21, "ana", "webhook")], "the person on call first, not the next row"
    assert len(world.rows()) == 1
    record = told(world)
    assert "alerts: fired again inside the flap window" in record
    assert "round 2 of detection begins: fired again inside the flap window" in record
    assert why_now(world, "ana") == ["fired again inside the flap window"]


def test_what_stays_clear_for_the_window_is_closed_and_the_next_firing_is_new(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(MINUTE)
    world.alert(firing=False)
    world.forward(HOUR)
    assert world.rows()[0].state == "cleared"
    world.alert()
    world.settle()
    assert [row.number for row in world.rows()] == [1, 2]
    assert [person for _, person, _ in rung(world)] == ["ana", "ana"]


def test_a_clear_never_ends_a_declared_incident(begin: Begin) -> None:
    """It ticks the check that it stands for, and unticks it when the alert comes back."""
    world = begin()
    world.alert()
    world.settle()
    world.act("bo", c.Declare("sev2"))
    world.act("bo", c.TakeRole("commander"))
    world.act("bo", c.EnterPhase("investigation"))
    world.act("bo", c.StartMitigation("restart", "low", world.words("restart")))
    world.act("bo", c.EnterPhase("mitigation"))
    world.act("bo", c.EndMitigation(worked=True))
    world.act("bo", c.EnterPhase("resolution"))
    world.alert(firing=False)
    world.forward(HOUR)
    assert world.rows()[0].state == "open"
    assert "quiet" in world.incident().ticks
    assert "ticked quiet" in told(world)


def test_resolved_before_triggered(begin: Begin) -> None:
    """The clear overtook its firing: the late firing is known for what it is and pages nobody."""
    world = begin()
    started = world.clock.now()
    world.forward(MINUTE)
    assert world.alert(firing=False, starts_at=started) == {"unknown_clear": 1}
    world.forward(1)
    assert world.alert(starts_at=started) == {"out_of_order": 1}
    world.forward(HOUR)
    assert world.rows() == ()
    assert rung(world) == []
    assert world.alert(starts_at=later(world.clock.now(), -1)) == {"new": 1}, "a firing after that is a new one"
    world.settle()
    assert [person for _, person, _ in rung(world)] == ["ana"]


def test_delivered_twice_writes_nothing_and_rings_nobody_again(begin: Begin) -> None:
    world = begin()
    batch = [alert(number) for number in range(50)]
    assert world.alerts(batch) == {"new": 50}
    world.settle()
    before = [len(world.entries(row.record)) for row in world.rows()], sum(g.n for g in world.groups())
    assert world.alerts(batch) == {"repeat": 50}
    world.forward(1)
    after = [len(world.entries(row.record)) for row in world.rows()], sum(g.n for g in world.groups())
    assert after == before
    assert len({person for _, person, _ in rung(world)}) == 1
