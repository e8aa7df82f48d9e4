"""What holds for any record: found out by hypothesis, the same way each time (derandomised, bounded)."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.rules.desk import GROUP, MONDAY, RECORD, WORDS, Desk, person, with_people, world
from tests.plans import plan
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.alerts import Group, evolve_group, group_due
from tocsin.core.escalation.policies import in_force, live_calls, may_page
from tocsin.core.incident.due import due
from tocsin.core.incident.evolve import evolve, fold
from tocsin.core.incident.state import Incident
from tocsin.core.instants import EARLIEST, LATEST, Instant, later
from tocsin.core.plan_index import index
from tocsin.core.plan_json import plan_from_json, plan_to_json
from tocsin.core.world import Maintenance, Override
from tocsin.engine.codec import decode, encode, kind_of
from tocsin.sim.folk import next_step

pytestmark = pytest.mark.slow
BOUNDED = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)

# ----------------------------------------------------------------------------------- facts of every kind

HANDLES = st.sampled_from(["ana", "bo", "cy", "engine", "route:all", "check:alerts_cleared"])
KEYS = st.sampled_from(
    ["detection/1/first/page", "detection/2/row-1", "sev1/1/commander/page", "sev1/1/told/inform", "hand/1/asked/page"]
)
POOLS: dict[str, st.SearchStrategy[Any]] = {
    "by": HANDLES,
    "person": st.sampled_from(["ana", "bo", "cy"]),
    "group": st.sampled_from([GROUP, "group:2"]),
    "to": st.sampled_from(["cleared", "refired", "flapping", "expired", "unmuted", "maintenance", "mute_window"]),
    "severity": st.sampled_from(["sev1", "sev2", "sev3"]),
    "after": st.sampled_from(["sev1", "sev2", "sev3"]),
    "before": st.sampled_from(["sev1", "sev2", "sev3"]),
    "phase": st.sampled_from(["response", "investigation", "mitigation", "resolution", "post_incident"]),
    "policy": st.sampled_from(["detection", "sev1", "sev2", "security"]),
    "round": st.integers(1, 5),
    "cause": st.sampled_from(["opened", "raised", "gone_quiet", "resumed", "relapsed", "still_unanswered"]),
    "key": KEYS,
    "step": KEYS,
    "call": KEYS.map(lambda key: f"{key}/ana"),
    "role": st.sampled_from(["commander", "scribe"]),
    "verb": st.sampled_from(["page", "inform"]),
    "outcome": st.sampled_from(["accepted", "failed_now", "failed_for_good", "unknown", "cancelled"]),
    "path": st.sampled_from(["security", "unheard-of"]),
    "targets": st.just(("domain:primary",)),
    "audience": st.sampled_from(["room", "executives", "nobody"]),
    "asks": st.sampled_from([None, "commander"]),
    "away": st.floats(0, 1e6),
}


def _of_hint(hint: Any) -> st.SearchStrategy[Any]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return st.none() | _of_hint(next(each for each in get_args(hint) if each is not type(None)))
    if origin is tuple:
        inner = get_args(hint)
        if inner[-1] is Ellipsis:
            return st.lists(_of_hint(inner[0]), max_size=2).map(tuple)
        return st.tuples(*(_of_hint(each) for each in inner))
    if hint is Instant:
        return st.integers(MONDAY, later(MONDAY, 86_400)).map(Instant)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: st.sampled_from(["a", "b", "api", "x" * 40]),
        bool: st.booleans(),
        int: st.integers(0, 9),
        float: st.floats(0, 1e6),
    }
    return plain[hint]


def _fact(cls: type[f.Fact]) -> st.SearchStrategy[f.Fact]:
    hints = get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    return st.builds(cls, **{name: POOLS[name] if name in POOLS else _of_hint(hints[name]) for name in names})


ALL = sorted(f.KINDS.values(), key=lambda cls: cls.kind)
UNKNOWN = st.builds(f.Unknown, st.just("incident.foretold"), st.integers(1, 3), st.just(b"{}"))
FACTS = st.one_of(*(_fact(cls) for cls in ALL), UNKNOWN)
RECORDS = st.lists(st.tuples(FACTS, st.integers(0, 4_000)), max_size=40)


def _entries(record: str, drawn: list[tuple[f.Fact, int]]) -> list[f.Entry]:
    at, found = MONDAY, list[f.Entry]()
    for n, (fact, wait) in enumerate(drawn, 1):
        at = later(at, wait)
        found.append(f.Entry(record, n, at, fact))
    return found


@BOUNDED
@given(RECORDS)
def test_evolve_raises_for_no_record(drawn: list[tuple[f.Fact, int]]) -> None:
    """Facts have happened: in whatever order they came, they are folded."""
    state, group = Incident(), Group()
    for entry in _entries(RECORD, drawn):
        state = evolve(state, entry)
        group = evolve_group(group, entry)
        assert state.n == entry.n == group.n
    assert state == fold(_entries(RECORD, drawn))
    assert state.unknown == sum(isinstance(fact, f.Unknown) for fact, _ in drawn)


@BOUNDED
@given(RECORDS)
def test_a_record_with_a_fact_of_a_later_version_owes_nothing_to_this_one(drawn: list[tuple[f.Fact, int]]) -> None:
    opened = f.IncidentOpened(1, "route:all", "api", "core", "t", "rules-1", "open")
    later_one = f.Unknown("incident.foretold", 1, b"{}")
    state = fold(_entries(RECORD, [(opened, 0), *drawn, (later_one, 1)]))
    owed = due(state, world(), LATEST)
    assert (owed.ready, owed.upcoming, owed.ask_again) == ((), (), None)


@BOUNDED
@given(FACTS)
def test_a_fact_survives_its_bytes(fact: f.Fact) -> None:
    kind, v = kind_of(fact)
    assert decode(kind, v, encode(fact)) == fact
    assert encode(decode(kind, v, encode(fact))) == encode(fact)


@BOUNDED
@given(RECORDS)
def test_a_group_owes_what_can_be_taken_and_comes_to_rest(drawn: list[tuple[f.Fact, int]]) -> None:
    group_facts = [(fact, wait) for fact, wait in drawn if fact.kind.startswith(("group.", "alert."))]
    group, maintenance = Group(), Maintenance("m", ("api",), later(MONDAY, 600), later(MONDAY, 3_600))
    around = replace(world(), maintenances=(maintenance,))
    opened = f.GroupOpened("test", "all", "key", "api", "open", "rules-1")
    at = MONDAY
    for entry in _entries("group:1", [(opened, 0), *group_facts]):
        group, at = evolve_group(group, entry), entry.at
    owed, taken = group_due(group, around, at), 0
    while owed.ready and taken < 10:
        group = evolve_group(group, f.Entry("group:1", group.n + 1, at, owed.ready[0].facts[0]))
        owed, taken = group_due(group, around, at), taken + 1
    assert owed.ready == ()
    assert owed.ask_again is None or owed.ask_again > at


# ------------------------------------------------------------------------- incidents that people lead

PEOPLE = st.sampled_from(["ana", "bo", "cy"])
COMMANDS: st.SearchStrategy[c.Command] = st.sampled_from(
    [
        c.Acknowledge(), c.Pass(), c.Declare("sev1", WORDS), c.Declare("sev2", WORDS), c.Declare("sev3", WORDS),
        c.SetSeverity("sev1", WORDS), c.SetSeverity("sev2", WORDS), c.EnterPhase("investigation", WORDS),
        c.EnterPhase("mitigation"), c.EnterPhase("resolution"), c.Resolve(), c.Close(), c.Note("note", WORDS),
        c.StartMitigation("restart", "low", WORDS), c.EndMitigation(worked=True), c.TakeRole("commander"),
        c.OfferRole("commander", "cy"), c.EndRole("commander", "ana"), c.TickItem("fixed"), c.StartPath("security"),
        c.TakeDecision("suspected"), c.TakeDecision("confirmed"), c.SendUpdate("room", WORDS), c.Merge("incident:2"),
        c.Escalate("rotation:commander", "page", "unsure"), c.Escalate("post:manager", "inform", "unsure"),
        c.Dismiss("known_issue"), c.SetVisibility("private"),
    ]
)  # fmt: skip
Move = Callable[[Desk], object]


def _turn(desk: Desk) -> None:
    """Somebody takes the first person's shift for a while."""
    span = Override("o", "cy", Instant(desk.now), later(desk.now, 1_200))
    desk.world = replace(desk.world, overrides={"primary": (span,)})
    desk.settle()


