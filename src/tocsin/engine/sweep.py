"""Timers, outbox and lists rebuilt from the record: an index is never the truth (DESIGN, the record)."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core.alerts import Group
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant
from tocsin.engine.heart import Heart
from tocsin.engine.outbox import outbox_row
from tocsin.engine.records import Unit
from tocsin.store.base import Writing

BATCH = 200


def reindex(heart: Heart) -> int:
    """Wipe every index and build it anew from the facts. Returns how many records were read."""
    with heart.store.reading() as reading:
        records = [r for prefix in ("incident:", "group:") for r in reading.records(prefix)]
    heart.records.clear()
    for number, batch in enumerate(_batches(records)):
        heart.transact(lambda unit, w, batch=batch, first=number == 0: _rebuild(heart, unit, w, batch, wipe=first))
    heart.start()
    return len(records)


def _batches(records: list[str]) -> Iterator[list[str]]:
    yield from (records[i : i + BATCH] for i in range(0, len(records), BATCH))
    if not records:
        yield []


def _rebuild(heart: Heart, unit: Unit, w: Writing, records: list[str], *, wipe: bool) -> None:
    if wipe:
        w.wipe_indexes()
    for record in records:
        state = unit.held(record).state
        if isinstance(state, Incident):
            w.put_outbox([outbox_row(record, order, unit, heart) for order in _unsent(state)])
    heart.index(records, unit, w)


def _unsent(state: Incident) -> list[f.Ordered]:
    """Orders of which no end is known: they are owed still."""
    return [
        f.Ordered(
            key=order.key,
            verb=order.verb,
            what=order.what,
            person=order.person,
            contact=order.contact,
            channel=order.channel,
            reason="",
            call=order.call,
            step=order.step,
        )
        for order in state.paging.orders.values()
        if order.outcome in ("", "failed_now")
    ]


def wake(heart: Heart, unit: Unit, w: Writing) -> int:
    """Ask every open record again at once: the world has changed."""
    records = [record for record in open_records(w) if record not in unit.staged]
    w.set_timers([(record, unit.now) for record in records])
    return len(records)


def open_records(w: Writing) -> list[str]:
    """Every record that may still owe something: those with a timer, and unresolved incidents."""
    return w.timed_records()


def resume(heart: Heart, since: Instant, away: float) -> int:
    """The engine was away: said in every incident that is not over, whose page clocks stood still (rule 17)."""

    def work(unit: Unit, w: Writing) -> int:
        told = 0
        for record in open_records(w):
            state = unit.held(record).state
            if isinstance(state, Incident) and not state.resolved and not state.unknown:
                unit.append(record, (f.Resumed(since, away),))
                told += 1
            elif isinstance(state, Group):
                w.set_timers([(record, unit.now)])
        return told

    return heart.transact(work)
