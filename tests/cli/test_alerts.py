"""Alerts sent by hand and listed, as people and as scripts do it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Server, said


def fired(server: Server, name: str) -> list[dict[str, Any]]:
    items = server.json("alert", "list", "--limit", "1000")["items"]
    return [each for each in items if each["labels"]["alertname"] == name]


def test_an_alert_by_name_is_listed_with_its_incident(server: Server) -> None:
    told = said(server("alert", "send", "ByHand", "service=api", "--summary", "by hand", who="prometheus"))
    assert told.startswith("1 alert taken")
    (alert,) = fired(server, "ByHand")
    assert alert["state"] == "firing" and alert["title"] == "by hand" and alert["fate"] == "incident"
    row = next(line for line in said(server("alert", "list")).splitlines() if "ByHand" in line)
    assert f"INCIDENT-{alert['incident_number']}" in row
    said(server("alert", "send", "ByHand", "service=api", "--resolved", who="prometheus"))
    assert [each["state"] for each in fired(server, "ByHand")] == ["cleared"]


def test_the_same_alert_twice_is_one(server: Server) -> None:
    for _ in range(2):
        said(server("alert", "send", "Twice", "service=api", who="prometheus"))
    assert len(fired(server, "Twice")) == 1


def test_a_limit_is_kept(server: Server) -> None:
    for name in ("LimitA", "LimitB"):
        said(server("alert", "send", name, who="prometheus"))
    assert len(server.json("alert", "list", "--limit", "1")["items"]) == 1


BODIES: dict[str, object] = {
    "posted": [{"labels": {"alertname": "posted", "service": "api"}}, {"labels": {"alertname": "posted", "n": "2"}}],
    "one": {"labels": {"alertname": "one", "service": "api"}},
    "notified": {
        "version": "4",
        "alerts": [{"status": "firing", "labels": {"alertname": "notified"}, "startsAt": "2026-01-12T10:00:00Z"}],
    },
}


@pytest.mark.parametrize("name", BODIES)
def test_a_file_as_its_sender_writes_it(server: Server, tmp_path: Path, name: str) -> None:
    file = tmp_path / "alerts.json"
    file.write_text(json.dumps(BODIES[name]))
    taken = json.loads(said(server("alert", "send", "--file", str(file), "--json", who="prometheus")))["taken"]
    assert taken == len(fired(server, name)) >= 1


def test_a_file_from_the_input(server: Server) -> None:
    body = json.dumps({"labels": {"alertname": "Piped"}})
    said(server("alert", "send", "--file", "-", who="prometheus", input=body))
    assert len(fired(server, "Piped")) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "this is no JSON"),
        ("{}", "there is no alert in it"),
        ("17", "there is no alert in it"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_file_that_holds_no_alert(server: Server, tmp_path: Path, text: str | bytes, why: str) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = server("alert", "send", "--file", str(file), who="prometheus")
    assert result.exit_code == 1 and why in result.stderr and "bad.json" in result.stderr


def test_an_alert_that_the_server_refuses(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "nameless.json"
    file.write_text('[{"labels": {"service": "api"}}]')
    result = server("alert", "send", "--file", str(file), who="prometheus")
    assert result.exit_code == 1 and "an alert needs the label alertname" in result.stderr


@pytest.mark.parametrize("words", [(), ("Name", "--file", "-"), ("--file", "-", "--resolved"), ("Name", "service")])
def test_either_a_name_or_a_file(server: Server, words: tuple[str, ...]) -> None:
    assert server("alert", "send", *words, who="prometheus", input="[]").exit_code == 2


def test_a_group_alone(server: Server) -> None:
    said(server("alert", "send", "Grouped", "service=api", who="prometheus"))
    group = fired(server, "Grouped")[0]["group"]
    items = server.json("alert", "list", "--group", group)["items"]
    assert {each["group"] for each in items} == {group} and items
