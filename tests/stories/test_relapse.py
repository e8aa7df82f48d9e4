"""The trouble comes back after it was called resolved: people are asked again, and the record says so."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told

from tocsin.core import commands as c
from tocsin.core.refusals import Refusal
from tocsin.sim.world import PretendWorld


def resolved(begin: Begin) -> PretendWorld:
    """A SEV-2 led through all phases by Bo."""
    world = begin()
    world.alert()
    world.settle()
    world.act("bo", c.Declare("sev2"))
    world.act("bo", c.TakeRole("commander"))
    world.act("bo", c.EnterPhase("investigation"))
    world.act("bo", c.StartMitigation("restart", "low", world.words("restart the pool")))
    world.act("bo", c.EnterPhase("mitigation"))
    world.act("bo", c.EndMitigation(worked=True))
    world.act("bo", c.EnterPhase("resolution"))
    world.alert(firing=False)
    world.act("bo", c.TickItem("fixed"))
    world.forward(15 * MINUTE)
    done = world.act("bo", c.Resolve())
    assert not isinstance(done, Refusal), done
    return world


def test_a_relapse_reopens_and_asks_the_people_on_call_again(begin: Begin) -> None:
    world = resolved(begin)
    before = len(world.rang())
    world.forward(HOUR)
    assert len(world.rang()) == before, "nobody is asked while it is resolved"
    world.act("ana", c.EnterPhase("investigation", world.words("errors are back")))
    world.forward(MINUTE)
    assert rung(world)[before:] == [(75, "ana", "webhook")]
    state = world.incident()
    assert state.phase == "investigation"
    assert "resolved" not in state.times, "its time to resolve is not over"
    record = told(world)
    assert "phase investigation again: errors are back" in record
    assert "round 2 of sev2 begins: the trouble came back" in record


def test_going_back_before_it_was_resolved_wakes_nobody(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    world.act("bo", c.Declare("sev2"))
    world.act("bo", c.TakeRole("commander"))
    world.act("bo", c.EnterPhase("investigation"))
    world.act("bo", c.StartMitigation("restart", "low", world.words("restart the pool")))
    world.act("bo", c.EnterPhase("mitigation"))
    refused = world.act("bo", c.EnterPhase("investigation"))
    assert isinstance(refused, Refusal), "going back needs a reason"
    world.forward(10 * MINUTE)
    before = len(world.rang())
    world.act("bo", c.EnterPhase("investigation", world.words("it was not the pool")))
    world.forward(10 * MINUTE)
    assert len(world.rang()) == before
    assert "phase investigation again: it was not the pool" in told(world)


def test_an_alert_that_fires_again_after_the_end_is_never_lost(begin: Begin) -> None:
    """A resolved incident swallows nothing: the new firing opens an incident of its own, and pages."""
    world = resolved(begin)
    world.forward(MINUTE)
    before = len(world.rang())
    world.alert()
    world.settle()
    assert [row.number for row in world.rows()] == [1, 2]
    assert [ring.person for ring in world.rang()[before:]] == ["ana"]
    assert world.rows()[0].phase == "post_incident"
