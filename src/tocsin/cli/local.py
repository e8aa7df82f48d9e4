"""Commands with --database: through the engine's door when one runs, under the file's lock when none does, never as a
second writer. Reading takes neither."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tocsin.config import Config
    from tocsin.engine.surroundings import Surroundings
    from tocsin.store.base import Reading

F = TypeVar("F", bound=Callable[..., Any])
TRIES = 20
WAIT = 0.25
"""An engine that starts or stops holds the lock for a moment while its door is shut."""


def with_database(function: F) -> F:
    """Gives a command --database, and hands it the process's `config`."""

    @click.option("--database", help="sqlite:///FILE or postgresql://...  [TOCSIN_DATABASE; sqlite:///tocsin.db]")
    @wraps(function)
    def run(*args: Any, database: str | None, **more: Any) -> Any:
        from tocsin.config import from_environment

        return function(*args, config=from_environment(database=database), **more)

    return run  # type: ignore[return-value]


def administer(config: Config, what: str, *, make: bool = False, **arguments: object) -> Any:
    """One of the engine's other writes, as the operator of this machine. `make` lets it begin a new database.

    Raises Refused, StoreRefused, StoreUnavailable.
    """
    from tocsin.app import ask_engine
    from tocsin.store.base import StoreHeld

    if not make:
        with reading(config):
            pass
    for left in range(TRIES - 1, -1, -1):
        try:
            return ask_engine(config, what, **arguments)
        except (FileNotFoundError, ConnectionError):
            pass
        try:
            return _under_lock(config, what, arguments)
        except StoreHeld:
            if left == 0:
                raise
            time.sleep(WAIT)
    raise AssertionError("unreachable")


def _under_lock(config: Config, what: str, arguments: dict[str, object]) -> Any:
    """The same write with no engine there: this process is the engine for as long as it takes."""
    import msgspec

    from tocsin.app import lock_zone_data
    from tocsin.core.refusals import Refusal, Refused
    from tocsin.engine.admin import ADMIN, OPERATIONS
    from tocsin.engine.clock import RealChance, RealClock
    from tocsin.engine.heart import Heart
    from tocsin.matching import matches
    from tocsin.store.urls import open_store

    store = open_store(config.database, write=True)
    try:
        heart = Heart(store, RealClock(), RealChance(), matches, lock_zone_data())
        heart.start()
        # As it would come through the door, so that both ways write the same.
        asked = msgspec.msgpack.decode(msgspec.msgpack.encode(arguments))
        answer = heart.transact(lambda unit, w: OPERATIONS[what](heart, unit, w, ADMIN, **asked))
    finally:
        store.close()
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


@contextmanager
def reading(config: Config) -> Generator[Reading]:
    """A snapshot of the database. Raises StoreRefused when there is none."""
    from tocsin.store.urls import open_store

    store = open_store(config.database, write=False)
    try:
        with store.reading() as snapshot:
            yield snapshot
    finally:
        store.close()


def surroundings(snapshot: Reading) -> Surroundings:
    """Plan in force, people, overrides, as the record has them."""
    from tocsin.app import lock_zone_data
    from tocsin.engine.surroundings import Surroundings
    from tocsin.matching import matches

    around = Surroundings(matches, lock_zone_data())
    around.load(snapshot)
    return around


def address(config: Config, snapshot: Reading) -> str:
    """Where people reach the server: as this process is told, else as the engine was told when it last started."""
    return config.address if config.public_url else snapshot.meta("address") or config.address
