"""A PostgreSQL cluster for tests alone: in a folder of its own, on a Unix socket only, gone at the end."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

FAST = "fsync=off full_page_writes=off listen_addresses='' max_connections=40 shared_buffers=32MB"


def binaries() -> Path | None:
    """Where initdb and pg_ctl are, by Debian's habit or on the path; None when there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")) or [
        Path(each) for each in [shutil.which("pg_ctl")] if each
    ]
    return found[-1].parent if found else None


class Cluster:
    """A running server. It does not run as root, so that root's tests start it as another user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._binaries = binaries()
        self._user = next((n for n in ("postgres", "nobody") if _exists(n)), None) if os.geteuid() == 0 else None
        self._numbers = count(1)
        if self._user:
            shutil.chown(folder, self._user)
        self._run(
            "initdb", "-D", str(folder / "data"), "-U", "tocsin", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"
        )
        options = " ".join(f"-c {each}" for each in FAST.split())
        self._options = f"{options} -k {folder}"
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        assert self._binaries is not None
        command = [str(self._binaries / program), *arguments]
        if self._user:
            command = ["runuser", "-u", self._user, "--", *command]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/", check=False)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start the server."""
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-o", self._options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is a kill."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def url(self, database: str) -> str:
        """The URL of a database of this server."""
        return f"postgresql://tocsin@/{database}?host={quote(str(self.folder), safe='')}"

    def new(self) -> str:
        """The URL of a new, empty database."""
        import psycopg

        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as raw:
            raw.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        return self.url(name)


def _exists(user: str) -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster that is stopped and removed at the end, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))
    running = None
    try:
        running = Cluster(folder)
        yield running
    finally:
        if running is not None:
            with contextlib.suppress(AssertionError):
                running.stop()
        shutil.rmtree(folder, ignore_errors=True)
