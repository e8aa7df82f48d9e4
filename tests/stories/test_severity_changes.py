"""Severity moves while the incident runs: the clocks of the new level apply from the change (rule 7)."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told

from tocsin.core import commands as c
from tocsin.core.refusals import Refusal
from tocsin.sim.world import PretendWorld


def sev2(begin: Begin) -> PretendWorld:
    """Ana answers at once and declares a SEV-2; it is led for two minutes."""
    world = begin()
    world.alert()
    world.settle()
    world.act("ana", c.Acknowledge())
    world.act("ana", c.Declare("sev2"))
    world.forward(2 * MINUTE)
    return world


def test_a_raise_mid_way_restarts_the_clocks_of_the_new_level(begin: Begin) -> None:
    world = sev2(begin)
    assert [person for _, person, _ in rung(world)] == ["ana"], "a SEV-2 asks for its commander after five minutes"
    world.act("ana", c.SetSeverity("sev1"))
    assert rung(world)[1:] == [(2, "bo", "webhook")], "a SEV-1 at once; Ana, who has it, is not rung again"
    world.forward(10 * MINUTE)
    assert (7, "cy", "webhook") in rung(world), "the next commander, five minutes after the raise"
    record = told(world)
    assert "raised from sev2 to sev1" in record
    assert "the page of step commander of sev2 is owed no more: a newer round replaced it" in record
    assert any("ana: already engaged or being called" in text for text in record)
    assert [level for _, level in world.incident().levels] == ["sev2", "sev1"], "both levels stay"
    assert "command was due 2026-01-12 10:07:00 UTC" in record


def test_a_lowering_needs_a_reason_and_drops_what_was_pending(begin: Begin) -> None:
    world = begin()
    world.act("bo", c.Open(world.words("Everything is down"), "api", severity="sev1"))
    world.act("bo", c.TakeRole("commander"))
    world.forward(2 * MINUTE)
    refused = world.act("bo", c.SetSeverity("sev3"))
    assert isinstance(refused, Refusal) and refused.reason == "missing"
    world.act("bo", c.SetSeverity("sev3", world.words("one page of the docs")))
    world.forward(3 * HOUR)
    assert world.rang("cy") == [], "no director, no CTO"
    record = told(world)
    assert "lowered from sev1 to sev3: one page of the docs" in record
    assert "the page of step director of sev1 is owed no more: the severity was lowered" in record
    assert "the page of step cto of sev1 is owed no more: the severity was lowered" in record


def test_a_path_of_its_own_keeps_its_clock_when_the_severity_moves(begin: Begin) -> None:
    """The security path counts from detection: neither declaring nor raising stops it (rule 8)."""
    world = begin()
    world.alert(service="vault")
    world.forward(30)
    world.act("ana", c.Declare("sev3"))
    world.act("ana", c.SetSeverity("sev2"))
    world.forward(MINUTE)
    assert "security/1/on-call/page" in world.incident().paging.taken
    assert "security/1/on-call/page" not in world.incident().paging.skipped
    world.act("ana", c.TakeDecision("suspected"))
    world.forward(10 * MINUTE)
    assert (10, "cy", "webhook") in rung(world), "legal, ten minutes after detection"
