"""A person's contacts: which count, in which order, after which delays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.rules.desk import MONDAY, Desk, person, with_people, world
from tests.plans import plan
from tocsin.core import facts as f
from tocsin.core.contact import ladder, reachable
from tocsin.core.instants import later
from tocsin.core.plan import ContactRule, Rung
from tocsin.core.world import Contact, LivePerson, World


def _rungs(world_: World, verb: str = "page", who: str = "ana") -> list[tuple[str, int]]:
    return [(rung.contact.id, rung.after) for rung in ladder(who, verb, world_)]


def _ana(*contacts: tuple[str, str, bool], page: tuple[tuple[str, int], ...] = (), left: bool = False) -> World:
    known = LivePerson("ana", tuple(Contact(*each) for each in contacts), page_ladder=page, left=left)
    return with_people(world(), ana=known)


HOOK, MAIL, HOOK_2 = ("hook", "webhook", True), ("mail", "smtp", True), ("hook-2", "webhook", True)


@pytest.mark.parametrize(
    ("world_", "page", "inform"),
    [
        (_ana(HOOK, MAIL), [("hook", 0), ("mail", 120)], [("mail", 0), ("hook", 0)]),
        (_ana(MAIL, HOOK), [("hook", 0), ("mail", 120)], [("mail", 0), ("hook", 0)]),
        (_ana(MAIL), [("mail", 120)], [("mail", 0)]),
        (_ana(HOOK, HOOK_2), [("hook", 0), ("hook-2", 0)], [("hook", 0), ("hook-2", 0)]),
        (_ana(("hook", "webhook", False), MAIL), [("mail", 120)], [("mail", 0)]),
        (_ana(("pager", "pigeon", True)), [], []),
        (_ana(), [], []),
        (_ana(HOOK, left=True), [], []),
    ],
    ids=["both", "order-is-the-rule's", "one", "two-of-a-kind", "unverified", "unknown-kind", "none", "left"],
)
def test_the_plan_s_rule_orders_what_somebody_has(
    world_: World, page: list[tuple[str, int]], inform: list[tuple[str, int]]
) -> None:
    assert _rungs(world_) == page
    assert _rungs(world_, "inform") == inform
    assert reachable("ana", "page", world_) is bool(page)


def test_one_s_own_ladder_comes_first() -> None:
    assert _rungs(_ana(HOOK, MAIL, page=(("mail", 0), ("hook", 30)))) == [("mail", 0), ("hook", 30)]


def test_one_s_own_ladder_leaves_out_what_is_not_verified_or_gone() -> None:
    own = (("gone", 0), ("hook", 10), ("mail", 20))
    assert _rungs(_ana(("hook", "webhook", False), MAIL, page=own)) == [("mail", 20)]


def test_one_s_own_ladder_for_pages_says_nothing_of_informs() -> None:
    assert _rungs(_ana(HOOK, MAIL, page=(("hook", 0),)), "inform") == [("mail", 0), ("hook", 0)]


def test_without_a_rule_contacts_follow_every_two_minutes() -> None:
    rules = replace(world().live, plan=plan(contact_rule=None))
    assert _rungs(replace(_ana(HOOK, MAIL), live=rules)) == [("hook", 0), ("mail", 120)]


def test_a_rung_takes_the_first_kind_that_somebody_has() -> None:
    rule = ContactRule(page=(Rung(channels=("pigeon", "smtp", "webhook")),), inform=())
    rules = replace(world().live, plan=plan(contact_rule=rule))
    assert _rungs(replace(_ana(HOOK, MAIL), live=rules)) == [("mail", 0)]


def test_a_stranger_is_not_reachable() -> None:
    assert not reachable("nobody", "page", world())


def _orders(desk: Desk, who: str = "ana") -> list[tuple[float, str, str]]:
    return [(at, order.channel, order.reason) for at, order in desk.timed(f.Ordered) if order.person == who]


def test_each_contact_is_used_at_its_delay() -> None:
    assert _orders(Desk().to(299)) == [(0, "webhook", "first_on_call"), (120, "smtp", "next_contact")]


@pytest.mark.parametrize("outcome", ["failed_for_good", "unknown"])
def test_a_contact_that_may_not_have_arrived_moves_the_ladder_at_once(outcome: str) -> None:
    desk = Desk(vendor=lambda order: outcome if order.channel == "webhook" else "accepted").to(0)
    assert _orders(desk) == [(0, "webhook", "first_on_call"), (0, "smtp", "contact_failed")]


def test_a_contact_that_fails_for_now_has_its_time() -> None:
    desk = Desk(vendor=lambda order: "failed_now").to(119)
    assert _orders(desk) == [(0, "webhook", "first_on_call")]


def test_a_call_of_which_every_contact_failed_ends_unreachable() -> None:
    desk = Desk(vendor=lambda order: "failed_for_good" if order.person == "ana" else "accepted").to(0)
    assert desk.said(f.CallEnded)[0] == f.CallEnded("detection/1/first/page/ana", "unreachable")


def test_delays_count_on_the_page_clock() -> None:
    desk = Desk().to(60)
    clock = desk.state.paging.clock
    desk.add(f.Resumed(later(MONDAY, 60), 600))
    assert clock(MONDAY, 120) == later(MONDAY, 120)


def test_whoever_gets_a_contact_while_called_is_reached_over_it() -> None:
    desk = Desk(with_people(world(), ana=person("ana", "webhook"))).to(10)
    desk.world = world()
    desk.to(120)
    assert _orders(desk)[-1] == (120, "smtp", "next_contact")
