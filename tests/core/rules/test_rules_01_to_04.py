"""Rules 1 to 4 of how the machine behaves: detection, clears, silence after an answer, and passing on."""

from __future__ import annotations

from dataclasses import replace

from tests.core.rules.desk import GROUP, MINUTE, WORDS, Desk, declared, refused, world
from tests.plans import plan
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.incident.due import due
from tocsin.core.instants import later
from tocsin.core.reasons import DismissReason, sentence

QUARTER = 15 * MINUTE
FLAP = 1800


# ------------------------------------------------------------------------------------------------- rule 1


def test_rule_1_a_group_opens_an_incident_in_detection_undeclared() -> None:
    desk = Desk()
    assert desk.state.phase == "detection"
    assert not desk.state.declared
    assert desk.state.severity is None


def test_rule_1_its_page_walks_the_on_call_tiers_of_the_domain() -> None:
    desk = Desk().to(12 * MINUTE)
    assert desk.pages()[:3] == [(0, "ana", "first_on_call"), (300, "bo", "unanswered"), (600, "cy", "unanswered")]


def test_rule_1_the_matrix_starts_at_declaration() -> None:
    desk = Desk().to(10 * MINUTE)
    assert all(step.key.startswith("detection/") for step in desk.said(f.StepTaken))
    desk.do("ana", c.Declare("sev1", WORDS))
    assert {step.key.split("/")[0] for step in desk.said(f.StepTaken)} == {"detection", "sev1"}
    desk.to(10 * MINUTE + 599)
    assert "sev1/1/director/page" not in desk.state.paging.taken
    desk.to(10 * MINUTE + 600)
    assert "sev1/1/director/page" in desk.state.paging.taken


def test_rule_1_the_matrix_starts_anew_at_a_raise() -> None:
    desk = declared("sev2").to(20 * MINUTE)
    desk.do("ana", c.SetSeverity("sev1"))
    desk.to(29 * MINUTE)
    assert "sev1/1/director/page" not in desk.state.paging.taken
    desk.to(30 * MINUTE)
    assert "sev1/1/director/page" in desk.state.paging.taken


def test_rule_1_a_person_declares_and_is_on_the_record() -> None:
    assert declared("sev2").said(f.Declared)[0].by == "ana"


def test_rule_1_a_route_declares_where_the_plan_allows_it() -> None:
    """A route is no person: it neither answers the page nor commands."""
    desk = Desk()
    desk.do("route:all", c.Declare("sev2"))
    assert desk.state.phase == "response"
    assert desk.state.holder("commander") is None
    assert not desk.state.paging.answered
    assert (0, "ana", "first_on_call") in desk.pages()


def test_rule_1_a_dismissed_detection_says_what_it_was() -> None:
    for reason in DismissReason:
        desk = Desk().to(60)
        desk.do("ana", c.Dismiss(reason))
        assert desk.state.ended == "dismissed"
        assert "declared" not in desk.state.times, "no figure counts it as an incident"
        assert desk.said(f.Dismissed)[0].reason == reason


def test_rule_1_a_dismissal_needs_one_of_the_plan_s_reasons() -> None:
    assert refused(Desk().do("ana", c.Dismiss("did_not_feel_like_it"))) == "invalid"


def test_rule_1_a_declared_incident_is_not_dismissed() -> None:
    assert refused(declared("sev3").do("ana", c.Dismiss("false_positive"))) == "wrong_phase"


# ------------------------------------------------------------------------------------------------- rule 2


def test_rule_2_a_clear_ends_an_undeclared_page_and_keeps_the_record() -> None:
    desk = Desk().to(60)
    before = len(desk.entries)
    desk.add(f.GroupMoved(GROUP, "cleared"))
    desk.to(4 * 3600)
    assert [person for _, person, _ in desk.pages()] == ["ana"], "nobody is called after the clear"
    assert desk.said(f.Closed) == [f.Closed("engine", "cleared")]
    assert desk.state.ended == "cleared"
    assert len(desk.entries) > before


