"""Senders at the door of a real edge: their own tokens, methods and answers, and the pages that come of them."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from tests.web.stage import Stage
from tocsin.integrations.base import Settings

PAYLOAD = {"summary": "Disk at 99%", "source": "db-3", "severity": "critical", "class": "disk"}


def key(stage: Stage, *scopes: str) -> str:
    """The secret of a token with some scopes."""
    return stage.access("token", "", scopes or ("send",), f"a tool to {' '.join(scopes)}")


def enqueue(client: TestClient, routing_key: str, action: str = "trigger", **more: Any) -> tuple[int, dict[str, Any]]:
    event = {"routing_key": routing_key, "event_action": action, "dedup_key": "db-3/disk", "payload": PAYLOAD, **more}
    answer = client.post("/v2/enqueue?service=web", json=event)
    return answer.status_code, answer.json()


def test_a_tool_that_pages_pagerduty_pages_here_and_clears_its_alert(stage: Stage) -> None:
    client, routing_key = stage.client(), key(stage)
    accepted = (202, {"status": "success", "message": "Event processed", "dedup_key": "db-3/disk"})
    assert enqueue(client, routing_key) == accepted
    assert "Disk at 99%" in stage.ring().message.title
    assert [group.firing for group in stage.world.groups()] == [1]
    facts = stage.facts()
    assert enqueue(client, routing_key) == accepted, "a repeat is the same alert"
    assert enqueue(client, routing_key, "acknowledge") == accepted
    assert stage.facts() == facts, "a tool's acknowledgement answers no page"
    assert enqueue(client, routing_key, "resolve") == accepted
    assert [group.firing for group in stage.world.groups()] == [0]


def test_a_routing_key_that_is_no_token_to_send_is_refused_as_pagerduty_does(stage: Stage) -> None:
    for routing_key in ("", "x" * 32, key(stage, "view")):
        status, answer = enqueue(stage.client(), routing_key)
        assert (status, answer["status"]) == (400, "invalid event")
    assert list(stage.world.groups()) == []


def test_a_tool_of_pagerduty_is_asked_to_send_again_while_the_engine_is_away(stage: Stage) -> None:
    stage.door.away = True
    event = {"routing_key": key(stage), "event_action": "trigger", "payload": PAYLOAD}
    answer = stage.client().post("/v2/enqueue", json=event)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["status"] == "unavailable"


def test_a_tool_that_alerts_opsgenie_alerts_here(stage: Stage) -> None:
    client = stage.client()
    client.headers["authorization"] = f"GenieKey {key(stage)}"
    body = {"message": "Queue is long", "alias": "mq/long", "details": {"service": "web"}}
    created = client.post("/v2/alerts", json=body)
    assert created.status_code == 202
    outcome = client.get(f"/v2/alerts/requests/{created.json()['requestId']}")
    assert (outcome.status_code, outcome.json()["data"]["isSuccess"]) == (200, True)
    assert "Queue is long" in stage.ring().message.title
    assert client.patch("/v2/alerts").status_code == 405
    assert client.post("/v2/alerts/mq%2Flong/acknowledge?identifierType=alias").status_code == 202
    assert client.post("/v2/alerts/mq%2Flong/close?identifierType=alias").status_code == 202
    assert [group.firing for group in stage.world.groups()] == [0]
    assert client.get("/v2/alerts").status_code == 404
    stranger = stage.client().post("/v2/alerts", json=body, headers={"authorization": "GenieKey x"})
    assert (stranger.status_code, "requestId" in stranger.json()) == (401, True)


def test_a_token_of_ours_may_stand_in_the_path_of_any_source(stage: Stage) -> None:
    body = {"alerts": [{"status": "firing", "labels": {"alertname": "x", "service": "web"}}]}
    client, secret = stage.client(), key(stage)
    assert client.post("/hooks/grafana/wrong", json=body).status_code == 401
    assert client.post(f"/hooks/grafana/{key(stage, 'view')}", json=body).status_code == 401
    assert client.post(f"/hooks/grafana/{secret}", json=body).status_code == 200
    assert [group.firing for group in stage.world.groups()] == [1]


def test_each_integration_of_the_plan_reads_by_its_own_mapping(stage: Stage) -> None:
    mapped = {"shop": Settings({"alertname": "$.a"}, {}), "bank": Settings({"alertname": "$.b"}, {})}
    stage.edge.intake._settings = lambda kind, name: mapped.get(name, Settings({}, {}))
    client = stage.client()
    client.headers |= stage.token("", ("send",))
    assert client.post("/hooks/generic/shop", json={"a": "Till is stuck"}).status_code == 200
    assert client.post("/hooks/generic/bank", json={"b": "No money"}).status_code == 200
    assert client.post("/hooks/generic/bank", json={"a": "No money"}).status_code == 400
    assert client.post("/hooks/generic/else", json={"a": "x"}).status_code == 404
    assert sum(group.firing for group in stage.world.groups()) == 2


def test_the_handshake_of_cloudevents_and_other_methods(stage: Stage) -> None:
    client = stage.client()
    answer = client.options("/hooks/cloudevents", headers={"webhook-request-origin": "events.example"})
    assert (answer.status_code, answer.headers["webhook-allowed-origin"]) == (200, "events.example")
    refused = client.put("/hooks/cloudevents")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST, OPTIONS")
    assert client.get("/hooks/grafana").headers["allow"] == "POST"


def test_what_brings_no_alert_is_counted(stage: Stage) -> None:
    client = stage.client()
    client.headers |= stage.token("", ("send",))
    assert client.post("/hooks/opsgenie", json={"action": "AddNote", "alert": {"alertId": "1"}}).status_code == 202
    assert 'source="opsgenie",outcome="without_alert"} 1' in stage.client().get("/metrics").text


def test_a_header_sent_twice_is_neither_of_the_two(stage: Stage) -> None:
    secret = key(stage)
    twice = [("authorization", "Bearer x"), ("authorization", f"Bearer {secret}")]
    assert stage.client().post("/hooks/grafana", json={"alerts": []}, headers=twice).status_code == 401
