"""What is asked of a store. `tests/store/suite.py` is the promise; SQLite and PostgreSQL both pass it.

The record is three tables: facts, payloads, plans. Everything else here (timers, outbox, lists, counts,
fingerprints, search) is an index: written in the same transaction, versioned, rebuilt by `tocsin reindex`.
Access (tokens, sessions, passwords) is neither: it must be revocable and forgettable, so it is kept apart.

Order is (record, n); no reader trusts a global sequence. Every read for people takes the viewer (rule 18).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tocsin.core.instants import Instant
from tocsin.store.sql import Driver


class Conflict(Exception):
    """Another engine appended to the record first: load again and decide anew. Nothing was written."""


class StoreUnavailable(Exception):
    """The database cannot be written or read now; the caller answers 503 and tries again. Nothing was written."""


class StoreRefused(Exception):
    """The store does not start: wrong version, another engine holds it, or a damaged file. Says how to mend it."""


class StoreHeld(StoreRefused):
    """Another process writes this database."""


class FactRow(NamedTuple):
    """A fact as stored. `body` is JSON bytes; `hash` chains it to the row before (`core/chain.py`).

    A tuple in the order of the table's columns: drivers take it as it is, which tells in a storm.
    """

    record: str
    n: int
    at: Instant
    kind: str
    v: int
    body: bytes
    hash: bytes


class Payload(NamedTuple):
    """What a sender or a person wrote, beside fact n of a record. `ref` is SHA-256 over salt and body; body None once
    erased. A tuple, as `FactRow` is."""

    ref: str
    record: str
    n: int
    salt: bytes
    body: bytes | None


@dataclass(frozen=True, slots=True)
class TimerRow:
    """The instant at which a record wants to be asked again. One a record."""

    record: str
    at: Instant


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An order on its way to a channel. `rank` orders what queues, worst first; `key` is the idempotency key.

    `fence` counts leases: a result is kept only when its fence is the row's latest.
    """

    key: str
    record: str
    person: str
    contact: str
    channel: str
    verb: str
    what: str
    rank: int
    ordered_at: Instant
    not_before: Instant
    attempt: int = 0
    fence: int = 0
    lease_until: Instant | None = None


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident as lists show it. `watchers` are the people who may read it when private."""

    record: str
    number: int
    title: str
    severity: str | None
    rank: int
    phase: str
    state: str
    service: str
    domain: str
    visibility: str
    opened_at: Instant
    declared_at: Instant | None
    acknowledged_at: Instant | None
    resolved_at: Instant | None
    closed_at: Instant | None
    commander: str | None
    next_at: Instant | None
    next_what: str
    alerts: int
    watchers: tuple[str, ...]
    drill: bool = False


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of alerts as lists show it, with its fate: what was made of it and why."""

    record: str
    key: str
    source: str
    route: str
    service: str
    visibility: str
    incident: str | None
    opened_at: Instant
    last_at: Instant
    firing: int
    total: int
    fate: str
    closed: bool


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert of a group, read from the group's stream and its payload."""

    record: str
    n: int
    fingerprint: str
    starts_at: Instant
    cleared_at: Instant | None
    received_at: Instant
    incident: str | None
    fate: str
    body: bytes | None
    visibility: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change in production as it was told of. `body` is JSON with title and the rest; None once erased."""

    record: str
    n: int
    told_at: Instant
    what: str
    outcome: str
    service: str
    happened_at: Instant
    source: str
    key: str
    by: str
    visibility: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads. `sees_private` is a grant; a private incident is also read by its own people (`watchers`)."""

    handle: str
    sees_private: bool = False
    is_engine: bool = False


