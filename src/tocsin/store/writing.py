"""Writes, the same on both databases. All of a context is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tocsin.core import chain
from tocsin.core.instants import Instant, later
from tocsin.store.base import AccessRow, FactRow, GroupRow, IncidentRow, OutboxRow, Payload, TimerRow
from tocsin.store.migrations.step_0001 import INDEX_TABLES
from tocsin.store.reading import OUTBOX, SqlReading, heads_body
from tocsin.store.sql import marks

ENDED = ("closed", "dismissed", "cleared", "merged")
REMEMBER = 86_400.0


def _live(state: str) -> int:
    """2 for resolved and not closed, 1 for all that still runs, 0 for what has ended."""
    return 0 if state in ENDED else (2 if state == "resolved" else 1)


class SqlWriting(SqlReading):
    """One transaction."""

    def moved_by_others(self) -> list[str] | None:
        """Records that other engines wrote to since this was last asked; None when that cannot be known. A file has
        one engine."""
        return []

    def append(self, rows: Sequence[FactRow]) -> None:
        """Add facts at the ends of their records; Conflict when another engine was first."""
        self.driver.many(
            "INSERT INTO facts (record, n, at, kind, v, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def put_payloads(self, payloads: Sequence[Payload]) -> None:
        """Add texts beside their facts."""
        self.driver.many(
            "INSERT INTO payloads (ref, record, n, salt, body) VALUES (?, ?, ?, ?, ?)",
            payloads,
        )

    def erase(self, record: str, ref: str) -> bool:
        """Remove a text and its salt; False when there is none."""
        sql = "UPDATE payloads SET body = NULL, salt = ? WHERE record = ? AND ref = ? AND body IS NOT NULL"
        return self.driver.execute(sql, (b"", record, ref)) > 0

    def put_plan(self, hash: str, body: bytes) -> None:
        """Keep applied rules."""
        self.driver.execute("INSERT INTO plans (hash, body) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", (hash, body))

    def set_meta(self, name: str, value: str) -> None:
        """Keep a named value."""
        sql = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self.driver.execute(sql, (name, value))

    def put_seal(
        self,
        at: Instant,
        heads: Sequence[tuple[str, int, bytes]],
        seal: Callable[[bytes, Instant, Sequence[tuple[str, int, bytes]]], bytes],
    ) -> bytes:
        """Chain a seal to the last one; answers its hash."""
        last = self.driver.query("SELECT n, hash FROM seals ORDER BY n DESC LIMIT 1")
        n, before = (last[0][0], bytes(last[0][1])) if last else (0, chain.ZERO)
        hash = seal(before, at, heads)
        self.driver.execute(
            "INSERT INTO seals (n, at, heads, hash) VALUES (?, ?, ?, ?)", (n + 1, at, heads_body(heads), hash)
        )
        return hash

    def set_timers(self, timers: Sequence[tuple[str, Instant | None]]) -> None:
        """When each record wants to be asked again; None for never."""
        gone = [(record,) for record, at in timers if at is None]
        if gone:
            self.driver.many("DELETE FROM timers WHERE record = ?", gone)
        kept = [(record, at) for record, at in timers if at is not None]
        if kept:
            self.driver.many(
                "INSERT INTO timers (record, at) VALUES (?, ?) ON CONFLICT (record)"
                " DO UPDATE SET at = excluded.at, owner = NULL, lease_until = NULL",
                kept,
            )

    def wake_timers(self, records: Sequence[str], at: Instant) -> None:
        """Each of these records is asked at `at` at the latest. What is due already keeps its place before the rest."""
        if records:
            self.driver.many(
                "INSERT INTO timers (record, at) VALUES (?, ?) ON CONFLICT (record)"
                " DO UPDATE SET at = excluded.at, owner = NULL, lease_until = NULL WHERE timers.at > excluded.at",
                [(record, at) for record in sorted(records)],
            )

    def claim_timers(self, now: Instant, limit: int, owner: str, lease: float) -> list[TimerRow]:
        """Due timers for this transaction, earliest first. One writer needs no lease; see postgres for many."""
        return self.due_timers(now, limit)

    def put_outbox(self, rows: Sequence[OutboxRow]) -> None:
        """Put orders on their way; one that is there already stays."""
        if rows:
            self.driver.many(
                f"INSERT INTO outbox ({OUTBOX}) VALUES ({marks(13)}) ON CONFLICT (record, key) DO NOTHING",
                [
                    (
                        r.key, r.record, r.person, r.contact, r.channel, r.verb, r.what, r.rank, r.ordered_at,
                        r.not_before, r.attempt, r.fence, r.lease_until,
                    )
                    for r in rows
                ],
            )  # fmt: skip

    def lease(self, rows: Sequence[OutboxRow], owner: str, now: Instant, until: Instant) -> list[OutboxRow]:
        """Take free rows for sending; each lease has the next fence. Answers those that were free."""
        sql = (
            f"UPDATE outbox SET fence = fence + 1, lease_until = ?, owner = ? WHERE record = ? AND key = ?"
            f" AND (lease_until IS NULL OR lease_until <= ?) RETURNING {OUTBOX}"
        )
        found = (self.driver.query(sql, (until, owner, row.record, row.key, now)) for row in rows)
        return [OutboxRow(*rows[0]) for rows in found if rows]

    def free_leases(self) -> int:
        """For an engine that starts: a file has one engine, so whoever held a lease is gone. Answers how many there
        were; a lease of one of several engines ends by its time alone."""
        return self.driver.execute("UPDATE outbox SET lease_until = NULL, owner = NULL WHERE lease_until IS NOT NULL")

    def settle(self, row: OutboxRow) -> bool:
        """The row is done; False when its lease was lost to a newer one."""
        sql = "DELETE FROM outbox WHERE record = ? AND key = ? AND fence = ?"
        return self.driver.execute(sql, (row.record, row.key, row.fence)) > 0

    def postpone(self, row: OutboxRow, not_before: Instant) -> bool:
        """The row is tried again later; False when its lease was lost."""
        sql = (
            "UPDATE outbox SET not_before = ?, attempt = attempt + 1, lease_until = NULL, owner = NULL"
            " WHERE record = ? AND key = ? AND fence = ?"
        )
        return self.driver.execute(sql, (not_before, row.record, row.key, row.fence)) > 0

    def hold_back(self, row: OutboxRow, now: Instant, until: Instant) -> None:
        """Free rows of the row's contact leave no sooner than this."""
        sql = (
            "UPDATE outbox SET not_before = ? WHERE person = ? AND contact = ? AND not_before < ?"
            " AND (lease_until IS NULL OR lease_until <= ?)"
        )
        self.driver.execute(sql, (until, row.person, row.contact, until, now))

    def drop_outbox(self, rows: Sequence[OutboxRow]) -> None:
        """Take rows out."""
        if rows:
            self.driver.many("DELETE FROM outbox WHERE record = ? AND key = ?", [(r.record, r.key) for r in rows])

    def put_heard(self, ends: Mapping[str, Instant]) -> None:
        """Tell other engines until when alerts were heard to fire; a file has no other engine."""

    def put_incidents(self, rows: Sequence[IncidentRow]) -> None:
        """Write list rows of incidents, and who belongs to them."""
        columns = (
            "record, number, title, severity, rank, phase, state, service, domain, visibility, opened_at, declared_at,"
            " acknowledged_at, resolved_at, closed_at, commander, next_at, next_what, alerts, drill, live"
        )
        sets = ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in columns.split(",")[1:])
        self.driver.many(
            f"INSERT INTO incidents ({columns}) VALUES ({marks(21)}) ON CONFLICT (record) DO UPDATE SET {sets}",
            [_incident_values(row) for row in rows],
        )
        people = [(row.record, handle) for row in rows for handle in row.watchers]
        if people:
            self.driver.many(
                "INSERT INTO incident_people (record, handle) VALUES (?, ?) ON CONFLICT DO NOTHING", people
            )

    def put_groups(self, rows: Sequence[GroupRow]) -> None:
        """Write list rows of groups; Conflict when another engine opened one of the same key."""
        columns = (
            "record, key, source, route, service, visibility, incident, opened_at, last_at, firing, total, fate, closed"
        )
        changing = ("incident", "last_at", "firing", "total", "fate", "closed", "visibility")
        sets = ", ".join(f"{name} = excluded.{name}" for name in changing)
        self.driver.many(
            f"INSERT INTO groups ({columns}) VALUES ({marks(13)}) ON CONFLICT (record) DO UPDATE SET {sets}",
            [
                (
                    r.record, r.key, r.source, r.route, r.service, r.visibility, r.incident, r.opened_at, r.last_at,
                    r.firing, r.total, r.fate, int(r.closed),
                )
                for r in rows
            ],
        )  # fmt: skip

    def next_number(self, what: str) -> int:
        """The next number of a series; gaps mean nothing."""
        sql = (
            "INSERT INTO numbers (what, last) VALUES (?, 1) ON CONFLICT (what)"
            " DO UPDATE SET last = numbers.last + 1 RETURNING last"
        )
        return int(self.driver.query(sql, (what,))[0][0])

    def remember_command(self, id: str, at: Instant, answer: bytes) -> None:
        """Keep the answer to a command id for a day."""
        self.driver.execute("INSERT INTO commands (id, at, answer) VALUES (?, ?, ?)", (id, at, answer))
        self.driver.execute("DELETE FROM commands WHERE at < ?", (later(at, -REMEMBER),))

    def put_access(self, row: AccessRow) -> None:
        """Keep a token or a session; a token of the same name is replaced."""
        if row.kind == "token":
            self.driver.execute("DELETE FROM access WHERE kind = 'token' AND name = ?", (row.name,))
        values = (row.digest, row.kind, row.name, row.handle, " ".join(row.scopes), row.created_at, row.expires_at)
        self.driver.execute(
            "INSERT INTO access (digest, kind, name, handle, scopes, created_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    def drop_access(
        self, kind: str, *, digest: str | None = None, name: str | None = None, handle: str | None = None
    ) -> int:
        """End access of a kind by digest, name or handle; answers how many."""
        where, parameters = ["kind = ?"], list[Any]([kind])
        for column, value in (("digest", digest), ("name", name), ("handle", handle)):
            if value is not None:
                where.append(f"{column} = ?")
                parameters.append(value)
        if len(where) == 1:
            return 0
        return self.driver.execute(f"DELETE FROM access WHERE {' AND '.join(where)}", parameters)

    def touch_access(self, digest: str, at: Instant) -> None:
        """When an access was last used."""
        self.driver.execute("UPDATE access SET used_at = ? WHERE digest = ?", (at, digest))

    def put_password(self, handle: str, hashed: str) -> None:
        """Keep a password's hash."""
        sql = (
            "INSERT INTO passwords (handle, hash) VALUES (?, ?) ON CONFLICT (handle) DO UPDATE SET hash = excluded.hash"
        )
        self.driver.execute(sql, (handle, hashed))

    def wipe_indexes(self) -> None:
        """Empty every index: what follows rebuilds them from the record."""
        for table in INDEX_TABLES:
            self.driver.execute(f"DELETE FROM {table}")


def _incident_values(r: IncidentRow) -> tuple[Any, ...]:
    return (
        r.record, r.number, r.title, r.severity, r.rank, r.phase, r.state, r.service, r.domain, r.visibility,
        r.opened_at, r.declared_at, r.acknowledged_at, r.resolved_at, r.closed_at, r.commander, r.next_at, r.next_what,
        r.alerts, int(r.drill), _live(r.state),
    )  # fmt: skip
