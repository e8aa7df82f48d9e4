"""Spec sheet 1, row by row, against VirtEngine's plan and the verbs. Ids: sheet1-<table>-<row>-<column>."""

from __future__ import annotations

import pytest

from tests.core.virtengine import NOW, answered, declared, detected, holder, meant, on_call, plan, words, world
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.alerts import Router
from tocsin.core.incident.promises import respond_by
from tocsin.core.instants import later, parse_instant
from tocsin.core.reasons import DismissReason
from tocsin.core.refusals import Refusal
from tocsin.core.triage import propose

HOUR, DAY, WEEK = 3600, 86_400, 604_800
LEVELS = ("sev1", "sev2", "sev3", "sev4")

# -------------------------------------------------------------------------------------------------- severities

SEVERITIES: dict[str, tuple[object, object, object, object]] = {
    "title": ("SEV-1 critical", "SEV-2 high", "SEV-3 medium", "SEV-4 low"),
    "means": (
        "service fully out, or critical security breach",
        "significant degradation, or an SLO violated",
        "minor degradation, no SLO harmed",
        "cosmetic",
    ),
    "functions": (
        "major ones fully broken",
        "major ones degraded, or broken for some",
        "non-critical ones; intermittent errors",
        "none broken",
    ),
    "users": ("all", "10 % or more", "fewer than 10 %", "very few"),
    "revenue": ("more than $10,000 an hour", "$1,000 to $10,000 an hour", "less than $1,000 an hour", "none"),
    "error_budget": ("depleted", "burning fast", "within SLO", ""),
    "security": ("active breach, or data loss", "weakness found, not exploited", "", ""),
    "respond_within": (300, 900, HOUR, DAY),
    "respond_in": ("now", "now", "business_hours", "business_hours"),
    "resolve_within": (HOUR, 2 * HOUR, DAY, WEEK),
    "paged": ("everyone on call now", "primary on-call", "nobody (message to on-call)", "nobody (ticket)"),
    "command_within": (300, 900, None, None),
    "leadership_within": (900, 1800, None, None),
    "leadership": ("executives", "engineering leadership", "engineering lead", ""),
    "summary": ("no", "daily", "weekly", "monthly"),
    "status_page": ("required", "required", "optional", "no"),
    "status_page_within": (0, 900, None, None),
    "work_at": (
        "now, all hands",
        "now, dedicated people",
        "business hours, next deploy window",
        "regular sprint",
    ),
    "postmortem": ("required", "required", "optional", "no"),
    "example": (
        "API out for all",
        "connection pool, 47 min; 50 % errors",
        "slow query, 5 % of requests",
        "one dashboard's format",
    ),
}


@pytest.mark.parametrize(
    ("row", "level"),
    [pytest.param(row, i, id=f"sheet1-severity-{LEVELS[i]}-{row}") for row in SEVERITIES for i in range(4)],
)
def test_the_table_of_severities(row: str, level: int) -> None:
    assert getattr(plan().severities[level], row) == SEVERITIES[row][level]


def test_the_levels_stand_worst_first() -> None:
    assert [(level.id, level.rank) for level in plan().severities] == [(id, i + 1) for i, id in enumerate(LEVELS)]


@pytest.mark.parametrize(
    ("severity", "respond", "resolve"),
    [
        pytest.param("sev1", "2026-01-29T14:29:00Z", "2026-01-29T15:24:00Z", id="sheet1-severity-sev1-clocks"),
        pytest.param("sev2", "2026-01-29T14:39:00Z", "2026-01-29T16:24:00Z", id="sheet1-severity-sev2-clocks"),
        pytest.param("sev3", "2026-01-29T18:00:00Z", "2026-01-30T14:24:00Z", id="sheet1-severity-sev3-clocks"),
        pytest.param("sev4", "2026-02-03T01:00:00Z", "2026-02-05T14:24:00Z", id="sheet1-severity-sev4-clocks"),
    ],
)
def test_by_when_an_answer_and_the_resolution_are_promised(severity: str, respond: str, resolve: str) -> None:
    """Declared Thursday 14:24 UTC. The primary's day in California is 17:00 to 01:00 UTC: an hour of it is over at
    18:00; 24 hours are three days of eight, the weekend left out (conflict 34)."""
    case = declared(severity)
    level = world().rules.by.severities[severity]
    assert respond_by(level, case.state, case.world, NOW) == parse_instant(respond)
    promised = {t.words.rpartition(": ")[2]: t.at for t in case.owed() if t.what == "promise"}
    assert promised == {"first answer": parse_instant(respond), "resolved": parse_instant(resolve)}
    assert all(duty.facts == () for duty in case.owed() if duty.what == "promise"), "targets never page"


