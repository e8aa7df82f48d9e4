"""Whether the product is well, for people, balancers and Prometheus; and intake while the engine is away."""

from __future__ import annotations

import re

import msgspec

from tests.web.stage import Stage
from tocsin.core import commands as c
from tocsin.core.refusals import Refusal
from tocsin.web.health import LATE_BEAT

ALERTS = [{"labels": {"alertname": "Down", "service": "web"}, "startsAt": "2026-01-12T10:00:00Z"}]


def test_ready_while_the_engine_answers_and_writes(stage: Stage) -> None:
    client = stage.client()
    assert client.get("/healthz").text == "ok\n"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def test_not_ready_while_the_engine_is_away(stage: Stage) -> None:
    stage.door.away = True
    answer = stage.client().get("/readyz")
    assert (answer.status_code, answer.json()["why"]) == (503, "the engine is not there")
    assert answer.headers["retry-after"]
    assert stage.client().get("/healthz").status_code == 200, "this process lives"
    page = stage.client("ana").get("/")
    assert page.status_code == 200 and "Not ready" in page.text
    assert "The engine is away" in stage.client("ana").get("/sandbox").text


def test_not_ready_when_the_beat_is_late(stage: Stage) -> None:
    stage.world.engine.health.beat_at = stage.world.clock.now()
    before = stage.door.ask

    async def stuck(op: str, body: msgspec.Raw, patience: float = 30.0) -> msgspec.Raw | Refusal:
        return await before(op, body, patience) if op != "health" else _said(stage)

    stage.door.ask = stuck  # type: ignore[method-assign]
    stage.world.clock.forward(LATE_BEAT)
    assert stage.client().get("/readyz").status_code == 200
    stage.world.clock.forward(1)
    answer = stage.client().get("/readyz")
    assert answer.status_code == 503
    assert "has written nothing for 31 s" in answer.json()["why"]


def _said(stage: Stage) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(stage.world.engine.health))


def test_alerts_are_not_taken_while_the_engine_is_away_and_are_when_it_is_back(stage: Stage) -> None:
    sender = stage.token("", ("send",), "prometheus")
    stage.door.away = True
    answer = stage.client().post("/api/v2/alerts", json=ALERTS, headers=sender)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert stage.world.rows() == ()
    stage.door.away = False
    assert stage.client().post("/api/v2/alerts", json=ALERTS, headers=sender).status_code == 200
    assert len(stage.world.rows()) == 1
    counts = stage.client().get("/metrics").text
    assert 'outcome="unavailable"} 1' in counts and 'outcome="accepted"} 1' in counts


def test_metrics_are_what_prometheus_reads(stage: Stage) -> None:
    world = stage.world
    world.alert("Down", service="web")
    world.settle()
    world.act("ana", c.Declare("sev2"))
    world.act("ana", c.Open(world.words('title "with\nodd'), "api", "sev1"))
    text = stage.client().get("/metrics").text
    with stage.context.reading() as reading:
        plan = reading.meta("live_plan")
    assert f'plan="{plan}"' in text
    assert 'tocsin_incidents_by_severity{severity="sev2"} 1' in text
    assert 'tocsin_incidents_by_severity{severity="sev1"} 1' in text
    assert "tocsin_timer_lateness_seconds 0" in text and "tocsin_ready 1" in text
    line = re.compile(r"(# (HELP|TYPE) tocsin_\w+ .+|tocsin_\w+(\{[^}]*\})? -?[0-9.]+)")
    assert [each for each in text.splitlines() if not line.fullmatch(each)] == []
    typed = [each.split()[2] for each in text.splitlines() if each.startswith("# TYPE")]
    assert len(typed) == len(set(typed))


def test_lateness_and_failures_are_told(stage: Stage) -> None:
    stage.world.alert("Down", service="web")
    stage.world.settle()
    stage.world.engine.health.failures["send"] = 3
    stage.world.engine.health.poisoned["incident:x"] = "ValueError"
    stage.world.clock.forward(500)
    stage.door.world.settle = lambda: None  # type: ignore[method-assign]
    text = stage.client().get("/metrics").text
    late = re.search(r"^tocsin_timer_lateness_seconds (\S+)$", text, re.MULTILINE)
    assert late is not None and float(late[1]) > 300
    assert 'tocsin_engine_failures_total{duty="send"} 3' in text
    assert "tocsin_poisoned_records 1" in text and "incident:x" not in text
