"""Timers, outbox and lists rebuilt from the record: an index is never the truth (DESIGN, the record)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tocsin.core import facts as f
from tocsin.core.alerts import Group
from tocsin.core.incident.state import Incident, Order
from tocsin.core.instants import Instant
from tocsin.engine.contact_tests import rows_again
from tocsin.engine.heart import Heart
from tocsin.engine.outbox import outbox_row
from tocsin.engine.records import Unit
from tocsin.store.base import OutboxRow, Writing

BATCH = 200
FOR_EVER = Instant(1 << 62)
MOST_WAITING = 10_000_000


def reindex(heart: Heart) -> int:
    """Wipe every index and build it anew from the facts, in one transaction: killed in the middle, nothing has changed.
    Returns how many records were read."""
    read = heart.transact(lambda unit, w: rebuild(heart, unit, w), alone=True)
    heart.start()
    return read


def rebuild(heart: Heart, unit: Unit, w: Writing) -> int:
    """What `reindex` does, within a transaction."""
    kept = {(row.record, row.key): row for row in w.waiting(FOR_EVER, MOST_WAITING)}
    w.wipe_indexes()
    records = [record for prefix in ("incident:", "group:") for record in w.records(prefix)]
    for batch in _batches(records):
        for record in batch:
            state = unit.held(record).state
            if isinstance(state, Incident):
                rows = (_row_again(order, record, unit, heart) for order in _unsent(state))
                w.put_outbox([kept.get((row.record, row.key), row) for row in rows])
        heart.index(batch, unit, w)
    w.put_outbox(rows_again(kept, w))
    return len(records)


def _batches(records: list[str]) -> Iterator[list[str]]:
    yield from (records[i : i + BATCH] for i in range(0, len(records), BATCH))


def _unsent(state: Incident) -> list[Order]:
    """Orders of which no end is known: they are owed still."""
    return [order for order in state.paging.orders.values() if order.outcome in ("", "failed_now")]


def _row_again(order: Order, record: str, unit: Unit, heart: Heart) -> OutboxRow:
    """A row that was lost. Whether it had been handed over is not known any more: it leaves, and says so."""
    ordered = f.Ordered(
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
    row = outbox_row(record, ordered, unit, heart)
    tried = int(order.outcome == "failed_now")
    return replace(row, ordered_at=order.at, not_before=order.at, attempt=tried, fence=tried + 1)


def wake(heart: Heart, unit: Unit, w: Writing) -> int:
    """Ask every open record again at once: the world has changed."""
    records = [record for record in open_records(w) if record not in unit.staged]
    w.wake_timers(records, unit.now)
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
