"""From a database URL to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from tocsin.store.base import Store, StoreRefused


def open_store(url: str, *, write: bool) -> Store:
    """The store of sqlite:///path or postgresql://... . Raises StoreRefused with words that hold no password."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        from tocsin.store.sqlite import Sqlite

        return Sqlite(sqlite_path(url), write=write)
    if parts.scheme in ("postgresql", "postgres"):
        from tocsin.store.postgres import Postgres

        return Postgres(url, write=write)
    raise StoreRefused(f"{parts.scheme or url!r} is no database this knows; write sqlite:///FILE or postgresql://...")


def sqlite_path(url: str) -> Path:
    """The file of sqlite:///relative or sqlite:////absolute."""
    path = url.removeprefix("sqlite:///")
    if path == url or not path:
        raise StoreRefused("a SQLite database is written sqlite:///FILE, as sqlite:///tocsin.db")
    return Path(path)


def door_path(url: str) -> Path:
    """Where the engine of a database listens: beside the file, or in the user's runtime folder."""
    import hashlib
    import os
    import tempfile

    if url.startswith("sqlite:"):
        path = sqlite_path(url)
        beside = path.with_name(path.name + ".door")
        if len(str(beside.absolute())) < 100:
            return beside
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    return folder / f"tocsin-{hashlib.sha256(url.encode()).hexdigest()[:16]}.door"


def database_rule(url: str) -> str:
    """What a database's version asks of this process, in words. Raises StoreRefused when it cannot be read."""
    store = open_store(url, write=False)
    try:
        with store.reading() as reading:
            reading.meta("live_plan")
        if not url.startswith("sqlite:"):
            return "PostgreSQL answers"
        from tocsin.store.sqlite import version_rule

        return version_rule()
    finally:
        store.close()
