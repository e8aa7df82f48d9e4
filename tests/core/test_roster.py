"""Rosters: the sheet's example, hand-overs at clock changes, overrides at their edges, and a naive oracle beside it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.watcher import WEEK, Watcher
from tocsin.core.calendars import local
from tocsin.core.instants import DAY, EARLIEST, HOUR, LATEST, MINUTE, Instant, iso, later, parse_instant
from tocsin.core.oncall.roster import order, shifts, turn_at, who
from tocsin.core.plan import Rotation, Weekday
from tocsin.core.world import OnCall, Override

TRANSITIONS = Path(__file__).resolve().parents[3] / "shared" / "data" / "dst" / "transitions.json"
case = pytest.param
LONDON = "Europe/London"
TWO = Rotation(id="primary-sre", time_zone=LONDON, people=("ana", "bo"), starts="2026-01-05")


def at(text: str) -> Instant:
    return parse_instant(f"{text}:00Z")


def override(person: str, start: str, end: str, id: str = "o1") -> Override:
    return Override(id, person, at(start), at(end), "bo")


def transitions() -> list[dict[str, Any]]:
    if not TRANSITIONS.exists():
        pytest.skip("the published clock changes lie in ../shared/data/dst beside the checkout; it is not here")
    return json.loads(TRANSITIONS.read_text())


def one(answer: OnCall) -> str | None:
    assert len(answer.people) <= 1, answer
    return answer.people[0] if answer.people else None


# The sheet and the closed form


def test_sheet_3_four_people_rotate_through_three_tiers() -> None:
    """Spec sheet 3, shift: primary A B C D, secondary B C D A, commander C D A B, each week from Monday 09:00."""
    tiers = {"primary": "abcd", "secondary": "bcda", "commander": "cdab"}
    rotations = {
        name: Rotation(id=name, time_zone=LONDON, people=tuple(people), starts="2026-01-05")
        for name, people in tiers.items()
    }
    for name, rotation in rotations.items():
        year = shifts(rotation, (), at("2026-01-05T09:00"), at("2026-12-28T09:00"))
        assert "".join(shift.people[0] for shift in year) == (tiers[name] * 13)[: len(year)]
        assert len(year) == 51
        assert {local(shift.since, LONDON).strftime("%a %H:%M") for shift in year} == {"Mon 09:00"}
    for week in range(60):
        now = later(at("2026-01-07T12:00"), week * 7 * DAY)
        assert len({who(rotation, (), now).people for rotation in rotations.values()}) == 3


@pytest.mark.parametrize(
    ("now", "person", "since", "until", "why"),
    [
        case("2026-01-05T09:00", "ana", "2026-01-05T09:00", "2026-01-12T09:00",
             "week 1 of primary-sre, handed over Mon 5 Jan 2026 09:00 Europe/London", id="first-instant"),
        case("2026-01-12T08:59", "ana", "2026-01-05T09:00", "2026-01-12T09:00",
             "week 1 of primary-sre, handed over Mon 5 Jan 2026 09:00 Europe/London", id="last-minute"),
        case("2026-01-12T09:00", "bo", "2026-01-12T09:00", "2026-01-19T09:00",
             "week 2 of primary-sre, handed over Mon 12 Jan 2026 09:00 Europe/London", id="hand-over"),
        case("2026-01-29T15:10", "bo", "2026-01-26T09:00", "2026-02-02T09:00",
             "week 4 of primary-sre, handed over Mon 26 Jan 2026 09:00 Europe/London", id="week-4"),
        case("2026-03-29T12:00", "bo", "2026-03-23T09:00", "2026-03-30T08:00",
             "week 12 of primary-sre, handed over Mon 23 Mar 2026 09:00 Europe/London", id="a-week-of-167-hours"),
        case("2026-10-25T12:00", "bo", "2026-10-19T08:00", "2026-10-26T09:00",
             "week 42 of primary-sre, handed over Mon 19 Oct 2026 09:00 Europe/London", id="a-week-of-169-hours"),
    ],
)  # fmt: skip
def test_who(now: str, person: str, since: str, until: str, why: str) -> None:
    assert who(TWO, (), at(now)) == OnCall((person,), at(since), at(until), why)


def test_before_the_start_nobody_is_on_call_until_it() -> None:
    early, start = who(TWO, (), at("2026-01-05T08:59")), at("2026-01-05T09:00")
    assert early == OnCall((), EARLIEST, start, "primary-sre starts Mon 5 Jan 2026 09:00 Europe/London")
    assert who(TWO, (), EARLIEST).until == at("2026-01-05T09:00")
    assert turn_at(TWO, at("2026-01-05T08:59")) == -1
    assert order(TWO, (), at("2025-06-01T00:00")) == ("ana", "bo")


@pytest.mark.parametrize(
    ("starts", "day", "first"),
    [
        case("2026-01-05", "monday", "2026-01-05T09:00", id="on-the-day"),
        case("2026-01-08", "monday", "2026-01-05T09:00", id="in-the-week"),
        case("2026-01-08", "friday", "2026-01-02T09:00", id="the-friday-before"),
        case("2026-03-01", "sunday", "2026-03-01T09:00", id="a-sunday"),
    ],
)
def test_the_date_lies_in_the_first_week(starts: str, day: Weekday, first: str) -> None:
    rotation = Rotation(id="r", time_zone=LONDON, people=("ana", "bo"), starts=starts, handover_day=day)
    assert who(rotation, (), at(first)).since == at(first)
    assert who(rotation, (), at(first)).people == ("ana",)
    assert who(rotation, (), later(at(first), -1)).people == ()


def test_turns_of_two_weeks() -> None:
    rotation = Rotation(id="r", time_zone="UTC", people=("ana", "bo"), starts="2026-01-05", weeks=2)
    year = shifts(rotation, (), at("2026-01-05T09:00"), at("2026-03-02T09:00"))
    assert [shift.people[0] for shift in year] == ["ana", "bo", "ana", "bo"]
    assert {shift.until - shift.since for shift in year} == {later(Instant(0), 14 * DAY)}
    assert year[2].why == "turn 3 of r, handed over Mon 2 Feb 2026 09:00 UTC"


@pytest.mark.parametrize("weeks", [0, -1])
def test_a_turn_without_weeks_is_said_and_never_loops(weeks: int) -> None:
    rotation = Rotation(id="r", time_zone="UTC", people=("ana",), starts="2026-01-05", weeks=weeks)
    with pytest.raises(ValueError, match=f"rotation r: a turn lasts at least one week, not {weeks}"):
        who(rotation, (), at("2026-01-05T09:00"))


def test_a_rotation_that_names_nobody_still_takes_overrides() -> None:
    rotation = Rotation(id="r", time_zone="UTC", people=(), starts="2026-01-05")
    now = at("2026-01-06T00:00")
    assert who(rotation, (), now) == OnCall((), EARLIEST, LATEST, "r names nobody")
    assert order(rotation, (), now) == ()
    taken = (override("bo", "2026-01-05T00:00", "2026-01-07T00:00"),)
    assert who(rotation, taken, now).people == order(rotation, taken, now) == ("bo",)


# Clock changes


@pytest.mark.parametrize(
    ("zone_name", "day", "wall_time", "starts", "handed_over"),
    [
        case(LONDON, "sunday", "01:30", "2026-03-22", "2026-03-29T01:30", id="missing-hour-moves-on-to-02:30"),
        case(LONDON, "sunday", "01:00", "2026-03-22", "2026-03-29T01:00", id="first-instant-of-the-missing-hour"),
        case(LONDON, "sunday", "01:30", "2026-10-18", "2026-10-25T00:30", id="doubled-hour-hands-over-at-its-first"),
        case("Australia/Lord_Howe", "sunday", "02:15", "2026-09-27", "2026-10-03T15:45", id="half-an-hour-missing"),
        case("Australia/Lord_Howe", "sunday", "01:45", "2026-03-29", "2026-04-04T14:45", id="half-an-hour-doubled"),
        case("America/Santiago", "sunday", "00:00", "2026-08-30", "2026-09-06T04:00", id="missing-midnight"),
        case("Africa/Cairo", "friday", "00:30", "2026-04-17", "2026-04-23T22:30", id="missing-half-past-midnight"),
    ],
)
def test_hand_over_in_a_missing_or_doubled_hour(
    zone_name: str, day: Weekday, wall_time: str, starts: str, handed_over: str
) -> None:
    rotation = Rotation(
        id="r", time_zone=zone_name, people=("ana", "bo"), starts=starts, handover_day=day, handover_at=wall_time
    )
    moment = at(handed_over)
    assert who(rotation, (), moment).since == who(rotation, (), later(moment, -1)).until == moment
    assert (who(rotation, (), later(moment, -1)).people, who(rotation, (), moment).people) == (("ana",), ("bo",))
    assert who(rotation, (), later(moment, 2 * HOUR)).people == ("bo",), "it hands over once, in the doubled hour too"


def test_at_every_published_change_the_watcher_agrees_minute_by_minute() -> None:
    """Hand-overs in the middle of, at both edges of and beside the missing or doubled time of each change."""
    for number, change in enumerate(transitions()):
        moment = parse_instant(change["utc"])
        shown = local(later(moment, -1), change["zone"]).replace(tzinfo=None, microsecond=0) + timedelta(seconds=1)
        size = change["shift_minutes"]
        into = (-size, -size // 2, -1, 0, size // 2, size - 1, size)[number % 7]
        first = shown + timedelta(minutes=into)
        rotation = Rotation(
            id="r", time_zone=change["zone"], people=("ana", "bo"), starts=str(first.date() - timedelta(days=7)),
            handover_day=WEEK[first.weekday()], handover_at=f"{first:%H:%M}",
        )  # fmt: skip
        watcher = Watcher(rotation, turn=0)
        watcher.pending += timedelta(days=7)
        for minute in range(-180, 240):
            now = later(moment, minute * MINUTE)
            assert watcher.look(now) == one(who(rotation, (), now)), (change, iso(now))
        assert watcher.turn == 1


def test_hand_over_stays_at_its_wall_time_through_a_year_of_changes() -> None:
    """grafana/oncall#3261, #5247: stored in UTC, shifts move by an hour in winter, with a hole or an overlap."""
    for zone_name in (LONDON, "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Casablanca"):
        rotation = Rotation(id="r", time_zone=zone_name, people=("ana", "bo", "cy"), starts="2025-12-29")
        year = shifts(rotation, (), at("2026-01-06T00:00"), at("2027-01-06T00:00"))
        assert all(first.until == second.since for first, second in pairwise(year))
        assert {local(shift.since, zone_name).strftime("%a %H:%M") for shift in year[1:]} == {"Mon 09:00"}
        hours = {(shift.until - shift.since) // (HOUR * 1_000_000) for shift in year[1:-1]}
        assert hours > {168} and hours <= {167, 168, 169}


# Overrides, and people who left


NOON = override("cy", "2026-01-06T12:00", "2026-01-06T18:00")
INSIDE = override("bo", "2026-01-06T14:00", "2026-01-06T15:00", "o2")
OVER_HANDOVER = override("ana", "2026-01-12T06:00", "2026-01-12T12:00", "o3")


@pytest.mark.parametrize(
    ("overrides", "now", "person", "since", "until"),
    [
        case((NOON,), "2026-01-06T11:59", "ana", "2026-01-05T09:00", "2026-01-06T12:00", id="before"),
        case((NOON,), "2026-01-06T12:00", "cy", "2026-01-06T12:00", "2026-01-06T18:00", id="its-first-instant"),
        case((NOON,), "2026-01-06T18:00", "ana", "2026-01-06T18:00", "2026-01-12T09:00", id="its-end-is-outside"),
        case((NOON, INSIDE), "2026-01-06T13:00", "cy", "2026-01-06T12:00", "2026-01-06T14:00", id="until-the-later"),
        case((NOON, INSIDE), "2026-01-06T14:30", "bo", "2026-01-06T14:00", "2026-01-06T15:00", id="later-entered-wins"),
        case((NOON, INSIDE), "2026-01-06T15:00", "cy", "2026-01-06T15:00", "2026-01-06T18:00", id="and-gives-back"),
        case((INSIDE, NOON), "2026-01-06T14:30", "cy", "2026-01-06T14:00", "2026-01-06T15:00", id="earlier-is-covered"),
        case((OVER_HANDOVER,), "2026-01-12T08:00", "ana", "2026-01-12T06:00", "2026-01-12T09:00", id="to-hand-over"),
        case((OVER_HANDOVER,), "2026-01-12T09:00", "ana", "2026-01-12T09:00", "2026-01-12T12:00", id="and-over-it"),
        case((OVER_HANDOVER,), "2026-01-12T12:00", "bo", "2026-01-12T12:00", "2026-01-19T09:00", id="late-hand-over"),
        case((override("cy", "2026-01-01T00:00", "2026-01-02T00:00"),), "2026-01-01T12:00", "cy", "2026-01-01T00:00",
             "2026-01-02T00:00", id="before-the-rotation-starts"),
        case((override("cy", "2026-01-07T00:00", "2026-01-07T00:00"),), "2026-01-07T00:00", "ana", "2026-01-05T09:00",
             "2026-01-12T09:00", id="an-empty-one-cuts-nothing"),
        case((override("cy", "2026-01-08T00:00", "2026-01-07T00:00"),), "2026-01-07T12:00", "ana", "2026-01-05T09:00",
             "2026-01-12T09:00", id="a-reversed-one-cuts-nothing"),
    ],
)  # fmt: skip
def test_overrides(overrides: tuple[Override, ...], now: str, person: str, since: str, until: str) -> None:
    found = who(TWO, overrides, at(now))
    assert (found.people, found.since, found.until) == ((person,), at(since), at(until))
    assert order(TWO, overrides, at(now))[0] == person


def test_an_override_says_by_whom_and_for_how_long() -> None:
    """grafana/oncall#3096, #1296: what is told of a shift is what is paged."""
    found = who(TWO, (NOON,), at("2026-01-06T13:00"))
    end = "Tue 6 Jan 2026 18:00 Europe/London"
    assert found.why == f"override of primary-sre by bo, Tue 6 Jan 2026 12:00 Europe/London to {end}"
    unknown = Override("o", "cy", NOON.start, NOON.end)
    assert who(TWO, (unknown,), NOON.start).why.startswith("override of primary-sre, Tue 6 Jan 2026 12:00")


FOUR = Rotation(id="primary", time_zone="UTC", people=("ana", "bo", "cy"), starts="2026-01-05")


@pytest.mark.parametrize(
    ("left", "weeks", "words"),
    [
        case(set[str](), ["ana", "bo", "cy", "ana"], "", id="everybody-stays"),
        case({"bo"}, ["ana", "cy", "cy", "ana"], "; passed over: bo, who left", id="next-in-order-stands-in"),
        case({"bo", "cy"}, ["ana", "ana", "ana", "ana"], "; passed over: bo, cy, who left", id="two-in-a-row"),
        case({"ana", "bo", "cy"}, [None, None, None, None], "everybody of primary has left", id="nobody-is-left"),
    ],
)
def test_whoever_left_is_passed_over_and_nobody_elses_turn_moves(
    left: set[str], weeks: list[str | None], words: str
) -> None:
    """PagerDuty/terraform-provider-pagerduty#560: removing a person must not move the turns of the others."""
    found = [who(FOUR, (), later(at("2026-01-06T00:00"), week * 7 * DAY), frozenset(left)) for week in range(4)]
    assert [one(answer) for answer in found] == weeks
    assert found[1].why.endswith(words)
    assert set(order(FOUR, (), at("2026-01-06T00:00"), frozenset(left))) == {"ana", "bo", "cy"} - left


def test_an_override_by_somebody_who_left_does_not_count() -> None:
    found = who(TWO, (NOON,), at("2026-01-06T13:00"), frozenset({"cy"}))
    assert (found.people, found.until) == (("ana",), at("2026-01-12T09:00"))


# Order and shifts


@pytest.mark.parametrize(
    ("overrides", "now", "expected"),
    [
        case((), "2026-01-06T00:00", ("ana", "bo", "cy"), id="first-week"),
        case((), "2026-01-20T00:00", ("cy", "ana", "bo"), id="third-week"),
        case((override("cy", "2026-01-06T00:00", "2026-01-07T00:00"),), "2026-01-06T12:00", ("cy", "ana", "bo"),
             id="whoever-overrides-is-first-then-whose-turn-it-is"),
    ],
)  # fmt: skip
def test_order(overrides: tuple[Override, ...], now: str, expected: tuple[str, ...]) -> None:
    assert order(FOUR, overrides, at(now)) == expected


def test_shifts_are_cut_at_the_edges_of_the_span_and_name_gaps() -> None:
    found = shifts(TWO, (NOON,), at("2026-01-01T00:00"), at("2026-01-13T00:00"))
    assert [(one(shift), iso(shift.since)[:16], iso(shift.until)[:16]) for shift in found] == [
        (None, "2026-01-01T00:00", "2026-01-05T09:00"),
        ("ana", "2026-01-05T09:00", "2026-01-06T12:00"),
        ("cy", "2026-01-06T12:00", "2026-01-06T18:00"),
        ("ana", "2026-01-06T18:00", "2026-01-12T09:00"),
        ("bo", "2026-01-12T09:00", "2026-01-13T00:00"),
    ]


def test_shifts_of_no_span_are_none_and_a_covered_override_cuts_none() -> None:
    assert shifts(TWO, (), at("2026-01-06T00:00"), at("2026-01-06T00:00")) == []
    assert shifts(TWO, (), at("2026-01-07T00:00"), at("2026-01-06T00:00")) == []
    covered = shifts(TWO, (INSIDE, NOON), at("2026-01-06T12:00"), at("2026-01-06T18:00"))
    assert [(one(shift), shift.since, shift.until) for shift in covered] == [("cy", NOON.start, NOON.end)]


def test_shifts_end_at_the_end_of_every_horizon() -> None:
    nobody = Rotation(id="r", time_zone="UTC", people=(), starts="2026-01-05")
    assert [shift.until for shift in shifts(nobody, (), at("2026-01-06T00:00"), later(LATEST, DAY))] == [LATEST]


# Random rosters

PEOPLE = ("ana", "bo", "cy")
START = at("2026-03-20T00:00")
QUARTER = 15 * MINUTE
QUARTERS = 15 * DAY // QUARTER
ZONES = ("Europe/London", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham", "UTC")
spans = st.tuples(st.sampled_from(PEOPLE), st.integers(0, QUARTERS), st.integers(0, 400))


@st.composite
def rosters(draw: st.DrawFn) -> tuple[Rotation, tuple[Override, ...], frozenset[str]]:
    """A rotation near the changes of spring 2026, up to four overrides in quarters of an hour, and who left."""
    quarter = draw(st.integers(0, 95))
    rotation = Rotation(
        id="r",
        time_zone=draw(st.sampled_from(ZONES)),
        people=tuple(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5))),
        handover_day=draw(st.sampled_from(WEEK)),
        handover_at=f"{quarter // 4:02d}:{quarter % 4 * 15:02d}",
        starts=str(date(2026, 3, 18) + timedelta(days=draw(st.integers(9, 16)))),
        weeks=draw(st.integers(1, 2)),
    )
    overrides = tuple(
        Override(str(number), person, later(START, begin * QUARTER), later(START, (begin + length) * QUARTER))
        for number, (person, begin, length) in enumerate(draw(st.lists(spans, max_size=4)))
    )
    return rotation, overrides, frozenset(draw(st.sets(st.sampled_from(PEOPLE), max_size=2)))


