"""What alerts of one batch do together: they share one transaction, and must not stand in each other's way."""

from __future__ import annotations

from tests.stories.conftest import Begin

from tocsin.engine.door import Connection, Frame, Question, raw
from tocsin.engine.wire import Alerts, Incoming
from tocsin.store.base import ENGINE


def question(id: int, instance: str, name: str = "ApiDown") -> Question:
    labels = (("alertname", name), ("instance", instance), ("service", "api"))
    alerts = Alerts("prometheus", [Incoming(labels, True, 1_768_212_000_000_000, None, b"The API is down\n{}")])  # type: ignore[arg-type]
    return Question(Connection(None), Frame(id, "alerts", raw(alerts)))  # type: ignore[arg-type]


def test_two_requests_of_one_batch_open_one_group(begin: Begin) -> None:
    world = begin()
    answers = world.engine.answer([question(1, "one"), question(2, "two"), question(3, "three", "Other")])
    assert [status for status, _ in answers] == ["ok", "ok", "ok"]
    with world.store.reading() as reading:
        groups = {row.key: row.total for row in reading.groups(ENGINE)}
        assert sorted(groups.values()) == [1, 2]
        assert len(reading.incidents(ENGINE).rows) == 1


def test_counts_in_the_lists_may_lag_and_catch_up(begin: Begin) -> None:
    world = begin()
    world.engine.heart.lists_lag = 0.25

    def total() -> int:
        with world.store.reading() as reading:
            (row,) = reading.groups(ENGINE)
            return row.total

    for number in range(3):
        world.engine.answer([question(number, f"host-{number}")])
    assert total() == 1
    world.engine.turn()
    assert total() == 1
    assert world.engine.next_wake() <= world.clock.now() + 250_000
    world.clock.forward(0.25)
    world.engine.turn()
    assert total() == 3
    assert world.engine.heart.behind_since() is None


def test_a_clear_is_listed_at_once_though_counts_lag(begin: Begin) -> None:
    world = begin()
    world.engine.heart.lists_lag = 60.0
    world.engine.answer([question(1, "one"), question(2, "two")])
    for name in ("one", "two"):
        asked = question(3, name)
        alerts = Alerts(
            "prometheus",
            [
                Incoming(
                    (("alertname", "ApiDown"), ("instance", name), ("service", "api")),
                    False,
                    1_768_212_000_000_000,  # type: ignore[arg-type]
                    1_768_212_060_000_000,  # type: ignore[arg-type]
                    b"The API is down\n{}",
                )
            ],
        )
        world.engine.answer([Question(asked.connection, Frame(4, "alerts", raw(alerts)))])
    with world.store.reading() as reading:
        (row,) = reading.groups(ENGINE)
        assert (row.firing, row.total) == (0, 2)
        assert reading.next_timer() is not None
