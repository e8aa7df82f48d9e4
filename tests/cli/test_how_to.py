"""The pages of docs/how-to: every command in a block marked `sh` is run, in order, and works."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.cli.conftest import ROOT, Server, run, said, serving

pytestmark = pytest.mark.slow
FOLDER = ROOT / "docs" / "how-to"
PAGES = (
    "lead-an-incident.md",
    "tokens.md",
    "ring-it-from-prometheus.md",
    "reach-people-by-phone.md",
    "people-and-contacts.md",
    "ring-it-from-the-clouds.md",
    "heartbeats-and-silences.md",
)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OF_THE_PAGE = "12"
"""The incident's number in the pages."""


def commands(page: str) -> list[list[str]]:
    """The words of each line in the page's blocks."""
    return [
        shlex.split(line)
        for block in BLOCK.findall((FOLDER / page).read_text("utf-8"))
        for line in block.splitlines()
        if line.strip()
    ]


def test_no_page_is_left_out() -> None:
    mine = {path.name for path in FOLDER.glob("*.md") if "tocsin incident" in path.read_text("utf-8")}
    assert mine <= set(PAGES)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the pages' own: one of them lets Ana go."""
    with serving(tmp_path_factory.mktemp("how-to")) as found:
        yield found


def rung(server: Server) -> str:
    """The number of an incident that an alert opened just now."""
    said(server("alert", "send", "HowTo", "service=mail", "--summary", "how to", who="prometheus"))
    return str(server.json("incident", "list", "--search", "how to")["items"][0]["number"])


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_works(own: Server, page: str) -> None:
    lines = commands(page)
    assert lines
    number = rung(own) if any(OF_THE_PAGE in line for line in lines) else ""
    said(own.local("user", "add", "ana", "--grant", "view,send,respond,private"))
    token = said(own.local("token", "create", "reader", "--for", "ana", "--replace")).strip()
    for line in lines:
        input = None
        if line[0] == "echo":
            input, line = f"{line[1]}\n", line[3:]
        assert line[0] == "tocsin", line
        words = [number if word == OF_THE_PAGE else word for word in line[1:]]
        variables = {"TOCSIN_URL": own.url, "TOCSIN_TOKEN": token, "TOCSIN_DATABASE": own.database}
        result = run(*words, input=input, **variables)
        assert result.exit_code == 0, f"{page}: {shlex.join(line)}\n{result.output}"
