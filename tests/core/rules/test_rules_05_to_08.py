"""Rules 5 to 8: nobody there, command, raises and lowerings, and what each clock counts from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.rules.desk import MINUTE, MONDAY, WORDS, Desk, declared, person, refused, with_people, world
from tests.plans import plan
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.instants import Instant, later
from tocsin.core.world import Override, World


def _unreachable(world_: World, *handles: str) -> World:
    return with_people(world_, **{handle: person(handle) for handle in handles})


def _empty_rotation(until: float) -> World:
    """The first person's rotation starts so many seconds after the beginning: until then nobody is on call."""
    rotations = tuple(
        replace(each, starts="2026-01-12", handover_at=_wall(until)) if each.id == "primary" else each
        for each in plan().rotations
    )
    return world(plan(rotations=rotations))


def _wall(seconds: float) -> str:
    minutes = 10 * 60 + round(seconds) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


# ------------------------------------------------------------------------------------------------- rule 5


def test_rule_5_nobody_on_call_is_said_at_once() -> None:
    desk = Desk(_empty_rotation(3600)).to(0)
    held = desk.timed(f.StepHeld)
    assert [(at, fact.reason) for at, fact in held] == [(0, "nobody_on_call")]
    assert held[0][1].targets == ("domain:primary",)


def test_rule_5_it_goes_to_the_fallback_post() -> None:
    desk = Desk(_empty_rotation(3600)).to(0)
    assert ("cy", "fallback") in [(who, why) for _, who, why in desk.pages()]


def test_rule_5_it_is_held_for_the_next_person_on() -> None:
    desk = Desk(_empty_rotation(3600))
    desk.to(3599)
    assert "ana" not in [who for _, who, _ in desk.pages()]
    desk.to(3600)
    assert (3600, "ana", "held_until_now") in desk.pages()
    assert "detection/1/first/page" not in desk.state.paging.holds


def test_rule_5_the_hold_says_until_when() -> None:
    desk = Desk(_empty_rotation(3600)).to(0)
    assert desk.said(f.StepHeld)[0].until == later(MONDAY, 3600)


def test_rule_5_nobody_reachable_is_said_with_its_own_reason() -> None:
    desk = Desk(_unreachable(world(), "ana")).to(0)
    assert desk.said(f.StepHeld)[0].reason == "unreachable"
    assert desk.said(f.StepTaken)[0].skipped == (("ana", "unreachable"),)
    assert {who for _, who, _ in desk.pages()} >= {"cy", "bo"}, "fallback and next tier at once: no delay for nobody"


def test_rule_5_a_contact_that_is_not_verified_reaches_nobody() -> None:
    unverified = with_people(world(), ana=person("ana", "webhook", verified=False))
    assert Desk(unverified).to(0).said(f.StepHeld)[0].reason == "unreachable"


def test_rule_5_whoever_becomes_reachable_is_asked_then() -> None:
    desk = Desk(_unreachable(world(), "ana")).to(60)
    desk.world = world()
    desk.settle()
    assert (60, "ana", "held_until_now") in desk.pages()


def test_rule_5_with_nobody_at_all_it_is_never_dropped() -> None:
    """Everybody without a contact: the record says so at once, and goes on asking for ever."""
    desk = Desk(_unreachable(world(), "ana", "bo", "cy")).to(24 * 3600)
    assert desk.pages() == []
    assert desk.state.paging.holds
    assert any(what in ("page", "round") for _, what, _, _ in desk.coming())


def test_rule_5_an_answer_ends_the_hold() -> None:
    desk = Desk(_empty_rotation(3600)).to(60)
    desk.do("cy", c.Acknowledge())
    assert not desk.state.paging.holds
    desk.do("cy", c.Note("note", WORDS))
    desk.to(2 * 3600)
    assert "ana" not in [who for _, who, _ in desk.pages()]


def test_rule_5_every_contact_failing_for_good_is_nobody_reachable() -> None:
    desk = Desk(vendor=lambda order: "failed_for_good" if order.person == "ana" else "accepted").to(0)
    assert [fact.reason for fact in desk.said(f.CallEnded)] == ["unreachable"]
    assert (0, "bo", "unanswered") in desk.pages(), "the ladder moves on at once instead of waiting"


# ------------------------------------------------------------------------------------------------- rule 6


def test_rule_6_whoever_declares_commands_for_the_time_being() -> None:
    desk = declared("sev1")
    assert desk.state.holder("commander") == "ana"
    assert desk.state.holder("commander", interim=False) is None


def test_rule_6_until_another_accepts() -> None:
    desk = declared("sev1").to(60)
    desk.do("bo", c.Acknowledge())
    assert desk.state.holder("commander", interim=False) == "bo"
    assert [(span.person, span.until) for span in desk.state.roles] == [("ana", desk.now), ("bo", None)]


