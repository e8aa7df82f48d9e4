"""Numbered steps of the schema, each one transaction. A released step never changes; a new one follows it.

Killed in the middle of a step, the database has the schema before it, and the next start goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.store.base import StoreRefused, StoreUnavailable
from tocsin.store.migrations import step_0001
from tocsin.store.sql import Driver

STEPS: tuple[tuple[str, ...], ...] = (step_0001.STATEMENTS,)
SHARED: tuple[tuple[str, ...], ...] = (step_0001.SHARED,)
"""What each step adds where several engines write (PostgreSQL)."""


def schema_version(driver: Driver) -> int:
    """The number of the last step that was taken; 0 for an empty database."""
    try:
        rows = driver.query("SELECT value FROM meta WHERE name = ?", ("schema",))
    except StoreUnavailable:
        return 0
    return int(rows[0][0]) if rows else 0


def migrate(driver: Driver, types: Mapping[str, str], *, shared: bool = False) -> int:
    """Take every step that is still to come; answers the version. Refuses a database of a later version."""
    at = schema_version(driver)
    if at > len(STEPS):
        raise StoreRefused(
            f"the database has schema {at}, this version knows {len(STEPS)}: it was written by a newer one. "
            "Run that one, or restore a backup made before"
        )
    for number, statements in enumerate(STEPS[at:], at + 1):
        driver.execute("BEGIN" if shared else "BEGIN IMMEDIATE")
        for statement in (*statements, *(SHARED[number - 1] if shared else ())):
            driver.execute(statement.format(**types))
        driver.execute("DELETE FROM meta WHERE name = ?", ("schema",))
        driver.execute("INSERT INTO meta (name, value) VALUES (?, ?)", ("schema", str(number)))
        driver.execute("COMMIT")
    return len(STEPS)
