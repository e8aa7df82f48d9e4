"""Who may do what: every verb under every grant, and what a stranger learns of a private incident."""

from __future__ import annotations

from itertools import product

import pytest

from tests.core.rules.desk import WORDS, Desk, refused
from tocsin.core import commands as c
from tocsin.core.commands import VERBS, Actor
from tocsin.core.incident.decide import RULES
from tocsin.core.permissions import ADMIN, GRANTS, RESPONDER, Verb, may, may_see

VERBS_OF_GRANTS: tuple[Verb, ...] = ("view", "send", "respond", "people", "plan", "admin")


@pytest.mark.parametrize(("verb", "grant"), list(product(VERBS_OF_GRANTS, [None, *GRANTS])))
def test_a_grant_lets_do_what_it_says_and_nothing_else(verb: Verb, grant: str | None) -> None:
    refusal = may(Actor("cy", frozenset({grant} if grant else ())), verb)
    assert (refusal is None) is (verb == grant)
    if refusal is not None:
        assert refusal.reason == "not_allowed"
        assert verb in str(refusal)


def test_the_usual_sets() -> None:
    assert {"view", "respond"} == RESPONDER
    assert set(GRANTS) == ADMIN


@pytest.mark.parametrize(
    ("grants", "belongs", "private", "outcome"),
    [
        ((), False, False, "not_found"),
        ((), True, False, None),
        ((), True, True, None),
        (("view",), False, False, "not_allowed"),
        (("view",), False, True, "not_found"),
        (("view", "respond"), False, False, None),
        (("view", "respond"), False, True, "not_found"),
        (("view", "respond", "private"), False, True, None),
        (("view", "private"), False, True, "not_allowed"),
        (("admin",), False, False, "not_found"),
    ],
)
def test_acting_in_an_incident(grants: tuple[str, ...], belongs: bool, private: bool, outcome: str | None) -> None:
    desk = Desk(visibility="private" if private else "open").to(1)
    who = "ana" if belongs else "cy"
    assert (who in desk.state.people) is belongs
    refusal = may(Actor(who, frozenset(grants)), "respond", desk.state)
    assert (refusal and refusal.reason) == outcome


def test_what_is_private_and_what_is_not_there_are_told_apart_by_nobody() -> None:
    desk = Desk(visibility="private").to(1)
    hidden = may(Actor("cy", frozenset({"view", "respond"})), "respond", desk.state)
    nowhere = Desk.__new__(Desk)
    nowhere.__dict__.update(desk.__dict__)
    nowhere.state = type(desk.state)()
    assert hidden == nowhere.do("cy", c.Note("note", WORDS), "view", "respond")


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_command_is_refused_to_a_stranger(verb: str) -> None:
    """`decide` asks before it looks at anything: a command that could not even be filled in is refused the same."""
    blank = VERBS[verb].__new__(VERBS[verb])
    assert refused(Desk().to(1).do("cy", blank, "view")) == "not_allowed"
    assert refused(Desk(visibility="private").to(1).do("cy", blank, "view", "respond")) == "not_found"


def test_every_command_but_opening_has_its_rule_and_its_word() -> None:
    commands = {each for each in vars(c).values() if isinstance(each, type) and issubclass(each, c.Command)}
    assert set(RULES) == set(VERBS.values()) == commands - {c.Command, c.Open}


@pytest.mark.parametrize("grant", [None, *GRANTS])
@pytest.mark.parametrize("visibility", ["open", "private"])
def test_reading(grant: str | None, visibility: str) -> None:
    grants = {grant} if grant else set[str]()
    assert may_see("cy", grants, visibility, ()) is (grant == {"open": "view", "private": "private"}[visibility])
    assert may_see("cy", grants, visibility, ("cy",))


def test_whoever_is_asked_plays_or_acts_belongs_to_it() -> None:
    desk = Desk().to(1)
    assert desk.state.people == {"ana"}
    desk.do("ana", c.Declare("sev1", WORDS))
    assert desk.state.people >= {"ana", "bo"}
    desk.do("cy", c.Note("note", WORDS))
    assert "cy" in desk.state.people
