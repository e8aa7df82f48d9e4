"""What only PostgreSQL has: several engines, a server that goes away, and plans made on empty tables."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.cluster import Cluster, cluster
from tests.store.conftest import opened
from tests.store.rows import facts, group, order
from tocsin.core.instants import Instant
from tocsin.store import postgres as module
from tocsin.store.base import Conflict, StoreRefused, StoreUnavailable, Writing
from tocsin.store.postgres import Postgres
from tocsin.store.urls import open_store

pytestmark = pytest.mark.postgres


@pytest.fixture
def two(postgres: Cluster) -> Iterator[tuple[Postgres, Postgres]]:
    """Two engines' stores over one database."""
    url = postgres.new()
    stores = Postgres(url, clock=False), Postgres(url, clock=False)
    for store in stores:
        with store.writing() as w:
            w.moved_by_others()
    yield stores
    for store in stores:
        store.close()


def test_each_takes_timers_that_the_other_has_not_in_hand(two: tuple[Postgres, Postgres]) -> None:
    one, other = two
    with one.writing() as w:
        w.set_timers([(str(n), Instant(n)) for n in range(4)])
    with one.writing() as first, other.writing() as second:
        assert [t.record for t in first.claim_timers(Instant(9), 2, "one", 30)] == ["0", "1"]
        assert [t.record for t in second.claim_timers(Instant(9), 9, "other", 30)] == ["2", "3"]


def test_each_sends_rows_that_the_other_has_not_in_hand(two: tuple[Postgres, Postgres]) -> None:
    one, other = two
    with one.writing() as w:
        w.put_outbox([order(str(n), ordered_at=Instant(n)) for n in range(3)])
    with one.writing() as first, other.writing() as second:
        assert [row.key for row in first.waiting(Instant(99), 2)] == ["0", "1"]
        assert [row.key for row in second.waiting(Instant(99), 9)] == ["2"]


def test_who_decided_on_a_snapshot_that_has_passed_decides_anew(two: tuple[Postgres, Postgres]) -> None:
    one, other = two
    with one.writing() as w:
        w.set_timers([("r", Instant(1))])
    with pytest.raises(Conflict), one.writing() as late:
        assert late.head("r") is None
        with other.writing() as w:
            w.append(facts("r", 1))
            w.set_timers([("r", Instant(2))])
        late.claim_timers(Instant(9), 9, "one", 30)


def test_a_lock_that_is_not_free_soon_is_a_conflict(two: tuple[Postgres, Postgres]) -> None:
    one, other = two
    with one.writing() as holder:
        holder.append(facts("r", 1))
        with pytest.raises(Conflict), other.writing() as w:
            w.append(facts("r", 1))
    with one.reading() as reading:
        assert len(reading.load("r")) == 1


def test_the_last_try_runs_alone(two: tuple[Postgres, Postgres]) -> None:
    one, other = two
    with one.writing(alone=True), pytest.raises(Conflict), other.writing():
        pass
    with one.writing(alone=True), other.reading() as reading:
        assert reading.meta("schema") == "1", "who reads waits for nobody"


def test_what_others_moved_is_told_once(two: tuple[Postgres, Postgres]) -> None:
    one, other = two
    with other.writing() as w:
        w.append([*facts("group:a", 2), *facts("incident:b", 1)])
    with one.writing() as w:
        w.append(facts("group:mine", 1))
        assert sorted(w.moved_by_others() or ()) == ["group:a", "incident:b"]
    with one.writing() as w:
        assert w.moved_by_others() == []


def test_what_commits_late_is_told_all_the_same(two: tuple[Postgres, Postgres]) -> None:
    one, other = two
    with other.writing() as slow:
        slow.append(facts("group:slow", 1))
        with one.writing() as w:
            w.append(facts("group:quick", 1))
            assert w.moved_by_others() == [], "it is not committed yet, though it began first"
    with one.writing() as w:
        assert w.moved_by_others() == ["group:slow"]


def test_who_looked_away_too_long_reads_everything(two: tuple[Postgres, Postgres]) -> None:
    one, _ = two
    assert one.seen is not None
    one.seen = (one.seen[0], one.seen[1] - module.KEEP_MOVED)
    with one.writing() as w:
        assert w.moved_by_others() is None
        assert w.moved_by_others() == []
    one.seen = (one.seen[0] + 1_000_000, one.seen[1])
    with one.writing() as w:
        assert w.moved_by_others() is None, "a server that fell back to an older state"