ENGINE = Viewer("engine", sees_private=True, is_engine=True)


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list: rows newest first, and the cursor of the next slice, if any."""

    rows: tuple[IncidentRow, ...]
    next_cursor: str | None


class Reading(Protocol):
    """What can be read, each time from a consistent snapshot. Never blocks the writer.

    `driver` is the SQL beneath, for what reads whole tables: verify and copying.
    """

    @property
    def driver(self) -> Driver: ...
    def load(self, record: str, *, after: int = 0, until: Instant | None = None) -> list[FactRow]: ...
    def head(self, record: str) -> tuple[int, bytes] | None: ...
    def records(self, prefix: str) -> list[str]: ...
    def payload(self, record: str, ref: str) -> Payload | None: ...
    def payloads(self, record: str) -> dict[str, Payload]: ...
    def plan(self, hash: str) -> bytes | None: ...
    def plan_hashes(self) -> list[str]: ...
    def meta(self, name: str) -> str | None: ...

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
    ) -> Page: ...
    def incident(self, viewer: Viewer, id_or_number: str) -> IncidentRow | None: ...
    def people_of(self, record: str) -> frozenset[str]: ...
    def counts(self, viewer: Viewer) -> dict[str, int]: ...
    def severities(self, viewer: Viewer) -> dict[str, int]: ...
    def groups(
        self, viewer: Viewer, *, open_only: bool = False, incident: str | None = None, limit: int = 50
    ) -> list[GroupRow]: ...
    def alerts(
        self, viewer: Viewer, *, group: str | None = None, since: Instant | None = None, limit: int = 50
    ) -> list[AlertRow]: ...
    def changes(
        self,
        viewer: Viewer,
        *,
        services: Sequence[str] | None = None,
        since: Instant,
        until: Instant,
        limit: int = 50,
    ) -> list[ChangeRow]: ...
    def open_fingerprints(
        self, records: Sequence[str] | None = None
    ) -> Iterable[tuple[str, str, int, Instant, Instant | None]]: ...
    def heard(self, fingerprints: Sequence[str]) -> dict[str, Instant]: ...
    def due_timers(self, now: Instant, limit: int) -> list[TimerRow]: ...
    def timed_records(self) -> list[str]: ...
    def next_timer(self) -> Instant | None: ...
    def waiting(self, now: Instant, limit: int) -> list[OutboxRow]: ...
    def next_send(self) -> Instant | None: ...
    def outbox(self, *, record: str | None = None, person: str | None = None) -> list[OutboxRow]: ...
    def outbox_depth(self) -> dict[str, int]: ...
    def seals(self) -> list[SealRow]: ...
    def find_token(self, digest: str) -> AccessRow | None: ...
    def find_session(self, digest: str) -> AccessRow | None: ...
    def find_access(self, digest: str, kind: str) -> AccessRow | None: ...
    def password(self, handle: str) -> str | None: ...
    def command(self, id: str) -> bytes | None: ...
    def list_tokens(self) -> list[AccessRow]: ...
    def list_sessions(self, handle: str) -> list[AccessRow]: ...


@dataclass(frozen=True, slots=True)
class SealRow:
    """A seal over the heads (record, n, hash) that had moved, chained to the seal before."""

    n: int
    at: Instant
    heads: tuple[tuple[str, int, bytes], ...]
    hash: bytes


@dataclass(frozen=True, slots=True)
class AccessRow:
    """A token or a session, known by the SHA-256 of its secret. `scopes` are grants (core/permissions)."""

    digest: str
    kind: str
    name: str
    handle: str
    scopes: tuple[str, ...]
    created_at: Instant
    expires_at: Instant | None
    used_at: Instant | None = None


class Writing(Reading, Protocol):
    """One transaction: all of it is durable when the context ends without an error, or none of it."""

    def moved_by_others(self) -> list[str] | None: ...
    def append(self, rows: Sequence[FactRow]) -> None: ...
    def put_payloads(self, payloads: Sequence[Payload]) -> None: ...
    def erase(self, record: str, ref: str) -> bool: ...
    def put_plan(self, hash: str, body: bytes) -> None: ...
    def set_meta(self, name: str, value: str) -> None: ...
    def set_timers(self, timers: Sequence[tuple[str, Instant | None]]) -> None: ...
    def wake_timers(self, records: Sequence[str], at: Instant) -> None: ...
    def claim_timers(self, now: Instant, limit: int, owner: str, lease: float) -> list[TimerRow]: ...
    def put_outbox(self, rows: Sequence[OutboxRow]) -> None: ...
    def lease(self, rows: Sequence[OutboxRow], owner: str, now: Instant, until: Instant) -> list[OutboxRow]: ...
    def free_leases(self) -> int: ...
    def settle(self, row: OutboxRow) -> bool: ...
    def postpone(self, row: OutboxRow, not_before: Instant) -> bool: ...
    def hold_back(self, row: OutboxRow, now: Instant, until: Instant) -> None: ...
    def drop_outbox(self, rows: Sequence[OutboxRow]) -> None: ...
    def put_heard(self, ends: Mapping[str, Instant]) -> None: ...
    def put_incidents(self, rows: Sequence[IncidentRow]) -> None: ...
    def put_groups(self, rows: Sequence[GroupRow]) -> None: ...
    def put_seal(
        self,
        at: Instant,
        heads: Sequence[tuple[str, int, bytes]],
        seal: Callable[[bytes, Instant, Sequence[tuple[str, int, bytes]]], bytes],
    ) -> bytes: ...
    def next_number(self, what: str) -> int: ...
    def remember_command(self, id: str, at: Instant, answer: bytes) -> None: ...
    def put_access(self, row: AccessRow) -> None: ...
    def drop_access(
        self, kind: str, *, digest: str | None = None, name: str | None = None, handle: str | None = None
    ) -> int: ...
    def touch_access(self, digest: str, at: Instant) -> None: ...
    def put_password(self, handle: str, hashed: str) -> None: ...
    def wipe_indexes(self) -> None: ...


class Store(Protocol):
    """A database. `writing` is for the engine alone; everybody else reads. `alone` keeps other engines out."""

    def reading(self) -> AbstractContextManager[Reading]: ...
    def writing(self, *, alone: bool = False) -> AbstractContextManager[Writing]: ...
    def now(self) -> Instant | None: ...
    def backup(self, to: str) -> None: ...
    def close(self) -> None: ...
