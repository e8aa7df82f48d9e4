"""The battery of the sources that are told of one change at a time: what fires, what clears, what is refused by name.

Small bodies of our own stand in `told_bodies.py`; `test_recorded.py` reads the recorded ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from told_bodies import CASES, TOKEN, Case, Sent

from tocsin.core.instants import Instant, parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import registry
from tocsin.integrations.base import Alert, Request, Settings

NOW = parse_instant("2026-01-29T14:24:00Z")
NOTHING = Settings({}, {})
KINDS = sorted({case.kind for case in CASES.values()})


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def read(
    kind: str, sent: Sent, settings: Settings = NOTHING, now: Instant = NOW, *, admitted: bool = True
) -> tuple[Alert, ...] | Refusal:
    request = Request(sent.raw, sent.headers, sent.path, now, admitted, sent.method, sent.query)
    return registry.source(kind).read(request, settings)


def one(kind: str, sent: Sent, settings: Settings = NOTHING) -> Alert:
    got = read(kind, sent, settings)
    assert isinstance(got, tuple), str(got)
    (only,) = got
    return only


def test_what_fires_is_labelled_and_titled(case: Case) -> None:
    got = one(case.kind, case.fires)
    assert got.firing
    assert (got.starts_at, got.ends_at, got.flags) == (NOW, None, ())
    assert case.labels.items() <= dict(got.labels).items()
    assert dict(got.annotations)["summary"] == case.summary


def test_what_clears_is_the_same_alert(case: Case) -> None:
    fired, cleared = one(case.kind, case.fires), one(case.kind, case.clears)
    assert not cleared.firing
    assert cleared.ends_at == NOW
    assert cleared.key == fired.key
    assert fired.key or cleared.labels == fired.labels


def test_what_says_nothing_of_a_state_is_taken_and_makes_no_alert(case: Case) -> None:
    assert [read(case.kind, sent) for sent in case.says_nothing] == [()] * len(case.says_nothing)


def test_each_fault_is_refused_by_its_field(case: Case) -> None:
    for where, sent in case.wrong.items():
        got = read(case.kind, sent)
        assert isinstance(got, Refusal), where
        assert got.problems[0].where == where
        status, kind, body = registry.source(case.kind).answer(got)
        assert status in (400, 404, 422)
        assert kind.startswith("application/")
        assert where.encode() in body


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"17", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"a=b", b'{"a":NaN}'],
    ids=["nothing", "half", "number", "null", "bytes", "deep list", "deep object", "form", "NaN"],
)
def test_what_is_no_body_is_refused_and_never_raises(case: Case, raw: bytes) -> None:
    if case.fires.headers.get("ce-type") and raw in (b"", b"17", b"null"):
        pytest.skip("the data of an event in binary mode may be anything, and nothing")
    sent = Sent(raw, case.fires.path, case.fires.headers)
    got = read(case.kind, sent)
    assert isinstance(got, Refusal)
    assert got.problems[0].where
    assert got == read(case.kind, sent)
    status, _, body = registry.source(case.kind).answer(got)
    assert 400 <= status < 500
    assert len(body) < 2_000


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*at, name)
        yield from places(each, (*at, name))


def put(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """A copy of a body with another value at a place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize(
    "odd",
    [None, True, -1, 1e300, 10**400, "", "\0", "x" * 100_000, "javascript:alert(1)", [], [[1]], {}, {"a": {}}],
    ids=["null", "true", "-1", "1e300", "1e400", "empty", "NUL", "long", "script", "list", "lists", "object", "nest"],
)
def test_an_odd_value_at_any_place_is_mended_or_refused(case: Case, odd: object) -> None:
    for path in places(case.fires.body):
        sent = Sent(put(case.fires.body, path, odd), case.fires.path, case.fires.headers)
        got = read(case.kind, sent)
        if isinstance(got, Refusal):
            assert got.problems[0].where
            assert len(str(got)) < 1_000
            assert str(got).isprintable()
            continue
        for each in got:
            assert "\0" not in repr((each.labels, each.annotations, each.key))
            assert each.url == "" or each.url.startswith("http")
            assert len(each.key) <= 512
            assert all(len(value) <= 2_048 for _, value in each.labels)
            assert dict(each.labels)["alertname"]


def test_too_large_a_body_is_refused_unread(case: Case) -> None:
    source = registry.source(case.kind)
    got = read(case.kind, Sent(b" " * (source.max_bytes + 1), case.fires.path, case.fires.headers))
    assert isinstance(got, Refusal)
    assert got.reason == "too_much"
    assert source.answer(got)[0] == 413


def test_a_compressed_body_is_refused(case: Case) -> None:
    headers = {**case.fires.headers, "content-encoding": "gzip"}
    got = read(case.kind, Sent(case.fires.body, case.fires.path, headers))
    assert isinstance(got, Refusal)
    assert got.problems[0].where == "Content-Encoding"


class TestWhoMaySend:
    TOKENS = Settings({}, {"token": f"{TOKEN} canary-old"})

    def test_the_token_opens_where_the_sender_shows_it(self, case: Case) -> None:
        headers = {"authorization": f"Bearer {TOKEN}", **case.fires.headers}
        sent = Sent(case.fires.body, case.fires.path, headers)
        assert isinstance(read(case.kind, sent, self.TOKENS, admitted=False), tuple)

    def test_another_token_does_not(self, case: Case) -> None:
        for tokens in ("canary-old", "", " "):
            settings = Settings({}, {"token": tokens})
            got = read(case.kind, Sent(case.fires.body, case.fires.path, case.fires.headers), settings, admitted=False)
            assert isinstance(got, Refusal)
            assert got.reason == "not_allowed"
            status, _, body = registry.source(case.kind).answer(got)
            assert status == 401
            assert b"canary" not in body

    def test_the_body_of_a_stranger_is_not_read(self, case: Case) -> None:
        got = read(case.kind, Sent(b"[" * 100, case.fires.path), self.TOKENS, admitted=False)
        assert isinstance(got, Refusal)
        assert got.reason == "not_allowed"

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_token_in_the_path_opens(self, kind: str) -> None:
        path = next(path for path in registry.source(kind).paths if path.endswith("{key}"))
        body = next(case.fires.body for case in CASES.values() if case.kind == kind and "/hooks/" in case.fires.path)
        settings = Settings({"state": "$.state"}, self.TOKENS.secrets) if kind == "generic" else self.TOKENS
        for key, opens in ((TOKEN, True), ("canary-old", True), ("canary", False), ("{key}", False)):
            sent = Sent(body, path.replace("{key}", key).replace("{id}", "shop"), {"content-type": "application/json"})
            assert isinstance(read(kind, sent, settings, admitted=False), tuple) is opens


def test_no_body_of_any_vendor_makes_it_raise(case: Case, shared: Path) -> None:
    files = sorted((shared / "data" / "webhook-payloads").glob("*/*"))
    assert len(files) > 100
    for file in files:
        got = read(case.kind, Sent(file.read_bytes(), case.fires.path, case.fires.headers))
        if isinstance(got, Refusal):
            assert got.problems[0].where
            assert 400 <= registry.source(case.kind).answer(got)[0] < 500