def _lose(desk: Desk) -> None:
    """Bo's phone is gone."""
    desk.world = with_people(desk.world, bo=person("bo"))
    desk.settle()


def _carry_on(who: str, seed: int) -> Move:
    """Somebody takes a step that makes sense now, as the pretend people of the seasons do."""

    def move(desk: Desk) -> None:
        step = next_step(desk.state, desk.world, Random(seed), lambda text: WORDS)
        if step is not None:
            desk.do(who, step)

    return move


CARRY_ON = st.builds(_carry_on, PEOPLE, st.integers(0, 1_000))
MOVES: st.SearchStrategy[Move] = st.one_of(
    CARRY_ON,
    CARRY_ON,
    CARRY_ON,
    st.builds(lambda who, command: lambda desk: desk.do(who, command), PEOPLE, COMMANDS),
    st.builds(lambda who, command: lambda desk: desk.do(who, command), PEOPLE, COMMANDS),
    st.builds(lambda wait: lambda desk: desk.to((desk.now - desk.start) / 1e6 + wait), st.integers(1, 5_000)),
    st.builds(lambda to: lambda desk: desk.add(f.GroupMoved(GROUP, to)).settle(), POOLS["to"]),
    st.builds(lambda wait: lambda desk: desk.away(wait), st.integers(60, 8_000)),
    st.sampled_from([_turn, _lose]),
)
VENDORS = st.sampled_from(
    [
        lambda order: "accepted",
        lambda order: "failed_for_good",
        lambda order: "unknown",
        lambda order: "failed_for_good" if order.channel == "webhook" else "accepted",
        lambda order: "failed_for_good" if order.person == "ana" else "accepted",
    ]
)