@pytest.mark.parametrize(
    ("severity", "minute", "people"),
    [
        pytest.param("sev1", 15, {"cto", "ceo", "vp-engineering"}, id="sheet1-severity-sev1-leadership-told"),
        pytest.param("sev2", 30, {"engineering-director", "vp-engineering"}, id="sheet1-severity-sev2-leadership-told"),
    ],
)
def test_leadership_is_told_in_time(severity: str, minute: int, people: set[str]) -> None:
    told = declared(severity).by_minute(60, severity)
    assert told[minute, "inform"] == {holder(post) for post in people}
    assert minute * 60 == world().rules.by.severities[severity].leadership_within


@pytest.mark.parametrize(
    ("label", "hint", "pages"),
    [
        pytest.param("critical", "sev2", True, id="sheet1-severity-sev2-comes-as-a-page"),
        pytest.param("sev-1", "sev1", True, id="sheet1-severity-sev1-comes-as-a-page"),
        pytest.param("warning", "sev3", False, id="sheet1-severity-sev3-comes-as-a-message"),
        pytest.param("info", "sev4", False, id="sheet1-severity-sev4-comes-as-a-ticket"),
        pytest.param("", None, True, id="sheet1-severity-unknown-comes-as-a-page"),
    ],
)
def test_how_an_alert_comes_in(label: str, hint: str | None, pages: bool) -> None:
    routed = Router(world().live, world().matches).route("test", {"severity": label, "service": "api"})
    assert routed is not None
    assert (routed.severity_hint, routed.service) == (hint, "api-gateway")
    seen = detected(routed.service, hint).by_minute(600)
    assert any(verb == "page" for _, verb in seen) is pages
    assert seen


# ------------------------------------------------------------------------------------------------------ triage

QUESTIONS = {
    "fully-out": "sev1",
    "active-breach": "sev1",
    "data-lost": "sev1",
    "ten-thousand": "sev1",
    "budget-depleted": "sev1",
    "ten-percent": "sev2",
    "slo-violated": "sev2",
    "major-function": "sev2",
    "one-thousand": "sev2",
    "weakness": "sev2",
    "any-user": "sev3",
}


@pytest.mark.parametrize("question", QUESTIONS, ids=[f"sheet1-triage-{question}" for question in QUESTIONS])
def test_one_yes_decides(question: str) -> None:
    answers = tuple((name, name == question) for name in QUESTIONS)
    assert propose(plan(), answers) == QUESTIONS[question]


@pytest.mark.parametrize("last", QUESTIONS, ids=[f"sheet1-triage-first-yes-{question}" for question in QUESTIONS])
def test_the_first_yes_decides_in_whatever_order_they_are_answered(last: str) -> None:
    following = list(QUESTIONS)[list(QUESTIONS).index(last) :]
    assert propose(plan(), tuple((name, True) for name in reversed(following))) == QUESTIONS[last]


def test_no_yes_at_all_is_the_mildest() -> None:
    """sheet1-triage-else."""
    assert propose(plan(), tuple((name, False) for name in QUESTIONS)) == "sev4"
    assert [question.id for question in plan().triage] == list(QUESTIONS)


def test_the_product_proposes_and_a_person_decides() -> None:
    """sheet1-triage-outage: triage says SEV-1; SEV-2 stands with a reason, and who chose is recorded (conflict 113)."""
    case = detected(hint="sev2").minute(4).do("sre-amer-2", c.Triage((("fully-out", True),)))
    assert case.state.proposed == "sev1"
    refused = case.ask("sre-amer-2", c.Declare("sev2"))
    assert isinstance(refused, Refusal)
    assert refused.problems[0].where == "reason"
    facts = case.ask("sre-amer-2", c.Declare("sev2", words()))
    assert isinstance(facts, tuple)
    chosen = next(fact for fact in facts if isinstance(fact, f.Declared))
    assert (chosen.by, chosen.severity, chosen.proposed, chosen.reason) == ("sre-amer-2", "sev2", "sev1", words().ref)
    assert isinstance(case.ask("sre-amer-2", c.Declare("sev1")), tuple), "in doubt the higher, without a word"


DISMISSALS = [str(reason) for reason in DismissReason]


