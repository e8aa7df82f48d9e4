"""What the engine remembers of heartbeats: the last instant of each. No beat is a fact; the instants are kept beside
the record each few seconds, and after the engine was away every heartbeat is granted a full period."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tocsin.core.heartbeats import SOURCE, Listener, due_by, labels_of, words_of
from tocsin.core.instants import Instant, later
from tocsin.core.plan_heartbeats import Heartbeat
from tocsin.core.world import Matches, Rules
from tocsin.engine.wire import Incoming
from tocsin.store.base import Reading, Writing

META = "heartbeats"
SHARED_WITHIN = 10.0
"""Seconds after which every engine knows of a beat that one of them heard: so much later is silence believed."""


class Beats:
    """The last beat of each heartbeat, as this memory knows it."""

    def __init__(self) -> None:
        self.seen: dict[str, Instant] = {}
        self._granted: dict[str, Instant] = {}
        self._since = Instant(0)
        self._listener: tuple[str, Listener] | None = None

    def grant(self, now: Instant) -> None:
        """Nobody listened until now: every heartbeat has a full period from here."""
        self._since = now

    def listener(self, live: Rules, matches: Matches) -> Listener | None:
        """What knows beats among alerts; None when the plan has no heartbeats."""
        if not live.plan.heartbeats:
            return None
        if self._listener is None or self._listener[0] != live.hash:
            self._listener = (live.hash, Listener(live.plan, matches))
        return self._listener[1]

    def hear(self, ids: Iterable[str], now: Instant) -> None:
        """These beat now."""
        for id in ids:
            self.seen[id] = max(now, self.seen.get(id, now))

    def share(self, w: Writing) -> None:
        """Keep what was heard beside the record, and learn what other engines heard."""
        kept = last_beats(w)
        merged = {id: max(self.seen.get(id, at), kept.get(id, at)) for id, at in (kept | self.seen).items()}
        if merged != kept:
            w.set_meta(META, msgspec.json.encode(merged).decode())
        self.seen = merged

    def forget(self, id: str, w: Writing) -> None:
        """A heartbeat that the plan has no more."""
        self.seen.pop(id, None)
        w.set_meta(META, msgspec.json.encode(self.seen).decode())

    def overdue(self, heartbeat: Heartbeat, now: Instant) -> Instant | None:
        """Since when a beat is missing; None while all is well. A heartbeat new in the plan counts from here."""
        first = self._granted.setdefault(heartbeat.id, now)
        due = due_by(heartbeat, max(self.seen.get(heartbeat.id, first), self._since))
        return due if now >= later(due, SHARED_WITHIN) else None


def last_beats(reading: Reading) -> dict[str, Instant]:
    """The last beats as they are kept: some seconds behind at most."""
    return msgspec.json.decode(reading.meta(META) or "{}", type=dict[str, Instant])


def missed(heartbeat: Heartbeat, since: Instant) -> Incoming:
    """The alert of a heartbeat that stays away."""
    labels = labels_of(heartbeat)
    title = words_of(heartbeat)
    said = {"labels": dict(labels), "annotations": {"summary": title}, "url": "", "key": heartbeat.id}
    raw = title.replace("\n", " ")[:300].encode() + b"\n" + msgspec.json.encode(said)
    return Incoming(labels, True, since, None, raw, heartbeat.id)


def well_again(id: str, now: Instant) -> Incoming:
    """The end of that alert."""
    return Incoming((), False, now, now, b"", id)


__all__ = ["META", "SOURCE", "Beats", "last_beats", "missed", "well_again"]
