"""PostgreSQL, through psycopg 3: the same record and the same SQL, and any number of engines over it.

A writing transaction sees one snapshot (repeatable read). Whoever was late gets Conflict and decides anew: a row
inserted twice, a row changed since the snapshot, a lock not free soon, a deadlock. The last try of a duty runs alone.
What other engines moved is read from `moved`, told apart by transaction ids that a snapshot has passed for good, never
by a sequence, which is not commit order. Plans are made anew for each statement: one made while the tables were empty
would scan them for ever. Source: postgresql.org, transaction isolation, pg_snapshot functions, plan_cache_mode.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, LiteralString, cast
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import errors

from tocsin.core.instants import Instant, later
from tocsin.store.base import Conflict, FactRow, OutboxRow, StoreRefused, StoreUnavailable, TimerRow
from tocsin.store.migrations import STEPS, migrate, schema_version
from tocsin.store.reading import OUTBOX, SqlReading
from tocsin.store.sql import Rows
from tocsin.store.writing import SqlWriting

TYPES = {"int": "BIGINT", "bytes": "BYTEA", "text": 'TEXT COLLATE "C"'}
OLDEST = 130_000
SESSION = """
SET plan_cache_mode = force_custom_plan;
SET timezone = 'UTC';
SET statement_timeout = '60s';
SET idle_in_transaction_session_timeout = '30s';
SELECT set_config('synchronous_commit', 'on', false)
 WHERE current_setting('synchronous_commit') = 'off';
"""
"""A commit is durable when it is answered, whatever the server's own setting; an engine that hangs inside a
transaction loses it, so that the others go on."""
TOGETHER = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '300ms'; LOCK TABLE meta IN ROW SHARE MODE"
ALONE = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '20s'; LOCK TABLE meta IN EXCLUSIVE MODE"
CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
KEEP_MOVED = 3_600
KEEP_HEARD = 7 * 86_400
"""Seconds for which `moved` is kept; an engine that looked away for half of it reads everything again."""
LATE = (
    errors.UniqueViolation,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
)


@lru_cache(maxsize=1_000)
def _rendered(sql: str) -> LiteralString:
    return cast("LiteralString", sql.replace("?", "%s"))


def _ours(problem: psycopg.Error) -> Exception:
    if isinstance(problem, LATE):
        return Conflict(type(problem).__name__)
    if isinstance(problem, errors.DataError):
        return problem
    return StoreUnavailable(f"the database cannot be used now: {_first_line(problem)}")


def _first_line(problem: Exception) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]


class Connection:
    """A driver over one PostgreSQL connection; its errors become the store's."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.raw = raw

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """All rows of a statement."""
        try:
            return self.raw.execute(_rendered(sql), parameters or None, binary=True).fetchall()
        except psycopg.Error as problem:
            raise _ours(problem) from problem

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """How many rows a statement changed."""
        try:
            return self.raw.execute(_rendered(sql), parameters or None).rowcount
        except psycopg.Error as problem:
            raise _ours(problem) from problem

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows."""
        try:
            with self.raw.cursor() as cursor:
                cursor.executemany(_rendered(sql), rows)
        except psycopg.Error as problem:
            raise _ours(problem) from problem

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Rows of a statement one after another, in bounded memory; other statements may run in between."""
        try:
            with self.raw.cursor(name=f"stream_{secrets.token_hex(4)}", binary=True) as cursor:
                cursor.itersize = 1_000
                cursor.execute(_rendered(sql), parameters or None)
                yield from cursor
        except psycopg.Error as problem:
            raise _ours(problem) from problem


