"""One type for every no, and that decide refuses where it must write nothing."""

from __future__ import annotations

import pytest

from tests.core.rules.desk import WORDS, Desk, declared, refused, world
from tests.plans import plan
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.incident.decide import decide
from tocsin.core.incident.state import Incident
from tocsin.core.instants import later
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Problem, Refusal, Refused, refuse
from tocsin.core.triage import is_below, propose, unknown_questions


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("it is wrong"), "it is wrong"),
        (Problem("it is wrong", "a.yaml:3:5"), "a.yaml:3:5: it is wrong"),
        (Problem("it is wrong", "", "rule 6"), "it is wrong (rule 6)"),
        (Problem("it is wrong", "x", "rule 6", "say why"), "x: it is wrong (rule 6). say why"),
    ],
)
def test_a_problem_says_what_where_why_and_how_to_mend_it(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_refusal_lists_everything() -> None:
    refusal = Refusal("invalid", (Problem("one"), Problem("two")))
    assert str(refusal) == "one; two"
    assert str(Refusal("already_so")) == "already so"
    assert str(Refused(refusal)) == "one; two"
    assert refuse("missing", "a", where="b", why="c", mend="d") == Refusal("missing", (Problem("a", "b", "c", "d"),))


COMMANDS: list[tuple[c.Command, str, str]] = [
    (c.SetSeverity("sev9", WORDS), "declared", "invalid"),
    (c.SetSeverity("sev3", WORDS), "declared", "already_so"),
    (c.SetSeverity("sev1", WORDS), "detection", "wrong_phase"),
    (c.SetSeverity("sev1", WORDS), "resolved", "wrong_phase"),
    (c.Declare("sev9"), "detection", "invalid"),
    (c.Declare("sev1"), "declared", "already_so"),
    (c.Triage((("unheard-of", True),)), "detection", "invalid"),
    (c.Escalate("rotation:commander", "page", "because"), "declared", "invalid"),
    (c.Escalate("rotation:commander", "shout", "unsure"), "declared", "invalid"),
    (c.Escalate("nobody", "page", "unsure"), "declared", "invalid"),
    (c.Escalate("rotation:unheard-of", "page", "unsure"), "declared", "not_found"),
    (c.TakeRole("king"), "declared", "invalid"),
    (c.OfferRole("scribe", "nobody"), "declared", "not_found"),
    (c.EndRole("scribe", "bo"), "declared", "already_so"),
    (c.TickItem("unheard-of"), "declared", "invalid"),
    (c.WaiveItem("unheard-of", WORDS), "declared", "invalid"),
    (c.StartMitigation("prayer", "certain", WORDS), "declared", "invalid"),
    (c.EndMitigation(worked=True), "declared", "wrong_phase"),
    (c.SendUpdate("the-world", WORDS), "declared", "invalid"),
    (c.Note("rumour", WORDS), "declared", "invalid"),
    (c.Classify("colour", "blue"), "declared", "invalid"),
    (c.Classify("root_cause", "gremlins"), "declared", "invalid"),
    (c.SetImpact(()), "declared", "missing"),
    (c.SetImpact((("users", -1.0),)), "declared", "invalid"),
    (c.CorrectTime("lunch", later(Desk().now, -60), WORDS), "declared", "invalid"),
    (c.CorrectTime("detected", later(Desk().now, 60), WORDS), "declared", "invalid"),
    (c.Merge("incident:1"), "declared", "invalid"),
    (c.LinkTo("javascript:alert(1)", "address"), "declared", "invalid"),
    (c.LinkTo("INCIDENT-2", "hates"), "declared", "invalid"),
    (c.StartPath("garden"), "declared", "invalid"),
    (c.TakeDecision("confirmed"), "declared", "invalid"),
    (c.SetVisibility("secret"), "declared", "invalid"),
    (c.SetVisibility("open"), "declared", "already_so"),
    (c.Acknowledge(), "resolved", "ended"),
    (c.Pass(), "resolved", "ended"),
    (c.Resolve(), "resolved", "already_so"),
]


def _at(where: str) -> Desk:
    if where == "detection":
        return Desk()
    desk = declared("sev3", world(plan(phases=())))
    return desk.add(f.PhaseEntered("ana", "post_incident")) if where == "resolved" else desk


@pytest.mark.parametrize(
    ("command", "where", "reason"), COMMANDS, ids=lambda x: type(x).__name__ if isinstance(x, c.Command) else x
)
def test_what_is_refused_and_why(command: c.Command, where: str, reason: str) -> None:
    desk = _at(where)
    before = desk.state
    answer = desk.do("ana", command)
    assert refused(answer) == reason
    assert desk.state == before, "a refusal brings about nothing"
    assert isinstance(answer, Refusal) and answer.problems and reason in list(RefusalReason)


def test_two_problems_of_one_command_are_told_at_once() -> None:
    answer = _at("declared").do("ana", c.StartMitigation("prayer", "certain", WORDS))
    assert isinstance(answer, Refusal)
    assert [problem.where for problem in answer.problems] == ["way", "risk"]


def test_nothing_is_written_to_a_record_of_a_later_version() -> None:
    desk = Desk().to(1).add(f.Unknown("incident.foretold", 1, b"{}"))
    answer = desk.do("ana", c.Acknowledge())
    assert refused(answer) == "unknown_fact"
    assert "newer" in str(answer) or "later version" in str(answer)


def test_an_incident_that_is_not_there_is_not_found() -> None:
    actor = c.Actor("ana", frozenset({"view", "respond"}))
    assert refused(decide(Incident(), c.Acknowledge(), actor, world(), Desk().now)) == "not_found"


# ------------------------------------------------------------------------------------------------ triage


@pytest.mark.parametrize(
    ("answers", "proposed"),
    [
        ((), "sev3"),
        ((("out", False), ("degraded", False)), "sev3"),
        ((("out", True),), "sev1"),
        ((("degraded", True),), "sev2"),
        ((("out", True), ("degraded", True)), "sev1"),
        ((("degraded", True), ("out", True)), "sev1"),
        ((("degraded", True), ("out", False)), "sev2"),
    ],
)
def test_the_first_yes_in_the_plan_s_order_decides(answers: tuple[tuple[str, bool], ...], proposed: str) -> None:
    assert propose(plan(), answers) == proposed
    desk = Desk()
    desk.do("ana", c.Triage(answers))
    assert desk.state.proposed == proposed
    assert not desk.state.declared, "a person decides"


def test_a_plan_without_severities_proposes_none() -> None:
    assert propose(plan(severities=(), triage=()), ()) is None


def test_a_question_that_the_plan_does_not_ask_is_named() -> None:
    problems = unknown_questions(plan(), (("weather", True), ("out", True)))
    assert [problem.where for problem in problems] == ["answers.weather"]


@pytest.mark.parametrize(
    ("chosen", "proposed", "below"), [(0, 1, False), (1, 1, False), (2, 1, True), (1, None, False)]
)
def test_below_is_milder(chosen: int, proposed: int | None, below: bool) -> None:
    levels = plan().severities
    assert is_below(levels[chosen], levels[proposed] if proposed is not None else None) is below
