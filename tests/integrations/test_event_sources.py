"""The battery of the sources whose senders post one event a body: what fires, what clears, what is refused by name.

Small bodies of our own stand here; the recorded ones of `shared` are read where they are beside the checkout.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from event_bodies import CASES, alarm, kuma, relic, sentry

from tocsin.core.instants import Instant, parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import registry
from tocsin.integrations.base import Alert, Request, Settings, Source

NOW = parse_instant("2026-01-29T14:24:00Z")
OPEN = {"cloudwatch": Settings({"signature": "off"}, {})}
"""Settings under which a body is read that nobody signed."""


@pytest.fixture(params=sorted(CASES))
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def source(kind: str) -> Source:
    return registry.source(kind)


def read(source: Source, said: object, now: Instant = NOW) -> tuple[Alert, ...] | Refusal:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    return source.read(Request(raw, {}, source.paths[-1], now, admitted=True), OPEN.get(source.kind, Settings({}, {})))


def one(source: Source, said: object) -> Alert:
    got = read(source, said)
    assert isinstance(got, tuple), str(got)
    (only,) = got
    return only


def test_it_states_itself(source: Source) -> None:
    assert source.label
    assert 64 * 1024 <= source.max_bytes <= 64 * 1024 * 1024
    assert source.paths == (f"/hooks/{source.kind}/{{key}}", f"/hooks/{source.kind}")
    assert all(field.label and field.hint for field in source.fields)


def test_what_fires_is_named_dated_and_labelled(kind: str, source: Source) -> None:
    case = CASES[kind]
    got = one(source, case.fires)
    assert got.firing
    assert got.ends_at is None
    assert got.key == case.key
    assert got.starts_at == parse_instant(case.since)
    assert case.labels.items() <= dict(got.labels).items()
    assert got.url == case.url
    assert dict(got.annotations)["summary"]
    assert got.flags == ()


def test_what_clears_is_the_same_alert(kind: str, source: Source) -> None:
    case = CASES[kind]
    fired, cleared = one(source, case.fires), one(source, case.clears)
    assert not cleared.firing
    assert cleared.key == fired.key
    assert cleared.ends_at == parse_instant(case.over)
    assert cleared.ends_at >= fired.starts_at
    assert cleared.flags == ()


def test_a_state_that_nobody_knows_is_refused_by_its_field(kind: str, source: Source) -> None:
    case = CASES[kind]
    got = read(source, case.wrong)
    assert isinstance(got, Refusal)
    assert got.problems[0].where == case.where
    assert source.answer(got)[0] == 400


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"17", b"null", b"{}", b'{"x":1}', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"a=b"],
    ids=["nothing", "half", "list", "number", "null", "empty", "other", "bytes", "deep list", "deep object", "form"],
)
def test_what_is_no_event_is_refused_and_never_raises(source: Source, raw: bytes) -> None:
    got = read(source, raw)
    assert isinstance(got, Refusal)
    assert got.problems[0].where
    status, kind, body = source.answer(got)
    assert status == 400
    assert kind == "application/problem+json"
    assert len(body) < 2_000


def paths_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, each in inner for place in [(*at, name), *paths_of(each, (*at, name))]]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of a body with another value at a place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize(
    "odd",
    [None, True, -1, 1e300, "", "\0", "x" * 100_000, "javascript:alert(1)", [], [[1]], {}, {"a": {}}],
    ids=["null", "true", "-1", "1e300", "empty", "NUL", "long", "script", "list", "lists", "object", "objects"],
)
def test_an_odd_value_at_any_place_is_mended_or_refused(kind: str, source: Source, odd: object) -> None:
    fires = CASES[kind].fires
    for path in paths_of(fires):
        got = read(source, put(fires, path, odd))
        if isinstance(got, Refusal):
            assert got.problems[0].where
            continue
        for each in got:
            assert "\0" not in repr((each.labels, each.annotations))
            assert each.url == "" or each.url.startswith("http")
            assert len(each.key) <= 256
            assert 0 <= each.starts_at <= NOW + 300_000_000


def test_a_wrong_type_is_refused_and_its_field_named(kind: str, source: Source) -> None:
    named = {"cloudwatch": "Message.Trigger", "googlecloud": "incident.resource", "azure": "data.essentials"}
    named |= {
        "uptimekuma": "monitor",
        "sentry": "data.issue",
        "datadog": "title",
        "zabbix": "trigger",
        "newrelic": "title",
    }
    body = json.loads(json.dumps(CASES[kind].fires))
    *way, last = named[kind].split(".")
    if kind == "cloudwatch":
        body["Message"] = json.dumps({**json.loads(body["Message"]), "Trigger": 17})
    else:
        inner = body
        for name in way:
            inner = inner[name]
        inner[last] = 17
    got = read(source, body)
    assert isinstance(got, Refusal)
    assert got.problems[0].where == named[kind]


def test_too_large_a_body_is_refused_unread(source: Source) -> None:
    got = read(source, b" " * (source.max_bytes + 1))
    assert isinstance(got, Refusal)
    assert source.answer(got)[0] == 413


class TestWhoMaySend:
    def ask(self, kind: str, source: Source, headers: dict[str, str], path: str) -> object:
        settings = Settings(OPEN[kind].values if kind in OPEN else {}, {"token": "canary-new canary-old"})
        return source.read(Request(json.dumps(CASES[kind].fires).encode(), headers, path, NOW), settings)

    @pytest.mark.parametrize("token", ["canary-new", "canary-old"])
    def test_either_token_opens(self, kind: str, source: Source, token: str) -> None:
        assert isinstance(self.ask(kind, source, {"authorization": f"Bearer {token}"}, source.paths[1]), tuple)
        assert isinstance(self.ask(kind, source, {}, f"/hooks/{kind}/{token}"), tuple)

    @pytest.mark.parametrize("path", ["", "/canary", "/canary-new/x", "/"])
    def test_anybody_else_is_refused_with_the_same_words(self, kind: str, source: Source, path: str) -> None:
        got = self.ask(kind, source, {"authorization": "Bearer canary"}, f"/hooks/{kind}{path}")
        assert isinstance(got, Refusal)
        assert got.reason == "not_allowed"
        assert source.answer(got)[0] == 401
        assert b"canary" not in source.answer(got)[2]

    def test_the_body_of_a_stranger_is_not_read(self, source: Source) -> None:
        got = source.read(Request(b"[" * 100, {}, source.paths[1], NOW), Settings({}, {}))
        assert isinstance(got, Refusal)
        assert got.reason == "not_allowed"


def test_no_body_of_any_vendor_makes_it_raise(source: Source, shared: Path) -> None:
    files = sorted((shared / "data" / "webhook-payloads").glob("*/*"))
    assert len(files) > 100
    for file in files:
        got = read(source, file.read_bytes())
        if isinstance(got, Refusal):
            assert got.problems[0].where, file
            assert source.answer(got)[0] == 400
        elif file.parent.name == "aws":
            pytest.fail(f"{source.kind} took {file.name}")


def test_an_event_of_an_issue_and_the_issue_are_one_alert() -> None:
    event = {
        "title": "ValueError: no such cart",
        "level": "error",
        "url": "https://sentry.example/api/0/projects/org/shop/events/5/",
        "issue_url": "https://sentry.example/api/0/issues/42/",
        "datetime": "2026-01-29T14:21:00Z",
        "tags": [["environment", "production"], "odd", ["browser"]],
    }
    source = registry.source("sentry")
    fired = one(source, {"action": "triggered", "data": {"event": event, "triggered_rule": "any error"}})
    assert fired.key == one(source, sentry("resolved")).key == "issue:42"
    assert dict(fired.labels)["project"] == "shop"
    assert dict(fired.labels)["environment"] == "production"


def test_a_metric_alert_of_sentry_fires_and_ends() -> None:
    source = registry.source("sentry")
    metric = {"id": "7", "title": "Errors", "date_started": "2026-01-29T14:20:00Z", "projects": ["shop"]}
    fired = one(
        source, {"action": "critical", "data": {"metric_alert": metric, "description_title": "Critical: Errors"}}
    )
    ended = one(source, {"action": "resolved", "data": {"metric_alert": metric}})
    assert (fired.key, fired.firing, ended.key, ended.firing) == ("metric:7", True, "metric:7", False)


NEITHER = {
    "an assignment": ("sentry", sentry("assigned")),
    "an installation": ("sentry", {"action": "created", "data": {"installation": {"status": "installed"}}}),
    "an acknowledgement": ("newrelic", relic("ACKNOWLEDGED")),
    "an older acknowledgement": ("newrelic", {"current_state": "acknowledged", "incident_id": 3}),
    "a pending look": ("uptimekuma", kuma(2, "")),
    "a maintenance": ("uptimekuma", kuma(3, "")),
    "the button Test": ("uptimekuma", {"heartbeat": None, "monitor": None, "msg": "My webhook Testing"}),
}


@pytest.mark.parametrize(("kind", "said"), NEITHER.values(), ids=NEITHER)
def test_what_tells_of_no_state_is_taken_and_makes_no_alert(kind: str, said: object) -> None:
    assert read(registry.source(kind), said) == ()


def test_a_notice_of_uptime_kuma_fires() -> None:
    said = {"heartbeat": None, "monitor": None, "msg": "[Shop] certificate will expire in 7 days"}
    assert one(registry.source("uptimekuma"), said).firing


def test_the_older_incident_of_new_relic() -> None:
    said = {"incident_id": 3, "condition_name": "Apdex", "policy_name": "Shop", "severity": "WARNING", "details": "low"}
    source = registry.source("newrelic")
    fired = one(source, {**said, "current_state": "open", "timestamp": 1769696400000})
    ended = one(source, {**said, "current_state": "closed", "timestamp": 1769696520000})
    assert (fired.key, fired.starts_at, ended.firing) == ("3", parse_instant("2026-01-29T14:20:00Z"), False)
    assert ended.ends_at == parse_instant("2026-01-29T14:22:00Z")


def test_a_body_of_datadog_without_a_transition_fires_and_says_so() -> None:
    source = registry.source("datadog")
    assert one(source, {"title": "Queue is long"}).flags == ("state_assumed",)
    assert not one(source, {"title": "[Recovered on {host:mq-1}] Queue is long"}).firing


def test_a_blind_alarm_fires_unless_it_is_to_be_ignored() -> None:
    source = registry.source("cloudwatch")
    body = alarm("INSUFFICIENT_DATA", "2026-01-29T14:20:00Z")
    got = one(source, body)
    assert (got.firing, got.flags, dict(got.labels)["state"]) == (True, ("no_data",), "insufficient_data")
    quiet = Settings({"signature": "off", "insufficient_data": "ignore"}, {})
    assert source.read(Request(json.dumps(body).encode(), {}, "", NOW, admitted=True), quiet) == ()


def test_an_alarm_that_is_delivered_raw_is_read_where_nothing_is_signed() -> None:
    raw = alarm("ALARM", "2026-01-29T14:20:00Z")["Message"].encode()
    assert one(registry.source("cloudwatch"), raw).firing