def _led(moves: list[Move], vendor: Callable[[f.Ordered], str], severity: str | None) -> Desk:
    """An incident after some moves, at rest. The desk itself asserts that each settling ends."""
    desk = Desk(vendor=vendor)
    desk.settle()
    if severity is not None:
        desk.do("ana", c.Declare(severity, WORDS))
    for move in moves:
        move(desk)
    return desk


LED = st.builds(
    _led, st.lists(MOVES, min_size=3, max_size=20), VENDORS, st.sampled_from([None, "sev1", "sev2", "sev3"])
)


@BOUNDED
@given(LED)
def test_what_is_owed_comes_to_rest(desk: Desk) -> None:
    assert due(desk.state, desk.world, desk.now).ready == ()


@BOUNDED
@given(LED, st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4))
def test_nothing_becomes_ready_before_the_instant_at_which_to_ask_again(desk: Desk, parts: list[float]) -> None:
    again = due(desk.state, desk.world, desk.now).ask_again
    end = again if again is not None else later(desk.now, 86_400)
    for part in parts:
        at = Instant(desk.now + int((end - desk.now - 1) * part))
        between = due(desk.state, desk.world, at)
        assert between.ready == (), (at, again)
        assert between.ask_again == again


@BOUNDED
@given(LED)
def test_asking_again_is_never_idle_for_long(desk: Desk) -> None:
    """At the instant named there is something to take, or the answer to look at has changed."""
    first = due(desk.state, desk.world, desk.now)
    if first.ask_again is None:
        return
    then = due(desk.state, desk.world, first.ask_again)
    assert then.ready or then.ask_again is None or then.ask_again > first.ask_again


@BOUNDED
@given(LED, st.integers(1, 20_000), st.integers(1, 20_000))
def test_what_is_ready_stays_ready_until_it_is_taken(desk: Desk, wait: int, more: int) -> None:
    """An engine that comes late finds at least what it would have found in time."""
    desk.world = replace(desk.world, overrides={})
    desk.settle()
    soon = {duty.key for duty in due(desk.state, desk.world, later(desk.now, wait)).ready}
    late = {duty.key for duty in due(desk.state, desk.world, later(desk.now, wait + more)).ready}
    assert soon <= late


@BOUNDED
@given(LED)
def test_ready_and_coming_are_in_order(desk: Desk) -> None:
    owed = due(desk.state, desk.world, later(desk.now, 900))
    for duties in (owed.ready, owed.upcoming):
        assert all(before.at <= after.at for before, after in pairwise(duties))
    assert owed.ask_again is None or owed.ask_again > later(desk.now, 900)


@BOUNDED
@given(LED)
def test_wiped_and_rebuilt_from_its_bytes_a_record_owes_the_same(desk: Desk) -> None:
    again = [entry._replace(fact=decode(*kind_of(entry.fact), encode(entry.fact))) for entry in desk.entries]
    state = fold(again)
    assert state == desk.state
    assert due(state, desk.world, desk.now) == due(desk.state, desk.world, desk.now)


@BOUNDED
@given(LED)
def test_an_unanswered_page_is_never_given_up(desk: Desk) -> None:
    asks = any(policy.unanswered for policy in in_force(desk.state, desk.world))
    if may_page(desk.state) is not None or desk.state.paging.answered or not asks:
        return
    assert any(what in ("page", "round", "order") for _, what, _, _ in desk.coming())


@BOUNDED
@given(LED)
def test_one_live_call_a_person(desk: Desk) -> None:
    called = [call.person for call in live_calls(desk.state, desk.world)]
    assert len(called) == len(set(called))


# ----------------------------------------------------------------------------------------- plans

HANDLE = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)


@BOUNDED
@given(
    st.lists(HANDLE, unique=True, max_size=4),
    st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3).map(tuple), max_size=3),
    st.integers(0, 10**6),
    st.text(max_size=20),
)
def test_a_plan_survives_its_json(
    services: list[str], taxonomy: dict[str, tuple[str, ...]], seconds: int, text: str
) -> None:
    shared = plan()
    changed = plan(
        organisation=replace(shared.organisation, name=text),
        services=tuple(replace(shared.services[0], id=each, title=text) for each in services),
        taxonomy=taxonomy,
        limits=replace(shared.limits, flap_window=seconds),
        cadence=tuple(replace(row, first=seconds) for row in shared.cadence),
    )
    body = plan_to_json(changed)
    assert plan_from_json(body) == changed
    assert plan_to_json(plan_from_json(body)) == body
    assert set(index(changed).services) == set(services)
    assert EARLIEST < LATEST
