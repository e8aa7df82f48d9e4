"""The outbox on its way out: picked worst first, checked once more, sent outside any transaction, written down.

Rows that wait for one contact of one person leave as one message. At least once: what was handed over and not yet
marked when the engine died is sent again and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.core import facts as f
from tocsin.core.instants import Instant, later
from tocsin.engine.compose import Address, Line, compose, compose_test
from tocsin.engine.contact_tests import why_not
from tocsin.engine.heart import Heart
from tocsin.engine.outbox import is_stale, no_longer
from tocsin.engine.records import Unit
from tocsin.integrations.base import Delivery, Message
from tocsin.store.base import OutboxRow, Writing

LEASE = 60.0
GAP = 20.0
"""Seconds between two messages to one contact, in which more may gather; worse news does not wait."""
LOOK_AGAIN = 1.0
"""Seconds until a contact that is being sent to is looked at again; what comes back wakes the engine anyway."""
FIRST_WAIT, LONGEST_WAIT = 5.0, 300.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message on its way: its rows, as leased, and where it goes."""

    rows: tuple[OutboxRow, ...]
    channel: str
    address: str
    message: Message


@dataclass(slots=True)
class Traffic:
    """What is under way now, kept in memory: a hint, never the truth."""

    flying: set[str] = field(default_factory=set[str])
    last: dict[str, tuple[Instant, int]] = field(default_factory=dict[str, "tuple[Instant, int]"])


def pick(heart: Heart, traffic: Traffic, address: Address, owner: str, room: int) -> list[Parcel]:
    """Choose what leaves next, at most `room` messages; cancel what no longer matters, with its reason."""

    def work(unit: Unit, w: Writing) -> list[Parcel]:
        parcels: list[Parcel] = []
        seen: set[str] = set()
        for row in w.waiting(unit.now, 200):
            if len(parcels) >= room:
                break
            if row.contact in seen:
                continue
            seen.add(row.contact)
            until = _held_until(row, traffic, unit.now)
            if until is not None:
                w.hold_back(row, unit.now, until)
                continue
            parcel = _parcel(heart, unit, w, row, address, owner)
            if parcel is not None:
                parcels.append(parcel)
        return parcels

    parcels = heart.transact(work)
    for parcel in parcels:
        contact, now = parcel.rows[0].contact, parcel.message.at
        traffic.flying.add(contact)
        traffic.last[contact] = (now, parcel.rows[0].rank)
    return parcels


def _held_until(row: OutboxRow, traffic: Traffic, now: Instant) -> Instant | None:
    """Until when the worst row of a contact waits, so that nobody asks before: a message is under way to it, or one
    has just left and nothing worse has come since."""
    if row.contact in traffic.flying:
        return later(now, LOOK_AGAIN)
    last = traffic.last.get(row.contact)
    if last is not None and now < later(last[0], GAP) and row.rank >= last[1]:
        return later(last[0], GAP)
    return None


def _parcel(heart: Heart, unit: Unit, w: Writing, first: OutboxRow, address: Address, owner: str) -> Parcel | None:
    """Everything that waits for one contact, as one message."""
    if first.what == "test":
        return _test_parcel(heart, unit, w, first, address, owner)
    waiting = [
        row
        for row in w.outbox(person=first.person)
        if row.contact == first.contact and row.what != "test" and _free(row, unit.now)
    ]
    shown, along = _sorted(heart, unit, w, sorted(waiting, key=lambda row: (row.rank, -row.ordered_at)))
    to = heart.around.address(first.person, first.contact, unit.reading)
    if not shown or to is None:
        for row in (*(row for row, _ in shown), *along):
            _cancel(unit, w, row, "erased")
        return None
    leased = w.lease([*(row for row, _ in shown), *along], owner, unit.now, later(unit.now, LEASE))
    ours = {(row.record, row.key) for row in leased}
    lines = [line for row, line in shown if (row.record, row.key) in ours]
    if not lines:
        return None
    return Parcel(tuple(leased), first.channel, to, compose(lines, first.person, address, unit.now))


