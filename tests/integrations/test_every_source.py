"""The battery that the sources of the Prometheus family must pass; `test_told_sources.py` holds that of others."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path

import pytest

from tocsin.core.instants import LATEST, parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import registry
from tocsin.integrations.base import Alert, Request, Settings, Source

NOW = parse_instant("2026-01-29T14:24:00Z")
NOTHING = Settings({}, {})
FAMILY = ("alertmanager", "grafana", "prometheus")
"""The sources whose senders write a list of alerts with labels."""


@pytest.fixture(params=FAMILY)
def source(request: pytest.FixtureRequest) -> Source:
    return registry.source(request.param)


def one(labels: object = None, **more: object) -> dict[str, object]:
    """An alert that fires, as every sender of this family writes it."""
    return {
        "status": "firing",
        "labels": {"alertname": "Down"} if labels is None else labels,
        "annotations": {},
        **more,
    }


def body(source: Source, alerts: object) -> bytes:
    """A body of this source with these alerts."""
    return json.dumps(alerts if source.kind == "prometheus" else {"version": "4", "alerts": alerts}).encode()


def read(source: Source, raw: bytes, **headers: str) -> tuple[Alert, ...] | Refusal:
    return source.read(Request(raw, headers, source.paths[-1], NOW, admitted=True), NOTHING)


def alert(source: Source, **fields: object) -> Alert:
    """The one alert of a body that is taken."""
    got = read(source, body(source, [one(**fields)]))
    assert isinstance(got, tuple), str(got)
    (only,) = got
    return only


def refused(source: Source, raw: bytes, **headers: str) -> Refusal:
    got = read(source, raw, **headers)
    assert isinstance(got, Refusal)
    return got


def test_a_source_states_itself(source: Source) -> None:
    assert source.label
    assert source.paths
    assert all(path.startswith("/") for path in source.paths)
    assert 64 * 1024 <= source.max_bytes <= 64 * 1024 * 1024
    assert all(field.label and field.hint for field in source.fields)


def test_no_body_of_any_vendor_makes_it_raise(source: Source, shared: Path) -> None:
    files = sorted((shared / "data" / "webhook-payloads").glob("*/*"))
    assert len(files) > 100
    for file in files:
        got = read(source, file.read_bytes())
        if isinstance(got, Refusal):
            assert got.problems
            assert got.problems[0].where
            status, kind, answer = source.answer(got)
            assert status == 400
            assert kind.startswith("application/")
            assert len(answer) < 4_000


def test_an_empty_list_is_no_alert_and_no_error(source: Source) -> None:
    assert read(source, body(source, [])) == ()


def test_labels_are_sorted_and_empty_ones_are_none(source: Source) -> None:
    got = alert(source, labels={"z": "1", "alertname": "Down", "gone": "", "b": "ü"})
    assert got.labels == (("alertname", "Down"), ("b", "ü"), ("z", "1"))
    assert got.flags == ()
    assert got.key == ""


def test_the_order_of_labels_and_of_fields_changes_nothing(source: Source) -> None:
    labels = {"b": "2", "alertname": "Down", "a": "1"}
    forward = one(labels, generatorURL="https://example.com/")
    backward = dict(
        reversed(list(one(dict(reversed(list(labels.items()))), generatorURL="https://example.com/").items()))
    )
    assert read(source, body(source, [forward])) == read(source, body(source, [backward]))


def test_unknown_fields_are_skipped_whatever_they_hold(source: Source) -> None:
    plain = alert(source)
    assert alert(source, fingerprint=17, enrichments=[{"deep": [[[None]]]}], values={"A": 1.5}) == plain


def test_nothing_given_means_now_and_not_known(source: Source) -> None:
    got = alert(source)
    assert (got.firing, got.starts_at, got.ends_at, got.url, got.annotations, got.flags) == (
        True,
        NOW,
        None,
        "",
        (),
        (),
    )


START = {
    "usual": ("2026-01-29T14:23:00Z", "2026-01-29T14:23:00Z", ()),
    "milliseconds": ("2026-01-29T14:23:00.123Z", "2026-01-29T14:23:00.123Z", ()),
    "nanoseconds": ("2026-01-29T14:23:00.123456789Z", "2026-01-29T14:23:00.123456Z", ()),
    "offset": ("2026-01-29T15:23:00+01:00", "2026-01-29T14:23:00Z", ()),
    "long ago": ("2016-04-27T20:46:37.903Z", "2016-04-27T20:46:37.903Z", ()),
    "four minutes ahead": ("2026-01-29T14:28:00Z", "2026-01-29T14:28:00Z", ()),
    "an hour ahead": ("2026-01-29T15:24:00Z", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "year 1": ("0001-01-01T00:00:00Z", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "year 1 east": ("0001-01-01T00:00:00+14:00", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "1969": ("1969-12-31T23:59:59Z", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "year 9999": ("9999-12-31T23:59:59Z", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "no zone": ("2026-01-29T14:23:00", "2026-01-29T14:23:00Z", ("clamped_start",)),
    "no such day": ("2026-02-30T00:00:00Z", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "leap second": ("2016-12-31T23:59:60Z", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "week date": ("2026-W05-4T14:23:00Z", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "date alone": ("2026-01-29", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "words": ("yesterday", "2026-01-29T14:24:00Z", ("clamped_start",)),
    "a megabyte": ("2" * 1_000_000, "2026-01-29T14:24:00Z", ("clamped_start",)),
    "empty": ("", "2026-01-29T14:24:00Z", ()),
    "null": (None, "2026-01-29T14:24:00Z", ()),
}


@pytest.mark.parametrize(("given", "want", "flags"), START.values(), ids=START)
def test_an_odd_start_is_mended_and_flagged(
    source: Source, given: str | None, want: str, flags: tuple[str, ...]
) -> None:
    got = alert(source, startsAt=given)
    assert got.starts_at == parse_instant(want)
    assert got.flags == flags
    assert got.firing


def test_an_end_far_ahead_is_the_end_of_time(source: Source) -> None:
    got = alert(source, endsAt="9999-12-31T23:59:59Z")
    assert (got.firing, got.ends_at, got.flags) == (True, LATEST, ("clamped_end",))


def test_an_end_that_cannot_be_read_keeps_the_alert_firing(source: Source) -> None:
    got = alert(source, endsAt="soon")
    assert (got.firing, got.ends_at, got.flags) == (True, None, ("clamped_end",))


def test_an_end_before_the_start_has_no_duration_and_says_so(source: Source) -> None:
    got = read(
        source, body(source, [one(status="resolved", startsAt="2026-01-29T14:20:00Z", endsAt="2026-01-29T14:10:00Z")])
    )
    assert isinstance(got, tuple)
    (cleared,) = got
    assert not cleared.firing
    assert cleared.starts_at == cleared.ends_at == parse_instant("2026-01-29T14:10:00Z")
    assert cleared.flags == ("ends_before_start",)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://x/", "//x", "x" * 5_000, "https://x/\n"]
)
def test_a_link_that_leads_to_no_page_is_dropped(source: Source, url: str) -> None:
    got = alert(source, generatorURL=url)
    assert (got.url, got.flags) == ("", ("dropped_link",))


def test_a_link_to_a_page_is_kept(source: Source) -> None:
    assert alert(source, generatorURL="http://prom:9090/graph?g0.expr=up").url == "http://prom:9090/graph?g0.expr=up"


def test_too_many_labels_are_cut_by_rule_and_named_whole(source: Source) -> None:
    labels = {"alertname": "Down", "severity": "page", **{f"a{n:06}": str(n) for n in range(20_000)}}
    first, again, other = (alert(source, labels=made) for made in (labels, labels, {**labels, "a019999": "other"}))
    assert first.flags == ("cut_labels",)
    assert len(first.labels) == 64
    assert {"alertname", "severity"} <= {name for name, _ in first.labels}
    assert list(first.labels) == sorted(first.labels)
    assert first == again
    assert first.labels == other.labels
    assert first.key != other.key, "two alerts that differ only in what was cut stay two"


def test_a_huge_label_is_cut_and_named_whole(source: Source) -> None:
    huge = "x" * 5_000_000
    first, other = (alert(source, labels={"alertname": "Down", "log": value}) for value in (huge, huge + "y"))
    assert first.flags == ("cut_labels",)
    assert len(dict(first.labels)["log"]) == 2_048
    assert first.key
    assert first.key != other.key


def test_a_huge_name_and_an_empty_name_are_left_out(source: Source) -> None:
    got = alert(source, labels={"alertname": "Down", "n" * 2_000: "1", "": "2"})
    assert got.labels == (("alertname", "Down"),)
    assert got.flags == ("cut_labels",)


def test_a_huge_annotation_is_cut(source: Source) -> None:
    got = alert(source, annotations={"summary": "x" * 100_000})
    assert got.flags == ("cut_annotations",)
    assert len(got.annotations[0][1]) == 8_192
    assert got.key == ""


def test_the_longest_that_is_kept_whole_is_not_flagged(source: Source) -> None:
    got = alert(source, labels={"alertname": "D" * 2_048, **{f"a{n}": "1" for n in range(63)}})
    assert got.flags == ()
    assert len(got.labels) == 64


def test_a_nul_is_replaced_since_no_database_takes_it(source: Source) -> None:
    got = alert(source, labels={"alertname": "a\0b", "x\0": "1"}, annotations={"s": "\0"})
    assert "\0" not in repr(got)
    assert dict(got.labels)["alertname"] == "a\ufffdb"
    assert "mended_text" in got.flags


BROKEN = {
    "nothing": b"",
    "words": b"hello",
    "half": b'[{"labels":',
    "trailing bytes": b"%b x",
    "two values": b"%b%b",
    "not a number": b'[{"labels":{"alertname":"Down"},"x":NaN}]',
    "infinity": b'[{"labels":{"alertname":"Down"},"x":-Infinity}]',
    "half a letter": b'[{"labels":{"alertname":"\\ud800"}}]',
    "not UTF-8": b'[{"labels":{"alertname":"\xff"}}]',
    "single quotes": b"[{'labels':{}}]",
    "a number": b"17",
    "null": b"null",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep in an unknown field": b'[{"labels":{"alertname":"Down"},"x":' + b"[" * 100_000,
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "UTF-16": '[{"labels":{}}]'.encode("utf-16"),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_what_is_no_json_is_refused_the_same_each_time(source: Source, raw: bytes) -> None:
    raw = raw.replace(b"%b", body(source, [one()]))
    if source.kind != "prometheus" and raw.startswith(b'[{"l'):
        raw = b'{"alerts":' + raw.replace(b'[{"l', b'[{"status":"firing","l', 1) + b"}"
    first, again = refused(source, raw), refused(source, raw)
    assert first == again
    assert first.reason == "invalid"
    assert first.problems[0].where == "body"


def test_a_byte_order_mark_is_skipped(source: Source) -> None:
    assert read(source, b"\xef\xbb\xbf" + body(source, [one()])) == read(source, body(source, [one()]))


def test_of_keys_given_twice_the_last_counts(source: Source) -> None:
    raw = body(source, [one({"alertname": "Down"})]).replace(
        b'"alertname": "Down"', b'"alertname": "Up", "alertname": "Down"'
    )
    assert read(source, raw) == read(source, body(source, [one()]))


WRONG = {
    "labels missing": ({"labels": ...}, ".labels"),
    "labels null": ({"labels": None}, ".labels"),
    "labels a list": ({"labels": []}, ".labels"),
    "label a number": ({"labels": {"alertname": "Down", "code": 500}}, ".labels.code"),
    "label null": ({"labels": {"alertname": None}}, ".labels.alertname"),
    "label with an odd name": ({"labels": {"a\nb": 1}}, ".labels.'a\\nb'"),
    "annotation an object": ({"annotations": {"summary": {}}}, ".annotations.summary"),
    "annotations text": ({"annotations": "x"}, ".annotations"),
    "start a number": ({"startsAt": 1769696580}, ".startsAt"),
    "end true": ({"endsAt": True}, ".endsAt"),
    "link a list": ({"generatorURL": []}, ".generatorURL"),
}


@pytest.mark.parametrize(("fields", "where"), WRONG.values(), ids=WRONG)
def test_a_wrong_type_is_refused_and_its_field_named(source: Source, fields: dict[str, object], where: str) -> None:
    wrong = {name: value for name, value in {**one(), **fields}.items() if value is not ...}
    refusal = refused(source, body(source, [one(), wrong]))
    assert refusal.reason == "invalid"
    assert refusal.problems[0].where.endswith(f"[1]{where}")
    assert source.answer(refusal)[0] == 400


def test_all_that_is_wrong_is_listed_up_to_ten(source: Source) -> None:
    refusal = refused(source, body(source, [one({"alertname": 1, "b": 2})] * 3))
    assert len(refusal.problems) == 6
    assert len(refused(source, body(source, [one({"alertname": 1})] * 500)).problems) == 10


@pytest.mark.parametrize("item", [None, 1, "x", []], ids=str)
def test_an_alert_that_is_no_object_is_refused(source: Source, item: object) -> None:
    assert refused(source, body(source, [item])).problems[0].where.endswith("[0]")


def test_an_error_never_shows_what_was_sent_at_length(source: Source) -> None:
    refusal = refused(source, body(source, [one({"k" * 10_000: 1, "\x1b[31m": 2})]))
    assert len(str(refusal)) < 500
    assert "\x1b" not in str(refusal)


def test_too_large_a_body_is_refused_unread(source: Source) -> None:
    refusal = refused(source, b" " * (source.max_bytes + 1))
    assert refusal.reason == "too_much"
    assert source.answer(refusal)[0] == 413


def test_too_many_alerts_are_refused(source: Source) -> None:
    refusal = refused(source, body(source, [{"status": "firing", "labels": {"alertname": "x"}}] * 10_001))
    assert refusal.reason == "too_much"
    assert refusal.problems[0].where == "alerts"


def test_a_compressed_body_is_refused_by_its_header(source: Source) -> None:
    refusal = refused(source, body(source, [one()]), **{"content-encoding": "gzip"})
    assert refusal.problems[0].where == "Content-Encoding"


def test_hostile_bodies_take_bounded_time_and_memory(source: Source) -> None:
    """Generous bounds, far from what it takes: they find what grows with the square of the input."""
    wide = body(source, [one({f"n{n}": "v" for n in range(50_000)} | {"alertname": "Down"})])
    many = body(
        source, [{"status": "firing", "labels": {"alertname": "x"}, "startsAt": f"{n:030}"} for n in range(10_000)]
    )
    deep = b'{"alerts":[' * 100_000
    tracemalloc.start()
    began = time.perf_counter()
    for raw in (wide, many, deep):
        read(source, raw)
    took = time.perf_counter() - began
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 20
    assert most < 40 * len(wide) + 64 * 1024 * 1024


class TestWhoMaySend:
    SETTINGS = Settings({}, {"token": "canary-new canary-old"})

    def ask(self, source: Source, headers: dict[str, str], path: str = "", settings: Settings = SETTINGS) -> object:
        plain = next(path for path in source.paths if "{key}" not in path)
        return source.read(Request(body(source, [one()]), headers, path or plain, NOW), settings)

    @pytest.mark.parametrize("token", ["canary-new", "canary-old"])
    def test_either_token_opens_while_it_is_changed(self, source: Source, token: str) -> None:
        assert isinstance(self.ask(source, {"authorization": f"Bearer {token}"}), tuple)
        assert isinstance(self.ask(source, {"authorization": f"bearer  {token} "}), tuple)

    @pytest.mark.parametrize("token", ["canary-new", "canary-old"])
    def test_either_token_opens_as_part_of_the_path(self, source: Source, token: str) -> None:
        path = next(path for path in source.paths if "{key}" in path).replace("{key}", token)
        assert isinstance(self.ask(source, {}, path), tuple)

    @pytest.mark.parametrize(
        "shown",
        ["", "Bearer", "Bearer ", "Bearer canary", "Bearer canary-new canary-old", "Basic canary-new", "canary-new",
         "Bearer CANARY-NEW", "Bearer canary-new\0", "Bearer ü", "Bearer \udcff"],
    )  # fmt: skip
    def test_anything_else_is_refused_with_the_same_words(self, source: Source, shown: str) -> None:
        got = self.ask(source, {"authorization": shown})
        assert isinstance(got, Refusal)
        assert got == self.ask(source, {})
        assert got.reason == "not_allowed"
        assert source.answer(got)[0] == 401
        assert b"canary" not in source.answer(got)[2]

    @pytest.mark.parametrize("key", ["", "canary", "{key}", "%00", "x" * 10_000])
    def test_a_wrong_path_is_refused(self, source: Source, key: str) -> None:
        path = next(path for path in source.paths if "{key}" in path).replace("{key}", key)
        assert isinstance(self.ask(source, {}, path), Refusal)

    def test_without_a_token_of_its_own_it_is_closed(self, source: Source) -> None:
        assert isinstance(self.ask(source, {"authorization": "Bearer "}, settings=NOTHING), Refusal)
        assert isinstance(self.ask(source, {}, settings=Settings({}, {"token": "  "})), Refusal)

    def test_the_body_of_a_stranger_is_not_read(self, source: Source) -> None:
        plain = next(path for path in source.paths if "{key}" not in path)
        got = source.read(Request(b"[" * 100, {}, plain, NOW), self.SETTINGS)
        assert isinstance(got, Refusal)
        assert got.reason == "not_allowed"


def test_a_taken_body_is_answered_with_200(source: Source) -> None:
    status, kind, answer = source.answer(None)
    assert status == 200
    assert kind == "application/json"
    assert answer in (b"", b"{}")
