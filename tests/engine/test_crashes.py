"""Killed at any commit, nothing that was answered is lost, and every page leaves at least once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.engine.killer import Killer, heads, survive
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.sim.world import PretendWorld
from tocsin.store.base import StoreRefused, StoreUnavailable
from tocsin.store.sqlite import Sqlite
from tocsin.store.verify import verify

Begin = Callable[..., PretendWorld]
COMMITS = 110
"""More than the script needs: a kill that never comes must leave the same story."""
MANY = [pytest.param(n, marks=[] if n % 9 == 1 else pytest.mark.slow) for n in range(1, COMMITS + 1)]


def told(world: PretendWorld) -> set[tuple[str, str, str]]:
    return {(ring.person, ring.channel, ring.message.verb) for ring in world.post.rings}


def cancelled(world: PretendWorld) -> set[tuple[str, str, str]]:
    """Pages that a kill held back for a lease, and that nobody needed any more when it had ended: said, with why."""
    entries = [each.fact for each in world.entries(world.record(1))]
    ended = {fact.key for fact in entries if isinstance(fact, f.Sent) and fact.outcome == "cancelled" and fact.code}
    orders = [fact for fact in entries if isinstance(fact, f.Ordered) and fact.key in ended]
    return {(order.person, order.channel, order.verb) for order in orders}


def kinds(world: PretendWorld) -> Counter[str]:
    return Counter(world.facts())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Counter[str], set[tuple[str, str, str]]]:
    """The script without a kill: commits, facts, who was told over what."""
    from tests.engine.script import MONDAY
    from tests.plans import plan
    from tocsin.store.sqlite import Sqlite

    killer, path = Killer(), tmp_path_factory.mktemp("world") / "world.db"
    world = PretendWorld(plan(), lambda: killer.around(Sqlite(path, write=True, durable=False)), MONDAY)
    survive(world, killer)
    found = killer.commits, kinds(world), told(world)
    world.store.close()
    return found


def test_the_script_is_long_enough(undisturbed: tuple[int, Counter[str], set[tuple[str, str, str]]]) -> None:
    commits, facts, rings = undisturbed
    assert 40 < commits < COMMITS
    assert facts["incident.closed"] == 1
    assert rings == {("ana", "webhook", "page"), ("ana", "smtp", "page"), ("bo", "webhook", "page")}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("n", MANY)
def test_killed_at_a_commit(
    begin: Begin, undisturbed: tuple[int, Counter[str], set[tuple[str, str, str]]], n: int, after: bool
) -> None:
    killer = Killer(n, after)
    world = begin(killer.around)
    answered = survive(world, killer)
    _, facts, rings = undisturbed
    assert kinds(world) == facts
    assert told(world) | cancelled(world) == rings
    for kept in answered:
        for record, (at, hash) in kept.items():
            with world.store.reading() as reading:
                assert reading.load(record, after=at - 1)[0].hash == hash, "a row that was answered for is gone"
    with world.store.reading() as reading:
        assert verify(reading).flaws == []
    _once_or_said(world)


def _once_or_said(world: PretendWorld) -> None:
    first: set[str] = set()
    for ring in world.post.rings:
        assert ring.message.key not in first or ring.message.possible_duplicate
        first.add(ring.message.key)


def test_killed_between_handing_over_and_writing_it_down(begin: Begin) -> None:
    world = begin()
    world.alert()
    while not world.rang():
        world.engine.turn()
    world.die()
    world.start()
    if not isinstance(world.store, Sqlite):
        world.forward(30)
        assert len(world.rang()) == 1, "another engine may have it under way: its lease runs"
        world.forward(40)
    world.settle()
    first, second = world.rang()
    assert (first.message.key, first.message.possible_duplicate) == (second.message.key, False)
    assert second.message.possible_duplicate
    assert "may have had this message before" in second.message.text


def test_a_result_that_cannot_be_written_now_is_written_later(begin: Begin) -> None:
    world = begin()
    world.alert()
    while not world.rang():
        world.engine.turn()
    store = world.engine.heart.store

    class Away:
        now = store.now

        def writing(self, *, alone: bool = False) -> None:
            raise StoreUnavailable("the disk is full")

        reading = writing

    world.engine.heart.store = Away()  # type: ignore[assignment]
    for _ in range(3):
        assert not world.engine.turn()
        assert world.engine.rest(1.0) == 1.0
    world.engine.heart.store = store
    world.forward(90)
    assert len(world.rang()) == 1
    assert world.facts().count("page.sent") == 1


def test_a_second_engine_on_one_file_does_not_start(tmp_path) -> None:
    from tocsin.store.sqlite import Sqlite

    first = Sqlite(tmp_path / "one.db", write=True)
    with pytest.raises(StoreRefused, match=r"an engine holds one\.db already"):
        Sqlite(tmp_path / "one.db", write=True)
    first.close()
    Sqlite(tmp_path / "one.db", write=True).close()


def test_a_repeat_after_a_restart_is_a_repeat_though_its_first_end_has_long_passed(begin: Begin) -> None:
    world = begin()
    for _ in range(30):
        world.alert(ends_at=_in(world, 240))
        world.forward(240)
    world.away(20)
    assert world.alert(ends_at=_in(world, 240)) == {"repeat": 1}


def _in(world: PretendWorld, seconds: int):
    from tocsin.core.instants import later

    return later(world.clock.now(), seconds)


@pytest.mark.parametrize("step", [3_600, -3_600], ids=["forward", "back"])
def test_a_clock_that_steps_loses_and_repeats_no_page(begin: Begin, step: int) -> None:
    world = begin()
    world.alert()
    world.forward(60)
    world.clock.forward(step)
    world.settle()
    rang = [(ring.person, ring.channel) for ring in world.rang()]
    away = step > 0
    assert rang == [("ana", "webhook")] * (1 + away), (
        "a step forward looks like a sleep: who is on call is rung, no more"
    )
    assert ("incident.resumed" in world.facts()) is away
    world.forward(3_600 + 600)
    keys = [ring.message.key for ring in world.rang()]
    assert len(keys) == len(set(keys)), "nothing rang twice"
    assert {"ana", "bo"} <= {ring.person for ring in world.rang()}
    assert world.act("ana", c.Acknowledge()) is not None
    assert heads(world)


@pytest.mark.postgres
def test_the_server_is_killed_in_the_middle_and_the_incident_goes_on() -> None:
    from tests.cluster import cluster
    from tests.engine.script import MONDAY, STEPS
    from tests.plans import plan
    from tests.store.conftest import opened

    with cluster() as server:
        world = PretendWorld(plan(), lambda: opened(server.url("postgres")), MONDAY)
        for number, step in enumerate(STEPS):
            if number in (2, 6, 12):
                kept = heads(world)
                server.stop()
                assert not world.engine.turn()
                with pytest.raises(StoreUnavailable):
                    world.alert()
                server.start()
                assert heads(world) == kept
            step(world)
        world.settle()
        assert world.rows()[0].state == "closed"
        keys = [ring.message.key for ring in world.rang()]
        assert len(keys) == len(set(keys)) == 3
        with world.store.reading() as reading:
            assert verify(reading).whole
        world.store.close()


def test_a_graceful_stop_seals_what_moved(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.engine.finish()
    with world.store.reading() as reading:
        sealed = {record: n for seal in reading.seals() for record, n, _ in seal.heads}
    assert sealed == {record: n for record, (n, _) in heads(world).items()}
