"""Alertmanager's own command line, pointed at us: silences are made, found and ended with it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.web.stage import Stage
from tocsin.engine.clock import RealClock


def test_amtool_adds_queries_and_expires(tmp_path: Path) -> None:
    tool = shutil.which("amtool")
    if tool is None:
        pytest.skip("there is no amtool here; make system installs it")
    # The tool leaves out what is over by its own clock: the stage's clock begins where that one stands.
    stage = Stage(tmp_path, at=RealClock().now())
    secret = stage.token()["authorization"].partition(" ")[2]
    config = tmp_path / "http.yml"
    config.write_text(f"authorization:\n  credentials: {secret}\n")

    with stage.served() as address:

        def amtool(*words: str) -> str:
            told = [tool, f"--http.config.file={config}", f"--alertmanager.url={address}", "silence", *words]
            done = subprocess.run(told, capture_output=True, text=True, timeout=30, check=False)
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        id = amtool("add", "-d", "2d", "--author", "bo", "--comment", "new disks", "alertname=Down", "env=~a|b")
        stage.world.forward(120)
        stage.world.alert(env="a")
        stage.world.forward(60)
        [found] = json.loads(amtool("query", "-o", "json", "alertname=Down"))
        assert (found["id"], found["createdBy"], found["comment"]) == (id, "bo", "new disks")
        assert found["status"] == {"state": "active"}
        assert [group.muted for group in stage.world.groups()] == ["silence"]
        assert stage.world.rang() == []
        amtool("expire", id)
        stage.world.forward(60)
        assert [ring.person for ring in stage.world.rang()] == ["ana"]
    stage.close()