class PostgresWriting(SqlWriting):
    """One transaction among those of several engines."""

    def __init__(self, driver: Connection, store: Postgres) -> None:
        super().__init__(driver)
        self._store = store

    def append(self, rows: Sequence[FactRow]) -> None:
        """Add facts at the ends of their records, and say which moved. In one order everywhere, against deadlocks."""
        super().append(sorted(rows, key=lambda row: (row.record, row.n)))
        moved = sorted({row.record for row in rows})
        self.driver.many("INSERT INTO moved (record, owner) VALUES (?, ?)", [(r, self._store.owner) for r in moved])

    def moved_by_others(self) -> list[str] | None:
        """Records that other engines wrote to since this was last asked; None when that cannot be known."""
        known = self._store.seen
        sql = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, extract(epoch FROM now())::bigint"
        [(passed, at)] = self.driver.query(sql)
        self._store.seen = (passed, at)
        if known is None or passed < known[0] or at - known[1] > KEEP_MOVED / 2:
            return None
        sql = "SELECT DISTINCT record FROM moved WHERE tx >= ? AND owner <> ?"
        return [row[0] for row in self.driver.query(sql, (known[0], self._store.owner))]

    def set_timers(self, timers: Sequence[tuple[str, Instant | None]]) -> None:
        """When each record wants to be asked again; None for never."""
        super().set_timers(sorted(timers, key=lambda timer: timer[0]))

    def claim_timers(self, now: Instant, limit: int, owner: str, lease: float) -> list[TimerRow]:
        """Due timers that no other engine has in hand, earliest first; held until this transaction ends."""
        sql = "SELECT record, at FROM timers WHERE at <= ? ORDER BY at LIMIT ? FOR UPDATE SKIP LOCKED"
        return [TimerRow(record, Instant(at)) for record, at in self.driver.query(sql, (now, limit))]

    def waiting(self, now: Instant, limit: int) -> list[OutboxRow]:
        """Rows that may leave now and that no other engine has in hand, worst first."""
        sql = (
            f"SELECT {OUTBOX} FROM outbox WHERE not_before <= ? AND (lease_until IS NULL OR lease_until <= ?)"
            " ORDER BY rank, ordered_at LIMIT ? FOR UPDATE SKIP LOCKED"
        )
        return [OutboxRow(*row) for row in self.driver.query(sql, (now, now, limit))]

    def heard(self, fingerprints: Sequence[str]) -> dict[str, Instant]:
        """Until when other engines heard alerts fire."""
        sql = "SELECT fingerprint, ends_at FROM heard WHERE fingerprint = ANY(?)"
        return {print_: Instant(at) for print_, at in self.driver.query(sql, (list(fingerprints),))}

    def put_heard(self, ends: Mapping[str, Instant]) -> None:
        """Tell other engines until when alerts were heard to fire."""
        sql = (
            "INSERT INTO heard (fingerprint, ends_at) VALUES (?, ?) ON CONFLICT (fingerprint)"
            " DO UPDATE SET ends_at = greatest(heard.ends_at, excluded.ends_at)"
        )
        self.driver.many(sql, sorted(ends.items()))

    def free_leases(self) -> int:
        """None: another engine may be sending what it leased; a lease ends by its time."""
        return 0

    def put_seal(self, at: Instant, heads: Any, seal: Any) -> bytes:
        """Chain a seal to the last one; answers its hash. Each minute also forgets what moved long ago."""
        self.driver.execute(f"DELETE FROM moved WHERE at < now() - interval '{KEEP_MOVED} seconds'")
        self.driver.execute("DELETE FROM heard WHERE ends_at < ?", (later(at, -KEEP_HEARD),))
        return super().put_seal(at, heads, seal)


