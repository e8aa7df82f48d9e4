"""Real programs on loopback: started, waited for, killed and stopped. Everything started here ends here."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from tocsin.app import ask_engine
from tocsin.config import Config
from tocsin.core.instants import Instant
from tocsin.store.base import AccessRow
from tocsin.web.access import digest, new_secret

REPOSITORY = Path(__file__).resolve().parent.parent
GRANTS = ("view", "respond", "private", "people", "plan", "admin", "send")
ENDING = 15.0


def signing_secret() -> str:
    """A secret of Standard Webhooks."""
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def free_port() -> int:
    """A port on loopback where nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(holds: Callable[[], Any], seconds: float, what: str, every: float = 0.02) -> Any:
    """What `holds` answers once it is true; looks again and again until the deadline. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(every)


def call(
    port: int, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes, Mapping[str, str]]:
    """One HTTP request on loopback: status, body, headers in lower case. A body that is no bytes is sent as JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        typed = {} if sent is None else {"content-type": "application/json"}
        connection.request(method, path, sent, {**typed, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def answers(port: int, path: str) -> bool:
    """Whether GET says 200 now."""
    try:
        return call(port, "GET", path)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def memory(pid: int) -> tuple[float, float]:
    """RSS and PSS of a process in MiB (Linux)."""
    found: dict[str, float] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            found[name] = int(rest.split()[0]) / 1024
    return found["Rss"], found["Pss"]


def processor_seconds(pid: int) -> float:
    """User and system time that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Program:
    """One process of ours, ended at the latest when its block ends."""

    def __init__(self, command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.command = command
        self.log = log
        self.environment = {**os.environ, **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start it; its words go to the log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=self.environment)

    def await_answer(self, port: int, path: str, seconds: float = 30.0) -> None:
        """Wait until it answers. Raises with its last words when it ends or is too slow."""
        assert self.process is not None

        def ready() -> bool:
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"{self.command[0]} ended at its start:\n{self.last_words()}")
            return answers(port, path)

        try:
            wait_until(ready, seconds, f"{path} of {Path(self.command[0]).name}", 0.01)
        except TimeoutError as late:
            self.stop()
            raise RuntimeError(f"{late}\n{self.last_words()}") from None

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3_000:] if self.log.exists() else ""

    def stop(self) -> None:
        """Ask it to end, and make sure."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(ENDING)
        self.process = None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


class Alertmanager(Program):
    """Debian's Alertmanager, without a cluster, sending to one webhook."""

    def __init__(self, folder: Path, hook: str, *, group_by: str = "alertname", wait: str = "30s", **more: Any) -> None:
        self.port = free_port()
        config: dict[str, Any] = {
            "route": {"receiver": "hook", "group_by": [group_by], "group_wait": wait, "group_interval": "30s"},
            "receivers": [{"name": "hook", "webhook_configs": [{"url": hook, "send_resolved": True, **more}]}],
        }
        file = folder / "alertmanager.yml"
        file.write_text(json.dumps(config))
        super().__init__(
            [
                "/usr/bin/prometheus-alertmanager",
                f"--config.file={file}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address=",
                "--log.level=error",
            ],
            folder / "alertmanager.log",
        )

    def start(self) -> Alertmanager:
        """Start and wait."""
        self.launch()
        self.await_answer(self.port, "/-/ready")
        return self


class Tocsin(Program):
    """`tocsin serve` on a SQLite file with full durability, as a company runs it."""

    def __init__(self, folder: Path, plan: Path, **settings: str) -> None:
        self.port = free_port()
        self.database = folder / "tocsin.db"
        self.config = Config(
            database=f"sqlite:///{self.database}",
            listen=f"127.0.0.1:{self.port}",
            egress_allow="127.0.0.0/8",
            **settings,
        )
        self.secret = ""
        environment = {
            f"TOCSIN_{name.upper()}": getattr(self.config, name)
            for name in Config.__slots__
            if getattr(self.config, name)
        }
        environment["PYTHONPATH"] = str(REPOSITORY / "src")
        command = [sys.executable, "-m", "tocsin.cli.main", "serve", "--plan", str(plan)]
        super().__init__(command, folder / "tocsin.log", environment)

    def start(self) -> Tocsin:
        """Start, and wait until alerts are taken."""
        self.launch()
        self.await_answer(self.port, "/readyz")
        return self

    @property
    def engine_pid(self) -> int:
        """The engine's process, as it wrote itself into its lock; an engine that starts now writes at once."""
        lock = self.database.with_name("tocsin.db.lock")
        return int(wait_until(lambda: lock.read_text().split()[1:2], 10, "an engine's name in the lock")[0])

    @property
    def web_pid(self) -> int:
        """The web edge's process."""
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """kill -9 of both processes at once: no goodbye, no flush."""
        assert self.process is not None
        for pid in (self.web_pid, self.engine_pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(ENDING)
        self.process = None

    def ask(self, what: str, **arguments: Any) -> Any:
        """One of the engine's other writes, as the operator of this machine."""
        return ask_engine(self.config, what, **arguments)

    def token(self, name: str = "bench", grants: tuple[str, ...] = GRANTS, handle: str = "") -> str:
        """A new token's secret."""
        secret = new_secret()
        row = AccessRow(digest(secret), "token", name, handle, grants, Instant(0), None)
        self.ask("put_access", row=msgspec.to_builtins(row))
        return secret

    def contact(self, person: str, channel: str, address: str) -> str:
        """A verified contact; answers its id."""
        contact = self.ask("add_contact", person=person, channel=channel, address=address, channels=(channel,))
        self.ask("verify_contact", person=person, contact=contact)
        return str(contact)
