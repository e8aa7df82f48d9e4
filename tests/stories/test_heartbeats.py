"""What should beat and falls silent rings; what beats writes nothing; an engine that was away blames nobody else."""

from __future__ import annotations

from tests.plans import M, plan
from tests.stories.conftest import HOUR, MINUTE, SHARED, Begin, rung

from tocsin.core.heartbeats import key_of, read_key
from tocsin.core.instants import later
from tocsin.core.plan import Plan
from tocsin.core.plan_heartbeats import Heartbeat
from tocsin.core.refusals import Refusal
from tocsin.engine import heartbeats
from tocsin.sim.world import PretendWorld

BACKUP = Heartbeat(id="backup", title="Nightly backup", service="web", period=10 * MINUTE, grace=2 * MINUTE)
WATCHDOG = Heartbeat(id="prometheus", service="api", period=5 * MINUTE, alert=(M('alertname="Watchdog"'),))


def beating(*heartbeats: Heartbeat) -> Plan:
    return plan(heartbeats=heartbeats)


def ping(world: PretendWorld, id: str = "backup") -> Refusal | None:
    heart = world.engine.heart
    return heart.transact(lambda unit, w: heartbeats.ping(heart, unit, w, id))


def live(world: PretendWorld, seconds: float) -> None:
    """Time passes as it does for a real engine, which looks every few seconds."""
    for _ in range(round(seconds / 5)):
        world.forward(5)


def facts(world: PretendWorld) -> int:
    with world.store.reading() as reading:
        return int(reading.driver.query("SELECT count(*) FROM facts")[0][0])


def test_silence_rings_after_period_and_grace(begin: Begin) -> None:
    world = begin(beating(BACKUP))
    assert ping(world) is None
    live(world, 12 * MINUTE)
    assert rung(world) == []
    live(world, 20)
    assert [(person, channel) for _, person, channel in rung(world)] == [("ana", "webhook")]
    row = world.rows()[0]
    assert (row.title, row.service) == ("No heartbeat of Nightly backup", "web")
    live(world, MINUTE)
    assert len(world.rows()) == 1, "it is one alert, however long it stays silent"


def test_it_clears_when_it_beats_again(begin: Begin) -> None:
    world = begin(beating(BACKUP))
    live(world, 13 * MINUTE)
    assert len(rung(world)) == 1
    ping(world)
    live(world, MINUTE)
    assert [group.firing for group in world.groups()] == [0]
    live(world, 8 * MINUTE)
    assert len(rung(world)) == 1, "and nobody is called any more"
    live(world, 5 * MINUTE)
    assert [group.firing for group in world.groups()] == [1], "the next silence is heard as well"


def test_a_beat_writes_no_fact(begin: Begin) -> None:
    world = begin(beating(BACKUP, WATCHDOG))
    before = facts(world)
    for _ in range(20):
        ping(world)
        assert world.alert("Watchdog", source="alertmanager", severity="none") == {"heartbeat": 1}
        live(world, 4 * MINUTE)
    assert (facts(world), world.groups(), rung(world)) == (before, [], [])


def test_an_alert_that_always_fires_is_a_heartbeat_and_pages_when_it_stops(begin: Begin) -> None:
    world = begin(beating(WATCHDOG))
    world.alert("Watchdog", source="alertmanager")
    live(world, 4 * MINUTE)
    assert world.alert("Watchdog", source="alertmanager", firing=False) == {"heartbeat": 1}
    live(world, 3 * MINUTE)
    assert [row.title for row in world.rows()] == ["No heartbeat of prometheus"], "a clear is no beat"
    world.alert("Other", service="api")
    assert world.engine.heart.open.keys() != set(), "and other alerts are what they were"


def test_after_the_engine_was_away_a_full_period_is_granted(begin: Begin) -> None:
    world = begin(beating(BACKUP))
    ping(world)
    live(world, 5 * MINUTE)
    world.away(3 * HOUR)
    live(world, 12 * MINUTE)
    assert rung(world) == []
    live(world, 20)
    assert len(rung(world)) == 1


def test_what_was_seen_survives_a_restart(begin: Begin) -> None:
    world = begin(beating(BACKUP))
    ping(world)
    at = world.clock.now()
    live(world, 10)
    world.away(MINUTE)
    assert world.engine.heart.beats.seen == {"backup": at}


def test_what_is_missing_already_goes_on_and_is_not_said_twice(begin: Begin) -> None:
    world = begin(beating(BACKUP))
    live(world, 13 * MINUTE)
    world.away(2 * MINUTE)
    live(world, 20 * MINUTE)
    assert len(world.rows()) == 1
    assert [group.total for group in world.groups()] == [1]
    ping(world)
    assert [group.firing for group in world.groups()] == [0]


def test_a_heartbeat_that_leaves_the_plan_stops_ringing(begin: Begin) -> None:
    world = begin(beating(BACKUP))
    ping(world)
    live(world, 13 * MINUTE)
    assert [group.firing for group in world.groups()] == [1]
    assert isinstance(world.apply(SHARED, "it is gone"), str)
    live(world, MINUTE)
    assert [group.firing for group in world.groups()] == [0]
    answer = ping(world)
    assert isinstance(answer, Refusal) and answer.reason == "not_found"


def test_a_new_heartbeat_counts_from_when_it_is_known(begin: Begin) -> None:
    world = begin()
    live(world, HOUR)
    world.apply(beating(BACKUP))
    live(world, 11 * MINUTE)
    assert rung(world) == []
    live(world, 2 * MINUTE)
    assert len(rung(world)) == 1


def test_matchers_that_would_take_any_alert_are_refused(begin: Begin) -> None:
    world = begin()
    answer = world.apply(beating(Heartbeat(id="loose", period=60, alert=(M('env!="test"'),))))
    assert isinstance(answer, Refusal)
    assert [problem.where for problem in answer.problems] == ["heartbeats.loose.alert"]


def test_a_key_opens_its_own_heartbeat_alone() -> None:
    key = key_of("backup", b"secret")
    assert read_key(key, b"secret") == "backup"
    assert read_key(key, b"another") is None
    assert read_key(key.replace("backup", "other"), b"secret") is None
    assert read_key("\ud800", b"secret") is None and read_key("", b"secret") is None


def test_silence_is_noticed_within_fifteen_seconds_of_its_time(begin: Begin) -> None:
    world = begin(beating(BACKUP))
    ping(world)
    due = later(world.clock.now(), 12 * MINUTE)
    live(world, 13 * MINUTE)
    [ring] = world.rang()
    assert due < ring.at <= later(due, 15)
