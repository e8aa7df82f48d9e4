"""The clocks that nag: updates that are nearly due, late and counted, and command that is not established."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.rules.desk import MONDAY, WORDS, Desk, declared, world
from tests.plans import SEVERITIES, plan
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.cadence import sender, update_clocks
from tocsin.core.instants import later
from tocsin.core.plan import Audience, Cadence
from tocsin.core.world import World

EXECUTIVES = Audience(id="executives", sender="communications")
ROOM = Audience(id="room", room=True)


def _world(audience: Audience = EXECUTIVES, **row: object) -> World:
    fields: dict[str, object] = {"severity": "sev3", "audience": audience.id, "active": 1800} | row
    return world(plan(audiences=(audience,), cadence=(Cadence(**fields),)))  # type: ignore[arg-type]


def _fell(desk: Desk) -> list[tuple[float, float, bool]]:
    return [(at, (fact.due - MONDAY) / 1e6, fact.late) for at, fact in desk.timed(f.UpdateFell)]


@pytest.mark.parametrize(
    ("row", "seconds", "fell"),
    [
        ({}, 1679, []),
        ({}, 1680, [(1680, 1800, False)]),
        ({}, 1800, [(1680, 1800, False), (1800, 1800, True)]),
        ({}, 3600, [(1680, 1800, False), (1800, 1800, True), (3480, 3600, False), (3600, 3600, True)]),
        ({"warn": 600}, 1200, [(1200, 1800, False)]),
        ({"active": 120, "warn": 600}, 60, [(60, 120, False)]),
        ({"first": 300}, 300, [(180, 300, False), (300, 300, True)]),
        ({"severity": "sev1"}, 7200, []),
    ],
    ids=["before", "nearly", "late", "again", "early-warning", "no-sooner-than-half", "first", "other-severity"],
)
def test_an_update_falls_due(row: dict[str, object], seconds: float, fell: list[tuple[float, float, bool]]) -> None:
    desk = declared("sev3", _world(**row)).to(seconds)
    assert _fell(desk) == fell
    assert desk.state.late_updates == sum(late for _, _, late in fell)


def test_an_update_in_time_moves_the_clock() -> None:
    desk = declared("sev3", _world()).to(1000)
    desk.do("ana", c.SendUpdate("executives", WORDS))
    desk.to(1000 + 1679)
    assert _fell(desk) == []
    desk.to(1000 + 1680)
    assert _fell(desk) == [(2680, 2800, False)]


def test_an_update_after_the_reminder_ends_it() -> None:
    desk = declared("sev3", _world()).to(1700)
    desk.do("ana", c.SendUpdate("executives", WORDS))
    desk.to(1900)
    assert [late for _, _, late in _fell(desk)] == [False]


def test_an_update_to_another_audience_does_not() -> None:
    desk = declared("sev1").to(100)
    desk.do("ana", c.SendUpdate("room", WORDS))
    assert [(row.audience, due) for row, _, due in update_clocks(desk.state, desk.world)] == [
        ("executives", later(MONDAY, 1800)),
        ("room", later(MONDAY, 100 + 600)),
    ]


def test_while_the_fix_is_watched_another_interval_may_hold() -> None:
    desk = declared("sev3", _world(watching=3600))
    desk.add(f.PhaseEntered("ana", "resolution"))
    assert [due for _, _, due in update_clocks(desk.state, desk.world)] == [later(MONDAY, 3600)]


@pytest.mark.parametrize("end", [f.PhaseEntered("ana", "post_incident"), f.Merged("ana", "incident:2")])
def test_what_is_over_owes_no_update(end: f.Fact) -> None:
    desk = declared("sev3", _world()).add(end)
    assert list(update_clocks(desk.state, desk.world)) == []


def test_before_declaration_nobody_is_owed_one() -> None:
    desk = Desk(_world()).to(600)
    assert list(update_clocks(desk.state, desk.world)) == []


# ------------------------------------------------------------------------------------------- who writes


def test_the_role_that_the_plan_names_writes() -> None:
    desk = declared("sev3", _world()).to(10)
    desk.do("bo", c.TakeRole("communications"))
    assert sender(EXECUTIVES, desk.state) == "bo"


def test_else_whoever_commands() -> None:
    desk = declared("sev3", _world())
    assert sender(EXECUTIVES, desk.state) == "ana"


def test_else_whoever_answered() -> None:
    desk = Desk(_world()).to(10)
    desk.do("bo", c.Acknowledge())
    assert sender(EXECUTIVES, desk.state) == "bo"


def test_else_nobody_and_the_record_says_so() -> None:
    desk = Desk(_world())
    desk.do("route:all", c.Declare("sev3"))
    desk.to(1680)
    told = [step for step in desk.said(f.StepTaken) if step.reason == "update_nearly_due"]
    assert [(step.people, step.targets) for step in told] == [((), ("role:communications",))]


def test_the_reminder_is_an_inform() -> None:
    desk = declared("sev3", _world()).to(1680)
    assert [(at, order.person, order.verb) for at, order in desk.timed(f.Ordered) if at == 1680] == [
        (1680, "ana", "inform")
    ]


# ------------------------------------------------------------------------------------------------ command


def _by_route(severity: str, **changes: object) -> Desk:
    severities = tuple(replace(each, **changes) if each.id == severity else each for each in SEVERITIES)
    desk = Desk(world(plan(severities=severities)))
    desk.do("route:all", c.Declare(severity))
    return desk


@pytest.mark.parametrize(("severity", "late_at"), [("sev1", 300), ("sev2", 900)])
def test_command_is_late_at_its_time_and_once(severity: str, late_at: int) -> None:
    desk = _by_route(severity).to(late_at - 1)
    assert desk.said(f.CommandLate) == []
    desk.to(late_at + 3600)
    assert desk.timed(f.CommandLate) == [(late_at, f.CommandLate(later(MONDAY, late_at)))]


def test_a_severity_without_a_command_clock_has_none() -> None:
    assert _by_route("sev3").to(7200).said(f.CommandLate) == []


def test_interim_command_is_not_command() -> None:
    desk = declared("sev1").to(300)
    assert desk.state.holder("commander") == "ana"
    assert len(desk.said(f.CommandLate)) == 1


def test_command_in_time_stops_the_clock() -> None:
    desk = _by_route("sev1").to(299)
    desk.do("bo", c.TakeRole("commander"))
    assert desk.to(3600).said(f.CommandLate) == []
    assert desk.state.times["command"] == later(MONDAY, 299)


def test_command_given_up_is_wanted_again() -> None:
    desk = _by_route("sev1").to(60)
    desk.do("bo", c.TakeRole("commander"))
    desk.do("bo", c.EndRole("commander", "bo"))
    assert len(desk.to(300).said(f.CommandLate)) == 1
