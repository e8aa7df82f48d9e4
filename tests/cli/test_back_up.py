"""docs/how-to/back-up-and-prove.md: its commands, run beside a server that is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Server, run
from tests.cli.test_how_to import commands


def test_every_command_of_the_page_works(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = server.declare("before the backup")
    monkeypatch.chdir(tmp_path)
    lines = commands("back-up-and-prove.md")
    assert [line[1] for line in lines] == ["backup", "verify", "restore", "verify"]
    for line in lines:
        words = line[1 : line.index("#")] if "#" in line else line[1:]
        result = run(*words, TOCSIN_DATABASE=server.database)
        assert result.exit_code == 0, result.output
        assert "whole" in result.output
    assert (tmp_path / "restored.db").exists() and number