def test_rule_2_a_clear_silences_the_page_at_once() -> None:
    desk = Desk().to(60).add(f.GroupMoved(GROUP, "cleared"))
    desk.to(119)
    ordered = len(desk.said(f.Ordered))
    desk.to(1000)
    assert len(desk.said(f.Ordered)) == ordered == 1, "not even the next contact of who was being called"


def test_rule_2_a_clear_never_resolves_a_declared_incident_but_ticks_its_check() -> None:
    desk = declared("sev3")
    for phase in ("investigation",):
        desk.do("ana", c.EnterPhase(phase))
    desk.do("ana", c.StartMitigation("restart", "low", WORDS))
    desk.do("ana", c.EnterPhase("mitigation"))
    desk.do("ana", c.EndMitigation(worked=True))
    desk.do("ana", c.EnterPhase("resolution"))
    assert "quiet" not in desk.state.ticks
    desk.add(f.GroupMoved(GROUP, "cleared")).to(2 * 3600)
    assert desk.state.phase == "resolution"
    assert desk.state.ended is None
    assert desk.state.ticks["quiet"].by == "check:alerts_cleared"


def test_rule_2_a_refiring_takes_the_tick_away_again() -> None:
    test = declared("sev3", world(plan(phases=(replace(plan().phases[1], id="response", watch=None),))))
    test.add(f.GroupMoved(GROUP, "cleared"))
    test.settle()
    assert "quiet" in test.state.ticks
    test.add(f.GroupMoved(GROUP, "refired"))
    test.settle()
    assert "quiet" not in test.state.ticks


def test_rule_2_what_a_person_unticked_no_check_ticks_again() -> None:
    desk = declared("sev3", world(plan(phases=(replace(plan().phases[1], id="response", watch=None),))))
    desk.add(f.GroupMoved(GROUP, "cleared"))
    desk.settle()
    desk.do("ana", c.TickItem("quiet", done=False))
    desk.to(600)
    assert "quiet" not in desk.state.ticks


def test_rule_2_a_firing_inside_the_flap_window_reopens_the_same_incident() -> None:
    desk = Desk().to(60).add(f.GroupMoved(GROUP, "cleared"))
    desk.to(60 + FLAP - 1)
    assert desk.state.ended is None
    desk.add(f.GroupMoved(GROUP, "refired"))
    desk.to(60 + FLAP + 600)
    assert desk.state.ended is None
    assert len(desk.pages()) > 1, "and its page goes on"


def test_rule_2_after_the_flap_window_it_is_closed() -> None:
    desk = Desk().to(60).add(f.GroupMoved(GROUP, "cleared"))
    desk.to(60 + FLAP)
    assert desk.timed(f.Closed)[0][0] == 60 + FLAP


# ------------------------------------------------------------------------------------------------- rule 3


def test_rule_3_acknowledged_and_then_nothing_pages_again_after_15_minutes() -> None:
    desk = Desk().to(60)
    desk.do("ana", c.Acknowledge())
    desk.to(60 + QUARTER - 1)
    assert len(desk.pages()) == 1
    desk.to(60 + QUARTER)
    assert [round_.cause for round_ in desk.said(f.RoundStarted)] == ["opened", "gone_quiet"]
    assert desk.pages()[1][:2] == (60 + QUARTER, "ana"), "whoever said they have it first"


def test_rule_3_then_the_next_tier() -> None:
    desk = Desk().to(60)
    desk.do("ana", c.Acknowledge())
    desk.to(60 + QUARTER + 600)
    assert [person for _, person, _ in desk.pages()][:3] == ["ana", "ana", "bo"]


def test_rule_3_the_reason_has_its_sentence() -> None:
    assert sentence("gone_quiet") == "it was acknowledged, but nothing followed"


def test_rule_3_declaring_is_acting() -> None:
    desk = Desk().to(60)
    desk.do("ana", c.Acknowledge())
    desk.do("ana", c.Declare("sev3", WORDS))
    desk.to(4 * 3600)
    assert "gone_quiet" not in [round_.cause for round_ in desk.said(f.RoundStarted)]


