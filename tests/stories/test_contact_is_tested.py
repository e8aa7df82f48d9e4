"""A contact counts only once a test page over it was answered (rule 9)."""

from __future__ import annotations

from tests.stories.conftest import MINUTE, Begin

from tocsin.core import commands as c
from tocsin.core.links import read_message
from tocsin.core.refusals import Refusal
from tocsin.engine import admin
from tocsin.engine.contact_tests import tests_of as last_tests
from tocsin.engine.sweep import reindex
from tocsin.integrations.base import Delivery
from tocsin.sim.world import PretendWorld

ANA = c.Actor("ana", frozenset(), "link")


def fresh(begin: Begin, channel: str = "webhook") -> tuple[PretendWorld, str]:
    """Ana has one contact, of which nobody knows whether it reaches her."""
    world = begin(contacts={"bo": ("webhook",), "cy": ("webhook",)})
    return world, world.add_contact("ana", channel, verified=False)


def ask(world: PretendWorld, what: str, actor: c.Actor, **arguments: str) -> object:
    heart = world.engine.heart
    return heart.transact(lambda unit, w: admin.OPERATIONS[what](heart, unit, w, actor, **arguments))


def fate(world: PretendWorld, contact: str) -> tuple[str, str]:
    with world.store.reading() as reading:
        last = last_tests("ana", reading)[contact]
    return last.outcome, last.code


def kinds(world: PretendWorld) -> list[str]:
    return [each.fact.kind for each in world.entries("person:ana")]


def test_its_answer_makes_the_contact_count(begin: Begin) -> None:
    world, contact = fresh(begin)
    world.alert(service="web")
    world.forward(MINUTE)
    assert world.rang("ana") == [], "no page goes where nobody has answered yet"
    world.administer("test_contact", person="ana", contact=contact)
    world.settle()
    (ring,) = world.rang("ana")
    assert (ring.contact, ring.message.what) == (contact, "test")
    assert "nothing is wrong" in ring.message.title and ring.message.incident == ""
    token = ring.message.links[0].url.removeprefix("https://tocsin.example/v/")
    link = read_message(token, b"pretend secret", world.clock.now())
    assert link is not None and (link.record, link.person, link.contact) == ("person:ana", "ana", contact)
    assert ring.message.callback == f"https://tocsin.example/hooks/webhook/{token}"
    assert ask(world, "verify_contact", ANA, person="ana", contact=link.contact) is None
    world.alert(service="api")
    world.forward(MINUTE)
    told = world.rang("ana")[1:]
    assert [(ring.contact, ring.message.verb) for ring in told] == [(contact, "page")], "what was held, and the new one"
    assert kinds(world)[-3:] == ["person.contact_tested", "page.sent", "person.contact_verified"]


def test_ones_own_word_alone_does_not(begin: Begin) -> None:
    """A mistyped number would count."""
    world, contact = fresh(begin)
    refused = ask(world, "verify_contact", c.Actor("ana", frozenset({"respond"}), "api"), person="ana", contact=contact)
    assert isinstance(refused, Refusal) and refused.reason == "not_allowed"
    assert "person.contact_verified" not in kinds(world)


def test_a_test_that_fails_says_why_and_is_not_tried_for_ever(begin: Begin) -> None:
    world, contact = fresh(begin)
    world.post.vendor = lambda parcel, now: Delivery("failed_for_good", "twilio_21610")
    world.administer("test_contact", person="ana", contact=contact)
    world.settle()
    assert fate(world, contact) == ("failed_for_good", "twilio_21610")
    world.post.vendor = lambda parcel, now: Delivery("failed_now", "http_503")
    world.administer("test_contact", person="ana", contact=contact)
    again = world.administer("test_contact", person="ana", contact=contact)
    assert isinstance(again, Refusal), "one at a time"
    world.forward(30 * MINUTE)
    assert fate(world, contact) == ("cancelled", "test_too_late")
    tried = world.post.tried
    world.forward(30 * MINUTE)
    assert world.post.tried == tried


def test_a_page_does_not_wait_behind_a_test(begin: Begin) -> None:
    world = begin(contacts={"ana": ("webhook",), "bo": ("webhook",), "cy": ("webhook",)})
    contact = world.engine.heart.around.people()["ana"].contacts[0].id
    world.administer("test_contact", person="ana", contact=contact)
    world.alert(service="web")
    world.forward(MINUTE)
    assert [ring.message.what for ring in world.rang("ana")] == ["page", "test"], "two messages, the page first"


def test_a_contact_that_is_gone_is_not_tested(begin: Begin) -> None:
    world, contact = fresh(begin)
    world.administer("test_contact", person="ana", contact=contact)
    world.administer("remove_contact", person="ana", contact=contact, reason="a new phone")
    world.settle()
    assert world.rang("ana") == []
    assert fate(world, contact) == ("cancelled", "erased")
    assert isinstance(world.administer("test_contact", person="ana", contact=contact), Refusal)


def test_a_test_outlives_the_engine_and_a_wiped_index(begin: Begin) -> None:
    world, contact = fresh(begin)
    world.post.vendor = lambda parcel, now: Delivery("failed_now", "http_503")
    world.administer("test_contact", person="ana", contact=contact)
    world.settle()
    world.die()
    world.start()
    reindex(world.engine.heart)
    world.post.vendor = lambda parcel, now: Delivery("accepted", "http_200")
    world.forward(MINUTE)
    assert [ring.message.what for ring in world.rang("ana")] == ["test"]
    assert fate(world, contact) == ("accepted", "http_200")


def test_a_receipt_of_a_failure_moves_the_page_on_at_once(begin: Begin) -> None:
    """Told late, told twice, told the other way round: it stands once."""
    world = begin()
    world.alert(service="web")
    world.settle()
    state = world.incident()
    (order,) = [each for each in state.paging.orders.values() if each.person == "ana"]
    vendor = c.Actor("vendor:twilio", frozenset(), "callback")
    told = {"record": state.record, "key": order.key, "outcome": "failed_for_good", "code": "twilio_30005"}
    assert isinstance(ask(world, "receipt", ANA, **told), Refusal), "nobody else may say so"
    assert ask(world, "receipt", vendor, **told) is None
    world.settle()
    assert [ring.channel for ring in world.rang("ana")] == ["webhook", "smtp"], "not after two minutes"
    assert ask(world, "receipt", vendor, **told) is None
    assert ask(world, "receipt", vendor, **{**told, "outcome": "accepted", "code": "delivered"}) is None
    assert world.incident().paging.orders[order.key].outcome == "failed_for_good"
    assert world.facts().count("page.sent") == 3


def test_each_way_that_was_tried_is_on_the_record(begin: Begin) -> None:
    world = begin()
    before = (Delivery("unknown", "first_timeout"),)
    world.post.vendor = lambda parcel, now: Delivery("accepted", "second_http_202", before=before)
    world.alert(service="web")
    world.settle()
    sent = [each.fact for each in world.entries(world.record(1)) if each.fact.kind == "page.sent"]
    told = [(fact.outcome, fact.code, fact.attempt) for fact in sent]  # type: ignore[attr-defined]
    assert told == [("unknown", "first_timeout", 1), ("accepted", "second_http_202", 1)]
    assert {order.outcome for order in world.incident().paging.orders.values()} == {"accepted"}
