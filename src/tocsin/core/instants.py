"""Instants and durations, the only two kinds of time inside.

An `Instant` is UTC in whole microseconds since 1970; a duration is a plain number of seconds, as plans
write it. Wall time (date, time, zone) is another thing and lives in `core/calendars.py` alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NewType

Instant = NewType("Instant", int)

SECOND = 1_000_000
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
EARLIEST = Instant(0)
"""Senders write year 0001 for "not known"; nothing before 1970 is an instant here."""
LATEST = Instant(4_102_444_800 * SECOND)
"""2100-01-01: the end of every horizon; "for ever" is this instant."""


def later(at: Instant, seconds: float) -> Instant:
    """The instant so many seconds after (or, below zero, before) `at`."""
    return Instant(at + round(seconds * SECOND))


def seconds_between(start: Instant, end: Instant) -> float:
    """Elapsed seconds from start to end; below zero when end comes first."""
    return (end - start) / SECOND


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware datetime. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone is not an instant")
    return Instant((moment - EPOCH) // _MICROSECOND)


def to_datetime(at: Instant) -> datetime:
    """The aware UTC datetime of an instant, for the edges."""
    return EPOCH + timedelta(microseconds=at)


def parse_instant(text: str) -> Instant:
    """Read RFC 3339 (any offset, up to nanoseconds, which are cut to microseconds). Raises ValueError.

    Years before 1970 and after 2099 are clamped to EARLIEST and LATEST, as senders use them for "unknown".
    """
    body = text.strip().upper()
    if len(body) < 20 or body[10] not in "Tt ":
        raise ValueError("an instant is written like 2026-01-29T14:23:00Z")
    year = int(body[:4])
    moment = datetime.fromisoformat(_cut_fraction(body))
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset: end it with Z or +hh:mm")
    if year < 1970:
        return EARLIEST
    if year >= 2100:
        return LATEST
    return from_datetime(moment)


def _cut_fraction(body: str) -> str:
    head, dot, tail = body.partition(".")
    if not dot:
        return body
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}.{tail[: min(digits, 6)].ljust(6, '0')}{tail[digits:]}"


def iso(at: Instant) -> str:
    """RFC 3339 in UTC: seconds, with microseconds only where there are any."""
    text = to_datetime(at).isoformat(timespec="seconds" if at % SECOND == 0 else "microseconds")
    return text.replace("+00:00", "Z")


def in_words(at: Instant) -> str:
    """An instant as people read it: to the second, in UTC."""
    return f"{to_datetime(at):%Y-%m-%d %H:%M:%S} UTC"
