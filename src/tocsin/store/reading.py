"""Reads, the same on both databases. Each read for people takes the viewer and filters in SQL (rule 18)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refused, refuse
from tocsin.store.base import (
    AccessRow,
    AlertRow,
    FactRow,
    GroupRow,
    IncidentRow,
    OutboxRow,
    Page,
    Payload,
    SealRow,
    TimerRow,
    Viewer,
)
from tocsin.store.changes import ChangeReading
from tocsin.store.sql import Driver, Rows, like, marks

INCIDENT = (
    "i.record, i.number, i.title, i.severity, i.rank, i.phase, i.state, i.service, i.domain, i.visibility, i.opened_at,"
    " i.declared_at, i.acknowledged_at, i.resolved_at, i.closed_at, i.commander, i.next_at, i.next_what,"
    " i.alerts, i.drill"
)
GROUP = "record, key, source, route, service, visibility, incident, opened_at, last_at, firing, total, fate, closed"
OUTBOX = "key, record, person, contact, channel, verb, what, rank, ordered_at, not_before, attempt, fence, lease_until"
MOST_MARKS = 500
ACCESS = "digest, kind, name, handle, scopes, created_at, expires_at, used_at"


class SqlReading(ChangeReading):
    """What can be read through one snapshot."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def load(self, record: str, *, after: int = 0, until: Instant | None = None) -> list[FactRow]:
        """A record's facts in order."""
        sql = "SELECT record, n, at, kind, v, body, hash FROM facts WHERE record = ? AND n > ?"
        rows = (
            self.driver.query(sql + " ORDER BY n", (record, after))
            if until is None
            else self.driver.query(sql + " AND at <= ? ORDER BY n", (record, after, until))
        )
        return [FactRow(r, n, Instant(at), kind, v, bytes(body), bytes(hash)) for r, n, at, kind, v, body, hash in rows]

    def head(self, record: str) -> tuple[int, bytes] | None:
        """The last fact's number and hash."""
        rows = self.driver.query("SELECT n, hash FROM facts WHERE record = ? ORDER BY n DESC LIMIT 1", (record,))
        return (rows[0][0], bytes(rows[0][1])) if rows else None

    def records(self, prefix: str) -> list[str]:
        """Every record whose name begins so, in order."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else "\U0010ffff"
        sql = "SELECT record FROM facts WHERE record >= ? AND record < ? AND n = 1 ORDER BY record"
        return [row[0] for row in self.driver.query(sql, (prefix, end))]

    def payload(self, record: str, ref: str) -> Payload | None:
        """A text of a record by its name."""
        sql = "SELECT ref, record, n, salt, body FROM payloads WHERE record = ? AND ref = ? ORDER BY n LIMIT 1"
        return next((_payload(row) for row in self.driver.query(sql, (record, ref))), None)

    def payloads(self, record: str) -> dict[str, Payload]:
        """Every text of a record, by name."""
        sql = "SELECT ref, record, n, salt, body FROM payloads WHERE record = ? ORDER BY n"
        return {row[0]: _payload(row) for row in self.driver.query(sql, (record,))}

    def plan(self, hash: str) -> bytes | None:
        """Applied rules by hash."""
        rows = self.driver.query("SELECT body FROM plans WHERE hash = ?", (hash,))
        return bytes(rows[0][0]) if rows else None

    def plan_hashes(self) -> list[str]:
        """Every plan that was ever applied."""
        return [row[0] for row in self.driver.query("SELECT hash FROM plans ORDER BY hash")]

    def meta(self, name: str) -> str | None:
        """A named value."""
        rows = self.driver.query("SELECT value FROM meta WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def seals(self) -> list[SealRow]:
        """Every seal, oldest first."""
        rows = self.driver.query("SELECT n, at, heads, hash FROM seals ORDER BY n")
        return [SealRow(n, Instant(at), heads_of(bytes(heads)), bytes(hash)) for n, at, heads, hash in rows]

    def incidents(
        self,
        viewer: Viewer,
        *,
        state: str | None = None,
        severity: str | None = None,
        service: str | None = None,
        search: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Incidents newest first. `state` is a state's word, `live` for all that have not ended, or `unresolved`.
        Raises Refused for a cursor that is none of ours."""
        where, parameters = _seen_by(viewer)
        for column, value in (("i.severity", severity), ("i.service", service)):
            if value:
                where.append(f"{column} = ?")
                parameters.append(value)
        if state in ("live", "unresolved"):
            where.append("i.live = 1" if state == "unresolved" else "i.live >= 1")
        elif state:
            where.append("i.state = ?")
            parameters.append(state)
        if search:
            where.append(
                "(lower(i.title) LIKE lower(?) ESCAPE '!' OR lower(i.service) LIKE lower(?) ESCAPE '!' OR i.number = ?)"
            )
            parameters += [like(search), like(search), _number(search)]
        if cursor:
            where.append("(i.opened_at, i.record) < (?, ?)")
            parameters += _read_cursor(cursor)
        newest_first = "ORDER BY i.opened_at DESC, i.record DESC LIMIT ?"
        sql = f"SELECT {INCIDENT} FROM incidents i WHERE {' AND '.join(where)} {newest_first}"
        rows = self.driver.query(sql, (*parameters, limit + 1))
        found = tuple(_incident(row) for row in rows[:limit])
        more = _cursor(found[-1]) if len(rows) > limit else None
        return Page(self._with_people(found), more)

    def _with_people(self, rows: tuple[IncidentRow, ...]) -> tuple[IncidentRow, ...]:
        people: dict[str, list[str]] = {}
        for start in range(0, len(rows), MOST_MARKS):
            names = [row.record for row in rows[start : start + MOST_MARKS]]
            sql = f"SELECT record, handle FROM incident_people WHERE record IN ({marks(len(names))}) ORDER BY handle"
            for record, handle in self.driver.query(sql, names):
                people.setdefault(record, []).append(handle)
        return tuple(replace(row, watchers=tuple(people.get(row.record, ()))) for row in rows)

    def incident(self, viewer: Viewer, id_or_number: str) -> IncidentRow | None:
        """One incident by record id (with or without its prefix), number or label; None when it may not be seen."""
        where, parameters = _seen_by(viewer)
        name = id_or_number.removeprefix("INCIDENT-").removeprefix("incident:")
        if name.isascii() and name.isdigit() and len(name) < 12:
            where.append("i.number = ?")
            parameters.append(int(name))
        else:
            where.append("i.record = ?")
            parameters.append(f"incident:{name}")
        rows = self.driver.query(f"SELECT {INCIDENT} FROM incidents i WHERE {' AND '.join(where)}", parameters)
        return self._with_people((_incident(rows[0]),))[0] if rows else None

    def people_of(self, record: str) -> frozenset[str]:
        """Who belongs to an incident."""
        sql = "SELECT handle FROM incident_people WHERE record = ?"
        return frozenset(row[0] for row in self.driver.query(sql, (record,)))

    def counts(self, viewer: Viewer) -> dict[str, int]:
        """Incidents that have not ended, by state's word."""
        where, parameters = _seen_by(viewer)
        sql = f"SELECT i.state, count(*) FROM incidents i WHERE i.live >= 1 AND {' AND '.join(where)} GROUP BY i.state"
        return {row[0]: row[1] for row in self.driver.query(sql, parameters)}

    def severities(self, viewer: Viewer) -> dict[str, int]:
        """Incidents that have not ended, by severity; those that were not declared under an empty name."""
        where, parameters = _seen_by(viewer)
        sql = f"SELECT i.severity, count(*) FROM incidents i WHERE i.live >= 1 AND {' AND '.join(where)} GROUP BY 1"
        return {row[0] or "": row[1] for row in self.driver.query(sql, parameters)}

    def groups(
        self, viewer: Viewer, *, open_only: bool = False, incident: str | None = None, limit: int = 50
    ) -> list[GroupRow]:
        """Groups of alerts, the last to move first."""
        where, parameters = ["1 = 1"], list[Any]()
        if not viewer.sees_private:
            # An incident may become private after its alerts came in by an open route: they are hidden with it.
            where.append(
                "((visibility <> 'private' AND NOT EXISTS"
                " (SELECT 1 FROM incidents i WHERE i.record = groups.incident AND i.visibility = 'private'))"
                " OR incident IN (SELECT record FROM incident_people WHERE handle = ?))"
            )
            parameters.append(viewer.handle)
        if open_only:
            where.append("closed = 0")
        if incident:
            where.append("incident = ?")
            parameters.append(incident)
        sql = f"SELECT {GROUP} FROM groups WHERE {' AND '.join(where)} ORDER BY last_at DESC, record DESC LIMIT ?"
        return [GroupRow(*row[:12], closed=bool(row[12])) for row in self.driver.query(sql, (*parameters, limit))]

    def alerts(
        self, viewer: Viewer, *, group: str | None = None, since: Instant | None = None, limit: int = 50
    ) -> list[AlertRow]:
        """Alerts that fired, newest first, each with what became of it."""
        groups = self.groups(viewer, limit=1_000) if group is None else self._group(viewer, group)
        found: list[AlertRow] = []
        for row in groups:
            if since is not None and row.last_at < since:
                break
            found += self._alerts_of(row, limit)
            if group is None and len(found) >= limit * 4:
                break
        found = [alert for alert in found if since is None or alert.received_at >= since]
        return sorted(found, key=lambda alert: alert.received_at, reverse=True)[:limit]

    def _group(self, viewer: Viewer, record: str) -> list[GroupRow]:
        return [row for row in self.groups(viewer, limit=1_000_000) if row.record == record]

    def _alerts_of(self, row: GroupRow, limit: int) -> list[AlertRow]:
        kinds = "kind IN ('alert.fired', 'alert.cleared')"
        sql = f"SELECT n, at, kind, body FROM facts WHERE record = ? AND {kinds} ORDER BY n DESC LIMIT ?"
        cleared: dict[str, Instant] = {}
        found: list[AlertRow] = []
        texts: dict[str, bytes | None] = {}
        for n, at, kind, body in self.driver.query(sql, (row.record, limit * 2)):
            said = json.loads(bytes(body))
            if kind == "alert.cleared":
                cleared.setdefault(said["fingerprint"], Instant(said["ends_at"]))
                continue
            if not texts:
                texts = self._texts(row.record, n, limit * 2)
            ended = cleared.pop(said["fingerprint"], None)
            found.append(
                AlertRow(
                    row.record,
                    n,
                    said["fingerprint"],
                    Instant(said["starts_at"]),
                    ended,
                    Instant(at),
                    row.incident,
                    row.fate,
                    texts.get(said["alert"]),
                    row.visibility,
                )
            )
        return found[:limit]

    def _texts(self, record: str, n: int, limit: int) -> dict[str, bytes | None]:
        sql = "SELECT ref, body FROM payloads WHERE record = ? AND n <= ? ORDER BY n DESC LIMIT ?"
        rows = self.driver.query(sql, (record, n, limit))
        return {ref: bytes(body) if body is not None else None for ref, body in rows}

    def open_fingerprints(
        self, records: Sequence[str] | None = None
    ) -> Iterable[tuple[str, str, int, Instant, Instant | None]]:
        """Every alert that fires in an open group (of these): (fingerprint, record, n, starts at, ends at)."""
        sql = (
            "SELECT f.record, f.n, f.kind, f.body FROM groups g JOIN facts f ON f.record = g.record"
            f" WHERE g.closed = 0{'' if records is None else f' AND g.record IN ({marks(len(records))})'}"
            " AND f.kind IN ('alert.fired', 'alert.cleared') ORDER BY f.record, f.n"
        )
        firing: dict[str, tuple[str, str, int, Instant, Instant | None]] = {}
        for record, n, kind, body in self.driver.query(sql, records or ()):
            said = json.loads(bytes(body))
            if kind == "alert.cleared":
                firing.pop(said["fingerprint"], None)
            else:
                firing[said["fingerprint"]] = (said["fingerprint"], record, n, said["starts_at"], said["ends_at"])
        return firing.values()

    def heard(self, fingerprints: Sequence[str]) -> dict[str, Instant]:
        """Until when other engines heard alerts fire; the one engine of a file knows it all itself."""
        return {}

    def due_timers(self, now: Instant, limit: int) -> list[TimerRow]:
        """Timers that are due, earliest first."""
        rows = self.driver.query("SELECT record, at FROM timers WHERE at <= ? ORDER BY at LIMIT ?", (now, limit))
        return [TimerRow(record, Instant(at)) for record, at in rows]

    def timed_records(self) -> list[str]:
        """Every record with a timer, and every incident and group that has not ended."""
        sql = (
            "SELECT record FROM timers UNION SELECT record FROM incidents WHERE live >= 1"
            " UNION SELECT record FROM groups WHERE closed = 0 ORDER BY 1"
        )
        return [row[0] for row in self.driver.query(sql)]

    def next_timer(self) -> Instant | None:
        """The earliest timer."""
        rows = self.driver.query("SELECT min(at) FROM timers")
        return Instant(rows[0][0]) if rows and rows[0][0] is not None else None

    def waiting(self, now: Instant, limit: int) -> list[OutboxRow]:
        """Rows that may leave now, worst first."""
        ready = "not_before <= ? AND (lease_until IS NULL OR lease_until <= ?)"
        sql = f"SELECT {OUTBOX} FROM outbox WHERE {ready} ORDER BY rank, ordered_at LIMIT ?"
        return [OutboxRow(*row) for row in self.driver.query(sql, (now, now, limit))]

    def next_send(self) -> Instant | None:
        """The earliest instant at which a waiting row may leave."""
        sql = "SELECT min(CASE WHEN lease_until > not_before THEN lease_until ELSE not_before END) FROM outbox"
        rows = self.driver.query(sql)
        return Instant(rows[0][0]) if rows and rows[0][0] is not None else None

    def outbox(self, *, record: str | None = None, person: str | None = None) -> list[OutboxRow]:
        """Rows of a record or a person, worst first."""
        column, value = ("record", record) if record is not None else ("person", person)
        sql = f"SELECT {OUTBOX} FROM outbox WHERE {column} = ? ORDER BY rank, ordered_at"
        return [OutboxRow(*row) for row in self.driver.query(sql, (value,))]

    def outbox_depth(self) -> dict[str, int]:
        """How many rows wait, by channel."""
        return {row[0]: row[1] for row in self.driver.query("SELECT channel, count(*) FROM outbox GROUP BY channel")}

    def find_token(self, digest: str) -> AccessRow | None:
        """A token by its digest."""
        return self._access(digest, "token")

    def find_session(self, digest: str) -> AccessRow | None:
        """A session by its digest."""
        return self._access(digest, "session")

    def find_access(self, digest: str, kind: str) -> AccessRow | None:
        """Any kind of access by its digest."""
        return self._access(digest, kind)

    def _access(self, digest: str, kind: str) -> AccessRow | None:
        rows = self.driver.query(f"SELECT {ACCESS} FROM access WHERE digest = ? AND kind = ?", (digest, kind))
        return _access_row(rows[0]) if rows else None

    def password(self, handle: str) -> str | None:
        """The hash of somebody's password."""
        rows = self.driver.query("SELECT hash FROM passwords WHERE handle = ?", (handle,))
        return rows[0][0] if rows else None

    def list_tokens(self) -> list[AccessRow]:
        """Every token, by name."""
        return [
            _access_row(r) for r in self.driver.query(f"SELECT {ACCESS} FROM access WHERE kind = 'token' ORDER BY name")
        ]

    def list_sessions(self, handle: str) -> list[AccessRow]:
        """Somebody's sessions."""
        sql = f"SELECT {ACCESS} FROM access WHERE kind = 'session' AND handle = ? ORDER BY created_at"
        return [_access_row(row) for row in self.driver.query(sql, (handle,))]

    def command(self, id: str) -> bytes | None:
        """The answer that a command id got."""
        return next((bytes(a) for (a,) in self.driver.query("SELECT answer FROM commands WHERE id = ?", (id,))), None)


