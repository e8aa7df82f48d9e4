"""Quirks of Prometheus and of Alertmanager's API v2; what all sources share is in the battery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tocsin.core.instants import parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Alert, Request, Settings
from tocsin.integrations.prometheus.source import SOURCE

NOW = parse_instant("2026-01-29T14:24:00Z")


def read(alerts: object) -> tuple[Alert, ...] | Refusal:
    return SOURCE.read(Request(json.dumps(alerts).encode(), {}, SOURCE.paths[0], NOW, admitted=True), Settings({}, {}))


def alert(**fields: object) -> Alert:
    got = read([{"labels": {"alertname": "Down"}, **fields}])
    assert isinstance(got, tuple), str(got)
    return got[0]


STATES = {
    "no end": ({}, True, None),
    "zero end": ({"endsAt": "0001-01-01T00:00:00Z"}, True, None),
    "null end": ({"endsAt": None}, True, None),
    "end ahead": ({"endsAt": "2026-01-29T14:28:00Z"}, True, "2026-01-29T14:28:00Z"),
    "end behind": ({"endsAt": "2026-01-29T14:23:59.999Z"}, False, "2026-01-29T14:23:59.999Z"),
    "end this instant": ({"endsAt": "2026-01-29T14:24:00Z"}, False, "2026-01-29T14:24:00Z"),
    "end in another zone": ({"endsAt": "2026-01-29T16:23:00+02:00"}, False, "2026-01-29T14:23:00Z"),
    "status is not read": ({"status": "resolved"}, True, None),
}


@pytest.mark.parametrize(("fields", "firing", "ends"), STATES.values(), ids=STATES)
def test_the_end_alone_tells_firing_from_cleared(fields: dict[str, object], firing: bool, ends: str | None) -> None:
    got = alert(**fields)
    assert got.firing is firing
    assert got.ends_at == (None if ends is None else parse_instant(ends))
    assert got.flags == ()


def test_a_cleared_alert_without_a_start_began_when_it_ended() -> None:
    got = alert(endsAt="2026-01-29T14:00:00Z")
    assert got.starts_at == got.ends_at == parse_instant("2026-01-29T14:00:00Z")
    assert got.flags == ()


@pytest.mark.parametrize("labels", [{}, {"job": "node"}, {"alertname": ""}], ids=["none", "another", "empty"])
def test_an_alert_without_its_name_is_refused_and_its_place_named(labels: dict[str, str]) -> None:
    got = read([{"labels": {"alertname": "Down"}}, {"labels": labels}])
    assert isinstance(got, Refusal)
    assert [problem.where for problem in got.problems] == ["[1].labels.alertname"]


def test_an_error_is_a_bare_json_string_as_alertmanager_writes_it() -> None:
    got = read([{"labels": {"alertname": 5}}])
    assert isinstance(got, Refusal)
    status, kind, answer = SOURCE.answer(got)
    assert (status, kind) == (400, "application/json")
    assert json.loads(answer) == "[0].labels.alertname: expected text, got a number. write it in quotes"


def test_what_prometheus_sends_is_read() -> None:
    """The shape of Prometheus 3: instants with milliseconds, endsAt four resend delays ahead, HTML-safe escapes."""
    raw = (
        b'[{"annotations":{"summary":"p99 \\u003e 2s"},"endsAt":"2026-01-29T14:28:00.123Z",'
        b'"startsAt":"2026-01-29T14:23:00.123Z","generatorURL":"http://prom:9090/graph?g0.expr=up\\u0026g0.tab=1",'
        b'"labels":{"alertname":"HighLatency","severity":"page"}}]'
    )
    got = SOURCE.read(Request(raw, {}, SOURCE.paths[0], NOW, admitted=True), Settings({}, {}))
    assert got == (
        Alert(
            labels=(("alertname", "HighLatency"), ("severity", "page")),
            annotations=(("summary", "p99 > 2s"),),
            firing=True,
            starts_at=parse_instant("2026-01-29T14:23:00.123Z"),
            ends_at=parse_instant("2026-01-29T14:28:00.123Z"),
            url="http://prom:9090/graph?g0.expr=up&g0.tab=1",
        ),
    )


BODIES: dict[str, Any] = {
    "least": [{"labels": {"alertname": "Down"}}],
    "none": [],
    "whole": [
        {
            "labels": {"alertname": "Down", "severity": "page"},
            "annotations": {"summary": "It is down"},
            "startsAt": "2026-01-29T14:23:00Z",
            "endsAt": "2026-01-29T14:28:00Z",
            "generatorURL": "https://prom.example.com/graph",
        }
    ],
    "two": [{"labels": {"alertname": "Down", "i": "1"}}, {"labels": {"alertname": "Down", "i": "2"}}],
    "zero end": [{"labels": {"alertname": "Down"}, "endsAt": "0001-01-01T00:00:00Z"}],
}


@pytest.mark.parametrize("alerts", BODIES.values(), ids=BODIES)
def test_what_the_contract_takes_is_taken(alerts: list[dict[str, Any]], shared: Path) -> None:
    yaml = pytest.importorskip("yaml")
    jsonschema = pytest.importorskip("jsonschema")
    contract = yaml.safe_load((shared / "contracts" / "alertmanager" / "api-v2.openapi.yaml").read_text())
    schema = {"$ref": "#/definitions/postableAlerts", "definitions": contract["definitions"]}
    assert contract["paths"]["/alerts"]["post"]["parameters"][0]["schema"] == {"$ref": "#/definitions/postableAlerts"}
    jsonschema.Draft4Validator(schema).validate(alerts)
    got = read(alerts)
    assert isinstance(got, tuple), str(got)
    assert len(got) == len(alerts)


@pytest.mark.parametrize("alerts", [{}, [{}], [{"labels": []}], [{"labels": {"a": 1}}], [1], "x"], ids=str)
def test_what_the_contract_refuses_is_refused(alerts: object, shared: Path) -> None:
    yaml = pytest.importorskip("yaml")
    jsonschema = pytest.importorskip("jsonschema")
    contract = yaml.safe_load((shared / "contracts" / "alertmanager" / "api-v2.openapi.yaml").read_text())
    schema = {"$ref": "#/definitions/postableAlerts", "definitions": contract["definitions"]}
    assert not jsonschema.Draft4Validator(schema).is_valid(alerts)
    assert isinstance(read(alerts), Refusal)
