"""Grafana signs in two ways, and told of single rules before version 9."""

from __future__ import annotations

import hmac
import json
from pathlib import Path

import pytest

from tocsin.core.instants import Instant, parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import registry
from tocsin.integrations.base import Alert, Request, Settings

NOW = parse_instant("2026-01-29T14:24:00Z")
STAMP = str(NOW // 1_000_000)
BODY = json.dumps({"version": "1", "orgId": 1, "alerts": [{"status": "firing", "labels": {"alertname": "x"}}]}).encode()
PLAIN = "x-grafana-alerting-signature"
SOURCE = registry.source("grafana")
OLD = {"ruleId": 7, "ruleName": "CPU", "state": "alerting", "title": "[Alerting] CPU", "message": "boom", "orgId": 2}


def settings(**values: str) -> Settings:
    return Settings(values, {"secret": "canary-new canary-old", "token": "canary-token"})


def made(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, "sha256").hexdigest()


def ask(headers: dict[str, str], given: Settings, now: Instant = NOW, **more: object) -> tuple[Alert, ...] | Refusal:
    return SOURCE.read(Request(BODY, headers, "/hooks/grafana", now, **more), given)  # type: ignore[arg-type]


@pytest.mark.parametrize("secret", ["canary-new", "canary-old"])
def test_the_body_signed_with_either_secret_is_taken(secret: str) -> None:
    assert isinstance(ask({PLAIN: made(secret, BODY)}, settings()), tuple)
    given = settings(signature_header="X-Sign")
    assert isinstance(ask({"x-sign": made(secret, BODY)}, given), tuple)
    assert isinstance(ask({PLAIN: made(secret, BODY)}, given), Refusal)


@pytest.mark.parametrize("secret", ["canary-new", "canary-old"])
def test_timestamp_and_body_signed_with_either_secret_are_taken(secret: str) -> None:
    headers = {PLAIN: made(secret, STAMP.encode() + b":" + BODY), "x-time": STAMP}
    assert isinstance(ask(headers, settings(timestamp_header="X-Time")), tuple)
    assert isinstance(ask(headers, settings()), Refusal), "the other way of signing"


GOOD = made("canary-new", BODY)
WRONG = {
    "missing": {},
    "empty": {PLAIN: ""},
    "short": {PLAIN: GOOD[:-1]},
    "long": {PLAIN: GOOD + "0"},
    "upper case": {PLAIN: GOOD.upper()},
    "not hex": {PLAIN: "z" * 64},
    "twice": {PLAIN: f"{GOOD}, {GOOD}"},
    "prefixed": {PLAIN: f"sha256={GOOD}"},
    "odd letters": {PLAIN: "ü\udcff" * 32},
    "another secret": {PLAIN: made("canary", BODY)},
    "another body": {PLAIN: made("canary-new", BODY + b" ")},
    "a token in its place": {"authorization": "Bearer canary-token"},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_any_other_signature_is_refused_with_the_same_words(headers: dict[str, str]) -> None:
    got = ask(headers, settings())
    assert isinstance(got, Refusal)
    assert got == ask({}, settings())
    assert got == ask(headers, settings(), admitted=True), "who asks for signatures gets them from everybody"
    status, _, body = SOURCE.answer(got)
    assert status == 401
    assert b"canary" not in body


@pytest.mark.parametrize(
    ("seconds", "taken"), [(0, True), (299, True), (-299, True), (301, False), (-301, False), (600, False)]
)
def test_a_timestamp_holds_for_five_minutes(seconds: int, taken: bool) -> None:
    stamp = str(int(STAMP) + seconds)
    headers = {PLAIN: made("canary-new", f"{stamp}:".encode() + BODY), "x-time": stamp}
    assert isinstance(ask(headers, settings(timestamp_header="x-time")), tuple) is taken


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "9" * 400, "١٧٦٩", f" {STAMP}"])
def test_an_odd_timestamp_is_refused_though_signed(stamp: str) -> None:
    headers = {PLAIN: made("canary-new", stamp.encode() + b":" + BODY), "x-time": stamp}
    assert isinstance(ask(headers, settings(timestamp_header="x-time")), Refusal)


def test_the_known_answers_of_the_contract(shared: Path) -> None:
    known = json.loads((shared / "contracts/grafana/samples/signature-vectors.json").read_text())
    assert len(known["vectors"]) == 2
    for vector in known["vectors"]:
        stamp = vector.get("timestamp", "")
        now = Instant(int(stamp) * 1_000_000) if stamp else NOW
        given = Settings({"timestamp_header": "x-time"} if stamp else {}, {"secret": f"old {vector['secret']}"})
        headers = {known["default_header"].lower(): vector["signature"], "x-time": stamp}
        for body, taken in ((vector["body"], True), (vector["body"] + " ", False)):
            got = SOURCE.read(Request(body.encode(), headers, "/hooks/grafana", now), given)
            assert isinstance(got, Refusal)
            assert (got.reason == "not_allowed") is not taken, "a signed body without alerts is refused for that"


def test_the_samples_of_the_contract(shared: Path) -> None:
    for name, firing in (("firing", True), ("resolved", False)):
        raw = (shared / f"contracts/grafana/samples/webhook-{name}.json").read_bytes()
        got = SOURCE.read(Request(raw, {}, "/hooks/grafana", parse_instant("2026-11-23T05:00:00Z"), True), settings())
        assert isinstance(got, Refusal), "it is not signed"
        got = SOURCE.read(
            Request(raw, {}, "/hooks/grafana", parse_instant("2026-11-23T05:00:00Z"), True), Settings({}, {})
        )
        assert isinstance(got, tuple)
        assert [alert.firing for alert in got] == [firing]
        assert dict(got[0].labels)["service"] == "checkout"


STATES = {"alerting": [True], "no_data": [True], "ok": [False], "pending": [], "paused": []}


@pytest.mark.parametrize(("state", "fires"), STATES.items(), ids=STATES)
def test_a_single_rule_of_old(state: str, fires: list[bool]) -> None:
    raw = json.dumps(OLD | {"state": state, "tags": {"service": "api"}, "evalMatches": [{"tags": ""}]}).encode()
    got = SOURCE.read(Request(raw, {}, "/hooks/grafana", NOW, True), Settings({}, {}))
    assert isinstance(got, tuple)
    assert [alert.firing for alert in got] == fires
    for alert in got:
        assert alert.key == "org 2 rule 7"
        assert {"alertname": "CPU", "service": "api"}.items() <= dict(alert.labels).items()
        assert dict(alert.annotations) == {"summary": "[Alerting] CPU", "description": "boom"}


@pytest.mark.parametrize("state", [None, "", "melted", 7, {}])
def test_a_rule_without_a_known_state_is_refused_by_name(state: object) -> None:
    got = SOURCE.read(
        Request(json.dumps(OLD | {"state": state}).encode(), {}, "/hooks/grafana", NOW, True), Settings({}, {})
    )
    assert isinstance(got, Refusal)
    assert got.problems[0].where == "state"
