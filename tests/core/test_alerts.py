"""Alerts: what names them, where they go, what each one is, and when its group is muted, reopened and closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.rules.desk import MONDAY, world
from tests.plans import plan
from tocsin.core import facts as f
from tocsin.core.alerts import (
    Candidate,
    Gone,
    Group,
    Known,
    Router,
    evolve_group,
    fingerprint,
    group_due,
    joins,
    judge,
    moves,
    mute_of,
)
from tocsin.core.instants import Instant, later, parse_instant
from tocsin.core.plan import MuteWindow, Route
from tocsin.core.plan_words import parse_matcher
from tocsin.core.world import Rules
from tocsin.matching import matches

# ------------------------------------------------------------------------------------------- fingerprints

LABELS = (("alertname", "Down"), ("service", "api"))


def test_a_fingerprint_is_128_bits_and_stays_what_it_is() -> None:
    """These are on records: another algorithm would make every open alert a new one."""
    assert fingerprint("alertmanager", LABELS) == "c3d644efb2df0f3392f00d1e000c5530"
    assert fingerprint("alertmanager", (), "sender-1") == "8fbc02b0ac3407b601669386d2268d35"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", LABELS, ""), ("b", LABELS, "")),
        (("a", LABELS, ""), ("a", (("alertname", "Down"), ("service", "web")), "")),
        (("a", (("x", "1"), ("y", "2")), ""), ("a", (("x", "1y"), ("", "2")), "")),
        (("a", (("ab", "c"),), ""), ("a", (("a", "bc"),), "")),
        (("a", LABELS, ""), ("a", LABELS, "key")),
        (("a", (("x", "\ud800"),), ""), ("a", (("x", "\ud801"),), "")),
        (("a", (), ""), ("a\x00", (), "")),
    ],
    ids=["source", "value", "borders", "names", "key", "lone-surrogates", "source's-border"],
)
def test_what_is_another_alert_has_another(one: tuple, other: tuple) -> None:  # type: ignore[type-arg]
    assert fingerprint(*one) != fingerprint(*other)


def test_the_sender_s_own_name_outlives_a_change_of_labels() -> None:
    assert fingerprint("a", LABELS, "key") == fingerprint("a", (), "key")


# ---------------------------------------------------------------------------------------------- judgement

T0, T1, T2 = MONDAY, later(MONDAY, 60), later(MONDAY, 120)
FIRING = Known("group:1", T1, None, LABELS)


@pytest.mark.parametrize(
    ("known", "gone", "firing", "starts", "ends", "labels", "reason"),
    [
        (None, None, True, T0, None, None, "new"),
        (FIRING, None, True, T1, None, None, "repeat"),
        (FIRING, None, True, T0, None, None, "repeat"),
        (FIRING, None, True, T1, None, LABELS, "repeat"),
        (FIRING, None, True, T1, None, (("alertname", "Up"),), "changed"),
        (FIRING, None, False, T1, T2, None, "cleared"),
        (FIRING, None, False, T1, None, None, "cleared"),
        (FIRING, None, False, T0, T0, None, "out_of_order"),
        (FIRING, None, False, T1, T1, None, "cleared"),
        (None, None, False, T0, T1, None, "unknown_clear"),
        (None, Gone(T1, T2), True, T1, None, None, "out_of_order"),
        (None, Gone(T1, T2), True, T0, None, None, "out_of_order"),
        (None, Gone(T1, T2), True, T2, None, None, "new"),
        (None, Gone(None, T1), True, T0, None, None, "out_of_order"),
        (None, Gone(None, T1), True, T1, None, None, "new"),
    ],
    ids=[
        "first", "again", "again-older", "own-name-same", "own-name-changed", "clear", "clear-without-end",
        "clear-of-an-older-firing", "clear-at-its-start", "clear-of-nothing", "late-copy", "older-than-the-late-copy",
        "new-firing-after", "overtaken-by-its-clear", "after-the-early-clear",
    ],
)  # fmt: skip
def test_what_an_alert_is_by_the_sender_s_own_times(
    known: Known | None,
    gone: Gone | None,
    firing: bool,
    starts: Instant,
    ends: Instant | None,
    labels: tuple[tuple[str, str], ...] | None,
    reason: str,
) -> None:
    assert judge(known, gone, firing, starts, ends, labels) == reason


# ---------------------------------------------------------------------------------------------- routing


def _router(*routes: Route) -> Router:
    return Router(Rules.of(plan(routes=routes)), matches)


@pytest.mark.parametrize(
    ("matcher", "labels", "holds"),
    [
        ('severity="critical"', {"severity": "critical"}, True),
        ('severity="critical"', {"severity": "Critical"}, False),
        ("severity=critical", {"severity": "critical"}, True),
        ('severity!="info"', {"severity": "critical"}, True),
        ('severity!="info"', {}, True),
        ('severity=""', {}, True),
        ('severity=""', {"severity": "x"}, False),
        ('team=~"core|web"', {"team": "core"}, True),
        ('team=~"core|web"', {"team": "core-2"}, False),
        ('team=~"core.*"', {"team": "core-2"}, True),
        ('team=~".+"', {}, False),
        ('team=~".*"', {}, True),
        ('team!~"core|web"', {"team": "core"}, False),
        ('team!~"core|web"', {"team": "other"}, True),
        ('path=~"/api/.*"', {"path": "/api/\nv1"}, True),
        (r'path=~"/api/\\d+"', {"path": "/api/12"}, True),
        ('name="a \\"quoted\\" word"', {"name": 'a "quoted" word'}, True),
        ('zone=~"ä|ö"', {"zone": "ö"}, True),
    ],
)
def test_matchers_hold_as_alertmanager_s_do(matcher: str, labels: dict[str, str], holds: bool) -> None:
    found = _router(Route(id="only", match=(parse_matcher(matcher),))).route("test", labels)
    assert (found is not None) is holds


def test_a_pattern_that_backtracks_elsewhere_does_not_here() -> None:
    router = _router(Route(id="only", match=(parse_matcher('x=~"(a+)+$"'),)))
    assert router.route("test", {"x": "a" * 5_000 + "!"}) is None


def test_the_first_route_whose_matchers_all_hold_wins() -> None:
    both = (parse_matcher('a="1"'), parse_matcher('b="2"'))
    router = _router(Route(id="both", match=both), Route(id="one", match=both[:1]), Route(id="rest"))
    found = [router.route("t", labels) for labels in ({"a": "1", "b": "2"}, {"a": "1"}, {"b": "2"})]
    assert [each.route.id for each in found if each] == ["both", "one", "rest"]


@pytest.mark.parametrize(
    ("route", "labels", "service"),
    [
        (Route(id="r", service="web"), {"service": "api"}, "web"),
        (Route(id="r"), {"service": "api"}, "api"),
        (Route(id="r"), {"service": "unheard-of"}, ""),
        (Route(id="r", fallback_service="web"), {"service": "unheard-of"}, "web"),
        (Route(id="r", fallback_service="web"), {}, "web"),
    ],
)
def test_whose_alert_it_is(route: Route, labels: dict[str, str], service: str) -> None:
    found = _router(route).route("test", labels)
    assert found is not None and found.service == service


@pytest.mark.parametrize(
    ("hint", "labels", "severity"),
    [
        ("sev1", {"severity": "sev3"}, "sev1"),
        (None, {"severity": "SEV2"}, "sev2"),
        (None, {"severity": "warning"}, None),
    ],
)
def test_what_severity_it_hints_at(hint: str | None, labels: dict[str, str], severity: str | None) -> None:
    found = _router(Route(id="r", severity_hint=hint)).route("test", labels)
    assert found is not None and found.severity_hint == severity


def test_a_group_is_source_route_and_the_labels_that_group() -> None:
    router = _router(Route(id="r", group_by=("alertname",)))
    keys = {
        name: router.route(source, labels).key  # type: ignore[union-attr]
        for name, (source, labels) in {
            "one": ("a", {"alertname": "Down", "pod": "1"}),
            "same": ("a", {"alertname": "Down", "pod": "2"}),
            "name": ("a", {"alertname": "Slow", "pod": "1"}),
            "source": ("b", {"alertname": "Down", "pod": "1"}),
        }.items()
    }
    assert keys["one"] == keys["same"]
    assert len({keys["one"], keys["name"], keys["source"]}) == 3


def test_what_is_remembered_is_what_would_be_found() -> None:
    """Routing is remembered by the labels that are mentioned: others may differ, these may not."""
    routes = (Route(id="a", match=(parse_matcher('x="1"'),)), Route(id="b", group_by=("y",)))
    warm = _router(*routes)
    for x in ("", "1", "2"):
        for y in ("", "1"):
            for service in ("api", "web", ""):
                labels = {"x": x, "y": y, "service": service, "noise": x + y}
                assert warm.route("t", labels) == _router(*routes).route("t", labels) == warm.route("t", labels)


def test_memory_is_bounded() -> None:
    router = Router(Rules.of(plan(routes=(Route(id="r", group_by=("n",)),))), matches, most=10)
    keys = {router.route("t", {"n": str(n % 50)}).key for n in range(200)}  # type: ignore[union-attr]
    assert len(keys) == 50


# ------------------------------------------------------------------------------------------------ groups


def _group(*facts: tuple[float, f.Fact]) -> Group:
    state = Group()
    opened = f.GroupOpened("test", "all", "key", "api", "open", "rules-1")
    for n, (at, fact) in enumerate([(0.0, opened), *facts], 1):
        state = evolve_group(state, f.Entry("group:1", n, later(MONDAY, at), fact))
    return state


def _fired(name: str = "p", reason: str = "new") -> f.AlertFired:
    return f.AlertFired(name, MONDAY, None, reason, "x")


def _cleared(name: str = "p") -> f.AlertCleared:
    return f.AlertCleared(name, MONDAY, "resolved")


def test_a_group_fires_while_any_of_its_alerts_does() -> None:
    assert _group((0, _fired("a")), (1, _fired("b")), (2, _cleared("a"))).firing == 1
    assert _group((0, _fired("a")), (1, _cleared("a"))).firing == 0
    assert _group((0, _cleared("a")), (1, _fired("b"))).firing == 1


def test_other_content_is_no_other_alert() -> None:
    state = _group((0, _fired()), (1, _fired(reason="changed")))
    assert (state.firing, state.total) == (1, 2)


def test_it_closes_when_it_stayed_clear_for_the_flap_window() -> None:
    state = _group((0, _fired()), (60, _cleared()))
    assert group_due(state, world(), later(MONDAY, 60)).ask_again == later(MONDAY, 60 + 1800)
    ready = group_due(state, world(), later(MONDAY, 60 + 1800)).ready
    assert [duty.facts for duty in ready] == [(f.GroupClosed(),)]


def test_a_closed_group_owes_nothing() -> None:
    state = _group((0, _fired()), (60, _cleared()), (1860, f.GroupClosed()))
    assert group_due(state, world(), later(MONDAY, 9999)).ready == ()


@pytest.mark.parametrize(("times", "marked"), [(2, False), (3, True), (7, True)])
def test_it_is_marked_as_flapping_after_so_many_reopenings(times: int, marked: bool) -> None:
    before, state, heard = Group(), _group((0, _fired())), list[str]()
    for n in range(times):
        for fact in (_cleared(), _fired()):
            before, state = state, evolve_group(state, f.Entry("group:1", state.n + 1, later(MONDAY, n * 60), fact))
            heard += moves(before, state, 3)
    assert ("flapping" in heard) is marked
    assert heard.count("flapping") <= 1
    assert heard.count("refired") == heard.count("cleared") == times


def test_an_incident_hears_of_mutes_and_their_end() -> None:
    loud = _group((0, _fired()))
    muted = evolve_group(loud, f.Entry("group:1", 3, MONDAY, f.GroupMuted("mute_window", "r", None)))
    assert moves(loud, muted, 3) == ("mute_window",)
    assert moves(muted, loud, 3) == ("unmuted",)
    assert moves(loud, loud, 3) == ()


@pytest.mark.parametrize(
    ("changes", "seconds", "belongs"),
    [
        ({}, 0, True),
        ({}, 1800, True),
        ({}, 1801, False),
        ({"declared": True}, 10_000, True),
        ({"resolved": True}, 0, False),
        ({"service": "web"}, 0, False),
        ({"visibility": "private"}, 0, False),
    ],
)
def test_when_a_group_joins_an_open_incident(changes: dict[str, object], seconds: int, belongs: bool) -> None:
    fields = {
        "record": "i", "service": "api", "visibility": "open", "resolved": False, "declared": False, "last_at": MONDAY,
    } | changes  # fmt: skip
    candidate = Candidate(**fields)  # type: ignore[arg-type]
    assert joins(candidate, _group((0, _fired())), None, later(MONDAY, seconds), 1800) is belongs


def test_a_group_of_a_path_joins_only_its_own() -> None:
    route = Route(id="secret", path="security")
    candidate = Candidate("i", "api", "open", False, True, MONDAY)
    assert not joins(candidate, _group((0, _fired())), route, MONDAY, 1800)
    assert joins(replace(candidate, paths=("security",)), _group((0, _fired())), route, MONDAY, 1800)


# ---------------------------------------------------------------------------------------- mute windows

NIGHT = MuteWindow(days=("saturday",), start="22:00", end="06:00", time_zone="Europe/London")
SPRING = "2026-03-29"
"""In London the clock goes from 01:00 to 02:00 on this Sunday; on 2026-10-25 it goes back from 02:00 to 01:00."""


@pytest.mark.parametrize(
    ("instant", "until"),
    [
        ("2026-03-28T21:59:59Z", None),
        ("2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"),
        ("2026-03-29T00:30:00Z", "2026-03-29T05:00:00Z"),
        ("2026-03-29T04:59:59Z", "2026-03-29T05:00:00Z"),
        ("2026-03-29T05:00:00Z", None),
        ("2026-10-24T20:59:59Z", None),
        ("2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"),
        ("2026-10-25T01:30:00Z", "2026-10-25T06:00:00Z"),
        ("2026-10-25T06:00:00Z", None),
        ("2026-03-27T22:30:00Z", None),
    ],
)
def test_a_mute_window_across_a_clock_change(instant: str, until: str | None) -> None:
    """Ten at night to six: seven hours in spring, nine in autumn, by the wall both times."""
    mute = mute_of("api", Route(id="r", mute=(NIGHT,)), world(), parse_instant(instant))
    assert (mute and mute.until) == (parse_instant(until) if until else None)
    if mute is not None:
        assert (mute.reason, mute.by) == ("mute_window", "r")


def test_a_maintenance_says_so_before_a_window_does() -> None:
    from tocsin.core.world import Maintenance

    at = parse_instant("2026-03-28T23:00:00Z")
    under = replace(world(), maintenances=(Maintenance("m", ("api",), at, later(at, 60)),))
    mute = mute_of("api", Route(id="r", mute=(NIGHT,)), under, at)
    assert mute is not None and mute.reason == "maintenance"


@pytest.mark.parametrize(
    ("instant", "muted", "reason"),
    [("2026-03-28T22:00:00Z", None, "mute"), ("2026-03-29T05:00:00Z", "mute_window", "unmute")],
)
def test_a_group_is_muted_and_unmuted_as_its_window_turns(instant: str, muted: str | None, reason: str) -> None:
    rules = Rules.of(plan(routes=(Route(id="all", service="api", mute=(NIGHT,)),)), "rules-1")
    state = _group((0, _fired()))._replace(muted=muted)
    around = replace(world(), rules=rules, live=rules)
    assert [duty.key for duty in group_due(state, around, parse_instant(instant)).ready] == [reason]