def _seen_by(viewer: Viewer) -> tuple[list[str], list[Any]]:
    if viewer.sees_private:
        return ["1 = 1"], []
    return (
        ["(i.visibility <> 'private' OR i.record IN (SELECT record FROM incident_people WHERE handle = ?))"],
        [viewer.handle],
    )


def _payload(row: tuple[Any, ...]) -> Payload:
    ref, record, n, salt, body = row
    return Payload(ref, record, n, bytes(salt), bytes(body) if body is not None else None)


def _incident(row: tuple[Any, ...]) -> IncidentRow:
    return IncidentRow(*row[:19], watchers=(), drill=bool(row[19]))


def _access_row(row: tuple[Any, ...]) -> AccessRow:
    digest, kind, name, handle, scopes, created, expires, used = row
    return AccessRow(digest, kind, name, handle, tuple(scopes.split()), created, expires, used)


def heads_of(body: bytes) -> tuple[tuple[str, int, bytes], ...]:
    """The heads that a seal keeps."""
    return tuple((record, n, bytes.fromhex(hash)) for record, n, hash in json.loads(body))


def heads_body(heads: Sequence[tuple[str, int, bytes]]) -> bytes:
    """Heads as a seal keeps them."""
    return json.dumps([(record, n, hash.hex()) for record, n, hash in sorted(heads)], separators=(",", ":")).encode()


def _number(search: str) -> int:
    digits = search.upper().removeprefix("INCIDENT-").lstrip("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else -1


def _cursor(row: IncidentRow) -> str:
    return base64.urlsafe_b64encode(f"{row.opened_at}|{row.record}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> list[Any]:
    try:
        text = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        at, record = text.decode().split("|", 1)
        return [int(at), record]
    except (ValueError, binascii.Error, UnicodeError):
        raise Refused(
            refuse("invalid", "this cursor was not given by a list", where="cursor", mend="start without one")
        ) from None


__all__ = ["Rows", "SqlReading", "heads_body", "heads_of", "marks"]
