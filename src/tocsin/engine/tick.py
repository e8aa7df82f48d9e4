"""Timers: claims what is due, asks `due`, appends what it says, sets the next timer; one transaction a slice."""

from __future__ import annotations

from tocsin.core.alerts import Group
from tocsin.engine.heart import Heart
from tocsin.engine.intake import couple
from tocsin.engine.records import Unit
from tocsin.store.base import Writing

MOST_DUTIES = 1_000
SLICE = 50


class Unsettled(Exception):
    """A record that owes something after a thousand duties: a loop in the plan or a fault; it steps aside, loudly."""


def tick(heart: Heart, owner: str, limit: int = SLICE) -> int:
    """Do everything that is due for up to `limit` records. Returns how many were asked."""

    def work(unit: Unit, w: Writing) -> int:
        timers = w.claim_timers(unit.now, limit, owner, 30.0)
        for timer in timers:
            settle(heart, unit, w, timer.record)
        heart.index([timer.record for timer in timers if timer.record not in unit.staged], unit, w)
        return len(timers)

    return heart.transact(work)


def settle(heart: Heart, unit: Unit, w: Writing, record: str) -> int:
    """Take the first duty, fold its facts, ask again, until nothing is ready. Returns how many were taken."""
    heart.asked(record)
    for taken in range(MOST_DUTIES):
        ready = heart.due(record, unit).ready
        if not ready:
            return taken
        was = unit.held(record).state
        unit.append(record, ready[0].facts)
        if isinstance(was, Group):
            couple(heart, unit, w, record, was)
    raise Unsettled(record)
