"""A store of each kind, empty, and rows to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tocsin.store.base import Store
from tocsin.store.sqlite import Sqlite
from tocsin.store.urls import open_store, sqlite_path

Opens = Callable[..., Store]


def opened(url: str, *, write: bool = True) -> Store:
    """The store of a URL, without sync on a file, and with the caller's clock."""
    if url.startswith("sqlite:"):
        return Sqlite(sqlite_path(url), write=write, durable=False)
    store = open_store(url, write=write)
    store._clock = False  # type: ignore[attr-defined]
    return store


@pytest.fixture
def opens(database: str) -> Iterator[Opens]:
    """Opens the test's database, as often as it asks."""
    stores: list[Store] = []

    def start(*, write: bool = True) -> Store:
        stores.append(opened(database, write=write))
        return stores[-1]

    yield start
    for store in stores:
        store.close()


@pytest.fixture
def store(opens: Opens) -> Store:
    """A store to write to."""
    return opens()
