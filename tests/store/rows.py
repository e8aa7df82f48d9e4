"""Rows for stores, with as little said as a test needs."""

from __future__ import annotations

import hashlib
from typing import Any

from tocsin.core import chain
from tocsin.core.instants import Instant
from tocsin.store.base import FactRow, GroupRow, IncidentRow, OutboxRow, Payload


def facts(record: str, count: int, *, after: int = 0, before: bytes = chain.ZERO, at: int = 1_000) -> list[FactRow]:
    """So many facts of a record, chained."""
    rows: list[FactRow] = []
    for n in range(after + 1, after + count + 1):
        body = b'{"n":%d}' % n
        before = chain.link(before, record, n, Instant(at + n), "note", 1, body)
        rows.append(FactRow(record, n, Instant(at + n), "note", 1, body, before))
    return rows


def payload(record: str, n: int, body: bytes, salt: bytes = b"salt") -> Payload:
    return Payload(hashlib.sha256(salt + body).hexdigest(), record, n, salt, body)


def order(key: str, **more: Any) -> OutboxRow:
    said: dict[str, Any] = {
        "record": "incident:1", "person": "ana", "contact": "phone", "channel": "webhook", "verb": "page",
        "what": "page", "rank": 2, "ordered_at": Instant(10), "not_before": Instant(10),
    }  # fmt: skip
    return OutboxRow(key=key, **{**said, **more})


def incident(number: int, **more: Any) -> IncidentRow:
    said: dict[str, Any] = {
        "record": f"incident:{number}", "number": number, "title": f"Title {number}", "severity": None, "rank": 9,
        "phase": "detection", "state": "paging", "service": "api", "domain": "core", "visibility": "open",
        "opened_at": Instant(number * 100), "declared_at": None, "acknowledged_at": None, "resolved_at": None,
        "closed_at": None, "commander": None, "next_at": None, "next_what": "", "alerts": 1, "watchers": (),
    }  # fmt: skip
    return IncidentRow(**{**said, **more})


def group(name: str, **more: Any) -> GroupRow:
    said: dict[str, Any] = {
        "record": f"group:{name}", "key": name, "source": "test", "route": "all", "service": "api",
        "visibility": "open", "incident": None, "opened_at": Instant(5), "last_at": Instant(5), "firing": 1,
        "total": 1, "fate": "recorded", "closed": False,
    }  # fmt: skip
    return GroupRow(**{**said, **more})
