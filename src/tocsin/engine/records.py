"""The records as the engine holds them: folded states and chain heads in memory, written only through a unit.

A unit is one transaction: facts are staged on copies, and only a commit makes them the engine's truth. A conflict
(another engine was first) or a failed write drops what memory holds of the records touched.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tocsin.core import chain
from tocsin.core import facts as f
from tocsin.core.alerts import Group, Known, Labels, evolve_group
from tocsin.core.facts import Entry, Fact, Words
from tocsin.core.incident.evolve import evolve
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant
from tocsin.engine.codec import encode, entry, kind_of
from tocsin.store.base import FactRow, Payload, Reading

State = Incident | Group | None


class Held(NamedTuple):
    """A record in memory: its state, and the head of its chain."""

    state: State
    n: int
    hash: bytes


NEW = Held(None, 0, chain.ZERO)


def _fold(state: State, each: Entry) -> State:
    if each.record.startswith("group:"):
        return evolve_group(state if isinstance(state, Group) else Group(), each)
    if each.record.startswith("incident:"):
        return evolve(state if isinstance(state, Incident) else Incident(), each)
    return None


class Records:
    """What memory holds of the store. Open records stay; others leave when room is needed."""

    def __init__(self, most: int = 5_000) -> None:
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._most = most

    def get(self, record: str, reading: Reading) -> Held:
        """A record, loaded and folded when memory has it not."""
        held = self._held.get(record)
        if held is None:
            held = load(record, reading)
            self.put(record, held)
        self._held.move_to_end(record)
        return held

    def put(self, record: str, held: Held) -> None:
        """Keep a record as it is now."""
        self._held[record] = held
        self._held.move_to_end(record)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def drop(self, records: Sequence[str]) -> None:
        """Forget records: the store knows better."""
        for record in records:
            self._held.pop(record, None)

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()


def load(record: str, reading: Reading) -> Held:
    """A record folded from the store; NEW when there is none."""
    state: State = None
    n, hash = 0, chain.ZERO
    for row in reading.load(record):
        state = _fold(state, entry(row))
        n, hash = row.n, row.hash
    return Held(state, n, hash)


@dataclass(slots=True)
class Unit:
    """Facts staged for one transaction, and what follows from them."""

    records: Records
    reading: Reading
    now: Instant
    staged: dict[str, Held] = field(default_factory=dict[str, Held])
    rows: list[FactRow] = field(default_factory=list[FactRow])
    worldly: list[Entry] = field(default_factory=list[Entry])
    """What was staged on records that are neither incidents nor groups: the world is made of these."""
    payloads: list[Payload] = field(default_factory=list[Payload])
    orders: list[tuple[str, f.Ordered]] = field(default_factory=list["tuple[str, f.Ordered]"])
    fired: dict[str, Known | None] = field(default_factory=dict["str", "Known | None"])
    opened: dict[str, str] = field(default_factory=dict[str, str])
    """Groups that this transaction opened, by key: requests that share a commit share them."""
    labels: dict[str, dict[str, Labels | None]] = field(default_factory=dict[str, "dict[str, Labels | None]"])
    """By group, the labels of alerts that began to fire in this transaction; None for those that cleared. Filled only
    while there are silences."""

    def held(self, record: str) -> Held:
        """A record as this transaction has it."""
        return self.staged.get(record) or self.records.get(record, self.reading)

    def incident(self, record: str) -> Incident:
        """An incident as this transaction has it; an empty one when there is none."""
        state = self.held(record).state
        return state if isinstance(state, Incident) else Incident()

    def group(self, record: str) -> Group:
        """A group as this transaction has it; an empty one when there is none."""
        state = self.held(record).state
        return state if isinstance(state, Group) else Group()

    def append(self, record: str, facts: Sequence[Fact], words: Sequence[Words] = ()) -> None:
        """Stage facts at the end of a record, and the texts they name."""
        state, n, hash = self.held(record)
        now, worldly = self.now, not record.startswith(("group:", "incident:"))
        for fact in facts:
            n += 1
            kind, v = kind_of(fact)
            body = encode(fact)
            hash = chain.link(hash, record, n, now, kind, v, body)
            each = Entry(record, n, now, fact, hash)
            self.rows.append(FactRow(record, n, now, kind, v, body, hash))
            if worldly:
                self.worldly.append(each)
            else:
                state = _fold(state, each)
            if isinstance(fact, f.Ordered):
                self.orders.append((record, fact))
        self.staged[record] = Held(state, n, hash)
        self.payloads += [Payload(each.ref, record, n, each.salt, each.body) for each in words]

    def committed(self) -> None:
        """The transaction is durable: what was staged is so."""
        for record, held in self.staged.items():
            self.records.put(record, held)
