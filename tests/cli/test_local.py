"""Commands beside the database: by the door, under the lock, never as a second writer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Server, open_url, plan_folder, run, said
from tocsin.app import read_plan
from tocsin.cli import local
from tocsin.config import Config
from tocsin.engine.access import digest
from tocsin.store.sqlite import Sqlite


@pytest.fixture
def alone(database: str, tmp_path: Path) -> Config:
    """A database with a plan, and no engine; of each kind."""
    config = Config(database=database)
    body = read_plan(str(plan_folder(tmp_path / "plan")))
    local.administer(config, "apply_plan", make=True, body=body, forced=None)
    return config


def test_a_token_is_printed_alone_and_only_its_digest_is_kept(server: Server) -> None:
    result = server.local("token", "create", "grafana", "--scope", "view,send", "--days", "30")
    token = said(result)
    assert token == f"{token.strip()}\n" and token.startswith("tocsin_") and result.stderr == ""
    listed = json.loads(said(server.local("token", "list", "--json")))["items"]
    mine = next(each for each in listed if each["name"] == "grafana")
    assert mine["scopes"] == ["send", "view"] and mine["expires_at"] and not mine["expired"]
    assert token.strip() not in json.dumps(listed)
    with local.reading(Config(database=server.database)) as reading:
        assert reading.find_token(digest(token.strip())) is not None


def test_a_revoked_token_is_dead_at_once(server: Server) -> None:
    server.tokens["gone"] = said(server.local("token", "create", "gone")).strip()
    said(server("incident", "list", who="gone"))
    said(server.local("token", "revoke", "gone"))
    refused = server("incident", "list", who="gone")
    assert refused.exit_code == 1 and "nobody known calls" in refused.stderr
    again = server.local("token", "revoke", "gone")
    assert again.exit_code == 1 and "there is no token 'gone'" in again.stderr


def test_a_name_is_taken_until_it_is_replaced(server: Server) -> None:
    server.tokens["old"] = said(server.local("token", "create", "ci")).strip()
    refused = server.local("token", "create", "ci")
    assert refused.exit_code == 1 and "--replace" in refused.stderr and refused.stdout == ""
    server.tokens["new"] = said(server.local("token", "create", "ci", "--replace")).strip()
    assert server("incident", "list", who="old").exit_code == 1
    said(server("incident", "list", who="new"))


def test_a_persons_token_never_does_more_than_the_person(server: Server) -> None:
    beyond = server.local("token", "create", "too-much", "--for", "bo", "--scope", "admin")
    assert beyond.exit_code == 1 and "bo may respond, view, not admin" in beyond.stderr
    assert server.local("token", "create", "nobody", "--for", "zed").exit_code == 1
    said(server.local("user", "add", "cy", "--not-in-plan"))
    server.tokens["cy"] = said(server.local("token", "create", "cy-laptop", "--for", "cy")).strip()
    said(server("declare", "by a guest", "--service", "api", who="cy"))
    said(server.local("user", "grant", "cy", "view"))
    refused = server("declare", "by a guest", "--service", "api", who="cy")
    assert refused.exit_code == 1 and "this needs the grant 'respond'" in refused.stderr
    said(server.local("user", "leave", "cy"))
    assert server("incident", "list", who="cy").exit_code == 1
    listed = json.loads(said(server.local("user", "list", "--json")))["items"]
    assert next(each for each in listed if each["handle"] == "cy")["left"] is True


@pytest.mark.parametrize("words", [("--scope", "root"), ("--days", "0")])
def test_what_no_token_can_have(server: Server, words: tuple[str, ...]) -> None:
    result = server.local("token", "create", "odd", *words)
    assert result.exit_code == 2 and result.stdout == ""


def test_the_first_token_may_come_before_the_server(database: str, tmp_path: Path) -> None:
    result = run("token", "create", "early", "--database", database)
    token = said(result).strip()
    assert "This began a new database" in result.stderr
    with local.reading(Config(database=database)) as reading:
        assert reading.find_token(digest(token)) is not None
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".door"] == []


def test_no_engine_no_door_the_lock_is_taken_and_given_back(alone: Config) -> None:
    said(run("user", "add", "ana", "--database", alone.database))
    said(run("user", "contact", "add", "ana", "sandbox", "phone:ana", "--database", alone.database))
    said(run("user", "contact", "verify", "ana", "sandbox", "--database", alone.database))
    listed = json.loads(said(run("user", "list", "--json", "--database", alone.database)))["items"]
    ana = next(each for each in listed if each["handle"] == "ana")
    assert ana["grants"] == ["respond", "view"] and [each["verified"] for each in ana["contacts"]] == [True]
    with local.reading(alone) as reading:
        kinds = [row.kind for row in reading.load("person:ana")]
    assert kinds == ["person.permissions_set", "person.contact_added", "person.contact_verified"]


def test_a_held_file_is_never_written_beside_its_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Config(database=f"sqlite:///{tmp_path / 'alone.db'}")
    monkeypatch.setattr(local, "TRIES", 2)
    monkeypatch.setattr(local, "WAIT", 0.0)
    holder = Sqlite(Path(alone.database.removeprefix("sqlite:///")), write=True)
    try:
        result = run("token", "create", "second", "--database", alone.database)
    finally:
        holder.close()
    assert result.exit_code == 1 and "an engine holds alone.db already" in result.stderr
    with local.reading(alone) as reading:
        assert reading.list_tokens() == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("token", "list", "--database", "sqlite:///nowhere.db"), "there is no database at nowhere.db"),
        (("user", "add", "ana", "--database", "sqlite:///nowhere.db"), "there is no database"),
        (("token", "create", "x", "--database", "mysql://host/name"), "is no database this knows"),
        (("token", "list", "--database", "sqlite://nowhere.db"), "is written sqlite:///FILE"),
    ],
)
def test_a_database_that_is_none(
    words: tuple[str, ...], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert result.exit_code == 1 and why in result.stderr and "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_mistyped_person_is_not_let_in(server: Server) -> None:
    result = server.local("user", "add", "anna")
    assert result.exit_code == 1 and "Did you mean ana?" in result.stderr
    assert server.local("user", "add", "ana", "--grant", "fly").exit_code == 1
    assert server.local("user", "invite", "nobody").exit_code == 1
    assert server.local("user", "leave", "nobody").exit_code == 1


def test_an_invitation_is_one_link_to_where_the_server_is(server: Server) -> None:
    first = said(server.local("user", "invite", "bo")).strip()
    assert first.startswith(f"{server.url}/sign-in/")
    second = said(server.local("user", "invite", "bo")).strip()
    with local.reading(Config(database=server.database)) as reading:
        kept = [reading.find_access(digest(link.rpartition("/")[2]), "invitation") for link in (first, second)]
    with open_url(second) as answer:
        assert b"bo" in answer.read() and answer.status == 200
    assert kept[0] is None and kept[1] is not None and kept[1].handle == "bo"


def test_a_password_is_kept_as_a_hash(server: Server) -> None:
    short = server.local("user", "password", "bo", input="short\n")
    assert short.exit_code == 1 and "at least 12 characters" in short.stderr
    said(server.local("user", "password", "bo", input="correct horse battery\n"))
    with local.reading(Config(database=server.database)) as reading:
        assert (reading.password("bo") or "").startswith("$argon2id$")


def test_contacts_are_added_ordered_and_removed(server: Server) -> None:
    wrong = server.local("user", "contact", "add", "bo", "smtp", "nonsense")
    assert wrong.exit_code == 1 and "Write it like ana@example.com" in wrong.stderr
    assert "did you mean smtp" in server.local("user", "contact", "add", "bo", "smpt", "b@example.com").stderr.lower()
    mail = said(server.local("user", "contact", "add", "bo", "smtp", "bo@example.com")).strip()
    said(server.local("user", "contact", "verify", "bo", mail))
    said(server.local("user", "contact", "order", "bo", "page", "smtp", "sandbox+2m"))
    assert server.local("user", "contact", "order", "bo", "page", "smtp+soon").exit_code == 2
    assert "bo@example.com" in said(server.local("user", "contact", "list", "bo"))
    said(server.local("user", "contact", "remove", "bo", mail, "--reason", "left the company's mail"))
    gone = server.local("user", "contact", "verify", "bo", mail)
    assert gone.exit_code == 1 and f"bo has no contact '{mail}'" in gone.stderr


def test_somebody_takes_somebodys_place(server: Server) -> None:
    before = json.loads(said(server.local("oncall", "show", "--json")))["items"]
    other = "bo" if before[0]["people"] == ["ana"] else "ana"
    words = ("oncall", "override", "primary", other, "--from", "in 1h", "--until", "in 2h", "--reason", "dentist")
    said(server.local(*words))
    during = json.loads(said(server.local("oncall", "show", "--at", "in 90m", "--json")))["items"]
    after = json.loads(said(server.local("oncall", "show", "--json")))["items"]
    assert during[0]["people"] == [other] and "override" in during[0]["why"] and after[0]["people"] != [other]
    assert "primary" in said(server.local("oncall", "show"))
    assert server.local("oncall", "override", "nights", other, "--until", "in 2h", "--reason", "x").exit_code == 1
