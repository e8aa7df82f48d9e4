"""Zones, business hours, business days, mute windows: the one place inside where wall time is known.

Wall time is (date, time, zone) and instants are computed from it, never by offset arithmetic: a skipped wall time
moves on by the gap and a doubled one is its first, as calendar readers do (RFC 5545, section 3.3.5). Two zoned
datetimes are never subtracted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tocsin.core.instants import LATEST, SECOND, Instant, from_datetime, to_datetime
from tocsin.core.plan import Hours, MuteWindow

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HORIZON_DAYS = 400
"""How far a business calendar is searched before it is said to have no business hours at all."""
_SHORT_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """A zone of the locked zone data. Raises ZoneInfoNotFoundError (a KeyError) for a name that is none."""
    return ZoneInfo(name)


@lru_cache(maxsize=512)
def wall(text: str) -> time:
    """The time of day of 09:00."""
    return time.fromisoformat(text)


@lru_cache(maxsize=16_384)
def instant_of(day: date, at: time, zone_name: str) -> Instant:
    """The instant of a wall time: the first of a doubled one; a skipped one moves on by the gap."""
    first = datetime.combine(day, at.replace(fold=0), tzinfo=zone(zone_name))
    return from_datetime(first.astimezone(UTC))


def local(at: Instant, zone_name: str) -> datetime:
    """The wall time of an instant, for reading only."""
    return to_datetime(at).astimezone(zone(zone_name))


@lru_cache(maxsize=4_096)
def wall_words(at: Instant, zone_name: str) -> str:
    """Mon 26 Jan 2026 09:00 Europe/London: an instant as people of a zone read it, in no locale but English.

    Inside a doubled hour, where 01:30 alone could mean two instants, the abbreviation of its offset stands beside it.
    """
    moment = local(at, zone_name)
    day = f"{_SHORT_DAYS[moment.weekday()]} {moment.day} {_SHORT_MONTHS[moment.month - 1]} {moment.year}"
    doubled = moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset()
    which = f" {moment.tzname()}" if doubled else ""
    return f"{day} {moment.hour:02d}:{moment.minute:02d}{which} {zone_name}"


def _span(day: date, start: str, end: str, zone_name: str) -> tuple[Instant, Instant]:
    """The instants of a window that starts on a day; an end not after the start is the next day's.

    A window that begins in a skipped hour and ends just after it is empty that day: its end is not after its start.
    """
    last = day if wall(end) > wall(start) else day + timedelta(days=1)
    return instant_of(day, wall(start), zone_name), instant_of(last, wall(end), zone_name)


def is_business_day(hours: Hours, holidays: tuple[str, ...], day: date) -> bool:
    """Whether a date is worked on."""
    return WEEKDAYS[day.weekday()] in hours.days and day.isoformat() not in holidays


def business_span(
    hours: Hours, zone_name: str, holidays: tuple[str, ...], at: Instant
) -> tuple[Instant, Instant] | None:
    """The span of business hours that covers an instant or, failing that, the next one; None when there is none."""
    day = local(at, zone_name).date() - timedelta(days=1)
    for _ in range(HORIZON_DAYS):
        if is_business_day(hours, holidays, day):
            start, end = _span(day, hours.start, hours.end, zone_name)
            if start < end and at < end:
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
    """The instant at which so many seconds of business hours have run since start.

    The hours are those that pass, not those on the face of the clock: a working night of 8 h over the spring change has
    7. LATEST when there are no business hours, or not so many within 400 working days.
    """
    at, left = start, max(0, round(seconds * SECOND))
    for _ in range(HORIZON_DAYS):
        span = business_span(hours, zone_name, holidays, at)
        if span is None:
            return LATEST
        begin = max(at, span[0])
        if span[1] - begin >= left:
            return Instant(begin + left)
        left -= span[1] - begin
        at = span[1]
    return LATEST


def end_of_business_day(hours: Hours, zone_name: str, holidays: tuple[str, ...], start: Instant, days: int) -> Instant:
    """The end of the so-manieth business day after the day of `start`, in the zone: the midnight that ends it.

    Resolved Thu 2026-01-29 15:10, five business days: end of Thu 2026-02-05 (spec sheet 5). 0 days is the end of the
    day of `start`, worked on or not. LATEST when no day within 400 is worked on.
    """
    day, left = local(start, zone_name).date(), days
    idle = 0
    while left > 0:
        day += timedelta(days=1)
        worked = is_business_day(hours, holidays, day)
        left, idle = left - worked, 0 if worked else idle + 1
        if idle == HORIZON_DAYS:
            return LATEST
    return instant_of(day + timedelta(days=1), time(0), zone_name)


def _window_spans(window: MuteWindow, today: date, first: int, last: int) -> Iterator[tuple[Instant, Instant]]:
    """The spans of a window that start from `first` to `last` days after a date, in order; empty ones left out."""
    for ahead in range(first, last + 1):
        day = today + timedelta(days=ahead)
        if WEEKDAYS[day.weekday()] in window.days:
            start, end = _span(day, window.start, window.end, window.time_zone)
            if start < end:
                yield start, end


def window_covers(window: MuteWindow, at: Instant) -> tuple[Instant, Instant] | None:
    """The span of a mute window that covers an instant, or None. Spans of neighbouring days that touch are one.

    A window of every hour of the week is given as the 8 days around the instant: whoever holds the answer asks again.
    """
    today = local(at, window.time_zone).date()
    # Two days back: in the week of a clock change a span that began the day before yesterday may still run.
    span = next((s for s in _window_spans(window, today, -2, 0) if s[0] <= at < s[1]), None)
    if span is None:
        return None
    since, until = span
    for start, end in reversed(list(_window_spans(window, today, -8, 0))):
        since = min(since, start) if end >= since else since
    for start, end in _window_spans(window, today, -1, 8):
        until = max(until, end) if start <= until else until
    return since, until


def window_change(window: MuteWindow, at: Instant) -> Instant:
    """The next instant after `at` at which a mute window begins or ends; LATEST when it has no days."""
    span = window_covers(window, at)
    if span is not None:
        return span[1]
    today = local(at, window.time_zone).date()
    return next((start for start, _ in _window_spans(window, today, 0, 15) if start > at), LATEST)
