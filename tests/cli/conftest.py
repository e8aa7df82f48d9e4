"""A real server in a process of its own, over the starter plan, and the command line against it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest
from click.testing import CliRunner, Result

from tocsin.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "src" / "tocsin" / "plans" / "starter" / "plan.yaml"
MORE = """
taxonomy: {root_cause: [code-bug, unknown]}
paths: [{id: security, title: Security, policy: guard, private: true, decisions: [suspected, confirmed]}]
"""
GUARD = "  - {id: guard, zero: detection, steps: [{id: head, page: post:head}]}\n"
SERVICES = "{id: web, domain: core}, {id: mail, domain: core}, "
START = 30.0
open_url = build_opener(ProxyHandler({})).open


def run(*words: str, input: str | None = None, **variables: str) -> Result:
    """One command, with no variable of ours but those given."""
    clean = {name: None for name in os.environ if name.startswith("TOCSIN_")}
    return CliRunner().invoke(main, list(words), input=input, env=clean | variables)


def said(result: Result) -> str:
    """The output of a command that must have gone well."""
    assert result.exit_code == 0, result.output
    return result.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def plan_folder(into: Path) -> Path:
    """The starter plan without its watch of 15 minutes, and with a taxonomy and a path."""
    text = STARTER.read_text("utf-8").replace("watch: 15m, ", "")
    assert "watch: 15m" not in text
    text = text.replace("contact_rule:", f"{GUARD}contact_rule:").replace("services: [", f"services: [{SERVICES}")
    into.mkdir()
    (into / "plan.yaml").write_text(text + MORE, "utf-8")
    return into


@dataclass
class Server:
    """A server that runs, and the command line against it as somebody."""

    url: str
    database: str
    folder: Path
    process: subprocess.Popen[bytes]
    tokens: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, who: str = "ana", input: str | None = None) -> Result:
        """A client command, as the holder of a token."""
        return run(*words, input=input, TOCSIN_URL=self.url, TOCSIN_TOKEN=self.tokens[who])

    def local(self, *words: str, input: str | None = None) -> Result:
        """A command on the server's own machine."""
        return run(*words, input=input, TOCSIN_DATABASE=self.database)

    def json(self, *words: str, who: str = "ana") -> Any:
        """What a client command says to programs."""
        return json.loads(said(self(*words, "--json", who=who)))

    def declare(self, title: str, *more: str, who: str = "ana") -> str:
        """The number of a new incident."""
        return str(self.json("declare", title, "--service", "api", *more, who=who)["number"])


def ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether a server answers within its time."""
    pause = threading.Event()
    for _ in range(int(START / 0.1)):
        try:
            with open_url(f"{url}/readyz", timeout=5.0) as answer:
                if answer.status == 200:
                    return True
        except (URLError, OSError):
            if process.poll() is not None:
                return False
        pause.wait(0.1)
    return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests share: each makes its own incidents."""
    with serving(tmp_path_factory.mktemp("server")) as found:
        yield found


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """tocsin serve over SQLite in a folder, with Ana and Bo let in; ended by its own pid."""
    port = free_port()
    database = f"sqlite:///{folder / 'tocsin.db'}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    environment["PYTHONPATH"] = str(ROOT / "src")
    command = [sys.executable, "-m", "tocsin.cli.main", "serve", "--plan", str(plan_folder(folder / "plan"))]
    command += ["--database", database, "--listen", f"127.0.0.1:{port}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    found = Server(f"http://127.0.0.1:{port}", database, folder, process)
    try:
        assert ready(found.url, process), (folder / "log").read_text()
        said(found.local("user", "add", "ana"))
        said(found.local("user", "add", "bo"))
        for person in ("ana", "bo"):
            said(found.local("user", "contact", "add", person, "sandbox", f"phone:{person}", "--verified"))
            found.tokens[person] = said(found.local("token", "create", f"{person}-here", "--for", person)).strip()
        found.tokens["prometheus"] = said(
            found.local("token", "create", "prometheus", "--scope", "send", "--scope", "view")
        ).strip()
        yield found
    finally:
        process.terminate()
        process.wait(20)
