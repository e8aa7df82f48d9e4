"""What people write and read: instants, pairs, text that steers no terminal, help that is quick."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from tests.cli.conftest import run, said
from tocsin.cli import show
from tocsin.cli.main import ABOUT, main
from tocsin.core.instants import Instant, iso, parse_instant
from tocsin.core.refusals import Problem, Refusal

NOON = parse_instant("2026-01-12T12:00:00Z")


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon on a Monday."""
    monkeypatch.setattr(show, "_now", lambda: NOON)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-01-12T11:00:00Z", "2026-01-12T11:00:00Z"),
        ("2026-01-12T12:00:00+01:00", "2026-01-12T11:00:00Z"),
        ("2026-01-12 11:00", "2026-01-12T11:00:00Z"),
        ("2026-01-12T11:00:30", "2026-01-12T11:00:30Z"),
        ("11:59", "2026-01-12T11:59:00Z"),
        ("12:01", "2026-01-11T12:01:00Z"),
        ("11:59:30", "2026-01-12T11:59:30Z"),
        ("90m ago", "2026-01-12T10:30:00Z"),
        ("in 1h30m", "2026-01-12T13:30:00Z"),
        ("now", "2026-01-12T12:00:00Z"),
    ],
)
def test_instants_as_people_write_them(said: str, meant: str) -> None:
    assert show.instant(said, "--at") == meant


def test_a_time_of_day_ahead_is_the_next_one() -> None:
    assert show.instant("12:01", "--until", past=False) == "2026-01-12T12:01:00Z"
    assert show.instant("11:59", "--until", past=False) == "2026-01-13T11:59:00Z"


@pytest.mark.parametrize(
    "said", ["", "soon", "25:00", "12:6x", "2026-13-01 10:00", "5 ago", "in", "12:00:99", "\x1b[1m"]
)
def test_what_is_no_instant(said: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        show.instant(said, "--at")
    assert "is no instant; write 2026-01-29T14:23:00Z" in refused.value.message and "\x1b" not in refused.value.message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b]0;owned\x07", "\ufffd]0;owned\ufffd"),
        ("a\tb\nc", "a b\nc"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("\u0645\u0631\u062d\u0628\u0627 👩\u200d💻", "\u0645\u0631\u062d\u0628\u0627 👩\u200d💻"),
        ("\x9b31m", "\ufffd31m"),
    ],
)
def test_text_steers_no_terminal(text: str, shown: str) -> None:
    assert show.plain(text) == shown


def test_a_refusal_names_every_problem_as_a_sentence() -> None:
    one = show.refused(Refusal("invalid", (Problem("it is red", "a.b", "rule 6", "paint it"),)))
    assert one.message == "a.b: it is red (rule 6). Paint it" and one.exit_code == 1
    two = show.refused(Refusal("missing", (Problem("x"), Problem("y", mend="tocsin check DIR"))))
    assert two.message == "2 things stand in the way:\n  x\n  y. tocsin check DIR"
    assert show.refused(Refusal("unavailable")).exit_code == 3


def test_a_fault_of_our_own_is_no_message() -> None:
    assert show.failure_of(KeyError("x")) is None


def test_durations_and_moments() -> None:
    start = iso(NOON)
    assert show.between(start, iso(Instant(NOON + 90_000_000))) == "1 min 30 s"
    assert show.moment(start, start) == "12:00:00Z"
    assert show.moment(start, "2026-01-13T00:00:00Z") == "2026-01-12 12:00:00Z"
    assert show.moment(None, start) == ""


def test_every_command_is_listed_with_its_words_and_helps() -> None:
    context = click.Context(main)
    assert isinstance(main, click.Group)
    names = main.list_commands(context)
    assert {"alert", "declare", "doctor", "incident", "oncall", "serve", "token", "user"} <= set(names) <= ABOUT.keys()
    for name in names:
        assert said(run(name, "--help")).startswith("Usage:")


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'msgspec', 'httpx2', 'rich', 'fastapi', 'sqlite3', 'yaml'}"
    code = "import sys; from tocsin.cli.main import main; main(['--help'], standalone_mode=False)\n"
    code += f"assert not {heavy} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
