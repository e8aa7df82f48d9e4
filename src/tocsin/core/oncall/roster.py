"""Who is on call, at an instant and over a span: one function for pager, page, preview and API.

A turn hands over at a wall time in a zone; the instants are computed, in closed form, from the weeks since the
rotation's start (spec sheet 3). Overrides are cut exactly at their edges; a later entered one wins. At each instant
exactly one person is on call, or nobody and the answer says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from tocsin.core.calendars import WEEKDAYS, instant_of, local, wall, wall_words
from tocsin.core.instants import EARLIEST, LATEST, Instant
from tocsin.core.plan import Rotation
from tocsin.core.world import OnCall, Override


@lru_cache(maxsize=4_096)
def _first_handover(starts: str, weekday: str) -> date:
    """The hand-over day on or before the date a rotation starts."""
    start = date.fromisoformat(starts)
    return start - timedelta(days=(start.weekday() - WEEKDAYS.index(weekday)) % 7)


@lru_cache(maxsize=8_192)
def _turn_span(
    starts: str, weekday: str, handover_at: str, zone_name: str, weeks: int, turn: int
) -> tuple[Instant, Instant]:
    """From when until when a turn runs: each end is a wall time of its own, so a week has 167 to 169 hours."""
    day, at = _first_handover(starts, weekday) + timedelta(weeks=turn * weeks), wall(handover_at)
    return instant_of(day, at, zone_name), instant_of(day + timedelta(weeks=weeks), at, zone_name)


def _span(rotation: Rotation, turn: int) -> tuple[Instant, Instant]:
    return _turn_span(
        rotation.starts, rotation.handover_day, rotation.handover_at, rotation.time_zone, rotation.weeks, turn
    )


def _turn_and_span(rotation: Rotation, at: Instant) -> tuple[int, Instant, Instant]:
    if rotation.weeks < 1:
        raise ValueError(f"rotation {rotation.id}: a turn lasts at least one week, not {rotation.weeks}")
    today = local(at, rotation.time_zone).toordinal()
    turn = (today - _first_handover(rotation.starts, rotation.handover_day).toordinal()) // (7 * rotation.weeks)
    since, until = _span(rotation, turn)
    # The date gives the turn but for the hours before a hand-over, and after one that a skipped day moved on.
    while at < since:
        turn -= 1
        since, until = _span(rotation, turn)
    while at >= until:
        turn += 1
        since, until = _span(rotation, turn)
    return turn, since, until


def turn_at(rotation: Rotation, at: Instant) -> int:
    """The number of the turn that runs at an instant, from 0; below zero before the rotation starts.

    Raises ValueError for turns of less than a week.
    """
    return _turn_and_span(rotation, at)[0]


def _by_turn(rotation: Rotation, at: Instant, left: frozenset[str]) -> OnCall:
    """The answer without overrides. Whoever left is passed over in order; nobody else's turns move."""
    if not rotation.people:
        return OnCall((), EARLIEST, LATEST, f"{rotation.id} names nobody")
    turn, since, until = _turn_and_span(rotation, at)
    if turn < 0:
        start = _span(rotation, 0)[0]
        return OnCall((), EARLIEST, start, f"{rotation.id} starts {wall_words(start, rotation.time_zone)}")
    unit = "week" if rotation.weeks == 1 else "turn"
    why = f"{unit} {turn + 1} of {rotation.id}, handed over {wall_words(since, rotation.time_zone)}"
    first = turn % len(rotation.people)
    if rotation.people[first] not in left:
        return OnCall((rotation.people[first],), since, until, why)
    inside = rotation.people[first:] + rotation.people[:first]
    person = next((person for person in inside if person not in left), None)
    if person is None:
        return OnCall((), since, until, f"everybody of {rotation.id} has left")
    return OnCall((person,), since, until, f"{why}; {_have_left(inside[: inside.index(person)])}")


def _have_left(people: Iterable[str]) -> str:
    """Passed over: bo, who left. Each person once, in order."""
    return f"passed over: {', '.join(dict.fromkeys(people))}, who left"


def _why_override(rotation: Rotation, override: Override) -> str:
    entered = f" by {override.by}" if override.by else ""
    start, end = wall_words(override.start, rotation.time_zone), wall_words(override.end, rotation.time_zone)
    return f"override of {rotation.id}{entered}, {start} to {end}"


def who(rotation: Rotation, overrides: tuple[Override, ...], at: Instant, left: frozenset[str] = frozenset()) -> OnCall:
    """Who is on call at an instant, since when, until when this answer holds, and why.

    `overrides` come in the order in which they were entered; one with an end not after its start covers nothing.
    `left` are people who can no longer be asked: their overrides do not count, and in their turns the next in order
    stands in. Before the rotation starts nobody is on call, until it does. `until` is the next hand-over or edge of an
    override, so an answer may be followed by one with the same person. Raises ValueError as `turn_at` does, and
    ZoneInfoNotFoundError for a zone that is none.
    """
    base = _by_turn(rotation, at, left)
    if not overrides:
        return base
    since, until = base.since, base.until
    chosen: Override | None = None
    for override in overrides:
        if override.start >= override.end or override.person in left:
            continue
        if override.end <= at:
            since = max(since, override.end)
        elif override.start > at:
            until = min(until, override.start)
        else:
            since, until, chosen = max(since, override.start), min(until, override.end), override
    if chosen is None:
        return OnCall(base.people, since, until, base.why)
    return OnCall((chosen.person,), since, until, _why_override(rotation, chosen))


def order(
    rotation: Rotation, overrides: tuple[Override, ...], at: Instant, left: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Everybody of a rotation in the order in which they are asked: who is on now, then the coming turns.

    Each person once; whoever is on by an override comes first, then whose turn it is. Before the rotation starts it is
    the order of the plan: nobody is on call, but all can be asked.
    """
    if not rotation.people:
        return who(rotation, overrides, at, left).people
    now = who(rotation, overrides, at, left).people
    turn = max(0, turn_at(rotation, at)) % len(rotation.people)
    coming = rotation.people[turn:] + rotation.people[:turn]
    return tuple(dict.fromkeys([*now, *(person for person in coming if person not in left)]))


def shifts(
    rotation: Rotation,
    overrides: tuple[Override, ...],
    start: Instant,
    end: Instant,
    left: frozenset[str] = frozenset(),
) -> list[OnCall]:
    """Every shift that touches a span, gaps included, in order and without a hole, cut at the span's edges.

    Inside each, `who` answers with the same people and the same why at every instant. Empty when end is not after
    start; nothing after LATEST is computed.
    """
    near = tuple(override for override in overrides if override.start < end and override.end > start)
    found: list[OnCall] = []
    at, end = start, min(end, LATEST)
    while at < end:
        shift = who(rotation, near, at, left)
        until = min(shift.until, end)
        if found and found[-1].people == shift.people and found[-1].why == shift.why:
            found[-1] = OnCall(shift.people, found[-1].since, until, shift.why)
        else:
            found.append(OnCall(shift.people, at, until, shift.why))
        at = until
    return found
