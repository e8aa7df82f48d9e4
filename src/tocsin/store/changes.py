"""Reads changes from the ends of their services' records: no index, since a record's last facts are one look away."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tocsin.core.changes import PREFIX, PRIVATE, records_of
from tocsin.core.instants import DAY, Instant, later
from tocsin.store.base import ChangeRow, Viewer
from tocsin.store.sql import Driver

SQL = (
    "SELECT f.record, f.n, f.at, f.body, p.body FROM facts f"
    " LEFT JOIN payloads p ON p.record = f.record AND p.n = f.n"
    " WHERE f.record = ? AND f.kind = 'change.seen' AND f.at >= ? AND f.at <= ? ORDER BY f.n DESC LIMIT ?"
)
TOLD_WITHIN = DAY
"""Seconds after a change within which it is told of."""


class ChangeReading:
    """The part of reading that is about changes."""

    driver: Driver

    def records(self, prefix: str) -> list[str]:
        """Every record whose name begins so, in order."""
        raise NotImplementedError

    def changes(
        self,
        viewer: Viewer,
        *,
        services: Sequence[str] | None = None,
        since: Instant,
        until: Instant,
        limit: int = 50,
    ) -> list[ChangeRow]:
        """Changes that happened in a span, the newest first; private ones only for who may read every private record.

        `services` None is every one. A change that was told of more than a day late is not found by its span.
        """
        records = self.records(PREFIX) if services is None else records_of(services)
        told = later(until, TOLD_WITHIN)
        found = [
            row
            for record in records
            if viewer.sees_private or not record.endswith(PRIVATE)
            for row in map(_row, self.driver.query(SQL, (record, since, told, limit)))
            if since <= row.happened_at <= until
        ]
        return sorted(found, key=lambda row: (row.happened_at, row.n), reverse=True)[:limit]


def _row(columns: tuple[str, int, int, bytes, bytes | None]) -> ChangeRow:
    record, n, at, body, words = columns
    said = json.loads(bytes(body))
    return ChangeRow(
        record=record,
        n=n,
        told_at=Instant(at),
        what=said["what"],
        outcome=said["outcome"],
        service=said["service"],
        happened_at=Instant(said["happened_at"]),
        source=said["source"],
        key=said["key"],
        by=said["by"],
        visibility=said.get("visibility", "open"),
        body=bytes(words) if words is not None else None,
    )
