"""The labels of what fires, group by group: silences are compared with them. Read from the store only while there are
silences, and kept up to date from then on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

import msgspec

from tocsin.core import facts as f
from tocsin.engine.codec import entry
from tocsin.store.base import Reading

FEW = 200
"""Up to so many firing alerts each payload is asked for by name; beyond that, all of the group are read at once."""

Known = dict[str, dict[str, str]]
Moved = Mapping[str, tuple[tuple[str, str], ...] | None]
"""By fingerprint, the labels of what began to fire; None for what cleared."""


class FiringLabels:
    """By group and fingerprint, for groups that somebody asked about."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def of(self, record: str, reading: Reading, staged: Moved) -> Collection[Mapping[str, str]]:
        """The labels of every alert that fires in a group, with what a transaction has staged."""
        known = self._known.get(record)
        if known is None:
            known = self._known[record] = load(record, reading)
        return known.values() if not staged else _with(known, staged).values()

    def committed(self, moved: Mapping[str, Moved]) -> None:
        """What a transaction staged is so, group by group."""
        for record, staged in moved.items():
            if record in self._known:
                self._known[record] = _with(self._known[record], staged)

    def drop(self, records: Collection[str]) -> None:
        """Forget groups: the store knows better."""
        for record in records:
            self._known.pop(record, None)

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()


def _with(known: Known, staged: Moved) -> Known:
    merged = dict(known)
    for fingerprint, labels in staged.items():
        if labels is None:
            merged.pop(fingerprint, None)
        else:
            merged[fingerprint] = dict(labels)
    return merged


def load(record: str, reading: Reading) -> Known:
    """From the store. An alert whose text was erased has no labels any more: only what matches nothing hides it."""
    firing: dict[str, str] = {}
    for row in reading.load(record):
        fact = entry(row).fact
        if isinstance(fact, f.AlertFired):
            firing[fact.fingerprint] = fact.alert
        elif isinstance(fact, f.AlertCleared):
            firing.pop(fact.fingerprint, None)
    if len(firing) <= FEW:
        bodies = {ref: payload.body for ref in firing.values() if (payload := reading.payload(record, ref))}
    else:
        bodies = {ref: payload.body for ref, payload in reading.payloads(record).items()}
    return {fingerprint: labels_of(bodies.get(ref)) for fingerprint, ref in firing.items()}


def labels_of(body: bytes | None) -> dict[str, str]:
    """The labels of a kept alert: a line with its title, then JSON."""
    try:
        said: Any = msgspec.json.decode((body or b"").partition(b"\n")[2])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    labels: Any = cast("dict[str, Any]", said).get("labels") if isinstance(said, dict) else None
    if not isinstance(labels, dict):
        return {}
    return {str(name): str(value) for name, value in cast("dict[str, Any]", labels).items()}