def _test_parcel(heart: Heart, unit: Unit, w: Writing, row: OutboxRow, address: Address, owner: str) -> Parcel | None:
    """A test page, alone in its message."""
    to = heart.around.address(row.person, row.contact, unit.reading)
    why = why_not(heart, row, unit.now) or ("erased" if to is None else None)
    if why is not None or to is None:
        unit.append(row.record, (f.Sent(row.key, "cancelled", row.attempt, why or "erased"),))
        w.drop_outbox([row])
        return None
    leased = w.lease([row], owner, unit.now, later(unit.now, LEASE))
    message = compose_test(row, address, unit.now)
    return Parcel(tuple(leased), row.channel, to, message) if leased else None


def _sorted(
    heart: Heart, unit: Unit, w: Writing, rows: list[OutboxRow]
) -> tuple[list[tuple[OutboxRow, Line]], list[OutboxRow]]:
    """Rows that the message tells of, and rows that go along untold: of what came too late one an incident is told,
    and none of one that rings anyway. What lapsed lately is cancelled."""
    lines = [(row, _line(heart, unit, row)) for row in rows]
    told = {row.record for row, line in lines if line is not None and line.lapsed is None}
    shown: list[tuple[OutboxRow, Line]] = []
    along: list[OutboxRow] = []
    for row, line in lines:
        if line is None:
            _cancel(unit, w, row, "superseded")
        elif line.lapsed is None:
            shown.append((row, line))
        elif not is_stale(line.order, line.world, unit.now):
            _cancel(unit, w, row, line.lapsed)
        elif row.record in told:
            along.append(row)
        else:
            told.add(row.record)
            shown.append((row, line))
    return shown, along


def _free(row: OutboxRow, now: Instant) -> bool:
    return row.lease_until is None or row.lease_until <= now


def _line(heart: Heart, unit: Unit, row: OutboxRow) -> Line | None:
    state = unit.incident(row.record)
    order = state.paging.orders.get(row.key)
    if order is None:
        return None
    world = heart.world(state.rules)
    lapsed = no_longer(order, state, world, unit.now)
    call = state.paging.calls.get(order.call or "")
    taken = state.paging.taken.get(order.step or "")
    reason = call.reason if call else (taken.reason if taken else order.what)
    possible = row.fence > row.attempt  # A lease of which nothing came back: it may have been handed over.
    title = heart.title(state, unit)
    return Line(f"{row.record}/{row.key}", row.verb, state, order, reason, title, world, lapsed, possible)


def _cancel(unit: Unit, w: Writing, row: OutboxRow, reason: str) -> None:
    """Said on the record, and the record is asked again: it may owe somebody else."""
    if unit.incident(row.record).record and not unit.incident(row.record).unknown:
        unit.append(row.record, (f.Sent(row.key, "cancelled", row.attempt, reason),))
    w.drop_outbox([row])


def settle(heart: Heart, traffic: Traffic, results: list[tuple[Parcel, Delivery]]) -> None:
    """Write down what came back. A result whose lease was lost writes nothing: a newer attempt has the word."""

    def work(unit: Unit, w: Writing) -> None:
        for parcel, delivery in results:
            for row in parcel.rows:
                _settle_row(unit, w, row, delivery)

    heart.transact(work)
    for parcel, delivery in results:
        contact = parcel.rows[0].contact
        traffic.flying.discard(contact)
        if delivery.outcome.startswith("failed"):
            traffic.last.pop(contact, None)  # Nothing reached it that the next message should keep away from.


def _settle_row(unit: Unit, w: Writing, row: OutboxRow, delivery: Delivery) -> None:
    if delivery.outcome == "failed_now":
        wait = delivery.retry_after or min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.attempt, 8))
        ours = w.postpone(row, later(unit.now, wait))
    else:
        ours = w.settle(row)
    if ours and _says_more(unit, row, delivery):
        tries = (*delivery.before, delivery)
        unit.append(
            row.record,
            [f.Sent(row.key, each.outcome, row.attempt + 1, each.code, each.vendor_id) for each in tries],
        )


def _says_more(unit: Unit, row: OutboxRow, delivery: Delivery) -> bool:
    """Whether what came back may still be written: a receipt of a failure for good, which overtook it, stands."""
    state = unit.incident(row.record)
    order = state.paging.orders.get(row.key)
    failed = order is not None and order.outcome == "failed_for_good"
    return not state.unknown and not (failed and delivery.outcome == "accepted")
