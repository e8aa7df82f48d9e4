"""The record: facts, payloads, plans, seals; one suite for every store."""

from __future__ import annotations

import pytest

from tests.store.conftest import Opens
from tests.store.rows import facts, payload
from tocsin.core import chain
from tocsin.core.instants import Instant
from tocsin.store.base import Conflict, Store, StoreRefused


def test_facts_come_back_as_they_were(store: Store) -> None:
    rows = facts("incident:a", 3)
    with store.writing() as w:
        w.append(rows)
    with store.reading() as reading:
        assert reading.load("incident:a") == rows
        assert reading.load("incident:a", after=1) == rows[1:]
        assert reading.load("incident:a", until=Instant(1_002)) == rows[:2]
        assert reading.load("incident:b") == []
        assert reading.head("incident:a") == (3, rows[2].hash)
        assert reading.head("incident:b") is None


def test_a_second_row_of_the_same_place_is_a_conflict_and_writes_nothing(store: Store) -> None:
    with store.writing() as w:
        w.append(facts("incident:a", 2))
    with pytest.raises(Conflict), store.writing() as w:
        w.append(facts("incident:b", 1))
        w.append(facts("incident:a", 1))
    with store.reading() as reading:
        assert reading.records("incident:") == ["incident:a"]


def test_an_error_in_the_middle_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing() as w:
        w.append(facts("incident:a", 2))
        w.set_meta("word", "said")
        raise RuntimeError
    with store.reading() as reading:
        assert reading.load("incident:a") == []
        assert reading.meta("word") is None


def test_records_by_the_beginning_of_their_name_in_order(store: Store) -> None:
    names = ["group:2", "group:10", "incident:B", "incident:a", "incident:é", "incidents", "person:ana"]
    with store.writing() as w:
        w.append([row for name in names for row in facts(name, 2)])
    with store.reading() as reading:
        assert reading.records("incident:") == ["incident:B", "incident:a", "incident:é"]
        assert reading.records("group:") == ["group:10", "group:2"]
        assert reading.records("") == sorted(names)


def test_texts_are_kept_erased_and_never_return(store: Store) -> None:
    kept, gone = payload("incident:a", 1, b"kept\x00\xff"), payload("incident:a", 2, b"gone")
    with store.writing() as w:
        w.put_payloads([kept, gone])
    with store.writing() as w:
        assert w.erase("incident:a", gone.ref)
        assert not w.erase("incident:a", gone.ref), "it is erased already"
        assert not w.erase("incident:b", kept.ref), "it is another record's"
    with store.reading() as reading:
        assert reading.payload("incident:a", kept.ref) == kept
        emptied = reading.payload("incident:a", gone.ref)
        assert emptied is not None
        assert (emptied.body, emptied.salt) == (None, b"")
        assert set(reading.payloads("incident:a")) == {kept.ref, gone.ref}
        assert reading.payload("incident:a", "0" * 64) is None


def test_plans_are_kept_by_hash_once(store: Store) -> None:
    with store.writing() as w:
        w.put_plan("b", b"two")
        w.put_plan("a", b"one")
        w.put_plan("a", b"another")
    with store.reading() as reading:
        assert reading.plan("a") == b"one"
        assert reading.plan("c") is None
        assert reading.plan_hashes() == ["a", "b"]


def test_seals_chain_whatever_order_heads_come_in(store: Store) -> None:
    heads = [("incident:b", 2, b"2" * 32), ("incident:a", 1, b"1" * 32)]
    with store.writing() as w:
        first = w.put_seal(Instant(1), heads, chain.seal)
    with store.writing() as w:
        second = w.put_seal(Instant(2), heads[:1], chain.seal)
    with store.reading() as reading:
        seals = reading.seals()
    assert [(seal.n, seal.at, seal.hash) for seal in seals] == [(1, 1, first), (2, 2, second)]
    assert seals[0].heads == tuple(sorted(heads))
    assert chain.seal(first, Instant(2), seals[1].heads) == second


def test_meta_and_numbers(store: Store) -> None:
    with store.writing() as w:
        w.set_meta("word", "one")
        w.set_meta("word", "two")
        assert [w.next_number("incident"), w.next_number("incident"), w.next_number("drill")] == [1, 2, 1]
    with store.writing() as w:
        assert w.meta("word") == "two"
        assert w.next_number("incident") == 3


def test_a_readers_snapshot_stands_still(opens: Opens) -> None:
    writer, reader = opens(), opens(write=False)
    with writer.writing() as w:
        w.append(facts("incident:a", 1))
    with reader.reading() as reading:
        assert len(reading.load("incident:a")) == 1
        with writer.writing() as w:
            rows = reading.load("incident:a")
            w.append(facts("incident:a", 1, after=1, before=rows[0].hash))
        assert len(reading.load("incident:a")) == 1
    with reader.reading() as reading:
        assert len(reading.load("incident:a")) == 2


def test_who_only_reads_cannot_write(opens: Opens) -> None:
    opens()
    reader = opens(write=False)
    with pytest.raises(StoreRefused, match="reads only"), reader.writing():
        pass


def test_wiping_the_indexes_keeps_the_record(store: Store) -> None:
    from tests.store.rows import group, incident, order

    with store.writing() as w:
        w.append(facts("incident:1", 2))
        w.put_payloads([payload("incident:1", 1, b"text")])
        w.put_incidents([incident(1, watchers=("ana",))])
        w.put_groups([group("g")])
        w.put_outbox([order("k")])
        w.set_timers([("incident:1", Instant(5))])
        w.next_number("incident")
    with store.writing() as w:
        w.wipe_indexes()
    with store.writing() as w:
        assert w.timed_records() == []
        assert w.outbox(person="ana") == []
        assert w.people_of("incident:1") == frozenset()
        assert len(w.load("incident:1")) == 2
        assert len(w.payloads("incident:1")) == 1
        assert w.next_number("incident") == 2, "a number is never given twice"


def test_opened_again_it_is_as_it_was(opens: Opens) -> None:
    first = opens()
    with first.writing() as w:
        w.append(facts("incident:a", 2))
    first.close()
    with opens().reading() as reading:
        assert len(reading.load("incident:a")) == 2


def test_a_database_of_a_later_version_is_refused(opens: Opens) -> None:
    first = opens()
    with first.writing() as w:
        w.set_meta("schema", "99")
    first.close()
    with pytest.raises(StoreRefused, match="newer"):
        opens()
