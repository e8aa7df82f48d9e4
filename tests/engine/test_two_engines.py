"""Two engines over one PostgreSQL: what one writes the other knows, and nothing is done twice."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.engine.conftest import Pair
from tests.plans import plan as shared_plan
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.instants import Instant, later
from tocsin.core.plan_json import plan_to_json
from tocsin.engine import admin, handle, intake
from tocsin.engine.run import Engine
from tocsin.engine.wire import Incoming

pytestmark = pytest.mark.postgres


def alert(engine: Engine, *, firing: bool = True, ends_at: Instant | None = None, **labels: str) -> dict[str, int]:
    """An alert comes in at one of the engines."""
    now = engine.heart.clock.now()
    said = tuple(sorted({"alertname": "Down", **labels}.items()))
    incoming = Incoming(said, firing, now, ends_at if firing else now, b"Down\n{}")
    return engine.heart.transact(lambda unit, w: intake.take(engine.heart, unit, w, "test", [incoming])).counts


def act(engine: Engine, person: str, record: str, command: c.Command, id: str = "") -> handle.Answer:
    actor = c.Actor(person, frozenset({"view", "respond"}), "cli")
    return engine.heart.transact(lambda unit, w: handle.handle(engine.heart, unit, w, id, record, command, actor))


def together(*work: Callable[[], object]) -> None:
    """Do each in a thread of its own, all begun at one instant."""
    barrier = threading.Barrier(len(work))
    broken: list[BaseException] = []

    def run(each: Callable[[], object]) -> None:
        barrier.wait(10)
        try:
            each()
        except BaseException as problem:
            broken.append(problem)

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert broken == []


def test_a_repeat_at_the_other_engine_is_a_repeat(pair: Pair) -> None:
    one, other = pair.engines
    assert alert(one) == {"new": 1}
    assert alert(other) == {"repeat": 1}
    assert alert(other, firing=False) == {"cleared": 1}
    pair.one.clock.forward(1)
    assert alert(one) == {"new": 1}, "it fires again, though this engine had not seen it clear"
    assert len(pair.one.groups()) == 1


def test_another_alert_of_a_group_joins_it_at_the_other_engine(pair: Pair) -> None:
    one, other = pair.engines
    alert(one)
    alert(other, instance="b")
    alert(one, instance="c")
    [group] = pair.one.groups()
    assert (group.firing, group.total) == (3, 3)
    assert len(pair.one.rows()) == 1


def test_the_same_alert_at_both_at_once_is_one_incident_and_one_page(pair: Pair) -> None:
    one, other = pair.engines
    for round_ in range(5):
        name = f"Down{round_}"
        together(lambda n=name: alert(one, alertname=n), lambda n=name: alert(other, alertname=n))
    assert len(pair.one.rows()) == 1
    assert [len([e for e in _fired(pair) if e == print_]) for print_ in set(_fired(pair))] == [1] * 5
    pair.one.settle()
    assert [ring.person for ring in pair.one.rang()] == ["ana"]


def _fired(pair: Pair) -> list[str]:
    with pair.store.reading() as reading:
        records = reading.records("group:")
    entries = [each for record in records for each in pair.one.entries(record)]
    return [each.fact.fingerprint for each in entries if isinstance(each.fact, f.AlertFired)]


def test_both_tick_and_nothing_is_ordered_twice(pair: Pair) -> None:
    one, other = pair.engines
    for number in range(12):
        alert(one, service="web", alertname=f"A{number}")
        alert(one, alertname=f"B{number}")
    for _ in range(20):
        pair.one.clock.forward(60)
        together(one.turn, other.turn)
        together(one.turn, other.turn)
    pair.one.settle()
    for row in pair.one.rows():
        entries = pair.one.entries(row.record)
        ordered = [each.fact.key for each in entries if isinstance(each.fact, f.Ordered)]
        assert len(ordered) == len(set(ordered))
        assert len(ordered) > 3
        assert [each.n for each in entries] == list(range(1, len(entries) + 1))
        sent = [each.fact.key for each in entries if isinstance(each.fact, f.Sent) and each.fact.outcome == "accepted"]
        assert len(sent) == len(set(sent)), "nothing was sent twice"
    assert one.health.failures == {}
    assert other.health.failures == {}


def test_an_answer_at_one_stops_the_ladder_at_the_other(pair: Pair) -> None:
    one, other = pair.engines
    alert(one)
    pair.one.settle()
    [row] = pair.one.rows()
    answer = act(other, "ana", row.record, c.Acknowledge())
    assert isinstance(answer, handle.Done)
    pair.one.clock.forward(400)
    pair.one.settle()
    assert [ring.person for ring in pair.one.rang()] == ["ana"]


def test_two_commands_at_once_are_both_on_the_record(pair: Pair) -> None:
    one, other = pair.engines
    alert(one)
    [row] = pair.one.rows()
    words = [pair.one.words(f"note {number}") for number in range(2)]
    together(
        lambda: [act(one, "ana", row.record, c.Note("note", words[0])) for _ in range(10)],
        lambda: [act(other, "bo", row.record, c.Note("note", words[1])) for _ in range(10)],
    )
    assert pair.one.facts().count("incident.noted") == 20


def test_a_command_id_counts_once_whichever_engine_has_it(pair: Pair) -> None:
    one, other = pair.engines
    alert(one)
    [row] = pair.one.rows()
    note = c.Note("note", pair.one.words("once"))
    first = act(one, "ana", row.record, note, "command-1")
    assert act(other, "ana", row.record, note, "command-1") == first
    assert pair.one.facts().count("incident.noted") == 1


def test_people_and_overrides_entered_at_one_count_at_the_other(pair: Pair) -> None:
    one, other = pair.engines
    now = pair.one.clock.now()
    override = {
        "rotation": "primary", "person": "cy", "start": now, "end": later(now, 3600), "reason": "swap",
    }  # fmt: skip
    one.heart.transact(lambda unit, w: admin.set_override(one.heart, unit, w, admin.ADMIN, **override))
    alert(other)
    other.turn()
    while other.turn():
        pass
    assert [ring.person for ring in pair.one.rang()] == ["cy"]


def test_a_plan_applied_at_one_rules_at_the_other(pair: Pair) -> None:
    one, other = pair.engines
    changed = replace(shared_plan(), taxonomy={})
    body = plan_to_json(changed)
    hash = one.heart.transact(lambda unit, w: admin.apply_plan(one.heart, unit, w, admin.ADMIN, body, None))
    alert(other)
    [group] = pair.one.groups()
    assert group.rules == hash


def test_a_title_erased_at_one_is_not_remembered_at_the_other(pair: Pair) -> None:
    one, other = pair.engines
    alert(other)
    [row] = pair.one.rows()
    assert row.title == "Down"
    ref = pair.one.incident().title
    one.heart.transact(lambda unit, w: admin.erase(one.heart, unit, w, admin.ADMIN, row.record, ref, "asked"))
    act(other, "ana", row.record, c.Acknowledge())
    assert pair.one.rows()[0].title == ""


def test_an_alert_that_repeats_at_one_is_not_taken_for_silent_by_the_other(pair: Pair) -> None:
    one, other = pair.engines
    clock = pair.one.clock
    alert(one, ends_at=later(clock.now(), 240))
    other.turn()
    for _ in range(150):
        clock.forward(60)
        alert(one, ends_at=later(clock.now(), 240))
        one.turn()
        other.turn()
    [group] = pair.one.groups()
    assert (group.firing, group.total) == (1, 1)
    for _ in range(70):
        clock.forward(60)
        one.turn()
        other.turn()
    assert pair.one.groups()[0].firing == 0, "its sender has fallen silent at last"


def test_two_servers_over_one_postgresql_have_a_door_each() -> None:
    from tocsin.app import door_of, own_door
    from tocsin.config import Config

    shared = Config(database="postgresql://tocsin@db.example/tocsin")
    assert door_of(own_door(shared)) != door_of(shared), "the second would unlink the first one's"
    assert str(os.getpid()) in own_door(shared).door
    alone = Config(database="sqlite:///one.db")
    assert own_door(alone) == alone, "one file has one engine, and the command line finds its door"