def test_rule_6_an_offered_command_is_theirs_once_they_accept() -> None:
    desk = declared("sev3", by="bo").to(60)
    desk.do("bo", c.OfferRole("commander", "cy"))
    assert desk.state.holder("commander") == "bo"
    desk.do("cy", c.TakeRole("commander"))
    assert desk.state.holder("commander") == "cy"
    assert desk.state.offers == ()


def test_rule_6_a_refused_offer_changes_nobody() -> None:
    desk = declared("sev3").to(60)
    desk.do("ana", c.OfferRole("commander", "cy"))
    desk.do("cy", c.EndRole("commander", "cy"))
    assert desk.state.holder("commander") == "ana"
    assert desk.said(f.RoleEnded)[0].refused


@pytest.mark.parametrize(("severity", "at"), [("sev1", 0), ("sev2", 300)])
def test_rule_6_declaring_sev_1_or_2_pages_the_commander(severity: str, at: int) -> None:
    desk = declared(severity).to(at)
    asked = [call for call in desk.state.paging.calls.values() if call.asks == "commander"]
    assert [call.person for call in asked] == ["bo"]


def test_rule_6_a_commander_who_is_on_call_and_declares_needs_nobody_s_acceptance() -> None:
    desk = declared("sev1", by="bo").to(600)
    assert desk.state.holder("commander", interim=False) == "bo"
    assert desk.state.paging.skipped["sev1/1/commander/page"] == "command_taken"


def test_rule_6_below_the_proposed_severity_a_reason_is_required() -> None:
    desk = Desk().to(10)
    desk.do("ana", c.Triage((("out", True),)))
    answer = desk.do("ana", c.Declare("sev2"))
    assert refused(answer) == "missing"
    assert "rule 6" in str(answer)
    assert not desk.state.declared
    desk.do("ana", c.Declare("sev2", WORDS))
    assert desk.said(f.Declared)[0].reason == WORDS.ref
    assert desk.said(f.Declared)[0].proposed == "sev1"


@pytest.mark.parametrize("severity", ["sev1", "sev2"])
def test_rule_6_at_or_above_the_proposed_severity_none_is(severity: str) -> None:
    desk = Desk().to(10)
    desk.do("ana", c.Triage((("degraded", True),)))
    assert not isinstance(desk.do("ana", c.Declare(severity)), str)
    assert desk.state.severity == severity


def test_rule_6_the_alert_s_own_hint_is_a_proposal_too() -> None:
    assert refused(Desk(severity_hint="sev1").to(1).do("ana", c.Declare("sev3"))) == "missing"


# ------------------------------------------------------------------------------------------------- rule 7


def test_rule_7_a_raise_restarts_the_clocks_of_the_new_level() -> None:
    desk = declared("sev2").to(1000)
    desk.do("ana", c.SetSeverity("sev1"))
    desk.to(1000 + 599)
    assert desk.said(f.RoundStarted)[-1] == f.RoundStarted("sev1", 1, "raised")
    assert "sev1/1/director/page" not in desk.state.paging.taken
    desk.to(1000 + 600)
    assert "sev1/1/director/page" in desk.state.paging.taken


def test_rule_7_the_command_clock_starts_anew_as_well() -> None:
    desk = declared("sev2").to(890)
    desk.do("ana", c.SetSeverity("sev1"))
    desk.to(890 + 299)
    assert desk.said(f.CommandLate) == []
    desk.to(890 + 300)
    assert desk.said(f.CommandLate) == [f.CommandLate(later(MONDAY, 890 + 300))]


def test_rule_7_who_is_already_engaged_is_skipped() -> None:
    desk = declared("sev2").to(100)
    desk.do("ana", c.SetSeverity("sev1"))
    taken = next(step for step in desk.said(f.StepTaken) if step.key == "sev1/1/everyone/page")
    assert ("ana", "already_paged") in taken.skipped
    assert "ana" not in taken.people


def test_rule_7_a_lowering_drops_pending_steps_with_a_reason() -> None:
    desk = declared("sev1").to(60)
    desk.do("ana", c.SetSeverity("sev2", WORDS))
    dropped = {key for key, why in desk.state.paging.skipped.items() if why == "lowered"}
    assert dropped >= {"sev1/1/director/page", "sev1/1/cto/page", "sev1/1/executives/inform"}
    desk.to(3600)
    assert not any(step.key.startswith("sev1/1/cto") for step in desk.said(f.StepTaken))


def test_rule_7_a_raise_drops_what_was_pending_below_as_superseded() -> None:
    desk = declared("sev2").to(60)
    desk.do("ana", c.SetSeverity("sev1"))
    assert desk.state.paging.skipped["sev2/1/lead/page"] == "superseded"


def test_rule_7_a_lowering_needs_a_reason() -> None:
    assert refused(declared("sev1").do("ana", c.SetSeverity("sev2"))) == "missing"


