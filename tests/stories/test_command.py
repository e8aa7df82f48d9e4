"""Somebody has to command a SEV-1: who is asked, when, and what the record says when nobody does (rule 6)."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told, why

from tocsin.core import commands as c
from tocsin.core.instants import seconds_between
from tocsin.sim.world import PretendWorld


def declared(begin: Begin) -> PretendWorld:
    """Ana answers her page after a minute and declares; Bo leads by rotation, Cy is next in it."""
    world = begin()
    world.alert()
    world.forward(MINUTE)
    world.act("ana", c.Acknowledge())
    world.act("ana", c.Declare("sev1"))
    return world


def test_declaring_a_sev1_asks_the_commander_at_once(begin: Begin) -> None:
    world = declared(begin)
    assert rung(world) == [(0, "ana", "webhook"), (1, "bo", "webhook")]
    assert why(world, "bo") == ["nobody had taken command yet"]
    assert world.incident().holder("commander") == "ana", "who declares commands until another accepts"
    assert "ana is commander until another accepts" in told(world)


def test_a_sev1_without_a_commander_at_five_minutes_asks_the_next_and_says_so(begin: Begin) -> None:
    world = declared(begin)
    world.forward(5 * MINUTE)
    assert [(at, person) for at, person, channel in rung(world) if channel == "webhook"][-1] == (6, "cy")
    assert why(world, "cy", "page") == ["nobody had taken command yet"]
    assert world.incident().command_late
    assert "command was due 2026-01-12 10:06:00 UTC" in told(world)


def test_a_commander_who_answers_ends_the_search(begin: Begin) -> None:
    world = declared(begin)
    world.forward(2 * MINUTE)
    world.act("bo", c.Acknowledge())
    assert world.incident().holder("commander", interim=False) == "bo"
    world.forward(5 * MINUTE)
    state = world.incident()
    assert not state.command_late
    assert state.paging.skipped["sev1/1/next/page"] == "command_taken"
    assert seconds_between(state.times["declared"], state.times["command"]) == 2 * MINUTE
    assert [r.person for r in world.rang() if r.channel == "webhook"] == ["ana", "bo"]


def test_an_answer_of_somebody_else_does_not_take_command(begin: Begin) -> None:
    """Ana has it, and Bo is still asked to lead, over his next contact too."""
    world = declared(begin)
    world.forward(3 * MINUTE)
    assert rung(world)[1:] == [(1, "bo", "webhook"), (3, "bo", "smtp")]


def test_a_step_wants_a_person_whom_another_step_already_calls(begin: Begin) -> None:
    """Bo is wanted as secondary and as commander at one instant: one call, one ring, and it carries the question."""
    world = begin()
    world.act("cy", c.Open(world.words("Everything is down"), "api", severity="sev1"))
    world.forward(MINUTE)
    assert sorted(rung(world)) == [(0, "ana", "webhook"), (0, "bo", "webhook")]
    assert why(world, "bo") == ["nobody had taken command yet"]
    ringing = [call for call in world.incident().paging.calls.values() if call.person == "bo" and call.ended is None]
    assert [call.asks for call in ringing] == ["commander"]
    assert any(text.startswith("pages ana,") and "bo: already engaged or being called" in text for text in told(world))
    world.forward(HOUR)
    cancelled = [o for o in world.incident().paging.orders.values() if o.outcome == "cancelled"]
    assert not cancelled, "nothing was ordered twice for one person"
