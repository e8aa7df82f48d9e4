"""A stand-in for PagerDuty's Events API: its answers, its keys; and webhooks that are signed as PagerDuty signs."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from told_bodies import ENQUEUE, PAYLOAD, TOKEN, Sent, event, incident

from tocsin.core.instants import Instant, parse_instant
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations import registry
from tocsin.integrations.base import Alert, Answer, Request, Settings, StandIn

NOW = parse_instant("2026-01-29T14:24:00Z")
SOURCE = registry.source("pagerduty")
TOKENS = Settings({}, {"token": TOKEN})


def request(sent: Sent, now: Instant = NOW, **more: Any) -> Request:
    return Request(sent.raw, sent.headers, sent.path, now, query=sent.query, **more)


def said(sent: Sent, now: Instant = NOW) -> tuple[int, dict[str, Any]]:
    """Status and body of the answer to an event."""
    asked = request(sent, now)
    got = SOURCE.read(asked, TOKENS)
    assert isinstance(SOURCE, StandIn)
    answer: Answer = SOURCE.reply(asked, got if isinstance(got, Refusal) else None)
    return answer.status, json.loads(answer.body)


def one(sent: Sent, now: Instant = NOW) -> Alert:
    got = SOURCE.read(request(sent, now), TOKENS)
    assert isinstance(got, tuple), str(got)
    return got[0]


def test_an_event_is_answered_as_pagerduty_does() -> None:
    for action in ("trigger", "acknowledge", "resolve"):
        assert said(event(action)) == (
            202, {"status": "success", "message": "Event processed", "dedup_key": "db-3/disk"}
        )  # fmt: skip


def test_an_event_without_a_key_gets_one_that_its_resolve_can_name() -> None:
    bare = event(dedup_key=...)
    _, answer = said(bare)
    _, later = said(bare, Instant(NOW + 1))
    assert len(answer["dedup_key"]) == 32
    assert later["dedup_key"] != answer["dedup_key"], "each such trigger is an alert of its own"
    assert one(event("resolve", dedup_key=answer["dedup_key"])).key == one(bare).key


def test_the_same_key_under_another_routing_key_is_another_alert() -> None:
    """Nobody who knows one team's key clears what another team's monitor found."""
    other = registry.source("pagerduty").read(request(event(routing_key="other"), admitted=True), TOKENS)
    assert isinstance(other, tuple)
    assert other[0].key != one(event()).key
    assert TOKEN not in one(event()).key


@pytest.mark.parametrize("key", [..., "", "canary", 17, None, [], "ü"])
def test_a_wrong_routing_key_is_refused_with_400_and_no_secret(key: object) -> None:
    status, answer = said(event(routing_key=key))
    assert status == 400
    assert answer["status"] == "invalid event"
    assert answer["errors"]
    assert "canary" not in json.dumps(answer)


def test_a_body_that_is_too_large_is_400_as_there() -> None:
    status, answer = said(Sent({"routing_key": TOKEN, "event_action": "trigger", "x": "x" * 600_000}, ENQUEUE))
    assert status == 400
    assert "body" in answer["errors"][0]


def test_when_nothing_can_be_written_the_sender_is_to_send_again() -> None:
    assert isinstance(SOURCE, StandIn)
    answer = SOURCE.reply(request(event()), refuse("unavailable", "the engine cannot write now"))
    assert answer.status == 503
    assert json.loads(answer.body)["status"] == "unavailable"


def test_a_query_of_the_url_names_what_the_tool_cannot() -> None:
    sent = Sent(event(payload={**PAYLOAD, "custom_details": None}).body, ENQUEUE, query="service=api&severity=x&a=")
    labels = dict(one(sent).labels)
    assert labels["service"] == "api"
    assert labels["severity"] == "critical", "what the event says counts before the URL"
    assert "a" not in labels


def test_links_details_and_time_are_kept() -> None:
    sent = event(client="mon", client_url=7, links=[{"href": "https://mon.example/1"}],
                 payload={**PAYLOAD, "timestamp": "2015-07-17T08:42:58.315+0000"})  # fmt: skip
    alert = one(sent)
    assert alert.url == "https://mon.example/1"
    assert dict(alert.labels)["client"] == "mon"
    assert dict(alert.annotations) == {
        "free": "1%",
        "load": "0.75",
        "summary": "Disk at 99% on db-3",
        "timestamp": "2015-07-17T08:42:58.315+0000",
    }


def test_the_example_and_the_answers_of_the_specification(shared: Path) -> None:
    document = json.loads((shared / "contracts/pagerduty/events-v2.openapi.json").read_text())
    example = document["paths"]["/enqueue"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    body = example["event"]["value"] | {"routing_key": TOKEN}
    assert one(Sent(body, ENQUEUE)).firing
    shapes = {name: answer["content"]["application/json"]["schema"]
              for name, answer in document["components"]["responses"].items()}  # fmt: skip
    for sent, shape in ((Sent(body, ENQUEUE), "Success"), (event("shout"), "Error")):
        _, answer = said(sent)
        assert set(shapes[shape]["required"]) <= set(answer) <= set(shapes[shape]["properties"])
        for name, value in answer.items():
            assert isinstance(value, {"string": str, "array": list}[shapes[shape]["properties"][name]["type"]])


SECRET = "canary-secret"


def signed(sent: Sent, header: str | None, secrets: str = f"{SECRET} canary-older") -> bool:
    headers = {} if header is None else {"x-pagerduty-signature": header}
    asked = Request(sent.raw, headers, sent.path, NOW, admitted=True)
    got = SOURCE.read(asked, Settings({}, {"secret": secrets}))
    assert isinstance(got, tuple) or (got.reason, SOURCE.answer(got)[0]) == ("not_allowed", 401)
    return isinstance(got, tuple)


def test_a_webhook_is_taken_when_one_of_its_signatures_is_right() -> None:
    body = incident()
    good, older = (hmac.new(key.encode(), body.raw, "sha256").hexdigest() for key in (SECRET, "canary-older"))
    assert signed(body, f"v1={good}")
    assert signed(body, f"v1={older}")
    assert signed(body, f"v1={'0' * 64},v1={good}")
    assert signed(body, f"v1={good}, v2=x")
    for wrong in (None, "", good, f"v2={good}", f"v1={good.upper()}", f"v1={good[:-1]}", "v1=", "v1=ü", "," * 9_000):
        assert not signed(body, wrong), wrong
    assert not signed(incident("resolved"), f"v1={good}")


def test_the_known_answers_of_pagerduty(shared: Path) -> None:
    vectors = json.loads((shared / "data/webhook-signatures/vectors.json").read_text())
    ours = [vector for vector in vectors if vector["scheme"] == "pagerduty-v3"]
    assert [vector["valid"] for vector in ours].count(True) >= 1
    for vector in ours:
        sent = Sent(vector["body"].encode(), "/hooks/pagerduty")
        assert signed(sent, vector["headers"]["X-PagerDuty-Signature"], f"old {vector['secret']}") is vector["valid"]


def test_the_samples_of_webhooks_make_no_subscription_end(shared: Path) -> None:
    files = sorted((shared / "contracts/pagerduty/samples").glob("webhook-v3-event-*.json"))
    assert len(files) == 2
    for file in files:
        got = SOURCE.read(Request(file.read_bytes(), {}, "/hooks/pagerduty", NOW, True), Settings({}, {}))
        assert isinstance(got, tuple), file.name
        assert [alert.firing for alert in got] == ([True] if "incident" in file.name else [])
