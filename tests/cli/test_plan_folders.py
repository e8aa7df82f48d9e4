"""tocsin init and tocsin check: a folder is whole or not there; what is wrong is told with its place."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, STARTER, plan_folder, run, said
from tocsin.cli import local
from tocsin.cli.init import examples
from tocsin.config import Config
from tocsin.plan_folder import read_folder


@pytest.mark.parametrize("example", examples())
def test_an_example_is_begun_whole_and_checks_well(tmp_path: Path, example: str) -> None:
    folder = tmp_path / "new" / "plan"
    told = said(run("init", str(folder), "--example", example))
    assert str(folder) in told
    assert read_folder(folder).problems == ()
    assert [path.name for path in folder.parent.iterdir()] == ["plan"], "nothing is left beside it"
    checked = said(run("check", str(folder)))
    assert checked.splitlines()[0].startswith(f"{folder}: no finding")
    assert "taken for granted: everybody in the plan has a verified contact" in checked


def test_there_is_more_than_one_example() -> None:
    assert {"starter", "virtengine"} <= set(examples())


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    refused = run("init", str(tmp_path))
    assert refused.exit_code == 1 and "is not empty" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    refused = run("init", str(tmp_path / "mine.txt"))
    assert refused.exit_code == 1 and "is no folder" in refused.stderr
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    said(run("init", str(tmp_path)))
    assert read_folder(tmp_path).hash == read_folder(STARTER.parent).hash


def test_nothing_half_is_left_when_copying_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    refused = run("init", str(tmp_path / "plan"))
    assert refused.exit_code == 1 and "No space left on device" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def edited(folder: Path, before: str, after: str) -> Path:
    path = folder / "plan.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    return folder


def test_findings_stand_in_their_places_and_the_status_is_one(tmp_path: Path) -> None:
    folder = edited(plan_folder(tmp_path / "plan"), "holder: bo, deputies: [ana]", "deputies: [ana]")
    result = run("check", str(folder))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("plan.yaml:7:") and lines[0].endswith("nobody holds the post head")
    assert lines[1:3] == ["    ana would stand in. Name its holder", "    post-vacant:head"]
    assert any(line.startswith(f"{folder}: 1 finding") for line in lines)


def test_a_folder_that_cannot_be_read_tells_every_problem(tmp_path: Path) -> None:
    folder = edited(plan_folder(tmp_path / "plan"), "people: [ana, bo]", "people: [ana, boo]")
    edited(folder, "respond_within: 15m", "respond_within: soon")
    result = run("check", str(folder))
    assert result.exit_code == 1
    assert result.stdout.count("plan.yaml:") == 2
    assert "'boo' is not among the people" in result.stdout and "Did you mean 'bo'?" in result.stdout
    assert result.stdout.splitlines()[-1] == f"{folder}: 2 problems; it cannot be read"


def test_programs_read_json(tmp_path: Path) -> None:
    folder = plan_folder(tmp_path / "plan")
    good = json.loads(said(run("check", str(folder), "--json")))
    assert good["ok"] and good["findings"] == [] and good["plan"] == read_folder(folder).hash and good["assumed"]
    edited(folder, "holder: bo, deputies: [ana]", "deputies: [ana]")
    found = run("check", str(folder), "--json")
    (finding,) = json.loads(found.stdout)["findings"]
    assert found.exit_code == 1
    assert (finding["id"], finding["where"].split(":")[:2]) == ("post-vacant:head", ["plan.yaml", "7"])
    edited(folder, "organisation:", "organisatoin:")
    broken = run("check", str(folder), "--json")
    document = json.loads(broken.stdout)
    assert broken.exit_code == 1 and not document["ok"] and document["plan"] is None
    assert "plan.yaml:2:1" in {problem["where"] for problem in document["problems"]}


def test_vendors_are_known_and_secrets_that_are_not_here_are_said(tmp_path: Path) -> None:
    folder = plan_folder(tmp_path / "plan")
    more = "integrations: [{id: mail, vendor: smtp, secrets: {url: 'env:NO_SUCH'}}, {id: hook, vendor: wbhook}]\n"
    (folder / "more.yaml").write_text(more)
    result = run("check", str(folder))
    assert result.exit_code == 1
    assert "more.yaml:1:" in result.stdout and "there is no vendor 'wbhook'" in result.stdout
    assert "env:NO_SUCH is set where the server runs: here it is not" in result.stdout


def test_rule_9_with_a_database_the_record_is_used(tmp_path: Path) -> None:
    config = Config(database=f"sqlite:///{tmp_path / 'alone.db'}")
    from tocsin.app import read_plan

    folder = plan_folder(tmp_path / "plan")
    local.administer(config, "apply_plan", make=True, body=read_plan(str(folder)), forced=None)
    local.administer(config, "leave", person="bo")
    result = run("check", str(folder), "--database", config.database)
    assert result.exit_code == 1
    assert "bo holds or deputises for the post head, and has left" in result.stdout
    assert "a verified contact" not in result.stdout


def test_no_folder_is_one_clear_message(tmp_path: Path) -> None:
    result = run("check", str(tmp_path / "gone"))
    assert result.exit_code == 1
    assert "there is no such folder" in result.stdout and "Traceback" not in result.output


def test_the_schema_is_printed_whole() -> None:
    document = json.loads(said(run("plan", "schema")))
    assert document["$defs"]["rotation"]["required"] == ["id", "time_zone", "people", "starts"]


@pytest.mark.slow
def test_every_command_of_the_how_to_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "how-to" / "change-the-plan.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 5
    for line in lines:
        words = shlex.split(line)
        input = None
        if words[0] == "echo":
            input, words = words[1], words[3:]
        assert words[0] == "tocsin"
        assert said(run(*words[1:], input=input))
