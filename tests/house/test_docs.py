"""Docs against code: what is printed from the code is what it prints today, and no link leads nowhere."""

from __future__ import annotations

import re

import pytest
from scripts.reference import FOLDER, PAGES
from tests.house.tree import ROOT, tracked

LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == PAGES[name](), "print it anew: python -m scripts.reference"


def test_links_between_pages_lead_somewhere() -> None:
    pages = [path for path in tracked() if path.suffix == ".md"]
    assert len(pages) >= 8
    dead = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in pages
        for link in LINK.findall(path.read_text("utf-8"))
        if not (path.parent / link).exists()
    ]
    assert dead == []


def test_each_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    page = (ROOT / "docs" / "why" / "dependencies.md").read_text()
    missing = [name for each in named if (name := re.split(r"[\[>=<~]", each)[0]) not in page]
    assert missing == []
