"""Who is on call, at an instant and over a span: one function for pager, page, preview and API.

A turn hands over at a wall time in a zone; the instants are computed, in closed form, from the weeks since the
rotation's start (spec sheet 3). Overrides are cut exactly at their edges; a later entered one wins.
"""

from __future__ import annotations

from datetime import date, timedelta

from tocsin.core.calendars import WEEKDAYS, instant_of, local, wall
from tocsin.core.instants import EARLIEST, LATEST, Instant, iso
from tocsin.core.plan import Rotation
from tocsin.core.world import OnCall, Override


def _first_handover(rotation: Rotation) -> date:
    """The hand-over day on or before the rotation's start."""
    start = date.fromisoformat(rotation.starts)
    return start - timedelta(days=(start.weekday() - WEEKDAYS.index(rotation.handover_day)) % 7)


def _handover(rotation: Rotation, turn: int) -> Instant:
    day = _first_handover(rotation) + timedelta(weeks=turn * rotation.weeks)
    return instant_of(day, wall(rotation.handover_at), rotation.time_zone)


def turn_at(rotation: Rotation, at: Instant) -> int:
    """The number of the turn that runs at an instant, from 0; below zero before the rotation starts."""
    days = (local(at, rotation.time_zone).date() - _first_handover(rotation)).days
    turn = days // (7 * rotation.weeks)
    while at < _handover(rotation, turn):
        turn -= 1
    while at >= _handover(rotation, turn + 1):
        turn += 1
    return turn


def _by_turn(rotation: Rotation, at: Instant, left: frozenset[str]) -> OnCall:
    if not rotation.people:
        return OnCall((), EARLIEST, LATEST, f"{rotation.id} names nobody")
    turn = turn_at(rotation, at)
    if turn < 0:
        return OnCall((), EARLIEST, _handover(rotation, 0), f"{rotation.id} starts {iso(_handover(rotation, 0))}")
    since, until = _handover(rotation, turn), _handover(rotation, turn + 1)
    for ahead in range(len(rotation.people)):
        person = rotation.people[(turn + ahead) % len(rotation.people)]
        if person not in left:
            skipped = f", after {ahead} who left" if ahead else ""
            return OnCall((person,), since, until, f"turn {turn + 1} of {rotation.id}, handed over {iso(since)}{skipped}")
    return OnCall((), since, until, f"everybody of {rotation.id} has left")


def who(
    rotation: Rotation, overrides: tuple[Override, ...], at: Instant, left: frozenset[str] = frozenset()
) -> OnCall:
    """Who is on call at an instant, since when, until when this answer holds, and why. `left` are people who can no
    longer be asked: the next in order stands in."""
    base = _by_turn(rotation, at, left)
    counted = [override for override in overrides if override.person not in left]
    edges = [edge for override in counted for edge in (override.start, override.end)]
    since = max([base.since, *(edge for edge in edges if edge <= at)])
    until = min([base.until, *(edge for edge in edges if edge > at)])
    covering = [override for override in counted if override.start <= at < override.end]
    if covering:
        chosen = covering[-1]
        return OnCall((chosen.person,), since, until, f"override of {rotation.id}, {iso(chosen.start)} to {iso(chosen.end)}")
    return OnCall(base.people, since, until, base.why)


def order(
    rotation: Rotation, overrides: tuple[Override, ...], at: Instant, left: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Everybody of a rotation in the order in which they are asked: who is on now, then the coming turns."""
    now = who(rotation, overrides, at, left).people
    turn = max(0, turn_at(rotation, at)) if rotation.people else 0
    people = [rotation.people[(turn + i) % len(rotation.people)] for i in range(len(rotation.people))]
    return tuple(dict.fromkeys([*now, *(person for person in people if person not in left)]))


def shifts(
    rotation: Rotation,
    overrides: tuple[Override, ...],
    start: Instant,
    end: Instant,
    left: frozenset[str] = frozenset(),
) -> list[OnCall]:
    """Every shift that touches a span, gaps included, each as `who` answers inside it; cut at the span's edges."""
    found: list[OnCall] = []
    at = start
    while at < end:
        shift = who(rotation, overrides, at, left)
        until = min(shift.until, end)
        if found and found[-1].people == shift.people and found[-1].why == shift.why:
            found[-1] = OnCall(shift.people, found[-1].since, until, shift.why)
        else:
            found.append(OnCall(shift.people, max(shift.since, start), until, shift.why))
        at = until
    return found