def test_rule_7_both_levels_stay_on_the_record() -> None:
    desk = declared("sev2").to(60)
    desk.do("ana", c.SetSeverity("sev1"))
    desk.to(120)
    desk.do("ana", c.SetSeverity("sev2", WORDS))
    assert desk.state.levels == (
        (MONDAY, "sev2"), (later(MONDAY, 60), "sev1"), (later(MONDAY, 120), "sev2"),
    )  # fmt: skip
    assert [(x.before, x.after, x.raised) for x in desk.said(f.SeverityChanged)] == [
        ("sev2", "sev1", True),
        ("sev1", "sev2", False),
    ]


def test_rule_7_calls_of_the_level_before_ring_no_more() -> None:
    desk = declared("sev1").to(600)
    ringing = [call.person for call in desk.state.paging.calls.values() if call.ended is None]
    assert "cy" in ringing, "the director is being called"
    desk.do("ana", c.SetSeverity("sev3", WORDS))
    ordered = len(desk.said(f.Ordered))
    desk.to(1200)
    assert [order for order in desk.said(f.Ordered)[ordered:] if order.verb == "page"] == []


# ------------------------------------------------------------------------------------------------- rule 8


def test_rule_8_the_answer_s_clock_counts_from_the_page() -> None:
    """The page is held for an hour: whoever comes on then has their own five minutes."""
    desk = Desk(_empty_rotation(3600)).to(3600 + 119)
    orders = [(at, x.contact) for at, x in desk.timed(f.Ordered) if x.person == "ana"]
    assert orders == [(3600, "ana-webhook")]
    desk.to(3600 + 120)
    assert (3720, "ana-smtp") in [(at, x.contact) for at, x in desk.timed(f.Ordered)]


def test_rule_8_steps_and_updates_count_from_declaration() -> None:
    desk = Desk().to(700)
    desk.do("ana", c.Declare("sev1", WORDS))
    assert min(at for at, what, _, _ in desk.coming() if what == "update") == 700 + 600 - 120
    assert any(at == 700 + 600 and what == "page" for at, what, _, _ in desk.coming())


def test_rule_8_updates_count_from_a_raise() -> None:
    desk = declared("sev2").to(1000)
    desk.do("ana", c.SetSeverity("sev1"))
    assert min(at for at, what, _, _ in desk.coming() if what == "update") == 1000 + 600 - 120


def _security(decisions: dict[str, float], until: float) -> Desk:
    desk = Desk(visibility="private", path="security", service="vault")
    for decision, at in decisions.items():
        desk.to(at)
        desk.do("bo", c.TakeDecision(decision))
    return desk.to(until)


def _steps(desk: Desk) -> dict[str, float]:
    return {step.key: at for at, step in desk.timed(f.StepTaken) if step.key.startswith("security/1/")}


def test_rule_8_the_security_path_counts_from_detection() -> None:
    desk = _security({}, 3600)
    assert _steps(desk) == {"security/1/on-call/page": 60}


def test_rule_8_it_counts_from_detection_through_a_declaration() -> None:
    desk = Desk(visibility="private", path="security", service="vault").to(30)
    desk.do("ana", c.Declare("sev3", WORDS))
    desk.to(3600)
    assert _steps(desk)["security/1/on-call/page"] == 60


def test_rule_8_a_decision_starts_its_own_clock() -> None:
    desk = _security({"suspected": 120}, 3600)
    assert _steps(desk)["security/1/legal/page"] == 600
    assert "security/1/ceo/page" not in _steps(desk)


def test_rule_8_a_late_decision_is_acted_on_at_once() -> None:
    desk = _security({"suspected": 120, "confirmed": 2400}, 2400)
    assert _steps(desk)["security/1/ceo/page"] == 2400


def test_rule_8_a_decision_is_taken_once() -> None:
    desk = _security({"suspected": 120}, 200)
    assert refused(desk.do("bo", c.TakeDecision("suspected"))) == "already_so"
    assert refused(desk.do("bo", c.TakeDecision("guessed"))) == "invalid"


def test_rule_8_a_roster_entered_while_it_is_held_counts() -> None:
    desk = Desk(_empty_rotation(3600)).to(600)
    override = Override("o", "ana", Instant(desk.now), later(desk.now, 3600), "cy")
    desk.world = replace(desk.world, overrides={"primary": (override,)})
    desk.settle()
    assert (600, "ana", "held_until_now") in desk.pages()


def test_rule_8_milestones_are_kept_for_every_figure() -> None:
    desk = Desk().to(60)
    desk.do("ana", c.Acknowledge())
    desk.to(120)
    desk.do("ana", c.Declare("sev3", WORDS))
    desk.do("ana", c.EnterPhase("investigation"))
    times = desk.state.times
    assert (times["detected"], times["paged"]) == (MONDAY, MONDAY)
    assert times["acknowledged"] == later(MONDAY, 60)
    assert times["declared"] == times["investigation"] == later(MONDAY, 2 * MINUTE)
