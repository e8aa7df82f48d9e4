"""Wall time against the clock changes of 2024 to 2030; tables of business hours, business days and mute windows."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.calendars import (
    WEEKDAYS,
    business_deadline,
    business_span,
    end_of_business_day,
    instant_of,
    is_business,
    is_business_day,
    local,
    next_business,
    wall,
    wall_words,
    window_change,
    window_covers,
    zone,
)
from tocsin.core.instants import LATEST, MINUTE, SECOND, Instant, iso, later, parse_instant, to_datetime
from tocsin.core.plan import Hours, MuteWindow, Weekday

TRANSITIONS = Path(__file__).resolve().parents[3] / "shared" / "data" / "dst" / "transitions.json"
ZONES = (
    "Europe/London", "America/New_York", "America/St_Johns", "Africa/Casablanca", "Australia/Lord_Howe",
    "Pacific/Chatham", "Asia/Singapore", "Asia/Kathmandu", "UTC",
)  # fmt: skip
OFFICE = Hours()
NIGHT = Hours(start="22:00", end="06:00")
case = pytest.param
EVERY_DAY: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def at(text: str) -> Instant:
    """2026-01-29T15:10 or with seconds, in UTC."""
    return parse_instant(f"{text}:00Z" if len(text) == 16 else f"{text}Z")


def transitions() -> list[dict[str, Any]]:
    if not TRANSITIONS.exists():
        pytest.skip("the published clock changes lie in ../shared/data/dst beside the checkout; it is not here")
    return json.loads(TRANSITIONS.read_text())


def on_a_clock_never_changed(change: dict[str, Any], moment: Instant) -> datetime:
    """What a clock of the zone shows that nobody put forward or back at a change."""
    return (to_datetime(moment) + timedelta(seconds=change["offset_before_s"])).replace(tzinfo=None)


# Wall time and instants


def test_every_published_gap_moves_a_skipped_wall_time_on_by_the_gap() -> None:
    gaps = [change for change in transitions() if change["kind"] == "gap"]
    assert len(gaps) >= 95 and {change["shift_minutes"] for change in gaps} == {30, 60}
    for change in gaps:
        moment, gap = parse_instant(change["utc"]), change["shift_minutes"]
        for into in (0, 1, gap // 2, gap - 1):
            skipped = on_a_clock_never_changed(change, later(moment, into * MINUTE))
            found = instant_of(skipped.date(), skipped.time(), change["zone"])
            assert found == later(moment, into * MINUTE), change
            shown = local(found, change["zone"]).replace(tzinfo=None)
            assert shown == skipped + timedelta(minutes=gap), change
        first = on_a_clock_never_changed(change, later(moment, gap * MINUTE))
        assert instant_of(first.date(), first.time(), change["zone"]) == moment, change


def test_every_published_overlap_takes_the_first_of_a_doubled_wall_time() -> None:
    overlaps = [change for change in transitions() if change["kind"] == "overlap"]
    assert len(overlaps) >= 96 and {change["shift_minutes"] for change in overlaps} == {30, 60}
    for change in overlaps:
        moment, doubled = parse_instant(change["utc"]), change["shift_minutes"]
        for before in (doubled, doubled // 2, 1):
            shown = on_a_clock_never_changed(change, later(moment, -before * MINUTE))
            first = instant_of(shown.date(), shown.time(), change["zone"])
            assert first == later(moment, -before * MINUTE), change
            again = later(first, doubled * MINUTE)
            assert local(again, change["zone"]).replace(tzinfo=None) == shown, change
        last = on_a_clock_never_changed(change, moment)
        assert instant_of(last.date(), last.time(), change["zone"]) == later(moment, doubled * MINUTE), change


def test_the_zone_data_has_every_published_change() -> None:
    for change in transitions():
        moment = parse_instant(change["utc"])
        before, after = local(later(moment, -1), change["zone"]), local(moment, change["zone"])
        assert before.utcoffset() == timedelta(seconds=change["offset_before_s"]), change
        assert after.utcoffset() == timedelta(seconds=change["offset_after_s"]), change


@pytest.mark.parametrize(
    ("day", "shown", "zone_name", "expected"),
    [
        case("2026-03-29", "01:30", "Europe/London", "2026-03-29T01:30:00Z", id="skipped-becomes-02:30"),
        case("2026-10-25", "01:30", "Europe/London", "2026-10-25T00:30:00Z", id="doubled-is-the-summer-one"),
        case("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00Z", id="half-an-hour-skipped"),
        case("2026-04-05", "01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z", id="half-an-hour-doubled"),
        case("2011-12-30", "09:00", "Pacific/Apia", "2011-12-30T19:00:00Z", id="a-whole-day-skipped"),
        case("2026-07-01", "09:00", "Asia/Kathmandu", "2026-07-01T03:15:00Z", id="quarter-hour-offset"),
        case("2026-07-01", "00:00", "America/Los_Angeles", "2026-07-01T07:00:00Z", id="midnight"),
    ],
)
def test_wall_times_are_these_instants(day: str, shown: str, zone_name: str, expected: str) -> None:
    assert iso(instant_of(date.fromisoformat(day), wall(shown), zone_name)) == expected


def test_a_second_fold_in_the_argument_changes_nothing() -> None:
    again = time(1, 30, fold=1)
    assert instant_of(date(2026, 10, 25), again, "Europe/London") == at("2026-10-25T00:30")


@given(
    st.sampled_from(ZONES),
    st.integers(min_value=at("2024-01-01T00:00") // SECOND, max_value=at("2030-12-31T00:00") // SECOND),
)
@settings(deadline=None)
def test_an_instant_read_as_wall_time_and_back_is_itself_or_the_first_of_a_doubled_one(name: str, second: int) -> None:
    moment = Instant(second * SECOND)
    shown = local(moment, name)
    back = instant_of(shown.date(), shown.time().replace(tzinfo=None, fold=0), name)
    assert back == moment or (shown.fold == 1 and back < moment)


@pytest.mark.parametrize("name", ["Europe/Londn", "Mars/Olympus", "BST+1x"])
def test_a_zone_that_is_none_is_said(name: str) -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        zone(name)
    assert zone("Europe/London") == ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("moment", "zone_name", "words"),
    [
        case("2026-01-26T09:00", "Europe/London", "Mon 26 Jan 2026 09:00 Europe/London", id="winter"),
        case("2026-07-06T08:05", "Europe/London", "Mon 6 Jul 2026 09:05 Europe/London", id="summer"),
        case("2026-10-25T00:30", "Europe/London", "Sun 25 Oct 2026 01:30 BST Europe/London", id="doubled-first"),
        case("2026-10-25T01:30", "Europe/London", "Sun 25 Oct 2026 01:30 GMT Europe/London", id="doubled-second"),
        case("2026-12-31T23:30", "Asia/Singapore", "Fri 1 Jan 2027 07:30 Asia/Singapore", id="next-year"),
    ],
)
def test_an_instant_in_words(moment: str, zone_name: str, words: str) -> None:
    assert wall_words(at(moment), zone_name) == words


# Business hours


@pytest.mark.parametrize(
    ("hours", "zone_name", "holidays", "moment", "expected"),
    [
        case(OFFICE, "UTC", (), "2026-01-29T09:00", "2026-01-29T09:00", id="first-minute-is-inside"),
        case(OFFICE, "UTC", (), "2026-01-29T16:59", "2026-01-29T16:59", id="last-minute-is-inside"),
        case(OFFICE, "UTC", (), "2026-01-29T17:00", "2026-01-30T09:00", id="the-end-is-outside"),
        case(OFFICE, "UTC", (), "2026-01-29T03:00", "2026-01-29T09:00", id="night-waits-for-morning"),
        case(OFFICE, "UTC", (), "2026-01-30T17:30", "2026-02-02T09:00", id="friday-evening-waits-for-monday"),
        case(OFFICE, "UTC", ("2026-02-02",), "2026-01-30T17:30", "2026-02-03T09:00", id="a-holiday-on-monday"),
        case(OFFICE, "America/New_York", (), "2026-03-06T22:30", "2026-03-09T13:00", id="over-the-spring-change"),
        case(OFFICE, "America/New_York", (), "2026-10-30T21:30", "2026-11-02T14:00", id="over-the-autumn-change"),
        case(OFFICE, "Asia/Singapore", (), "2026-01-29T23:00", "2026-01-30T01:00", id="east-of-utc"),
        case(NIGHT, "UTC", (), "2026-01-31T05:59", "2026-01-31T05:59", id="friday-night-ends-on-saturday"),
        case(NIGHT, "UTC", (), "2026-01-31T06:00", "2026-02-02T22:00", id="no-night-starts-on-saturday"),
        case(NIGHT, "UTC", ("2026-01-29",), "2026-01-30T03:00", "2026-01-30T22:00", id="a-night-is-its-first-day"),
        case(Hours(start="00:00", end="00:00"), "UTC", (), "2026-01-30T23:59", "2026-01-30T23:59", id="all-day"),
        case(
            Hours(start="01:30", end="02:15", days=EVERY_DAY), "Europe/London", (), "2026-03-29T00:30",
            "2026-03-30T00:30", id="hours-that-the-gap-empties-are-skipped",
        ),
        case(
            Hours(start="01:30", end="02:15", days=EVERY_DAY), "Europe/London", (), "2026-10-25T01:45",
            "2026-10-25T01:45", id="hours-run-through-the-doubled-hour",
        ),
    ],
)  # fmt: skip
def test_next_business(hours: Hours, zone_name: str, holidays: tuple[str, ...], moment: str, expected: str) -> None:
    now, then = at(moment), at(expected)
    assert next_business(hours, zone_name, holidays, now) == then
    assert is_business(hours, zone_name, holidays, now) == (now == then)
    assert is_business(hours, zone_name, holidays, then)


def test_nobody_who_never_works_is_waited_for() -> None:
    never = Hours(days=())
    now = at("2026-01-29T10:00")
    assert business_span(never, "UTC", (), now) is None
    assert not is_business(never, "UTC", (), now)
    assert next_business(never, "UTC", (), now) == LATEST
    assert business_deadline(never, "UTC", (), now, 60) == LATEST
    assert end_of_business_day(never, "UTC", (), now, 1) == LATEST


@pytest.mark.parametrize(
    ("start", "seconds", "zone_name", "hours", "expected"),
    [
        case("2026-01-29T10:00", 3600, "UTC", OFFICE, "2026-01-29T11:00", id="inside"),
        case("2026-01-29T16:30", 3600, "UTC", OFFICE, "2026-01-30T09:30", id="over-night"),
        case("2026-01-30T16:30", 3600, "UTC", OFFICE, "2026-02-02T09:30", id="over-a-weekend"),
        case("2026-01-31T12:00", 3600, "UTC", OFFICE, "2026-02-02T10:00", id="from-a-saturday"),
        case("2026-01-29T09:00", 8 * 3600, "UTC", OFFICE, "2026-01-29T17:00", id="to-the-last-minute"),
        case("2026-01-29T09:00", 40 * 3600, "UTC", OFFICE, "2026-02-04T17:00", id="a-week-of-work"),
        case("2026-01-29T20:00", 0, "UTC", OFFICE, "2026-01-30T09:00", id="nothing-is-due-at-opening"),
        case("2026-01-29T12:00", -5, "UTC", OFFICE, "2026-01-29T12:00", id="below-zero-is-nothing"),
        case(
            "2026-03-28T22:00", 8 * 3600, "Europe/London", Hours(start="22:00", end="06:00", days=EVERY_DAY),
            "2026-03-29T22:00", id="a-night-of-seven-hours",
        ),
        case(
            "2026-10-24T21:00", 9 * 3600, "Europe/London", Hours(start="22:00", end="06:00", days=EVERY_DAY),
            "2026-10-25T06:00", id="a-night-of-nine-hours",
        ),
        case(
            "2026-03-29T00:00", 45 * 60, "Europe/London", Hours(start="01:30", end="02:15", days=EVERY_DAY),
            "2026-03-30T01:15", id="an-emptied-day-adds-nothing",
        ),
    ],
)  # fmt: skip
def test_business_deadline(start: str, seconds: int, zone_name: str, hours: Hours, expected: str) -> None:
    assert iso(business_deadline(hours, zone_name, (), at(start), seconds)) == f"{expected}:00Z"


@given(
    start=st.integers(min_value=0, max_value=400 * 24 * 4),
    seconds=st.integers(min_value=0, max_value=60 * 4).map(lambda quarters: quarters * 900),
    name=st.sampled_from(ZONES),
    opens=st.integers(min_value=0, max_value=95),
    length=st.integers(min_value=1, max_value=96),
    holiday=st.sampled_from([(), ("2026-01-05", "2026-03-30")]),
)
@settings(deadline=None, max_examples=60)
def test_a_deadline_has_that_many_business_seconds_before_it(
    start: int, seconds: int, name: str, opens: int, length: int, holiday: tuple[str, ...]
) -> None:
    """Counted quarter by quarter: what `is_business` says between start and deadline adds up to what was asked."""
    close = (opens + length) % 96
    hours = Hours(start=f"{opens // 4:02d}:{opens % 4 * 15:02d}", end=f"{close // 4:02d}:{close % 4 * 15:02d}")
    begin = later(at("2025-12-01T00:00"), start * 900)
    end = business_deadline(hours, name, holiday, begin, seconds)
    counted, moment = 0, begin
    while moment < end and counted <= seconds:
        counted += 900 * is_business(hours, name, holiday, moment)
        moment = later(moment, 900)
    assert counted == seconds
    assert end >= begin


# Business days


@pytest.mark.parametrize(
    ("start", "days", "zone_name", "holidays", "expected"),
    [
        case("2026-01-29T15:10", 5, "UTC", (), "2026-02-06T00:00", id="sheet-5-final-by-the-end-of-thursday-5-feb"),
        case("2026-01-29T15:10", 0, "UTC", (), "2026-01-30T00:00", id="none-is-today"),
        case("2026-01-31T15:10", 1, "UTC", (), "2026-02-03T00:00", id="from-a-saturday"),
        case("2026-12-24T10:00", 2, "UTC", ("2026-12-25", "2026-12-28"), "2026-12-31T00:00", id="holidays"),
        case("2026-01-29T23:30", 1, "Asia/Singapore", (), "2026-02-02T16:00", id="already-friday-in-singapore"),
        case("2026-03-27T12:00", 1, "Europe/London", (), "2026-03-30T23:00", id="over-the-spring-change"),
        case("2026-10-23T12:00", 1, "Europe/London", (), "2026-10-27T00:00", id="over-the-autumn-change"),
        case("2026-09-04T12:00", 1, "America/Santiago", (), "2026-09-08T03:00", id="midnight-skipped-nearby"),
    ],
)
def test_end_of_business_day(start: str, days: int, zone_name: str, holidays: tuple[str, ...], expected: str) -> None:
    assert iso(end_of_business_day(OFFICE, zone_name, holidays, at(start), days)) == f"{expected}:00Z"


def test_business_days_are_the_week_without_holidays() -> None:
    week = [date(2026, 1, 26) + timedelta(days=ahead) for ahead in range(7)]
    worked = [day.day for day in week if is_business_day(OFFICE, ("2026-01-28",), day)]
    assert worked == [26, 27, 29, 30]
    assert WEEKDAYS[week[0].weekday()] == "monday"


# Mute windows

NIGHTLY = MuteWindow(days=EVERY_DAY, start="22:00", end="06:00", time_zone="Europe/London")
WEEKEND = MuteWindow(days=("saturday", "sunday"), start="00:00", end="00:00")
FRIDAY_NIGHT = MuteWindow(days=("friday",), start="22:00", end="06:00")
IN_THE_GAP = MuteWindow(days=EVERY_DAY, start="01:30", end="02:15", time_zone="Europe/London")
NEVER = MuteWindow(days=(), start="22:00", end="06:00")


@pytest.mark.parametrize(
    ("window", "moment", "since", "until"),
    [
        case(NIGHTLY, "2026-01-29T22:00", "2026-01-29T22:00", "2026-01-30T06:00", id="its-first-instant"),
        case(NIGHTLY, "2026-01-30T05:59", "2026-01-29T22:00", "2026-01-30T06:00", id="after-midnight"),
        case(NIGHTLY, "2026-03-29T03:00", "2026-03-28T22:00", "2026-03-29T05:00", id="a-night-of-seven-hours"),
        case(NIGHTLY, "2026-10-25T01:30", "2026-10-24T21:00", "2026-10-25T06:00", id="a-night-of-nine-hours"),
        case(FRIDAY_NIGHT, "2026-01-31T03:00", "2026-01-30T22:00", "2026-01-31T06:00", id="friday-runs-on"),
        case(WEEKEND, "2026-01-31T12:00", "2026-01-31T00:00", "2026-02-02T00:00", id="two-days-are-one-span"),
        case(WEEKEND, "2026-02-01T12:00", "2026-01-31T00:00", "2026-02-02T00:00", id="seen-from-the-second-day"),
        case(IN_THE_GAP, "2026-10-25T01:15", "2026-10-25T00:30", "2026-10-25T02:15", id="from-the-first-01:30"),
    ],
)
def test_a_window_covers(window: MuteWindow, moment: str, since: str, until: str) -> None:
    assert window_covers(window, at(moment)) == (at(since), at(until))
    assert window_change(window, at(moment)) == at(until)
    assert window_covers(window, later(at(since), -1)) is None
    assert window_covers(window, at(until)) is None


@pytest.mark.parametrize(
    ("window", "moment", "change"),
    [
        case(NIGHTLY, "2026-01-30T06:00", "2026-01-30T22:00", id="its-end-is-outside"),
        case(NIGHTLY, "2026-03-29T12:00", "2026-03-29T21:00", id="summer-time"),
        case(FRIDAY_NIGHT, "2026-01-31T06:00", "2026-02-06T22:00", id="a-week-on"),
        case(FRIDAY_NIGHT, "2026-01-30T03:00", "2026-01-30T22:00", id="thursday-night-is-none"),
        case(WEEKEND, "2026-01-30T23:59", "2026-01-31T00:00", id="the-minute-before"),
        case(IN_THE_GAP, "2026-03-29T01:20", "2026-03-30T00:30", id="emptied-by-the-gap"),
    ],
)
def test_a_window_does_not_cover(window: MuteWindow, moment: str, change: str) -> None:
    assert window_covers(window, at(moment)) is None
    assert window_change(window, at(moment)) == at(change)
    assert window_covers(window, at(change)) is not None


def test_a_window_without_days_never_covers() -> None:
    assert window_covers(NEVER, at("2026-01-30T03:00")) is None
    assert window_change(NEVER, at("2026-01-30T03:00")) == LATEST


def test_a_window_of_the_whole_week_is_asked_again_within_nine_days() -> None:
    always = MuteWindow(days=EVERY_DAY, start="09:00", end="09:00", time_zone="Europe/London")
    for day in range(0, 400, 3):
        now = later(at("2026-01-01T03:00"), day * 86_400)
        span = window_covers(always, now)
        assert span is not None and span[0] <= now < span[1]
        assert now < span[1] <= later(now, 10 * 86_400)


@given(
    days=st.sets(st.sampled_from(EVERY_DAY), min_size=1).map(tuple),
    opens=st.integers(min_value=0, max_value=95),
    closes=st.integers(min_value=0, max_value=95),
    name=st.sampled_from(ZONES),
    start=st.integers(min_value=0, max_value=340),
)
@settings(deadline=None, max_examples=40)
def test_spans_and_changes_of_windows_agree(
    days: tuple[Weekday, ...], opens: int, closes: int, name: str, start: int
) -> None:
    """Walked from change to change, a window turns at each: on, off, on; and `window_covers` says so inside."""
    clock = [f"{quarter // 4:02d}:{quarter % 4 * 15:02d}" for quarter in (opens, closes)]
    window = MuteWindow(days=days, start=clock[0], end=clock[1], time_zone=name)
    moment = later(at("2026-01-01T00:00"), start * 86_400)
    for _ in range(20):
        change = window_change(window, moment)
        assert change > moment
        inside, half = window_covers(window, moment), Instant((moment + change) // 2)
        assert (window_covers(window, half) is None) == (inside is None)
        if inside is not None and len(days) < 7:
            assert window_covers(window, change) is None
            assert inside[0] <= moment and inside[1] == change
        moment = change