@given(rosters())
@settings(deadline=None, max_examples=40)
def test_the_watcher_agrees_with_who_shifts_and_order(
    roster: tuple[Rotation, tuple[Override, ...], frozenset[str]],
) -> None:
    rotation, overrides, left = roster
    end = later(START, QUARTERS * QUARTER)
    watcher, planned = Watcher(rotation, overrides, left, step=15), shifts(rotation, overrides, START, end, left)
    assert planned[0].since == START and planned[-1].until == end
    assert all(first.until == second.since for first, second in pairwise(planned))
    place = 0
    for quarter in range(QUARTERS):
        now = later(START, quarter * QUARTER)
        while planned[place].until <= now:
            place += 1
        seen, answer = watcher.look(now), who(rotation, overrides, now, left)
        assert seen == one(answer) == one(planned[place]), iso(now)
        assert answer.since <= now < answer.until and answer.why == planned[place].why
        if quarter % 17 == 0:
            asked = order(rotation, overrides, now, left)
            assert seen is None or asked[0] == seen
            assert len(set(asked)) == len(asked) and not left.intersection(asked)
            assert set(rotation.people) - left <= set(asked)


@given(rosters(), st.integers(0, QUARTERS * QUARTER))
@settings(deadline=None)
def test_an_answer_holds_from_since_to_until(
    roster: tuple[Rotation, tuple[Override, ...], frozenset[str]], second: int
) -> None:
    rotation, overrides, left = roster
    answer = who(rotation, overrides, later(START, second), left)
    for inside in (max(answer.since, START), Instant(answer.until - 1), Instant((answer.since + answer.until) // 2)):
        assert who(rotation, overrides, inside, left) == answer
    assert who(rotation, overrides, answer.until, left).since == answer.until
    assert turn_at(rotation, answer.until) - turn_at(rotation, later(answer.until, -1)) in (0, 1)
