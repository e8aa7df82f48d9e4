"""The record from one database to another: what cannot be rebuilt is copied, row by row, in one snapshot.

The file is a SQLite database of the same schema, whatever the source is, so that a backup of PostgreSQL can be read,
verified and restored without one. Indexes are left empty in a copy; `tocsin restore` rebuilds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tocsin.store.base import StoreRefused
from tocsin.store.sql import Driver, marks
from tocsin.store.sqlite import Sqlite, create_private, keep

TABLES = {
    "plans": ("hash", "body"),
    "facts": ("record", "n", "at", "kind", "v", "body", "hash"),
    "payloads": ("record", "n", "ref", "salt", "body"),
    "seals": ("n", "at", "heads", "hash"),
    "access": ("digest", "kind", "name", "handle", "scopes", "created_at", "expires_at", "used_at"),
    "passwords": ("handle", "hash"),
    "commands": ("id", "at", "answer"),
    "numbers": ("what", "last"),
}
"""What a copy holds besides `meta`: record and access. A sender's command that is repeated after a restore is known."""
OWN = "schema"
"""The one value of `meta` that belongs to the database itself."""
BATCH = 1_000


def copy(source: Driver, target: Driver) -> int:
    """Copy every row into an empty database, within the transactions of both. Answers how many rows."""
    copied = 0
    target.execute("DELETE FROM meta WHERE name <> ?", (OWN,))
    for table, columns in (*TABLES.items(), ("meta", ("name", "value"))):
        names = ", ".join(columns)
        rows = source.stream(f"SELECT {names} FROM {table}")
        if table == "meta":
            rows = (row for row in rows if row[0] != OWN)
        insert = f"INSERT INTO {table} ({names}) VALUES ({marks(len(columns))})"
        while batch := list(islice(rows, BATCH)):
            target.many(insert, batch)
            copied += len(batch)
    return copied


def is_empty(driver: Driver) -> bool:
    """Whether a database holds nothing yet but its schema and values of its own start."""
    return not any(driver.query(f"SELECT 1 FROM {table} LIMIT 1") for table in TABLES)


def copy_to_file(source: Driver, to: str) -> None:
    """Copy into a new SQLite file; it has its name only once it is whole and on the disk."""
    target = Path(to)
    if target.exists():
        raise StoreRefused(f"{target} exists already; a backup never overwrites")
    partial = target.with_name(target.name + ".partial")
    for leftover in _files(partial):
        leftover.unlink(missing_ok=True)
    create_private(partial)
    store = Sqlite(partial, write=True)
    try:
        with store.writing() as w:
            copy(source, w.driver)
        store.flatten()
    finally:
        store.close()
        for beside in list(_files(partial))[1:]:
            beside.unlink(missing_ok=True)
    keep(partial, target)


def _files(path: Path) -> Iterator[Path]:
    yield path
    for end in ("-wal", "-shm", ".lock"):
        yield path.with_name(path.name + end)
