"""What the repository may hold: no registry host, no machine's path, no lock of another tool, no stranger's name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.house.tree import ROOT, tracked

TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".html", ".css", ".js", ".sh", ".cfg", ""}
HERE = Path(__file__).resolve()

FORBIDDEN = {
    "a registry's host": re.compile(
        r"\b(?:files\.python" r"hosted|py" r"pi|registry\.npm" r"js)\.(?:org|com)\b", re.IGNORECASE
    ),
    "a path of one machine": re.compile(r"/(?:work|root|home/\w+|Users/\w+)/(?:main|shared|\.|wt-|src|project)"),
    "a lock that names hosts": re.compile(r"^--(?:index-url|extra-index-url|find-links)", re.MULTILINE),
}


def _texts() -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    for path in tracked():
        if path.suffix in TEXT and path.resolve() != HERE:
            try:
                found.append((path, path.read_text("utf-8")))
            except UnicodeDecodeError:
                continue
    return found


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_the_tree_holds_no(what: str) -> None:
    pattern = FORBIDDEN[what]
    wrong = [
        f"{path.relative_to(ROOT)}:{text[: found.start()].count(chr(10)) + 1}: {found.group()}"
        for path, text in _texts()
        for found in pattern.finditer(text)
    ]
    assert wrong == []


def test_locks_are_hashed_and_whole() -> None:
    for name in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text()
        pins = re.findall(r"^([A-Za-z0-9_.\[\],-]+)==", text, re.MULTILINE)
        assert len(pins) > 10
        blocks = re.split(r"^(?=[A-Za-z0-9_.\[\],-]+==)", text, flags=re.MULTILINE)[1:]
        assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not (ROOT / "uv.lock").exists()


def test_what_ci_runs_is_what_a_newcomer_types() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_no_test_sleeps() -> None:
    sleeps = re.compile(r"\b(?:time|asyncio)\.sleep\(")
    waits = ("tests/real", "tests/integrations/fakes", "tests/engine/processes.py", "bench")
    wrong = [
        str(path.relative_to(ROOT))
        for path, text in _texts()
        if path.suffix == ".py"
        and str(path.relative_to(ROOT)).startswith("tests/")
        and not str(path.relative_to(ROOT)).startswith(waits)
        and sleeps.search(text)
    ]
    assert wrong == []


def test_the_readme_fits_on_a_screen_and_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert text.count("\n") <= 60
    assert "make demo" in text and "make test" in text
