"""Quirks of Alertmanager's webhook; what all sources share is in the battery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tocsin.core.instants import parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.alertmanager.source import SOURCE
from tocsin.integrations.base import Alert, Request, Settings

NOW = parse_instant("2026-01-29T14:24:00Z")


def read(message: object) -> tuple[Alert, ...] | Refusal:
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return SOURCE.read(Request(raw, {}, SOURCE.paths[1], NOW, admitted=True), Settings({}, {}))


def whole(*alerts: dict[str, object], **more: object) -> dict[str, object]:
    """A message as Alertmanager 0.34 writes it."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="Down"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "tocsin",
        "groupLabels": {"alertname": "Down"},
        "commonLabels": {"alertname": "Down"},
        "commonAnnotations": {},
        "routeLabels": None,
        "notification_reason": "first notification",
        "externalURL": "http://am:9093",
        "alerts": list(alerts),
        **more,
    }


def alert(status: str = "firing", **fields: object) -> dict[str, object]:
    return {
        "status": status,
        "labels": {"alertname": "Down"},
        "annotations": {},
        "startsAt": "2026-01-29T14:20:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "a1bc48475b20e73d",
        **fields,
    }


def test_a_resolved_group_can_hold_alerts_that_fire() -> None:
    message = whole(alert("firing"), alert("resolved", endsAt="2026-01-29T14:23:00Z"), status="resolved")
    got = read(message)
    assert isinstance(got, tuple)
    assert [each.firing for each in got] == [True, False]
    assert got[1].ends_at == parse_instant("2026-01-29T14:23:00Z")


ENDS = {
    "fires, zero end": ("firing", "0001-01-01T00:00:00Z", True, None, ()),
    "fires, end ahead": ("firing", "2026-01-29T14:30:00Z", True, "2026-01-29T14:30:00Z", ()),
    "fires, end behind": ("firing", "2026-01-29T14:21:00Z", True, None, ("end_ignored",)),
    "cleared": ("resolved", "2026-01-29T14:21:00Z", False, "2026-01-29T14:21:00Z", ()),
    "cleared, zero end": ("resolved", "0001-01-01T00:00:00Z", False, "2026-01-29T14:24:00Z", ("end_unknown",)),
    "cleared, end ahead": ("resolved", "2026-01-29T14:30:00Z", False, "2026-01-29T14:24:00Z", ("end_unknown",)),
    "cleared, end unreadable": ("resolved", "x", False, "2026-01-29T14:24:00Z", ("clamped_end", "end_unknown")),
}


@pytest.mark.parametrize(("status", "end", "firing", "want", "flags"), ENDS.values(), ids=ENDS)
def test_the_alerts_own_status_decides(
    status: str, end: str, firing: bool, want: str | None, flags: tuple[str, ...]
) -> None:
    got = read(whole(alert(status, endsAt=end)))
    assert isinstance(got, tuple)
    assert got[0].firing is firing
    assert got[0].ends_at == (None if want is None else parse_instant(want))
    assert got[0].flags == flags


@pytest.mark.parametrize("status", ["FIRING", "", None, 1, "suppressed"], ids=str)
def test_another_status_is_refused_and_named(status: object) -> None:
    got = read(whole(alert(), alert(status)))  # type: ignore[arg-type]
    assert isinstance(got, Refusal)
    assert [problem.where for problem in got.problems] == ["alerts[1].status"]


def test_a_missing_status_is_refused_since_the_groups_is_not_trusted() -> None:
    broken = alert()
    del broken["status"]
    got = read(whole(broken))
    assert isinstance(got, Refusal)
    assert got.problems[0].where == "alerts[0].status"


def test_an_alert_without_a_name_still_comes_in_and_is_flagged() -> None:
    """It has passed an Alertmanager already, and a refusal would lose the whole group for good."""
    got = read(whole(alert(labels={"job": "node"})))
    assert isinstance(got, tuple)
    assert got[0].flags == ("no_alertname",)


@pytest.mark.parametrize("message", [b"{}", b'{"alerts": null}', b'{"alerts": {}}'], ids=str)
def test_a_message_without_a_list_is_refused_and_the_field_named(message: bytes) -> None:
    got = read(message)
    assert isinstance(got, Refusal)
    assert got.problems[0].where == "alerts"


def test_a_refusal_is_problem_details() -> None:
    got = read(b"{}")
    assert isinstance(got, Refusal)
    status, kind, answer = SOURCE.answer(got)
    assert (status, kind) == (400, "application/problem+json")
    assert json.loads(answer) == {
        "title": "invalid",
        "status": 400,
        "detail": "alerts: expected a list of alerts, got nothing",
    }


def test_version_3_and_versions_to_come_are_read() -> None:
    plain = read(whole(alert()))
    assert read(whole(alert(), version="3", groupKey=5615590933959184469)) == plain
    assert read(whole(alert(), version="5", alsoNew={"x": [1]})) == plain


@pytest.mark.parametrize("name", ["webhook-group.json", "webhook-single.json"])
def test_the_contracts_samples_are_read(name: str, shared: Path) -> None:
    got = read((shared / "contracts" / "alertmanager" / "samples" / name).read_bytes())
    assert isinstance(got, tuple)
    assert all(each.starts_at == parse_instant("2020-02-06T00:17:58.432911Z") for each in got)
    assert [each.firing for each in got] == ([True, True] if "group" in name else [False])
    assert all(dict(each.labels)["host"] == "andromeda" for each in got)
    assert all(each.url.startswith("http://cobalt:9090/graph?") for each in got)


def test_what_these_tests_send_is_what_the_contract_describes(shared: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema: Any = json.loads((shared / "contracts" / "alertmanager" / "webhook-v4.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(whole(alert(), alert("resolved")))
