"""Rules 15 to 19: page and inform, updates, what an outage costs, severity first and privacy, maintenance."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.core.rules.desk import GROUP, MONDAY, WORDS, Desk, declared, person, refused, with_people, world
from tests.plans import plan, targets
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.alerts import Candidate, Group, evolve_group, group_due, joins, mute_of, wants_incident
from tocsin.core.instants import Instant, later, parse_instant
from tocsin.core.permissions import may, may_see
from tocsin.core.plan import Hours, Person, Plan, Policy, Route, Step
from tocsin.core.world import Maintenance, World

SATURDAY = parse_instant("2026-01-17T22:00:00Z")


def _informs(inform_in: str, **steps: object) -> Plan:
    """The shared plan, whose SEV-3 tells the director as said."""
    told = Step(id="told", inform=targets("post:director"), inform_in=inform_in, **steps)  # type: ignore[arg-type]
    sev3 = Policy(id="sev3", zero="declaration", severities=("sev3",), steps=(told,))
    return plan(policies=(*plan().policies[:3], sev3, plan().policies[4]))


# ------------------------------------------------------------------------------------------------ rule 15


def test_rule_15_page_asks_for_an_answer() -> None:
    desk = Desk().to(1)
    assert [(order.verb, order.call) for order in desk.said(f.Ordered)] == [("page", "detection/1/first/page/ana")]
    assert any(what == "page" for _, what, _, _ in desk.coming()), "and goes on until somebody answers"


def test_rule_15_inform_asks_for_none() -> None:
    desk = declared("sev3", world(_informs("now"))).to(7200)
    told = [order for order in desk.said(f.Ordered) if order.verb == "inform"]
    assert [(order.person, order.call) for order in told] == [("cy", None)]
    assert not any(call.person == "cy" for call in desk.state.paging.calls.values())


def test_rule_15_page_and_inform_have_their_own_order_of_contacts() -> None:
    desk = declared("sev1").to(0)
    by = {(order.verb, order.channel) for order in desk.said(f.Ordered) if order.person == "cy"}
    assert by == {("inform", "smtp")}
    assert {order.channel for order in desk.said(f.Ordered) if order.verb == "page"} == {"webhook"}


def test_rule_15_an_inform_now_goes_now_whatever_the_hour() -> None:
    desk = Desk(world(_informs("now")), at=SATURDAY)
    desk.do("ana", c.Declare("sev3", WORDS))
    assert desk.informs() == [(0, "cy")]


def test_rule_15_an_inform_in_business_hours_waits_for_the_person_s_own() -> None:
    people = (Person(handle="ana"), Person(handle="bo"), Person(handle="cy", time_zone="Asia/Tokyo", hours=Hours()))
    desk = Desk(world(replace(_informs("business_hours"), people=people)), at=SATURDAY)
    desk.do("ana", c.Declare("sev3", WORDS))
    desk.to(48 * 3600)
    monday_nine_in_tokyo = parse_instant("2026-01-19T00:00:00Z")
    assert desk.informs() == [((monday_nine_in_tokyo - SATURDAY) / 1e6, "cy")]


def test_rule_15_quiet_hours_hold_no_page() -> None:
    desk = Desk(at=SATURDAY).to(0)
    assert [who for _, who, _ in desk.pages()] == ["ana"]


def test_rule_15_told_is_accepted_by_a_verified_channel() -> None:
    desk = declared("sev3", world(_informs("now")))
    assert [order.outcome for order in desk.state.paging.orders.values() if order.verb == "inform"] == ["accepted"]


def test_rule_15_a_contact_that_fails_hands_over_to_the_next() -> None:
    desk = Desk(world(_informs("now")), vendor=lambda x: "failed_for_good" if x.channel == "smtp" else "accepted")
    desk.do("ana", c.Declare("sev3", WORDS))
    assert [x.channel for x in desk.said(f.Ordered) if x.verb == "inform"] == ["smtp", "webhook"]


def test_rule_15_when_all_fail_the_commander_is_told() -> None:
    desk = Desk(world(_informs("now")), vendor=lambda x: "failed_for_good" if x.person == "cy" else "accepted")
    desk.do("ana", c.Declare("sev3", WORDS))
    untold = [step for step in desk.said(f.StepTaken) if step.reason == "untold"]
    assert [(step.people, step.skipped) for step in untold] == [(("ana",), (("cy", "unreachable"),))]
    assert (0, "ana") in desk.informs()


def test_rule_15_whoever_has_no_contact_is_untold_and_it_is_said_once() -> None:
    desk = declared("sev3", with_people(world(_informs("now")), cy=person("cy"))).to(3600)
    said = [step for step in desk.said(f.StepTaken) if step.key.startswith("sev3/")]
    assert said[0].skipped == (("cy", "unreachable"),) or any(step.reason == "untold" for step in said)


# ------------------------------------------------------------------------------------------------ rule 16


def _nags(desk: Desk) -> list[tuple[float, str, bool]]:
    return [(at, fact.audience, fact.late) for at, fact in desk.timed(f.UpdateFell)]


def test_rule_16_an_update_is_a_message_to_a_named_audience() -> None:
    desk = declared("sev1")
    desk.do("bo", c.SendUpdate("executives", WORDS))
    assert desk.said(f.UpdateSent) == [f.UpdateSent("bo", "executives", WORDS.ref, by_hand=True)]
    assert refused(desk.do("bo", c.SendUpdate("the-world", WORDS))) == "invalid"


@pytest.mark.parametrize(
    "change",
    [c.SetSeverity("sev1"), c.EnterPhase("investigation"), c.StartMitigation("restart", "low", WORDS)],
    ids=["severity", "phase", "mitigation"],
)
def test_rule_16_a_change_counts_as_an_update_for_the_room_only(change: c.Command) -> None:
    severity = "sev2" if isinstance(change, c.SetSeverity) else "sev1"
    desk = declared(severity).to(400)
    desk.do("ana", change)
    ahead = {who: at for at, what, _, who in desk.coming() if what == "update"}
    assert ahead
    desk.to(400 + 600)
    late = [(at, audience) for at, audience, late in _nags(desk) if late]
    assert (1000, "room") in late, "ten minutes after the change"
    assert (600, "room") not in late


def test_rule_16_and_not_for_others() -> None:
    desk = declared("sev1").to(1000)
    desk.do("ana", c.EnterPhase("investigation"))
    desk.to(1800)
    assert (1800, "executives", True) in _nags(desk)


def test_rule_16_posted_by_hand_says_who_when_and_where() -> None:
    desk = declared("sev1").to(60)
    desk.do("bo", c.SendUpdate("executives", WORDS, by_hand=True, link="https://status.example/1"))
    at, fact = desk.timed(f.UpdateSent)[0]
    assert (at, fact.by, fact.by_hand, fact.link) == (60, "bo", True, "https://status.example/1")


def test_rule_16_posted_by_hand_satisfies_the_clock() -> None:
    desk = declared("sev1").to(1500)
    desk.do("bo", c.SendUpdate("executives", WORDS))
    desk.to(1500 + 1800 - 121)
    assert [nag for nag in _nags(desk) if nag[1] == "executives"] == []
    desk.to(1500 + 1800)
    assert [nag for nag in _nags(desk) if nag[1] == "executives"] == [
        (1500 + 1680, "executives", False),
        (1500 + 1800, "executives", True),
    ]


def test_rule_16_posted_by_hand_satisfies_the_checklist() -> None:
    item = replace(plan().phases[0].checklist[0], id="told", ticked_by="update_sent")
    desk = declared("sev3", world(plan(phases=(replace(plan().phases[0], checklist=(item,)),))))
    assert "told" not in desk.state.ticks
    desk.do("ana", c.SendUpdate("room", WORDS, by_hand=True))
    assert desk.state.ticks["told"].by == "check:update_sent"


def test_rule_16_each_late_update_is_counted_once() -> None:
    desk = declared("sev1").to(3 * 600)
    late = [at for at, audience, late in _nags(desk) if late and audience == "room"]
    assert late == [600, 1200, 1800]
    assert desk.state.late_updates == len(late) + 1, "and the executives' at half an hour"


# ------------------------------------------------------------------------------------------------ rule 17


def test_rule_17_page_clocks_stood_still_for_as_long_as_the_engine_was_away() -> None:
    desk = declared("sev1").to(300).away(7200).to(300 + 7200 + 299)
    assert "sev1/1/director/page" not in desk.state.paging.taken
    desk.to(300 + 7200 + 300)
    assert "sev1/1/director/page" in desk.state.paging.taken


def test_rule_17_inform_clocks_did_not() -> None:
    desk = declared("sev1").to(300).away(7200)
    assert (7500, "cy") in desk.informs(), "the executives were to be told after a quarter of an hour"


def test_rule_17_how_long_is_on_the_record() -> None:
    desk = Desk().to(60).away(7200)
    assert desk.said(f.Resumed) == [f.Resumed(later(MONDAY, 60), 7200)]
    assert desk.state.paging.away == ((later(MONDAY, 60), later(MONDAY, 7260)),)


def test_rule_17_after_an_outage_who_is_on_call_now_is_rung_again() -> None:
    desk = Desk().to(301).away(7200)
    assert [round_.cause for round_ in desk.said(f.RoundStarted)] == ["opened", "resumed"]
    assert desk.pages()[-1][:2] == (7501, "ana")


def test_rule_17_an_outage_of_an_answered_incident_rings_nobody() -> None:
    desk = Desk().to(60)
    desk.do("ana", c.Acknowledge())
    desk.do("ana", c.Note("note", WORDS))
    desk.away(7200).to(8000)
    assert len(desk.pages()) == 1


def test_rule_17_two_outages_are_both_left_out() -> None:
    clock = Desk().to(60).away(100).to(200).away(1000).state.paging.clock
    assert clock(MONDAY, 300) == later(MONDAY, 300 + 1100)
    assert clock(MONDAY, 59) == later(MONDAY, 59), "what was due before the first is not moved"


# ------------------------------------------------------------------------------------------------ rule 18


def test_rule_18_a_private_incident_is_not_found_by_strangers() -> None:
    desk = Desk(visibility="private").to(1)
    stranger = desk.do("cy", c.Note("note", WORDS), "view", "respond")
    assert refused(stranger) == "not_found"
    assert "private" not in str(stranger), "not even that it is there"


def test_rule_18_its_own_people_act_in_it() -> None:
    desk = Desk(visibility="private").to(1)
    assert not isinstance(desk.do("ana", c.Acknowledge(), "view"), str)
    assert desk.state.paging.answered


@pytest.mark.parametrize(
    ("grants", "people", "visibility", "sees"),
    [
        (("view",), (), "open", True),
        (("view",), (), "private", False),
        (("view", "private"), (), "private", True),
        (("view",), ("cy",), "private", True),
        ((), ("cy",), "open", True),
        ((), (), "open", False),
        (("admin",), (), "private", False),
    ],
)
def test_rule_18_every_read_takes_the_viewer(
    grants: tuple[str, ...], people: tuple[str, ...], visibility: str, sees: bool
) -> None:
    assert may_see("cy", grants, visibility, people) is sees


def test_rule_18_a_path_makes_it_private() -> None:
    desk = declared("sev3")
    desk.do("ana", c.StartPath("security"))
    assert desk.state.visibility == "private"
    assert may(c.Actor("cy", frozenset({"view"})), "view", desk.state) is not None


def test_rule_18_a_private_group_joins_no_open_incident_and_no_open_group_a_private_one() -> None:
    group = Group(service="vault", visibility="private")
    open_ = Candidate("i", "vault", "open", False, True, MONDAY)
    assert not joins(open_, group, None, MONDAY, 1800)
    assert not joins(replace(open_, visibility="private"), Group(service="vault"), None, MONDAY, 1800)
    assert joins(replace(open_, visibility="private"), group, None, MONDAY, 1800)


def test_rule_18_severity_first_among_what_is_due_at_one_instant() -> None:
    """The outbox is ordered by rank, then by verb: a page of the worst severity leaves first."""
    from tocsin.engine.lists import UNRANKED, rank

    ranks = [rank(declared(severity).state, world()) for severity in ("sev1", "sev2", "sev3")]
    assert all(before < after for before, after in pairwise([*ranks, UNRANKED]))
    assert rank(Desk(severity_hint="sev1").state, world()) == ranks[0], "before declaration, what is proposed"


# ------------------------------------------------------------------------------------------------ rule 19

START, END = later(MONDAY, 600), later(MONDAY, 4200)
WINDOW = Maintenance("m1", ("api",), START, END)


def _under(maintenance: Maintenance = WINDOW) -> World:
    return replace(world(), maintenances=(maintenance,))


def _group(*facts: tuple[Instant, f.Fact]) -> Group:
    state = Group()
    opened = f.GroupOpened("test", "all", "key", "api", "open", "rules-1")
    for n, (at, fact) in enumerate([(MONDAY, opened), *facts], 1):
        state = evolve_group(state, f.Entry("group:1", n, at, fact))
    return state


FIRES = (MONDAY, f.AlertFired("p", MONDAY, None, "new", "x"))


def test_rule_19_a_maintenance_is_the_silence_for_its_services() -> None:
    mute = mute_of("api", None, _under(), START)
    assert mute is not None
    assert (mute.reason, mute.by, mute.until) == ("maintenance", "m1", END)


@pytest.mark.parametrize(
    ("service", "at", "muted"),
    [("api", 599, False), ("api", 600, True), ("api", 4199, True), ("api", 4200, False), ("web", 1000, False)],
)
def test_rule_19_others_still_page_and_so_does_what_comes_outside_the_window(
    service: str, at: int, muted: bool
) -> None:
    assert (mute_of(service, None, _under(), later(MONDAY, at)) is not None) is muted


def test_rule_19_one_that_was_ended_silences_nothing() -> None:
    assert mute_of("api", None, _under(replace(WINDOW, ended=True)), START) is None


def test_rule_19_what_fires_when_it_begins_is_muted_then() -> None:
    group = _group(FIRES)
    assert group_due(group, _under(), MONDAY).ask_again == START
    duty = group_due(group, _under(), START).ready[0]
    assert duty.facts == (f.GroupMuted("maintenance", "m1", END),)


def test_rule_19_what_still_fires_at_the_end_pages() -> None:
    group = _group(FIRES, (START, f.GroupMuted("maintenance", "m1", END)))
    assert not wants_incident(group, None)
    assert group_due(group, _under(), START).ask_again == END
    duty = group_due(group, _under(), END).ready[0]
    assert duty.facts == (f.GroupUnmuted("maintenance"),)
    after = evolve_group(group, f.Entry("group:1", 9, END, duty.facts[0]))
    assert wants_incident(after, None)


def test_rule_19_what_was_answered_before_it_rings_anew_as_overran() -> None:
    """An answer given before the window says nothing of what still fires after it."""
    desk = Desk().to(60)
    desk.do("ana", c.Acknowledge())
    desk.do("ana", c.Note("note", WORDS))
    desk.to(600).add(f.GroupMoved(GROUP, "maintenance"))
    desk.to(4200)
    assert len(desk.pages()) == 1
    desk.add(f.GroupMoved(GROUP, "unmuted"))
    desk.to(4200)
    assert desk.said(f.RoundStarted)[-1].cause == "overran"
    assert desk.pages()[-1][:2] == (4200, "ana")


def test_rule_19_it_names_services_window_downtime_and_approver() -> None:
    from tocsin.core.people import plan_maintenance
    from tocsin.core.refusals import Refusal

    actor = c.Actor("bo", frozenset({"people"}))
    planned = plan_maintenance(("api",), START, END, 600, "manager", "w", actor, world().live.by, MONDAY)
    assert planned == (f.MaintenancePlanned("bo", ("api",), START, END, 600, "manager", "w"),)
    wrong = plan_maintenance(("nothing",), END, START, 600, "nobody", "w", actor, world().live.by, later(END, 1))
    assert isinstance(wrong, Refusal)
    assert {problem.where for problem in wrong.problems} == {"services", "end", "approved_by"}


def test_rule_19_a_route_that_pages_nobody_keeps_its_alerts_on_the_record() -> None:
    assert not wants_incident(_group(FIRES), Route(id="quiet", page=False))
