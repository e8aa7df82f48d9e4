"""tocsin plan apply and diff: staged, shown, asked, applied; a broken edit changes nothing and stops nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Server, plan_folder, run, said
from tests.cli.test_plan_folders import edited
from tocsin.app import read_plan
from tocsin.cli import local
from tocsin.config import Config
from tocsin.plan_folder import read_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return plan_folder(tmp_path / "plan")


@pytest.fixture
def database(tmp_path: Path, folder: Path) -> str:
    """A database with the folder's plan in force, and no engine."""
    config = Config(database=f"sqlite:///{tmp_path / 'alone.db'}")
    local.administer(config, "apply_plan", make=True, body=read_plan(str(folder)), forced=None)
    return config.database


def in_force(database: str) -> tuple[str, int]:
    """The hash of the plan in force, and how often one was applied."""
    with local.reading(Config(database=database)) as reading:
        return reading.meta("live_plan") or "", len(list(reading.load("plan:applied")))


def test_rule_12_an_edit_is_shown_asked_and_applied(folder: Path, database: str) -> None:
    before = in_force(database)
    edited(folder, "{id: head, after: 15m, inform: post:head}", "{id: head, after: 10m, inform: post:head}")
    declined = run("plan", "apply", str(folder), "--database", database, input="n\n")
    assert declined.exit_code == 1 and "Nothing was changed" in declined.stderr
    assert in_force(database) == before
    applied = said(run("plan", "apply", str(folder), "--database", database, input="y\n"))
    assert "~ policies.sev1.steps.head.after  15 min -> 10 min" in applied
    assert "  sev1, in core:\n    inform bo (sev1/head): after 15 min -> after 10 min\n" in applied
    assert in_force(database) == (read_folder(folder).hash, 2)


def test_rule_12_the_same_folder_twice_changes_nothing(folder: Path, database: str) -> None:
    before = in_force(database)
    path = folder / "plan.yaml"
    path.write_text("# other words, the same plan\n" + path.read_text())
    assert "in force already" in said(run("plan", "apply", str(folder), "--database", database))
    assert in_force(database) == before


@pytest.mark.parametrize(
    "broken", ["organisation: {name: x", "people: [{handle: x, teem: y}]\n", "limits: {flaps: 0}\n"]
)
def test_a_broken_edit_never_takes_effect(folder: Path, database: str, broken: str) -> None:
    before = in_force(database)
    (folder / "more.yaml").write_text(broken)
    refused = run("plan", "apply", str(folder), "--database", database, "--yes")
    assert refused.exit_code == 1 and "more.yaml:" in refused.stderr and "nothing was changed" in refused.stderr
    assert in_force(database) == before


def test_nobody_is_there_to_ask(folder: Path, database: str) -> None:
    before = in_force(database)
    edited(folder, "title: SEV-1,", "title: SEV 1,")
    refused = run("plan", "apply", str(folder), "--database", database, input="")
    assert refused.exit_code == 1 and "--yes" in refused.stderr
    assert in_force(database) == before


def test_a_diff_changes_nothing_and_says_what_moves(folder: Path, database: str, tmp_path: Path) -> None:
    before = in_force(database)
    assert said(run("plan", "diff", str(folder), "--database", database)) == "Nothing differs.\n"
    edited(folder, "holder: bo, deputies: [ana]", "holder: ana, deputies: [bo]")
    document = json.loads(said(run("plan", "diff", str(folder), "--database", database, "--json")))
    assert {"path": "posts.head.holder", "what": "changed", "before": "bo", "after": "ana"} in document["changes"]
    by_case = {each["severity"]: each["moves"] for each in document["moved"]}
    assert {"verb": "inform", "person": "ana", "step": "sev1/head", "before": [], "after": [900.0]} in by_case["sev1"]
    assert in_force(database) == before
    other = plan_folder(tmp_path / "other")
    offline = said(run("plan", "diff", str(folder), "--from", str(other)))
    assert "~ posts.head.holder  bo -> ana" in offline
    edited(other, "title: SEV-1,", "title: SEV 1,")
    words = said(run("plan", "diff", str(other), "--database", database))
    assert words == "~ severities.sev1.title  SEV-1 -> SEV 1\nNobody is paged or informed at another time.\n"


def test_without_a_database_there_is_one_message(folder: Path, tmp_path: Path) -> None:
    refused = run("plan", "apply", str(folder), "--database", f"sqlite:///{tmp_path / 'none.db'}", "--yes")
    assert refused.exit_code == 1 and "Traceback" not in refused.output
    both = run("plan", "diff", str(folder), "--database", "sqlite:///x.db", "--url", "http://127.0.0.1:1")
    assert both.exit_code == 2 and "give one of them" in both.stderr


def test_over_a_server_while_it_runs(server: Server, tmp_path: Path) -> None:
    """By its address, with a token that has the grant; without it, nothing changes."""
    folder = plan_folder(tmp_path / "plan")
    assert said(server("plan", "diff", str(folder))) == "Nothing differs.\n"
    token = said(server.local("token", "create", "planner", "--scope", "view,plan")).strip()
    server.tokens["planner"] = token
    edited(folder, "means: cosmetic", "means: a trifle")
    applied = said(server("plan", "apply", str(folder), "--yes", who="planner"))
    assert read_folder(folder).hash in applied
    server.tokens["viewer"] = said(server.local("token", "create", "viewer", "--scope", "view")).strip()
    edited(folder, "means: a trifle", "means: nothing much")
    refused = server("plan", "apply", str(folder), "--yes", who="viewer")
    assert refused.exit_code == 1 and "grant 'plan'" in refused.stderr
    back = plan_folder(tmp_path / "back")
    said(server("plan", "apply", str(back), "--yes", who="planner"))
    assert said(server("plan", "diff", str(back))) == "Nothing differs.\n"


def test_rule_11_an_edit_that_would_strand_an_incident_needs_force(server: Server, tmp_path: Path) -> None:
    folder = plan_folder(tmp_path / "plan")
    number = server.json("declare", "mail is out", "--service", "mail")["number"]
    edited(folder, "{id: mail, domain: core}, ", "")
    server.tokens["planner"] = said(server.local("token", "create", "planner2", "--scope", "view,plan")).strip()
    refused = server("plan", "apply", str(folder), "--yes", who="planner")
    assert refused.exit_code == 1 and f"INCIDENT-{number} is about the service mail" in refused.stderr
    assert "--force" in refused.stderr
    said(server("plan", "apply", str(folder), "--yes", "--force", "mail moved to another team", who="planner"))
    said(server("plan", "apply", str(plan_folder(tmp_path / "back")), "--yes", who="planner"))
