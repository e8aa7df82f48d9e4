"""The lifecycle's one table: every pair of phases, allowed or refused, and why."""

from __future__ import annotations

from itertools import product

import pytest

from tests.core.rules.desk import WORDS, Desk, declared, refused, world
from tests.plans import plan
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.incident.lifecycle import ENDED, PHASES, WAYS, diagram, way, ways_from
from tocsin.core.refusals import Refusal

NO_CHECKLISTS = world(plan(phases=()))
FORWARD = {
    ("response", "investigation"), ("investigation", "mitigation"), ("mitigation", "resolution"),
    ("resolution", "post_incident"),
}  # fmt: skip
BACK = {
    ("mitigation", "investigation"), ("resolution", "mitigation"), ("resolution", "investigation"),
    ("post_incident", "investigation"),
}  # fmt: skip


def _in(phase: str) -> Desk:
    """A declared incident in a phase, with everything done that leaves it."""
    if phase == "detection":
        return Desk(NO_CHECKLISTS)
    desk = declared("sev3", NO_CHECKLISTS)
    desk.add(f.MitigationStarted("ana", 1, "restart", "low", "w"), f.MitigationEnded("ana", 1, worked=True))
    for step in PHASES[2 : PHASES.index(phase) + 1]:
        desk.do("ana", c.EnterPhase(step))
    assert desk.state.phase == phase
    return desk


@pytest.mark.parametrize(("before", "after"), list(product(PHASES, PHASES)))
def test_a_phase_is_entered_by_the_table_alone(before: str, after: str) -> None:
    answer = _in(before).do("ana", c.EnterPhase(after, WORDS))
    if (before, after) in FORWARD | BACK:
        assert isinstance(answer, tuple)
        assert f.PhaseEntered("ana", after, (before, after) in BACK, WORDS.ref) in answer
    else:
        assert refused(answer) == "wrong_phase"
        assert all(each.after in str(answer) for each in ways_from(before)), "it says which ways there are"


@pytest.mark.parametrize(("before", "after"), sorted(BACK))
def test_going_back_is_a_relapse_and_needs_a_reason(before: str, after: str) -> None:
    found = way(before, after)
    assert found is not None and found.relapse
    answer = _in(before).do("ana", c.EnterPhase(after))
    assert isinstance(answer, Refusal)
    assert [problem.where for problem in answer.problems] == ["reason"]


@pytest.mark.parametrize(("before", "after"), sorted(FORWARD))
def test_going_on_needs_none(before: str, after: str) -> None:
    found = way(before, after)
    assert found is not None and not found.relapse
    assert isinstance(_in(before).do("ana", c.EnterPhase(after)), tuple)


@pytest.mark.parametrize("phase", PHASES)
def test_where_an_incident_may_be_merged(phase: str) -> None:
    answer = _in(phase).do("ana", c.Merge("incident:2"))
    if phase == "post_incident":
        assert refused(answer) == "wrong_phase"
    else:
        assert isinstance(answer, tuple) and answer[-1] == f.Merged("ana", "incident:2")


@pytest.mark.parametrize("phase", PHASES)
def test_only_a_resolved_incident_is_closed(phase: str) -> None:
    answer = _in(phase).do("ana", c.Close())
    assert (answer == (f.Closed("ana", "closed"),)) is (phase == "post_incident")


@pytest.mark.parametrize("phase", PHASES)
def test_only_a_detection_is_declared_or_dismissed(phase: str) -> None:
    assert isinstance(_in(phase).do("ana", c.Declare("sev3", WORDS)), tuple) is (phase == "detection")
    assert isinstance(_in(phase).do("ana", c.Dismiss("known_issue")), tuple) is (phase == "detection")


@pytest.mark.parametrize("phase", PHASES)
def test_every_phase_can_be_left(phase: str) -> None:
    assert ways_from(phase)


def test_nothing_leaves_an_end() -> None:
    assert not any(each.before in ENDED for each in WAYS)


def test_every_way_begins_and_ends_in_the_table() -> None:
    assert {each.before for each in WAYS} == set(PHASES)
    assert {each.after for each in WAYS} == {*PHASES[1:], *ENDED}


def test_no_two_ways_lead_from_one_phase_to_another() -> None:
    pairs = [(each.before, each.after) for each in WAYS]
    assert len(pairs) == len(set(pairs))


def test_the_diagram_draws_every_way() -> None:
    drawn = diagram()
    assert all(f"{each.before} --> {each.after}: {each.verb}" in drawn for each in WAYS)
    assert all(f"{end} --> [*]" in drawn for end in ENDED)


ENDINGS = {
    "closed": (f.Closed("ana", "closed"),), "dismissed": (f.Dismissed("ana", "known_issue"),),
    "cleared": (f.Closed("engine", "cleared"),), "merged": (f.Merged("ana", "incident:2"),),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDED)
def test_what_may_still_be_written_after_the_end(end: str) -> None:
    desk = Desk(NO_CHECKLISTS).add(*ENDINGS[end])
    assert desk.state.ended == end
    assert refused(desk.do("ana", c.Acknowledge())) == "ended"
    assert refused(desk.do("ana", c.EnterPhase("response"))) == "ended"
    for command in (c.Note("note", WORDS), c.Classify("root_cause", "unknown"), c.LinkTo("INCIDENT-2")):
        assert isinstance(desk.do("ana", command), tuple), command


def test_everything_missing_is_listed_at_once() -> None:
    desk = declared("sev3", world())
    desk.add(f.PhaseEntered("ana", "mitigation"), f.PhaseEntered("ana", "resolution"))
    answer = desk.do("ana", c.Resolve())
    assert isinstance(answer, Refusal)
    assert {problem.where for problem in answer.problems} == {"checklist.quiet", "checklist.fixed", "watch"}
