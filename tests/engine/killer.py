"""A store whose process is killed at its n-th commit: just before it, or just after."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass

from tests.engine.script import STEPS, Step
from tocsin.sim.world import PretendWorld
from tocsin.store.base import Reading, Store, Writing


class Killed(BaseException):
    """The process is gone: nothing in it can catch this."""


@dataclass
class Killer:
    """Counts commits from when it is armed, over every life of the engine."""

    at: int = 0
    after: bool = False
    armed: bool = False
    commits: int = 0

    def around(self, store: Store) -> Store:
        return Mortal(store, self)

    def blow(self, *, after: bool) -> None:
        if self.armed and self.after == after and self.commits == self.at:
            raise Killed


class Mortal:
    """A store with a killer behind it."""

    def __init__(self, store: Store, killer: Killer) -> None:
        self._store = store
        self._killer = killer
        self.now, self.backup, self.close = store.now, store.backup, store.close

    @contextlib.contextmanager
    def writing(self, *, alone: bool = False) -> Generator[Writing]:
        with self._store.writing(alone=alone) as w:
            yield w
            if self._killer.armed:
                self._killer.commits += 1
            self._killer.blow(after=False)
        self._killer.blow(after=True)

    def reading(self) -> contextlib.AbstractContextManager[Reading]:
        return self._store.reading()


Kept = dict[str, tuple[int, bytes]]


def heads(world: PretendWorld) -> Kept:
    """Every record's last row."""
    with world.store.reading() as reading:
        found = {record: reading.head(record) for record in reading.records("")}
    return {record: head for record, head in found.items() if head is not None}


def survive(world: PretendWorld, killer: Killer) -> list[Kept]:
    """Take every step; when the process is killed, start another and try the step again, as a sender does. Answers
    what was on the record after each step that was answered."""
    killer.armed = True
    answered: list[Kept] = []
    for step in (*STEPS, PretendWorld.settle):
        while not _taken(world, step):
            pass
        answered.append(heads(world))
    killer.armed = False
    return answered


def _taken(world: PretendWorld, step: Step) -> bool:
    try:
        step(world)
    except Killed:
        _revive(world)
        return False
    return True


def _revive(world: PretendWorld) -> None:
    start: Callable[[], None] = world.start
    while True:
        world.die()
        try:
            start()
        except Killed:
            continue
        return
