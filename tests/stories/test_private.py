"""A private incident shows no title in any message, and to nobody who does not belong to it (rule 18)."""

from __future__ import annotations

from tests.stories.conftest import MINUTE, Begin, rung

from tocsin.core import commands as c
from tocsin.core.refusals import Refusal
from tocsin.sim.world import PretendWorld
from tocsin.store.base import Viewer

SECRET = "Customer keys leaked from the vault"


def leaked(begin: Begin) -> PretendWorld:
    world = begin()
    world.alert(SECRET, service="vault")
    world.settle()
    return world


def test_a_private_page_shows_no_title_only_that_it_is_private_and_a_link(begin: Begin) -> None:
    world = leaked(begin)
    message = world.rang("ana")[0].message
    assert message.title == "private incident"
    assert all(SECRET not in text and "vault" not in text for text in (message.title, message.text))
    assert [link.label for link in message.links] == ["INCIDENT-1"]
    assert message.links[0].url.startswith("https://tocsin.example/p/")


def test_nor_does_a_digest(begin: Begin) -> None:
    world = begin()
    world.alert("Slow", service="api")
    world.alert(SECRET, service="vault")
    world.forward(MINUTE)
    message = world.rang("ana")[0].message
    assert "2 incidents need you" in message.title
    assert SECRET not in message.title + message.text
    assert "INCIDENT-2 private incident" in message.text


def test_a_stranger_neither_finds_it_nor_may_act_in_it(begin: Begin) -> None:
    world = leaked(begin)
    with world.store.reading() as reading:
        assert reading.incidents(Viewer("cy")).rows == ()
        assert [row.title for row in reading.incidents(Viewer("ana")).rows] == [SECRET]
        assert reading.groups(Viewer("cy")) == []
        assert reading.alerts(Viewer("cy")) == []
    refused = world.act("cy", c.Note("note", world.words("what is this?")))
    assert isinstance(refused, Refusal)
    assert str(refused) == "there is no such incident"


def test_whoever_is_asked_belongs_to_it(begin: Begin) -> None:
    world = leaked(begin)
    world.forward(5 * MINUTE)
    assert (1, "bo", "webhook") in rung(world), "the security path asks him after a minute"
    answer = world.act("bo", c.Acknowledge())
    assert not isinstance(answer, Refusal)


def test_alerts_of_a_private_route_never_join_an_open_incident(begin: Begin) -> None:
    world = begin()
    world.act("bo", c.Open(world.words("vault is slow"), "vault", severity="sev2"))
    world.alert(SECRET, service="vault")
    world.settle()
    assert [world.incident(n).visibility for n in (1, 2)] == ["open", "private"]


def test_what_is_made_private_later_is_gone_from_strangers_lists_with_its_alerts(begin: Begin) -> None:
    world = begin()
    world.alert(SECRET, service="api")
    world.settle()
    with world.store.reading() as reading:
        assert len(reading.groups(Viewer("cy"))) == 1
    world.act("ana", c.StartPath("security"))
    with world.store.reading() as reading:
        stranger = Viewer("cy")
        assert reading.incidents(stranger).rows == ()
        assert len(reading.groups(stranger)) == 0, "nor do its alerts tell"
        assert len(reading.alerts(stranger)) == 0
        assert len(reading.groups(Viewer("ana"))) == 1
