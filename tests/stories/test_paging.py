"""The line from an alert to a phone."""

from __future__ import annotations

from tests.stories.conftest import Begin

from tocsin.core import commands as c

FIVE = 300


def test_secondary_is_paged_after_five_minutes(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(FIVE - 1)
    assert [ring.person for ring in world.rang()] == ["ana", "ana"], "her webhook, and her e-mail two minutes later"
    world.forward(1)
    assert [ring.person for ring in world.rang()][2:] == ["bo"]
    assert "nobody had answered in time" in world.rang("bo")[0].message.text


def test_acknowledging_stops_the_ladder(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.forward(60)
    world.act("ana", c.Acknowledge())
    world.act("ana", c.Note("note", world.words("looking")))
    world.forward(3600)
    assert [ring.person for ring in world.rang()] == ["ana"]
    assert world.incident().paging.skipped["detection/1/row-1"] == "acknowledged"