class Postgres:
    """A store in a PostgreSQL database. `clock=False` leaves the instant to the caller: tests and simulation."""

    def __init__(self, url: str, *, write: bool = True, clock: bool = True) -> None:
        self._url = url
        self._write = write
        self._clock = clock
        self._writer: psycopg.Connection[Any] | None = None
        self._readers: list[psycopg.Connection[Any]] = []
        self._at: Instant | None = None
        self.owner = secrets.token_hex(8)
        self.seen: tuple[int, int] | None = None
        try:
            raw = self._connect()
        except StoreUnavailable as problem:
            raise StoreRefused(f"{problem}; is the server up, and is the address right?") from problem
        try:
            self._check(raw)
        finally:
            raw.close()

    def _check(self, raw: psycopg.Connection[Any]) -> None:
        version = raw.info.server_version
        if version < OLDEST:
            raise StoreRefused(f"PostgreSQL {version // 10_000} is too old; {OLDEST // 10_000} or newer is needed")
        driver = Connection(raw)
        if self._write:
            try:
                driver.query("SELECT pg_advisory_lock(hashtext('tocsin schema'))")
                migrate(driver, TYPES, shared=True)
            except StoreUnavailable as problem:
                raise StoreRefused(f"the schema cannot be made: {problem}") from problem
        elif schema_version(driver) != len(STEPS):
            raise StoreRefused("there is no database of this version there; start the server once, or name another")

    def _connect(self) -> psycopg.Connection[Any]:
        try:
            raw = psycopg.connect(self._url, autocommit=True, connect_timeout=10, application_name="tocsin")
            raw.execute(SESSION)
            return raw
        except psycopg.Error as problem:
            words = _first_line(problem)
            password = unquote(urlsplit(self._url).password or "")
            raise StoreUnavailable(
                f"the database cannot be reached: {words.replace(password, '***') if password else words}"
            ) from None

    @contextlib.contextmanager
    def writing(self, *, alone: bool = False) -> Generator[PostgresWriting]:
        """One transaction over one snapshot, which is taken once the way is free."""
        if not self._write:
            raise StoreRefused("this process reads only; the engine writes")
        raw = self._writer = self._begun([self._writer] if self._writer else [], ALONE if alone else TOGETHER)
        driver = Connection(raw)
        try:
            if self._clock:
                self._at = Instant(driver.query(CLOCK)[0][0])
            yield PostgresWriting(driver, self)
            self._commit(raw)
        except BaseException:
            self._give_up(raw)
            raise
        finally:
            self._at = None

    def _begun(self, kept: list[psycopg.Connection[Any]], begin: str) -> psycopg.Connection[Any]:
        """A connection in a transaction; one that the server has dropped meanwhile is replaced by a new one."""
        while kept:
            try:
                raw = kept.pop()
            except IndexError:
                break
            try:
                Connection(raw).execute(begin)
                return raw
            except BaseException:
                self._give_up(raw)
                if not raw.closed:
                    kept.append(raw)
                    raise
        raw = self._connect()
        try:
            Connection(raw).execute(begin)
        except BaseException:
            raw.close()
            raise
        return raw

    def _commit(self, raw: psycopg.Connection[Any]) -> None:
        """The server answers COMMIT of a failed transaction with ROLLBACK, and no error."""
        try:
            said = raw.execute("COMMIT").statusmessage
        except psycopg.Error as problem:
            raise _ours(problem) from problem
        if said != "COMMIT":
            raise StoreUnavailable("the database rolled the transaction back")

    def _give_up(self, raw: psycopg.Connection[Any]) -> None:
        try:
            raw.execute("ROLLBACK")
        except psycopg.Error:
            raw.close()

    @contextlib.contextmanager
    def reading(self) -> Generator[SqlReading]:
        """One snapshot, on a connection that cannot write."""
        raw = self._begun(self._readers, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield SqlReading(Connection(raw))
            self._commit(raw)
        except BaseException:
            self._give_up(raw)
            raise
        finally:
            if not raw.closed:
                self._readers.append(raw)

    def now(self) -> Instant | None:
        """The database's clock: within a transaction the instant at which it began."""
        if not self._clock:
            return None
        if self._at is not None:
            return self._at
        with self.reading() as reading:
            return Instant(reading.driver.query(CLOCK)[0][0])

    def backup(self, to: str) -> None:
        """A portable copy of one snapshot of the record, as a SQLite file."""
        from tocsin.store.copying import copy_to_file

        with self.reading() as reading:
            copy_to_file(reading.driver, to)

    def close(self) -> None:
        """Let go of every connection."""
        for raw in (*self._readers, *([self._writer] if self._writer else [])):
            raw.close()
        self._readers.clear()
        self._writer = None
