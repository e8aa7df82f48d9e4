"""Timers and outbox: claims, leases, fences; one suite for every store."""

from __future__ import annotations

from dataclasses import replace

from tests.store.rows import group, incident, order
from tocsin.core.instants import Instant
from tocsin.store.base import Store, TimerRow


def at(seconds: int) -> Instant:
    return Instant(seconds)


def test_a_record_has_one_timer(store: Store) -> None:
    with store.writing() as w:
        w.set_timers([("b", at(20)), ("a", at(10)), ("c", at(30))])
        w.set_timers([("a", at(25)), ("c", None)])
    with store.writing() as w:
        assert w.next_timer() == 20
        assert w.due_timers(at(24), 10) == [TimerRow("b", at(20))]
        assert w.claim_timers(at(25), 10, "me", 30.0) == [TimerRow("b", at(20)), TimerRow("a", at(25))]
        assert w.claim_timers(at(25), 1, "me", 30.0) == [TimerRow("b", at(20))]
        w.set_timers([("a", None), ("b", None)])
        assert w.next_timer() is None


def test_what_is_due_already_keeps_its_place_when_all_are_woken(store: Store) -> None:
    with store.writing() as w:
        w.set_timers([("late", at(10)), ("coming", at(90))])
        w.wake_timers(["coming", "late", "without"], at(50))
    with store.writing() as w:
        assert w.due_timers(at(50), 1) == [TimerRow("late", at(10))]
        assert {timer.record: timer.at for timer in w.due_timers(at(50), 10)} == {
            "late": 10,
            "coming": 50,
            "without": 50,
        }


def test_every_record_that_may_owe_something(store: Store) -> None:
    with store.writing() as w:
        w.set_timers([("incident:9", at(1))])
        w.put_incidents([incident(1), incident(2, state="closed"), incident(3, state="resolved")])
        w.put_groups([group("open"), group("shut", closed=True)])
        assert w.timed_records() == ["group:open", "incident:1", "incident:3", "incident:9"]


def test_worst_first_then_oldest(store: Store) -> None:
    rows = [
        order("late", ordered_at=at(9)),
        order("early", ordered_at=at(3)),
        order("worst", rank=0, ordered_at=at(10)),
        order("later", not_before=at(50)),
    ]
    with store.writing() as w:
        w.put_outbox(rows)
        w.put_outbox([replace(rows[0], rank=0)])
    with store.writing() as w:
        assert [row.key for row in w.waiting(at(20), 10)] == ["worst", "early", "late"]
        assert [row.key for row in w.waiting(at(20), 1)] == ["worst"]
        assert w.next_send() == 10
        assert w.outbox_depth() == {"webhook": 4}
        assert w.outbox(record="incident:1")[0].key == "worst"
        assert w.outbox(person="bo") == []


def test_one_key_in_two_records_is_two_orders(store: Store) -> None:
    with store.writing() as w:
        w.put_outbox([order("k"), order("k", record="incident:2")])
        w.drop_outbox([order("k")])
        assert [row.record for row in w.outbox(person="ana")] == ["incident:2"]


def test_a_leased_row_is_nobody_elses_until_its_lease_ends(store: Store) -> None:
    with store.writing() as w:
        w.put_outbox([order("k")])
    with store.writing() as w:
        [mine] = w.lease([order("k")], "me", at(20), at(80))
        assert (mine.fence, mine.lease_until) == (1, 80)
    with store.writing() as w:
        assert w.waiting(at(79), 10) == []
        assert w.lease([order("k")], "other", at(79), at(140)) == []
        assert w.next_send() == 80
    with store.writing() as w:
        assert [row.key for row in w.waiting(at(80), 10)] == ["k"]
        [theirs] = w.lease([order("k")], "other", at(80), at(140))
        assert theirs.fence == 2
        assert not w.settle(mine), "a result with a stale fence has no word"
        assert not w.postpone(mine, at(200))
        assert w.settle(theirs)
        assert not w.settle(theirs), "it is done already"
        assert w.outbox(person="ana") == []


def test_a_postponed_row_is_free_and_counts_its_attempts(store: Store) -> None:
    with store.writing() as w:
        w.put_outbox([order("k")])
        [mine] = w.lease([order("k")], "me", at(20), at(80))
        assert w.postpone(mine, at(90))
    with store.writing() as w:
        assert w.waiting(at(89), 10) == []
        [row] = w.waiting(at(90), 10)
        assert (row.attempt, row.fence, row.lease_until) == (1, 1, None)


def test_a_contact_that_is_held_back_waits_whole_but_for_what_is_under_way(store: Store) -> None:
    with store.writing() as w:
        w.put_outbox([order("first"), order("second"), order("under-way")])
        w.lease([order("under-way")], "me", at(20), at(80))
        w.hold_back(order("first"), at(20), at(40))
    with store.writing() as w:
        assert w.waiting(at(39), 10) == []
        assert w.next_send() == 40
        assert {row.key for row in w.waiting(at(40), 10)} == {"first", "second"}
        w.hold_back(order("first"), at(40), at(30))
        assert w.next_send() == 40, "never sooner than it was"


def test_leasing_what_is_gone_takes_nothing(store: Store) -> None:
    with store.writing() as w:
        assert w.lease([order("k")], "me", at(20), at(80)) == []
