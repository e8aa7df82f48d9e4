"""CloudEvents in batches and in headers, their time, the handshake, and a mapping over the event."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from told_bodies import EVENT, STRUCTURED, Sent, binary, cloud

from tocsin.core.instants import parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import registry
from tocsin.integrations.base import Alert, Request, Settings, StandIn

NOW = parse_instant("2026-01-29T14:24:00Z")
SOURCE = registry.source("cloudevents")


def read(sent: Sent, **values: str) -> tuple[Alert, ...] | Refusal:
    asked = Request(sent.raw, sent.headers, sent.path, NOW, True, sent.method)
    return SOURCE.read(asked, Settings(values, {}))


def one(sent: Sent, **values: str) -> Alert:
    got = read(sent, **values)
    assert isinstance(got, tuple), str(got)
    (only,) = got
    return only


def test_a_batch_is_read_whole_or_not_at_all() -> None:
    headers = {"content-type": "application/cloudevents-batch+json"}
    batch = [EVENT, EVENT | {"subject": "cart", "type": "com.example.alert.cleared"}]
    got = read(Sent(batch, "/hooks/cloudevents", headers))
    assert isinstance(got, tuple)
    assert [alert.firing for alert in got] == [True, False]
    assert read(Sent([], "/hooks/cloudevents", headers)) == ()
    wrong = read(Sent([EVENT, EVENT | {"id": ""}], "/hooks/cloudevents", headers))
    assert isinstance(wrong, Refusal)
    assert wrong.problems[0].where == "[1].id"


def test_binary_and_structured_say_the_same() -> None:
    assert one(binary()) == one(cloud())
    said = one(binary(**{"ce-subject": "K%C3%B6ln", "ce-time": "2026-01-29T14:20:00Z"}))
    assert dict(said.labels)["subject"] == "Köln"
    assert said.starts_at == parse_instant("2026-01-29T14:20:00Z")
    assert one(replace(binary(), body=b"plain words", headers={**binary().headers, "content-type": "text/plain"}))


TIMES = {
    "usual": ("2026-01-29T14:20:00Z", "2026-01-29T14:20:00Z", ()),
    "a little ahead": ("2026-01-29T14:26:00Z", "2026-01-29T14:24:00Z", ()),
    "far ahead": ("2027-01-29T14:26:00Z", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "words": ("soon", "2026-01-29T14:24:00Z", ("clamped_start",)),
}


@pytest.mark.parametrize(("time", "want", "flags"), TIMES.values(), ids=TIMES)
def test_the_time_of_an_event_counts(time: str, want: str, flags: tuple[str, ...]) -> None:
    fired = one(cloud(time=time))
    cleared = one(cloud(time=time, type="com.example.alert.resolved"))
    assert (fired.starts_at, fired.flags) == (parse_instant(want), flags)
    assert (cleared.ends_at, cleared.flags) == (parse_instant(want), flags)


def test_a_mapping_begins_at_the_event() -> None:
    values = {
        "state": "$.data.level", "firing_when": "red", "key": "$.subject",
        "alertname": "Checkout", "labels.level": "$.data.level",
    }  # fmt: skip
    red, green = (one(cloud(type="com.example.level", data={"level": level}), **values) for level in ("red", "green"))
    assert (red.firing, green.firing, red.key, green.key) == (True, False, "checkout", "checkout")
    assert dict(red.labels)["alertname"] == "Checkout"
    assert dict(red.labels)["level"] == "red"


def test_the_handshake_is_answered_and_admits_nobody() -> None:
    assert isinstance(SOURCE, StandIn)
    asked = Request(b"", {"webhook-request-origin": "events.example"}, "/hooks/cloudevents", NOW, method="OPTIONS")
    assert SOURCE.read(asked, Settings({}, {})) == ()
    answer = SOURCE.reply(asked, None)
    assert (answer.status, answer.headers["webhook-allowed-origin"]) == (200, "events.example")
    for origin in ("", "a b", "x" * 300, "a\r\nb: c", "ü"):
        odd = replace(asked, headers={"webhook-request-origin": origin})
        refusal = SOURCE.read(odd, Settings({}, {}))
        assert isinstance(refusal, Refusal)
        assert "webhook-allowed-origin" not in SOURCE.reply(odd, refusal).headers
    post = replace(asked, method="POST", body=json.dumps(EVENT).encode())
    assert isinstance(SOURCE.read(post, Settings({}, {})), Refusal)


def test_the_sample_of_the_contract(shared: Path) -> None:
    raw = (shared / "contracts/cloudevents/samples/structured.json").read_bytes()
    alert = one(Sent(raw, "/hooks/cloudevents", STRUCTURED))
    assert alert.firing
    assert dict(alert.labels)["severity"] == "critical"
    assert alert.key == "https://monitoring.example.com/rules/7 checkout"
    required = json.loads((shared / "contracts/cloudevents/cloudevents-v1.schema.json").read_text())["required"]
    for name in required:
        body = json.loads(raw)
        del body[name]
        got = read(Sent(body, "/hooks/cloudevents", STRUCTURED))
        assert isinstance(got, Refusal)
        assert got.problems[0].where == name