def test_rule_3_any_act_is_a_sign_of_life() -> None:
    for act in (c.Note("note", WORDS), c.Triage((("out", True),)), c.TakeRole("scribe"), c.LinkTo("INCIDENT-2")):
        desk = Desk().to(60)
        desk.do("ana", c.Acknowledge())
        desk.do("ana", act)
        desk.to(2 * 3600)
        assert len(desk.pages()) == 1, act


def test_rule_3_a_second_answer_starts_the_quarter_hour_anew() -> None:
    desk = Desk().to(60)
    desk.do("ana", c.Acknowledge())
    desk.to(600)
    desk.do("bo", c.Acknowledge())
    desk.to(600 + QUARTER - 1)
    assert len(desk.pages()) == 1
    desk.to(600 + QUARTER)
    assert len(desk.pages()) == 2


# ------------------------------------------------------------------------------------------------- rule 4


def test_rule_4_i_have_it_acknowledges_and_stops_every_call() -> None:
    desk = Desk().to(300)
    assert {person for _, person, _ in desk.pages()} == {"ana", "bo"}
    desk.do("ana", c.Acknowledge())
    assert desk.state.paging.answered
    assert {call.ended for call in desk.state.paging.calls.values()} == {"acknowledged"}


def test_rule_4_saying_it_twice_is_one_answer() -> None:
    desk = Desk().to(60)
    desk.do("ana", c.Acknowledge())
    assert desk.do("ana", c.Acknowledge()) == ()
    assert len(desk.said(f.Acknowledged)) == 1


def test_rule_4_what_would_have_been_asked_next_says_why_it_was_not() -> None:
    desk = Desk().to(60)
    desk.do("ana", c.Acknowledge())
    assert desk.state.paging.skipped["detection/1/row-1"] == "acknowledged"


def test_rule_4_next_person_passes_on_at_once() -> None:
    desk = Desk().to(30)
    desk.do("ana", c.Pass())
    assert desk.pages()[1] == (30, "bo", "passed_on")


def test_rule_4_without_blame_nothing_is_asked_and_nothing_is_counted() -> None:
    desk = Desk().to(30)
    facts = desk.do("ana", c.Pass())
    assert facts == (f.Passed("ana", "cli"),)


def test_rule_4_the_last_refusal_goes_to_the_fallback_post_and_says_so() -> None:
    posts = tuple(replace(post, holder="bo") if post.id == "manager" else post for post in plan().posts)
    desk = Desk(world(plan(posts=posts))).to(10)
    desk.do("ana", c.Pass())
    desk.to(20)
    desk.do("bo", c.Pass())
    at, person, reason = desk.pages()[-1]
    assert (at, person, reason) == (20, "cy", "last_refusal")
    assert sentence(reason) == "everybody asked had passed it on"


def test_rule_4_whoever_passed_is_asked_again_only_by_a_new_round() -> None:
    desk = Desk().to(10)
    desk.do("ana", c.Pass())
    desk.to(20)
    assert [person for _, person, _ in desk.pages()] == ["ana", "bo"]


def test_rule_4_nobody_who_was_not_asked_can_pass() -> None:
    assert refused(Desk().to(10).do("cy", c.Pass())) == "already_so"


def test_rule_4_passing_after_an_answer_gives_the_page_back() -> None:
    """Whoever has it and cannot go on passes it on as well."""
    desk = Desk().to(10)
    desk.do("ana", c.Acknowledge())
    desk.do("ana", c.Pass())
    assert not desk.state.paging.answered
    desk.to(900)
    assert "bo" in [person for _, person, _ in desk.pages()]


def test_rule_4_an_answer_by_another_is_enough() -> None:
    desk = Desk().to(300)
    desk.do("cy", c.Acknowledge())
    pending = due(desk.state, desk.world, later(desk.now, 60)).upcoming
    assert {duty.reason for duty in pending} <= {"gone_quiet", "respond_within", "resolve_within"}
