"""A contact that can never work must not cost its two minutes."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told, why

from tocsin.core import commands as c
from tocsin.core.instants import Instant
from tocsin.engine.send import Parcel
from tocsin.integrations.base import Delivery

GONE = Delivery("failed_for_good", "http_410")
LATER = Delivery("failed_now", "timeout")


def test_a_channel_that_fails_for_good_moves_on_at_once(begin: Begin) -> None:
    world = begin()
    world.post.vendor = lambda p, now: GONE if p.channel == "webhook" else Delivery("accepted")
    world.alert()
    world.settle()
    assert rung(world) == [(0, "ana", "smtp")], "not two minutes later"
    assert "page to ana by smtp: the contact before failed for good" in told(world)
    assert any("failed for good (http_410)" in text for text in told(world))


def test_when_no_contact_works_the_next_person_is_asked_at_once(begin: Begin) -> None:
    world = begin()

    def vendor(parcel: Parcel, now: Instant) -> Delivery:
        return GONE if parcel.rows[0].person == "ana" else Delivery("accepted")

    world.post.vendor = vendor
    world.alert()
    world.settle()
    assert rung(world) == [(0, "bo", "webhook")]
    assert "call ended (ana): no verified contact reaches them" in told(world)
    world.act("bo", c.Acknowledge())
    world.act("bo", c.Note("note", world.words("looking")))
    world.forward(HOUR)
    assert len(rung(world)) == 1


def test_a_channel_that_fails_for_now_is_tried_again_and_the_ladder_does_not_wait_for_it(begin: Begin) -> None:
    world = begin()
    world.post.vendor = lambda p, now: LATER if p.channel == "webhook" else Delivery("accepted")
    world.alert()
    world.forward(3 * MINUTE)
    assert rung(world) == [(2, "ana", "smtp")]
    world.post.vendor = lambda p, now: Delivery("accepted")
    world.forward(3 * MINUTE)
    assert rung(world) == [(2, "ana", "smtp"), (5, "bo", "webhook"), (5.25, "ana", "webhook")]
    assert why(world, "ana") == ["first on call for the domain"] * 2


def test_each_contact_of_a_ladder_leaves_a_row_of_its_own(begin: Begin) -> None:
    """Two contacts on one channel are two ways to a person: neither row replaces the other."""
    world = begin()
    world.add_contact("ana", "webhook")
    world.post.vendor = lambda p, now: LATER
    world.alert()
    world.forward(2 * MINUTE)
    orders = [order for order in world.incident().paging.orders.values() if order.person == "ana"]
    assert [order.channel for order in orders] == ["webhook", "webhook", "smtp"]
    assert len({order.key for order in orders}) == len({order.contact for order in orders}) == 3
    with world.store.reading() as reading:
        waiting = reading.outbox(person="ana")
    assert {row.key for row in waiting} == {order.key for order in orders}
    world.post.vendor = lambda p, now: Delivery("accepted")
    world.forward(5 * MINUTE)
    assert {ring.contact for ring in world.rang("ana")} == {order.contact for order in orders}