@pytest.mark.parametrize("reason", DISMISSALS, ids=[f"sheet1-dismissal-{reason}" for reason in DISMISSALS])
def test_what_was_no_incident_is_dismissed_with_what_it_was(reason: str) -> None:
    case = detected().minute(2).do("sre-amer-2", c.Acknowledge()).do("sre-amer-2", c.Dismiss(reason))
    assert case.state.ended == "dismissed"
    assert case.by_minute(60) == {}


def test_the_six_reasons() -> None:
    assert set(DISMISSALS) == {
        "false_positive",
        "known_issue",
        "planned_maintenance",
        "non_urgent_bug",
        "feature_request",
        "optimisation",
    }


def test_other_reasons_dismiss_nothing_and_a_declared_incident_is_never_dismissed() -> None:
    assert isinstance(detected().ask("sre-amer-2", c.Dismiss("meh")), Refusal)
    assert isinstance(declared("sev4").ask("sre-amer-2", c.Dismiss("false_positive")), Refusal)


# ---------------------------------------------------------------------------------------------- severity changes


def test_a_raise_starts_the_clocks_of_the_new_level_and_both_stay() -> None:
    """sheet1-change-raise: SEV-2 at 14:24, SEV-1 at 14:44: the director is paged at 14:54, executives told at 14:59."""
    case = answered("sev2").minute(20).put(f.SeverityChanged("commander-emea-1", "sev2", "sev1", True))
    seen = case.by_minute(60, "sev1")
    assert seen[30, "page"] == {holder("engineering-director")}
    assert seen[35, "inform"] == {holder(post) for post in ("cto", "ceo", "vp-engineering")}
    assert meant("domain:primary") not in seen[20, "page"], "who has it is not asked again (already_paged)"
    assert [level for _, level in case.state.levels] == ["sev2", "sev1"]
    assert [told.at for told in case.told(3600) if told.duty.what == "command"] == [later(NOW, 25 * 60)]


def test_a_lowering_needs_a_reason_and_drops_what_was_pending() -> None:
    """sheet1-change-lower."""
    case = answered("sev1").minute(12)
    assert isinstance(case.ask("sre-amer-2", c.SetSeverity("sev2")), Refusal)
    facts = case.ask("sre-amer-2", c.SetSeverity("sev2", words()))
    assert isinstance(facts, tuple)
    dropped = {fact.key.split("/")[2] for fact in facts if isinstance(fact, f.StepSkipped) and fact.reason == "lowered"}
    assert {"executives", "experts", "vp-and-cto", "ceo"} <= dropped
    later_on = case.put(*facts).by_minute(60)
    assert holder("ceo") not in {person for people in later_on.values() for person in people}


@pytest.mark.parametrize(
    ("person", "grants", "allowed"),
    [
        pytest.param("sre-amer-2", ("view", "respond"), True, id="sheet1-change-by-a-responder"),
        pytest.param("sre-amer-2", ("view",), True, id="sheet1-change-by-who-was-paged"),
        pytest.param("cy", ("view",), False, id="sheet1-change-by-a-stranger"),
        pytest.param("cy", ("send",), False, id="sheet1-change-by-a-sender"),
    ],
)
def test_who_may_change_a_severity(person: str, grants: tuple[str, ...], allowed: bool) -> None:
    case = answered("sev1").minute(1)
    for command in (c.SetSeverity("sev2", words()), c.TakeRole("commander")):
        assert isinstance(case.ask(person, command, *grants), tuple) is allowed


# -------------------------------------------------------------------------------------- from alert to decision


def test_from_alert_to_decision() -> None:
    """sheet1-decision: paged at once, the next tier at 5 min, and again when nothing follows an answer in 15 min."""
    case = detected()
    assert case.by_minute(6) == {(0, "page"): {on_call("primary-sre")}, (5, "page"): {on_call("secondary-sre")}}
    limits = plan().limits
    assert (limits.detect_within, limits.page_within) == (300, 60)
    assert (limits.acknowledge_within, limits.act_within) == (300, 900)
    case.minute(4).do("sre-amer-2", c.Acknowledge())
    rounds = [(told.at, told.duty.reason) for told in case.told(3000) if told.duty.what == "round"]
    assert rounds[0] == (later(NOW, 19 * 60), "gone_quiet")
    decided = case.minute(14).do("sre-amer-2", c.Declare("sev3", words()))
    assert not [told for told in decided.told(3000) if told.duty.reason == "gone_quiet"]
