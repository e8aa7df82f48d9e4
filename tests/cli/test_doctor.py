"""The doctor says what is well and what is not, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Server, plan_folder, run, said
from tocsin.app import read_plan
from tocsin.cli import local
from tocsin.config import Config


def looks(text: str) -> dict[str, list[tuple[str, str]]]:
    """What was looked at: (how, said) by name."""
    found: dict[str, list[tuple[str, str]]] = {}
    items: list[dict[str, Any]] = json.loads(text)["items"]
    for each in items:
        found.setdefault(each["what"], []).append((each["how"], each["said"]))
    return found


def test_a_server_that_is_well(server: Server) -> None:
    result = server.local("doctor", "--json", "--plan", str(server.folder / "plan"))
    found = looks(said(result))
    assert [found[what][0][0] for what in ("versions", "folder", "database", "engine", "plan", "people", "intake")] == [
        "well"
    ] * 7
    assert "SQLite" in found["database"][0][1] and ("well", "Sandbox: set up") in found["channel"]
    assert found["address"] == [("mind", f"links in messages lead to {server.url}, which opens on this machine alone")]
    assert "well  engine" in said(server.local("doctor"))


def test_nobody_runs_nobody_is_reached_nothing_is_set(tmp_path: Path) -> None:
    config = Config(database=f"sqlite:///{tmp_path / 'sick.db'}")
    local.administer(config, "apply_plan", make=True, body=read_plan(str(plan_folder(tmp_path / "plan"))), forced=None)
    said(run("user", "contact", "add", "ana", "smtp", "ana@example.com", "--verified", "--database", config.database))
    result = run("doctor", "--json", "--database", config.database, TOCSIN_PUBLIC_URL="https://tocsin.example.com")
    found = looks(result.stdout)
    assert result.exit_code == 1
    assert found["engine"] == [("bad", "no engine runs over this database: nobody is paged")]
    assert found["people"] == [("bad", "no page reaches bo: no verified contact")]
    assert found["channel"] == [("bad", "E-mail: url not set")]
    assert found["intake"] == [("mind", "no token sends alerts")]
    assert found["address"] == [("well", "links in messages lead to https://tocsin.example.com")]
    set_up = run("doctor", "--json", "--database", config.database, TOCSIN_SMTP_URL="smtp://user:hunter2@localhost:25")
    assert looks(set_up.stdout)["channel"] == [("well", "E-mail: set up")] and "hunter2" not in set_up.output


def test_a_database_and_a_folder_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("organisation: {nam: Example}\n")
    result = run("doctor", "--json", "--database", f"sqlite:///{tmp_path / 'none.db'}", "--plan", str(tmp_path))
    found = looks(result.stdout)
    assert (
        result.exit_code == 1 and found["database"][0][0] == "bad" and "there is no database" in found["database"][0][1]
    )
    assert found["folder"][0][0] == "bad" and "plan.yaml:1:" in found["folder"][0][1]
    assert not (tmp_path / "none.db").exists() and "engine" not in found
