"""Instants: whole microseconds of UTC, read from RFC 3339 as senders write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.instants import (
    EARLIEST,
    LATEST,
    SECOND,
    Instant,
    from_datetime,
    iso,
    later,
    parse_instant,
    seconds_between,
    to_datetime,
)

BOUNDED = settings(max_examples=200, deadline=None, derandomize=True, database=None)
NOON = parse_instant("2026-01-29T12:00:00Z")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-01-29T12:00:00Z", 1_769_688_000 * SECOND),
        ("2026-01-29t12:00:00z", 1_769_688_000 * SECOND),
        ("2026-01-29 12:00:00Z", 1_769_688_000 * SECOND),
        ("2026-01-29T13:00:00+01:00", 1_769_688_000 * SECOND),
        ("2026-01-29T06:30:00-05:30", 1_769_688_000 * SECOND),
        ("2026-01-29T12:00:00.5Z", 1_769_688_000 * SECOND + 500_000),
        ("2026-01-29T12:00:00.123456789Z", 1_769_688_000 * SECOND + 123_456),
        ("2026-01-29T12:00:00.000000001+00:00", 1_769_688_000 * SECOND),
        (" 2026-01-29T12:00:00Z ", 1_769_688_000 * SECOND),
        ("0001-01-01T00:00:00Z", EARLIEST),
        ("1969-12-31T23:59:59Z", EARLIEST),
        ("9999-12-31T23:59:59Z", LATEST),
        ("2100-01-01T00:00:00Z", LATEST),
    ],
)
def test_an_instant_is_read(text: str, at: int) -> None:
    assert parse_instant(text) == at


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-01-29", "2026-01-29T12:00:00", "2026-01-29T25:00:00Z", "2026-02-30T12:00:00Z", "20260129T120000Z",
     "2026-01-29T12:00:00+0x:00", "2026-01-29T12:00:00Z; drop", "yyyy-01-29T12:00:00Z", "2026-01-29T12:00:00.Z.5"],
)  # fmt: skip
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(text)


def test_a_moment_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        from_datetime(datetime(2026, 1, 29, 12))


def test_zones_do_not_matter_once_it_is_an_instant() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert from_datetime(datetime(2026, 1, 29, 21, tzinfo=tokyo)) == NOON
    assert to_datetime(NOON) == datetime(2026, 1, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "moved"), [(1, 1_000_000), (0.5, 500_000), (-1, -1_000_000), (0.0000004, 0)])
def test_later(seconds: float, moved: int) -> None:
    assert later(NOON, seconds) == NOON + moved


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (NOON, "2026-01-29T12:00:00Z"),
        (Instant(NOON + 1), "2026-01-29T12:00:00.000001Z"),
        (EARLIEST, "1970-01-01T00:00:00Z"),
        (LATEST, "2100-01-01T00:00:00Z"),
    ],
)
def test_how_it_is_written(at: Instant, text: str) -> None:
    assert iso(at) == text


@BOUNDED
@given(st.integers(EARLIEST, LATEST - 1))
def test_written_and_read_it_is_the_same(at: int) -> None:
    assert parse_instant(iso(Instant(at))) == at
    assert from_datetime(to_datetime(Instant(at))) == at


@BOUNDED
@given(st.integers(0, 10**15), st.integers(-(10**9), 10**9))
def test_between_is_what_later_added(at: int, seconds: int) -> None:
    assert seconds_between(Instant(at), later(Instant(at), seconds)) == seconds
