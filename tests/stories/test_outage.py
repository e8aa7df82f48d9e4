"""The outage of sheet 5 on VirtEngine's own plan: every scene is possible, and the record tells it as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.stories.conftest import Begin

from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, parse_instant
from tocsin.core.refusals import Refusal
from tocsin.core.world import World
from tocsin.matching import matches
from tocsin.plan_folder import read_folder
from tocsin.sim.outage import ALERTS, BEGIN, DAY, SCENES, play
from tocsin.sim.world import PretendWorld
from tocsin.web.reading import command_from

VIRTENGINE = Path(__file__).resolve().parents[2] / "src" / "tocsin" / "plans" / "virtengine"


class PretendStage:
    """The outage in the pretend world."""

    def __init__(self, world: PretendWorld) -> None:
        self.world = world

    def send(self, alerts: tuple[dict[str, dict[str, str]], ...], *, firing: bool) -> None:
        for alert in alerts:
            labels = {name: value for name, value in alert["labels"].items() if name != "alertname"}
            self.world.alert(alert["labels"]["alertname"], firing=firing, **labels)
        self.world.settle()

    def act(self, person: str, verb: str, body: Mapping[str, Any]) -> str | None:
        command = command_from(verb, body)
        assert not isinstance(command, Refusal), command
        answer = self.world.act(person, command)
        return str(answer) if isinstance(answer, Refusal) else None

    def incident(self) -> tuple[Incident, World]:
        state = self.world.incident()
        return state, self.world.engine.heart.world(state.rules)

    def wait_until(self, at: Instant) -> bool:
        self.world.forward((at - self.world.clock.now()) / 1e6)
        return True


@pytest.fixture
def played(begin: Begin) -> PretendWorld:
    plan = read_folder(VIRTENGINE).plan
    assert plan is not None
    world = begin(plan, at=BEGIN, matches=matches, contacts={person.handle: ("sandbox",) for person in plan.people})
    assert play(PretendStage(world)) == []
    return world


def at(text: str) -> Instant:
    return parse_instant(f"{DAY}T{text}Z")


def test_the_outage_of_sheet_5_can_be_led_on_virtengines_plan(played: PretendWorld) -> None:
    state = played.incident()
    first = played.rang()[0]
    assert first.at == at("14:24:00"), "the page leaves with the alert (conflict 119)"
    assert state.time("acknowledged") == at("14:28:00")
    assert state.proposed == "sev1" and state.severity == "sev2"
    assert [level for _, level in state.levels] == ["sev2"]
    assert state.time("command") == at("14:37:00")
    assert state.holder("commander") != first.person
    assert [(attempt.way, attempt.worked) for attempt in state.attempts] == [
        ("roll-back", False),
        ("configuration", True),
    ]
    assert state.time("resolved") == at("15:10:00") and state.time("closed") == at("15:30:00")
    assert dict(state.impact) == {"users": 1200, "users_percent": 15, "dollars": 2500, "tickets": 18}
    assert len(ALERTS) == len(state.groups)
    assert {scene.verb for scene in SCENES} >= {"alert", "acknowledge", "declare", "resolve", "close"}
