"""Changes as lists read them: from the ends of their services' records, the newest first, private ones to few."""

from __future__ import annotations

import json

from tests.store.rows import payload
from tocsin.core import chain
from tocsin.core.changes import record_of, upstream
from tocsin.core.instants import DAY, SECOND, Instant
from tocsin.core.plan import Service
from tocsin.store.base import ENGINE, FactRow, Store, Viewer

CY = Viewer("cy")
HOUR = 3600 * SECOND


def put(store: Store, record: str, *hours: int, told: int = 0) -> None:
    """A record of changes that happened at these hours, each told of so many hours later."""
    before, rows, words = chain.ZERO, [], []
    service = record.removeprefix("change:").partition("/")[0]
    for n, hour in enumerate(hours, 1):
        text = payload(record, n, json.dumps({"title": f"{record} {hour}"}).encode())
        said = {
            "by": "bo", "source": "api", "what": "deployment", "outcome": "seen", "service": service,
            "happened_at": hour * HOUR, "key": "", "words": text.ref, "visibility": "open",
        }  # fmt: skip
        body, at = json.dumps(said).encode(), Instant((hour + told) * HOUR)
        before = chain.link(before, record, n, at, "change.seen", 1, body)
        rows.append(FactRow(record, n, at, "change.seen", 1, body, before))
        words.append(text)
    with store.writing() as w:
        w.append(rows)
        w.put_payloads(words)


def titles(store: Store, viewer: Viewer, start: int, end: int, limit: int = 50, **more: tuple[str, ...]) -> list[str]:
    with store.reading() as reading:
        found = reading.changes(viewer, since=Instant(start * HOUR), until=Instant(end * HOUR), limit=limit, **more)
    return [json.loads(row.body or b"{}").get("title", "") for row in found]


def test_a_span_of_some_services_or_of_all(store: Store) -> None:
    put(store, "change:api", 1, 5, 9)
    put(store, "change:web", 6)
    put(store, "change:_", 7)
    assert titles(store, CY, 5, 9) == ["change:api 9", "change:_ 7", "change:web 6", "change:api 5"]
    assert titles(store, CY, 0, 8, services=("api", "web", "gone")) == ["change:web 6", "change:api 5", "change:api 1"]
    assert titles(store, CY, 0, 9, limit=2) == ["change:api 9", "change:_ 7"]
    assert titles(store, CY, 0, 9, services=()) == []


def test_a_private_change_is_not_there_for_a_stranger(store: Store) -> None:
    put(store, "change:api", 1)
    put(store, record_of("api", "private"), 2)
    assert titles(store, CY, 0, 9) == titles(store, CY, 0, 9, services=("api",)) == ["change:api 1"]
    assert titles(store, ENGINE, 0, 9, services=("api",)) == ["change:api/private 2", "change:api 1"]


def test_what_is_told_of_late_is_found_by_when_it_happened(store: Store) -> None:
    put(store, "change:api", 1, told=10)
    assert titles(store, CY, 0, 2) == ["change:api 1"]
    assert titles(store, CY, 5, 20) == []
    put(store, "change:web", 1, told=DAY // 3600 + 2)
    assert titles(store, CY, 0, 2, services=("web",)) == []


def test_what_a_service_depends_on_is_walked_once() -> None:
    services = {
        name: Service(id=name, domain="core", depends_on=needs)
        for name, needs in {"shop": ("api", "cdn"), "api": ("db", "gone"), "db": ("shop",), "cdn": ()}.items()
    }
    assert upstream("shop", services) == ("shop", "api", "cdn", "db")
    assert upstream("nobody", services) == ()
