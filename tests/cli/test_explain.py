"""tocsin explain: from a file of alerts to who is paged when, over what and why; offline or by what is in force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Server, plan_folder, run, said

LABELS = {"alertname": "HighErrors", "service": "api", "severity": "sev2"}
AT = "2026-01-12T10:00:00Z"
FORMS: dict[str, Any] = {
    "labels": LABELS,
    "alert": {"labels": LABELS, "annotations": {"summary": "x"}},
    "api-v2": [{"labels": LABELS, "startsAt": AT}, {"labels": LABELS}],
    "webhook": {
        "version": "4",
        "status": "firing",
        "alerts": [
            {"status": "firing", "labels": LABELS},
            {"status": "resolved", "labels": {**LABELS, "alertname": "Old"}},
        ],
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(plan_folder(tmp_path / "plan"))


def filed(tmp_path: Path, value: object) -> str:
    path = tmp_path / "alert.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_of_an_alert_is_explained(tmp_path: Path, folder: str, form: str) -> None:
    words = ("explain", "--alert", filed(tmp_path, FORMS[form]), "--plan", folder, "--at", AT)
    document = json.loads(said(run(*words, "--json")))
    (item,) = document["items"]
    assert item["labels"] == LABELS and item["alerts"] == (2 if form == "api-v2" else 1)
    assert (item["route"], item["service"], item["domain"], item["severity"]) == ("all", "api", "core", "sev2")
    assert document["cleared"] == (1 if form == "webhook" else 0)
    assert len(document["assumed"]) == 3
    pages = [(s["after"], s["person"], s["channel"], s["reason"]) for s in item["steps"] if s["verb"] == "page"]
    assert pages[:4] == [
        (0.0, "bo", "webhook", "first_on_call"),
        (120.0, "bo", "smtp", "next_contact"),
        (300.0, "ana", "webhook", "unanswered"),
        (420.0, "ana", "smtp", "next_contact"),
    ]


def test_people_read_a_table(tmp_path: Path, folder: str) -> None:
    told = said(run("explain", "--alert", filed(tmp_path, LABELS), "--plan", folder, "--at", AT, "--for", "6m"))
    lines = told.splitlines()
    assert lines[0] == "Alert    alertname=HighErrors, service=api, severity=sev2"
    assert lines[1].startswith("Route    all, grouped by alertname, service")
    first = next(line for line in lines if "+0 s" in line and " page " in line)
    assert " bo " in first and "webhook" in first and "first on call for the domain" in first
    assert sum("taken for granted" in line for line in lines) == 3


def test_as_if_it_were_declared(tmp_path: Path, folder: str) -> None:
    words = (
        "explain",
        "--alert",
        filed(tmp_path, LABELS),
        "--plan",
        folder,
        "--at",
        AT,
        "--severity",
        "sev1",
        "--json",
    )
    (item,) = json.loads(said(run(*words)))["items"]
    told = {(s["verb"], s["person"], s["step"].split("/")[0]) for s in item["steps"] if s["person"]}
    assert {("page", "ana", "sev1"), ("page", "bo", "sev1"), ("inform", "bo", "sev1")} <= told
    rounds = [s["why"] for s in item["steps"] if s["verb"] == "round"]
    assert rounds[0] == "the incident was declared"


def test_an_alert_that_pages_nobody_says_why(tmp_path: Path, folder: str) -> None:
    told = said(run("explain", "--alert", filed(tmp_path, {"alertname": "Watchdog"}), "--plan", folder))
    assert "Route    watchdog" in told and "Nobody is paged: its route keeps it on the record alone" in told


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{", "is no JSON"),
        ("[]", "holds no alert"),
        ("{}", "holds no alert"),
        ("3", "holds no alert"),
        ('[{"startsAt": "x"}]', "[0] has no labels"),
        ('{"alerts": [{"labels": {"a": 1}}]}', "alerts[0].labels.a is no text"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_a_file_that_is_no_alert_is_one_message(tmp_path: Path, folder: str, value: str, words: str) -> None:
    refused = run("explain", "--alert", filed(tmp_path, value), "--plan", folder)
    assert refused.exit_code == 1 and words in refused.stderr and "Traceback" not in refused.output


def test_what_is_asked_wrong_is_told(tmp_path: Path, folder: str) -> None:
    alert = filed(tmp_path, LABELS)
    unknown = run("explain", "--alert", alert, "--plan", folder, "--severity", "sev9")
    assert unknown.exit_code == 1 and "there is no severity 'sev9'" in unknown.stderr
    assert run("explain", "--alert", alert, "--plan", folder, "--for", "soon").exit_code == 2
    assert run("explain", "--alert", alert, "--plan", folder, "--url", "http://127.0.0.1:1").exit_code == 2
    missing = run("explain", "--alert", str(tmp_path / "none.json"), "--plan", folder)
    assert missing.exit_code == 1 and "No such file" in missing.stderr


def test_by_a_server_and_by_its_database_people_are_those_of_the_record(server: Server, tmp_path: Path) -> None:
    alert = filed(tmp_path, LABELS)
    words = ("explain", "--alert", alert, "--at", AT, "--json")
    by_server, by_database = json.loads(said(server(*words))), json.loads(said(server.local(*words)))
    assert by_server == by_database
    (item,) = by_server["items"]
    assert item["steps"] and len(by_server["assumed"]) == 1
    refused = server("explain", "--alert", alert, "--severity", "sev9")
    assert refused.exit_code == 1 and "there is no severity 'sev9'" in refused.stderr
