"""Tokens, sessions, passwords and remembered commands; one suite for every store."""

from __future__ import annotations

import pytest

from tocsin.core.instants import Instant
from tocsin.store.base import AccessRow, Conflict, Store
from tocsin.store.writing import REMEMBER


def access(digest: str, kind: str = "token", name: str = "", handle: str = "ana") -> AccessRow:
    return AccessRow(digest, kind, name or digest, handle, ("view", "respond"), Instant(1), Instant(99))


def test_a_token_is_found_by_its_digest_and_kind(store: Store) -> None:
    with store.writing() as w:
        w.put_access(access("t"))
        w.put_access(access("s", "session"))
        w.touch_access("t", Instant(5))
    with store.reading() as reading:
        found = reading.find_token("t")
        assert found is not None
        assert (found.scopes, found.used_at, found.expires_at) == (("view", "respond"), 5, 99)
        assert reading.find_token("s") is None
        assert reading.find_session("s") == access("s", "session")
        assert reading.find_session("t") is None
        assert reading.find_access("s", "session") == access("s", "session")
        assert [row.name for row in reading.list_tokens()] == ["t"]
        assert [row.digest for row in reading.list_sessions("ana")] == ["s"]
        assert reading.list_sessions("bo") == []


def test_a_token_of_the_same_name_replaces_the_first(store: Store) -> None:
    with store.writing() as w:
        w.put_access(access("old", name="deploys"))
        w.put_access(access("new", name="deploys"))
        assert w.find_token("old") is None
        assert w.find_token("new") is not None


def test_dropping_needs_to_say_what(store: Store) -> None:
    with store.writing() as w:
        for digest, handle in (("a", "ana"), ("b", "ana"), ("c", "bo")):
            w.put_access(access(digest, "session", handle=handle))
        assert w.drop_access("session") == 0, "nothing said is nothing dropped"
        assert w.drop_access("token", handle="ana") == 0
        assert w.drop_access("session", handle="ana", digest="a") == 1
        assert w.drop_access("session", handle="ana") == 1
        assert [row.digest for row in w.list_sessions("bo")] == ["c"]


def test_passwords(store: Store) -> None:
    with store.writing() as w:
        w.put_password("ana", "one")
        w.put_password("ana", "two")
    with store.reading() as reading:
        assert reading.password("ana") == "two"
        assert reading.password("bo") is None


def test_a_command_id_is_remembered_for_a_day_and_taken_once(store: Store) -> None:
    day = int(REMEMBER * 1e6)
    with store.writing() as w:
        w.remember_command("c1", Instant(10), b"answer")
    with store.reading() as reading:
        assert reading.command("c1") == b"answer"
        assert reading.command("c2") is None
    with pytest.raises(Conflict), store.writing() as w:
        w.remember_command("c1", Instant(11), b"another")
    with store.writing() as w:
        w.remember_command("c3", Instant(11 + day), b"later")
        assert w.command("c1") is None
