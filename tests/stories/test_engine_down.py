"""The engine is away for two hours: page clocks stood still, inform clocks did not (rule 17)."""

from __future__ import annotations

from dataclasses import replace

from tests.plans import SEV1, plan, targets
from tests.stories.conftest import HOUR, MINUTE, MONDAY, SHARED, Begin, instead, rung, told, why, why_now

from tocsin.core import commands as c
from tocsin.core.instants import later
from tocsin.core.plan import Domain, Plan, Rotation, Route, Step, Unanswered
from tocsin.sim.world import PretendWorld

TWO_HOURS = 2 * HOUR


def turns_at_eleven() -> Plan:
    """Ana hands over to Bo at 11:00, while the engine is down; executives are told by the wall."""
    steps = (
        Step(id="everyone", page=targets("domain:primary")),
        Step(id="executives", after=900, inform=targets("post:cto")),
        Step(id="director", after=600, page=targets("post:director")),
        Step(id="cto", after=1800, page=targets("post:cto")),
    )
    sev1 = replace(SEV1, steps=steps, unanswered=Unanswered(every=300, rounds=5))
    primary = Rotation(id="primary", time_zone="UTC", people=("ana", "bo"), starts="2026-01-05", handover_at="11:00")
    rotations = instead(SHARED.rotations, primary)
    policies = instead(SHARED.policies, sev1)
    return plan(
        rotations=rotations,
        policies=policies,
        routes=(Route(id="all", service="api", declare="sev1"),),
        domains=(Domain(id="core", primary=targets("rotation:primary")),),
        paths=(),
    )


def unanswered(begin: Begin) -> PretendWorld:
    """A SEV-1 that its route declared; nobody has answered when the engine goes away after four minutes."""
    world = begin(turns_at_eleven())
    world.alert()
    world.forward(4 * MINUTE)
    assert [(at, person) for at, person, _ in rung(world)] == [(0, "ana"), (2, "ana")]
    world.away(TWO_HOURS)
    return world


def test_the_engine_down_for_two_hours_rings_who_is_on_call_now(begin: Begin) -> None:
    world = unanswered(begin)
    assert rung(world)[2:] == [(124, "bo", "webhook")], "once, and not Ana, whose week ended at 11:00"
    assert why_now(world, "bo") == ["the engine came back after being away"]
    assert "the engine was away for 2 h, since 2026-01-12 10:04:00 UTC" in told(world)


def test_no_executive_is_rung_for_steps_that_fell_due_meanwhile(begin: Begin) -> None:
    """The director's page counts ten minutes of an engine that runs; the executives' inform counts by the wall."""
    world = unanswered(begin)
    assert world.rang("cy") == []
    assert [(at, person) for at, person, _ in rung(world, verb="inform")] == [(124, "cy")], "told late, not rung"
    world.forward(6 * MINUTE - 1)
    assert world.rang("cy") == []
    world.forward(1)
    assert rung(world)[-1] == (130, "cy", "webhook")
    assert why(world, "cy") == ["this step of the policy fell due"]


def test_an_alert_that_came_just_before_the_end_is_not_lost(begin: Begin) -> None:
    """Accepted, not yet ticked, and the process dies: the page leaves when it is back."""
    world = begin()
    world.alert()
    world.away(TWO_HOURS)
    assert rung(world)[0] == (120, "ana", "webhook")
    assert world.incident().paging.away == ((MONDAY, later(MONDAY, TWO_HOURS)),)


def test_what_was_answered_stays_answered(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    world.act("ana", c.Acknowledge())
    world.act("ana", c.Note("note", world.words("looking")))
    world.away(TWO_HOURS)
    world.forward(HOUR)
    assert rung(world) == [(0, "ana", "webhook")]


def test_a_message_handed_over_and_not_yet_marked_is_sent_again_and_says_so(begin: Begin) -> None:
    """At least once: a double page costs a glance, a lost one an outage."""
    world = begin()
    world.alert()
    for _ in range(3):
        world.engine.turn()
        if world.post.on_their_way:
            break
    assert len(world.rang("ana")) == 1
    world.away(1)
    assert len(world.rang("ana")) == 2, "at once: the one engine of a file knows that whoever held a lease is gone"
    again = world.rang("ana")[-1].message
    assert again.possible_duplicate
    assert "You may have had this message before." in again.text
    assert again.key == world.rang("ana")[0].message.key, "the vendor can tell them for one"
