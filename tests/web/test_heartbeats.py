"""Heartbeats over the web: pinged on an address of their own, listed for everybody, the address for senders only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.plans import M
from tests.plans import plan as shared_plan
from tests.web.stage import MONDAY, Stage
from tocsin.core.instants import iso, later
from tocsin.core.plan_heartbeats import Heartbeat

PLAN = shared_plan(
    heartbeats=(
        Heartbeat(id="backup", title="Nightly backup", service="web", period=600, grace=120),
        Heartbeat(id="prometheus", period=300, alert=(M('alertname="Watchdog"'),)),
    )
)
SENDER = ("view", "send")


@pytest.fixture
def beating(tmp_path: Path) -> Any:
    stage = Stage(tmp_path, PLAN)
    yield stage
    stage.close()


def listed(stage: Stage, *scopes: str) -> dict[str, dict[str, Any]]:
    head = {"authorization": f"Bearer {stage.access('token', '', scopes or ('view',), 'watcher')}"}
    answer = stage.client().get("/api/v1/heartbeats", headers=head)
    assert answer.status_code == 200, answer.text
    return {each["id"]: each for each in answer.json()["items"]}


def ping(stage: Stage) -> str:
    return listed(stage, *SENDER)["backup"]["url"].partition("8080")[2]


def test_its_address_is_its_permission(beating: Stage) -> None:
    address = ping(beating)
    assert address.startswith("/hooks/heartbeat/backup.")
    client = beating.client()
    for method in ("GET", "HEAD", "POST"):
        assert client.request(method, address).status_code == 200
    for wrong in (address[:-1], address.replace("backup", "prometheus"), "/hooks/heartbeat/backup"):
        assert client.get(wrong).status_code == 404


def test_it_is_listed_with_its_last_beat_and_the_next(beating: Stage) -> None:
    assert [each["state"] for each in listed(beating).values()] == ["waiting", "waiting"]
    beating.client().post(ping(beating))
    beating.world.forward(6)
    found = listed(beating)["backup"]
    assert (found["state"], found["last_at"], found["due_at"]) == ("beating", iso(MONDAY), iso(later(MONDAY, 720)))
    assert found["url"] is None, "who may not send does not learn the address"
    for _ in range(150):
        beating.world.forward(5)
    assert listed(beating)["backup"]["state"] == "missed"
    beating.client().get(ping(beating))
    beating.world.forward(6)
    assert listed(beating)["backup"]["state"] == "beating"


def test_while_the_engine_is_away_a_ping_is_told_to_come_again(beating: Stage) -> None:
    address = ping(beating)
    beating.door.away = True
    answer = beating.client().post(address)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