def test_a_server_that_was_killed_is_unavailable_and_then_itself_again() -> None:
    with cluster() as server:
        store = Postgres(server.url("postgres"), clock=False)
        with store.writing() as w:
            w.append(facts("r", 1))
        with store.reading() as reading:
            assert reading.head("r") is not None
        with pytest.raises(StoreUnavailable), store.writing() as w:
            w.append(facts("lost", 1))
            server.stop()
        for attempt in (store.writing, store.reading):
            with pytest.raises(StoreUnavailable), attempt():
                pass
        server.start()
        with store.writing() as w:
            assert [w.head("lost"), len(w.load("r"))] == [None, 1]
            w.append(facts("r", 1, after=1))
        with store.reading() as reading:
            assert len(reading.load("r")) == 2
        store.close()


def test_a_connection_that_the_server_dropped_is_replaced_unseen(postgres: Cluster) -> None:
    url = postgres.new()
    store = Postgres(url, clock=False)
    with store.reading() as reading:
        assert reading.meta("schema") == "1"
    with store.writing() as w:
        w.set_meta("word", "said")
    with psycopg.connect(url, autocommit=True) as raw:
        ended = raw.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert len(ended) == 2
    with store.reading() as reading:
        assert reading.meta("word") == "said"
    with store.writing() as w:
        w.set_meta("word", "again")
    store.close()


def test_a_commit_of_what_had_failed_is_no_commit(postgres: Cluster) -> None:
    store = Postgres(postgres.new(), clock=False)
    with pytest.raises(StoreUnavailable, match="rolled"), store.writing() as w:
        w.append(facts("r", 1))
        with pytest.raises(Conflict):
            w.append(facts("r", 1))
    store.close()


def test_plans_made_on_empty_tables_do_not_scan(postgres: Cluster) -> None:
    url = postgres.new()
    store = Postgres(url, clock=False)

    def ask(w: Writing) -> None:
        w.load("group:7")
        w.head("group:7")
        w.command("none")
        w.outbox(record="incident:7")

    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute("VACUUM ANALYZE")  # now the server knows the tables to be empty
    with store.writing() as w:
        for _ in range(30):
            ask(w)
    with store.writing() as w:
        w.append([row for n in range(2_000) for row in facts(f"group:{n}", 3)])
        w.put_groups([group(str(n)) for n in range(2_000)])
        w.put_outbox([order(str(n), record=f"incident:{n}") for n in range(2_000)])
        w.driver.query("SELECT pg_stat_force_next_flush()")  # type: ignore[attr-defined]
    with psycopg.connect(url, autocommit=True) as raw:
        before = _scans(raw)
        with store.writing() as w:
            for _ in range(30):
                ask(w)
            w.driver.query("SELECT pg_stat_force_next_flush()")  # type: ignore[attr-defined]
        store.close()
        assert _scans(raw) == before


def _scans(raw: psycopg.Connection) -> dict[str, int]:
    raw.execute("SELECT pg_stat_clear_snapshot()")
    sql = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN ('facts', 'outbox', 'groups')"
    return dict(raw.execute(sql).fetchall())  # type: ignore[arg-type]


def test_a_database_that_is_not_there_is_refused_without_a_password(postgres: Cluster) -> None:
    url = postgres.url("nowhere").replace("tocsin@", "tocsin:hidden@")
    with pytest.raises(StoreRefused, match="nowhere") as refused:
        open_store(url, write=True)
    assert "hidden" not in str(refused.value)


def test_an_empty_database_is_refused_to_who_only_reads(postgres: Cluster) -> None:
    with pytest.raises(StoreRefused, match="start the server once"):
        open_store(postgres.new(), write=False)


def test_a_server_that_is_too_old_is_refused(postgres: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OLDEST", 990_000)
    with pytest.raises(StoreRefused, match="99 or newer"):
        open_store(postgres.new(), write=True)


def test_its_clock_is_the_databases(postgres: Cluster) -> None:
    url = postgres.new()
    store = Postgres(url)
    with psycopg.connect(url) as raw:
        [(before,)] = raw.execute(module.CLOCK).fetchall()
        found = store.now()
        with store.writing():
            within = store.now()
            assert within == store.now(), "one instant a transaction"
        [(after,)] = raw.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").fetchall()
    assert found is not None
    assert within is not None
    assert before <= found <= within <= after
    store.close()
    assert opened(url).now() is None
