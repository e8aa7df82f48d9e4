"""SQLite: one file, one writing and checkpointing connection, everybody else `mode=ro`.

WAL with synchronous=FULL: an acknowledged commit survives power loss where the disk honours flushes. Below 3.51.3 two
connections that write or checkpoint at one instant can corrupt a WAL database (fixed 2026-03-13); the lock below
makes sure that only one ever does. `mmap_size` stays 0. Source: sqlite.org, WAL and release notes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from tocsin.core.instants import Instant
from tocsin.store.base import Conflict, StoreHeld, StoreRefused, StoreUnavailable
from tocsin.store.migrations import migrate
from tocsin.store.reading import SqlReading
from tocsin.store.sql import Rows
from tocsin.store.writing import SqlWriting

try:
    import pysqlite3.dbapi2 as _driver  # type: ignore[import-not-found]
except ImportError:
    import sqlite3 as _driver

sqlite: ModuleType = _driver
FIXED = (3, 51, 3)
OLDEST = (3, 35, 0)
TYPES = {"int": "INTEGER", "bytes": "BLOB", "text": "TEXT"}
PAGE_CACHE_KIB = 32_768
WAL_PAGES = 8_000
"""Pages between checkpoints. The last pages of each index are written again by every commit, and by a checkpoint
once: a longer log means fewer of those."""


def version() -> tuple[int, ...]:
    """The library's version."""
    return tuple(int(part) for part in sqlite.sqlite_version.split("."))


def version_rule() -> str:
    """What the library's version asks of this process, for `doctor`."""
    if version() >= FIXED:
        return f"SQLite {sqlite.sqlite_version}: no known fault in WAL"
    return (
        f"SQLite {sqlite.sqlite_version} is below 3.51.3: only one connection may write and checkpoint, "
        "which the lock beside the database holds; the extra `sqlite` brings a fixed library"
    )


class Connection:
    """A driver over one SQLite connection; its errors become the store's."""

    def __init__(self, connection: Any) -> None:
        self.raw = connection

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """All rows of a statement."""
        try:
            return self.raw.execute(sql, tuple(parameters)).fetchall()
        except sqlite.Error as problem:
            raise _ours(problem) from problem

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """How many rows a statement changed."""
        try:
            return int(self.raw.execute(sql, tuple(parameters)).rowcount)
        except sqlite.Error as problem:
            raise _ours(problem) from problem

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows."""
        try:
            self.raw.executemany(sql, rows)
        except sqlite.Error as problem:
            raise _ours(problem) from problem

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Rows of a statement one after another, in bounded memory."""
        try:
            yield from self.raw.execute(sql, tuple(parameters))
        except sqlite.Error as problem:
            raise _ours(problem) from problem


def _ours(problem: Exception) -> Exception:
    if isinstance(problem, sqlite.IntegrityError):
        return Conflict(str(problem))
    if isinstance(problem, (sqlite.OperationalError, sqlite.DatabaseError)):
        return StoreUnavailable(f"the database cannot be used now: {problem}")
    return problem


class Sqlite:
    """A store in one file. `write` takes the file's lock: the engine's process alone does."""

    def __init__(self, path: Path, *, write: bool, durable: bool = True) -> None:
        self.path = path
        self._lock: int | None = None
        self._writer: Any = None
        self._readers: list[Any] = []
        if version() < OLDEST:
            raise StoreRefused(f"SQLite {sqlite.sqlite_version} is too old; 3.35 or newer is needed")
        if write:
            self._lock = _take_lock(path)
            try:
                self._writer = self._open_writer(durable)
                migrate(Connection(self._writer), TYPES)
            except BaseException:
                self.close()
                raise
        elif not path.exists():
            raise StoreRefused(f"there is no database at {path.name}; start the server once, or name another")

    def _open_writer(self, durable: bool) -> Any:
        try:
            connection = sqlite.connect(str(self.path), isolation_level=None, check_same_thread=False, timeout=5.0)
            wanted = {"journal_mode": "wal", "synchronous": "2" if durable else "0", "foreign_keys": "1"}
            for name, value in wanted.items():
                connection.execute(f"PRAGMA {name} = {value}")
                got = str(connection.execute(f"PRAGMA {name}").fetchone()[0])
                if got != value:
                    raise StoreRefused(f"SQLite kept {name} at {got}, not {value}; is the file on a network disk?")
            connection.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
            connection.execute("PRAGMA mmap_size = 0")
            return connection
        except sqlite.DatabaseError as problem:
            raise StoreRefused(f"{self.path.name} cannot be opened as a database: {problem}") from problem

    @contextlib.contextmanager
    def writing(self, *, alone: bool = False) -> Generator[SqlWriting]:
        """One transaction, begun at once as a writer so that it never fails half way for a lock; it is always alone."""
        if self._writer is None:
            raise StoreRefused("this process reads only; the engine writes")
        connection = Connection(self._writer)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield SqlWriting(connection)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(StoreUnavailable, Conflict):
                if self._writer.in_transaction:
                    connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def reading(self) -> Generator[SqlReading]:
        """A snapshot. The writer's own process reads by the writing connection; others by one that cannot write."""
        if self._writer is not None:
            yield SqlReading(Connection(self._writer))
            return
        raw = self._readers.pop() if self._readers else self._open_reader()
        connection = Connection(raw)
        try:
            connection.execute("BEGIN")
            yield SqlReading(connection)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(Exception):
                raw.rollback()
            raise
        finally:
            self._readers.append(raw)

    def _open_reader(self) -> Any:
        try:
            uri = f"{self.path.absolute().as_uri()}?mode=ro"
            raw = sqlite.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0)
            raw.execute("PRAGMA query_only = 1")
            return raw
        except sqlite.Error as problem:
            raise _ours(problem) from problem

    def now(self) -> Instant | None:
        """A file has no clock of its own."""
        return None

    def backup(self, to: str) -> None:
        """Copy a consistent snapshot to a new file, while others write. All pages in one step: a copy in several
        starts again whenever somebody writes. The file has its name only once it is whole and on the disk."""
        target = Path(to)
        if target.exists():
            raise StoreRefused(f"{target} exists already; a backup never overwrites")
        partial = target.with_name(target.name + ".partial")
        partial.unlink(missing_ok=True)
        create_private(partial)
        source = self._writer or self._open_reader()
        copy = sqlite.connect(str(partial))
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = delete")
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise StoreRefused(f"the copy is damaged: {verdict}")
        except sqlite.Error as problem:
            raise _ours(problem) from problem
        finally:
            copy.close()
            if source is not self._writer:
                source.close()
        keep(partial, target)

    def flatten(self) -> None:
        """Bring everything into the one file, for a copy that is finished."""
        self._writer.execute("PRAGMA journal_mode = delete")

    def close(self) -> None:
        """Let go of connections and lock. The writer checkpoints as it closes."""
        for raw in self._readers:
            raw.close()
        self._readers.clear()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def create_private(path: Path) -> None:
    """A new, empty file that its owner alone may read: a copy holds addresses and secrets."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def keep(partial: Path, target: Path) -> None:
    """Give a whole file its name, and wait until file and name are on the disk."""
    _sync(partial)
    partial.rename(target)
    _sync(target.absolute().parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take_lock(path: Path) -> int:
    """The lock beside the database; its file names who holds it."""
    name = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise StoreRefused(f"{name} cannot be opened: {problem.strerror}") from problem
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(handle, 200).decode(errors="replace").strip() or "another process"
        os.close(handle)
        raise StoreHeld(
            f"an engine holds {path.name} already ({holder}); a second one on the same file does not start. "
            "Stop it first, or send commands to it with --url"
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
    return handle
