"""The record as a whole, for the command line: verified, backed up, brought back, its indexes rebuilt."""

from __future__ import annotations

from pathlib import Path

from tocsin.app import lock_zone_data
from tocsin.engine.clock import RealChance, RealClock
from tocsin.engine.heart import Heart
from tocsin.engine.records import Unit
from tocsin.engine.sweep import rebuild, reindex
from tocsin.matching import matches
from tocsin.store.base import Store, StoreRefused, Writing
from tocsin.store.copying import copy, is_empty
from tocsin.store.sql import Driver
from tocsin.store.sqlite import Sqlite
from tocsin.store.urls import open_store
from tocsin.store.verify import Verdict, verify


def verified(url: str, seal: str = "") -> Verdict:
    """Prove that a database is whole, from one snapshot, while others use it."""
    store = open_store(url, write=False)
    try:
        return _verdict(store, seal)
    finally:
        store.close()


def _verdict(store: Store, seal: str = "") -> Verdict:
    with store.reading() as reading:
        return verify(reading, seal)


def back_up(url: str, to: Path) -> Verdict:
    """Copy a database into a new file while it is used, and prove the copy."""
    store = open_store(url, write=False)
    try:
        store.backup(str(to))
    finally:
        store.close()
    return verified(f"sqlite:///{to}")


def bring_back(file: Path, url: str) -> Verdict:
    """Copy a backup into an empty database and build its indexes, in one transaction; proven before and after.

    Raises StoreRefused for a backup that is not whole and for a database that is not empty.
    """
    source = Sqlite(file, write=False)
    try:
        before = _verdict(source)
        if not before.whole:
            raise StoreRefused(f"{file} is not whole ({_first(before)}); tocsin verify --database sqlite:///{file}")
        target = open_store(url, write=True)
        try:
            with source.reading() as reading:
                _fill(reading.driver, target)
            after = _verdict(target, before.last_seal)
        finally:
            target.close()
    finally:
        source.close()
    if not after.whole or (after.facts, after.texts) != (before.facts, before.texts):
        raise StoreRefused(f"what was brought back is not what was backed up ({_first(after)})")
    return after


def _fill(source: Driver, target: Store) -> None:
    heart = _heart(target)

    def work(unit: Unit, w: Writing) -> None:
        if not is_empty(w.driver):
            raise StoreRefused("the database is not empty; a backup is brought back into an empty one only")
        copy(source, w.driver)
        heart.around.load(w)
        rebuild(heart, unit, w)

    heart.transact(work, alone=True)


def _heart(store: Store) -> Heart:
    return Heart(store, RealClock(), RealChance(), matches, lock_zone_data())


def reindexed(url: str) -> int:
    """Build every index anew from the record; no engine may run on a file meanwhile. Answers how many records."""
    store = open_store(url, write=True)
    try:
        heart = _heart(store)
        heart.start()
        return reindex(heart)
    finally:
        store.close()


def _first(verdict: Verdict) -> str:
    flaws = (f"{flaw.record} row {flaw.n}: {flaw.what}" for flaw in verdict.flaws)
    return next(flaws, "another number of rows")
