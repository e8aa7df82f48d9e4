"""Zones, business hours, business days, mute windows: the one place inside where wall time is known.

Wall time is (date, time, zone) and instants are computed from it, never by offset arithmetic: a skipped wall time
moves on by the gap and a doubled one is its first, as calendar readers do (RFC 5545, section 3.3.5). Two zoned
datetimes are never subtracted.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tocsin.core.instants import LATEST, Instant, from_datetime, later, seconds_between, to_datetime
from tocsin.core.plan import Hours, MuteWindow

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HORIZON_DAYS = 400
"""How far a business calendar is searched before it is said to have no business hours at all."""


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """A zone of the locked zone data. Raises ZoneInfoNotFoundError (a KeyError) for a name that is none."""
    return ZoneInfo(name)


@lru_cache(maxsize=512)
def wall(text: str) -> time:
    """The time of day of 09:00."""
    return time.fromisoformat(text)


@lru_cache(maxsize=65_536)
def instant_of(day: date, at: time, zone_name: str) -> Instant:
    """The instant of a wall time: the first of a doubled one; a skipped one moves on by the gap."""
    first = datetime.combine(day, at, tzinfo=zone(zone_name)).replace(fold=0)
    return from_datetime(first.astimezone(UTC))


def local(at: Instant, zone_name: str) -> datetime:
    """The wall time of an instant, for reading only."""
    return to_datetime(at).astimezone(zone(zone_name))


def _span(day: date, start: str, end: str, zone_name: str) -> tuple[Instant, Instant]:
    """The instants of a window that starts on a day; an end not after the start is the next day's."""
    last = day if wall(end) > wall(start) else day + timedelta(days=1)
    return instant_of(day, wall(start), zone_name), instant_of(last, wall(end), zone_name)


def is_business_day(hours: Hours, holidays: tuple[str, ...], day: date) -> bool:
    """Whether a date is worked on."""
    return WEEKDAYS[day.weekday()] in hours.days and day.isoformat() not in holidays


def business_span(hours: Hours, zone_name: str, holidays: tuple[str, ...], at: Instant) -> tuple[Instant, Instant] | None:
    """The span of business hours that covers an instant or, failing that, the next one; None when there is none."""
    day = local(at, zone_name).date() - timedelta(days=1)
    for _ in range(HORIZON_DAYS):
        if is_business_day(hours, holidays, day):
            start, end = _span(day, hours.start, hours.end, zone_name)
            if at < end:
                return start, end
        day += timedelta(days=1)
    return None


def is_business(hours: Hours, zone_name: str, holidays: tuple[str, ...], at: Instant) -> bool:
    """Whether an instant lies in business hours."""
    span = business_span(hours, zone_name, holidays, at)
    return span is not None and span[0] <= at


def next_business(hours: Hours, zone_name: str, holidays: tuple[str, ...], at: Instant) -> Instant:
    """The first instant at or after `at` that lies in business hours; LATEST when there is none."""
    span = business_span(hours, zone_name, holidays, at)
    return max(at, span[0]) if span else LATEST


def business_deadline(
    hours: Hours, zone_name: str, holidays: tuple[str, ...], start: Instant, seconds: float
) -> Instant:
    """The instant at which so many seconds of business hours have run since start; LATEST when they never do."""
    at, left = start, seconds
    for _ in range(HORIZON_DAYS):
        span = business_span(hours, zone_name, holidays, at)
        if span is None:
            return LATEST
        begin = max(at, span[0])
        if seconds_between(begin, span[1]) >= left:
            return later(begin, left)
        left -= seconds_between(begin, span[1])
        at = span[1]
    return LATEST


def end_of_business_day(
    hours: Hours, zone_name: str, holidays: tuple[str, ...], start: Instant, days: int
) -> Instant:
    """The end (midnight) of the so-manieth business day after the day of `start`, in the zone (spec sheet 5)."""
    day, left = local(start, zone_name).date(), days
    while left > 0:
        day += timedelta(days=1)
        left -= is_business_day(hours, holidays, day)
    return instant_of(day + timedelta(days=1), time(0), zone_name)


def window_covers(window: MuteWindow, at: Instant) -> tuple[Instant, Instant] | None:
    """The span of a mute window that covers an instant, or None."""
    today = local(at, window.time_zone).date()
    for day in (today - timedelta(days=1), today):
        if WEEKDAYS[day.weekday()] in window.days:
            start, end = _span(day, window.start, window.end, window.time_zone)
            if start <= at < end:
                return start, end
    return None


def window_next(window: MuteWindow, at: Instant) -> Instant:
    """The next start of a mute window after an instant; LATEST when it has no days."""
    day = local(at, window.time_zone).date()
    for ahead in range(9):
        each = day + timedelta(days=ahead)
        if WEEKDAYS[each.weekday()] in window.days:
            start = instant_of(each, wall(window.start), window.time_zone)
            if start > at:
                return start
    return LATEST
