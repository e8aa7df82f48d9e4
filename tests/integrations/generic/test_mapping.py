"""The mapping of any JSON: paths, words of states, families of labels, and several senders beside each other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.instants import parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import mapping, registry
from tocsin.integrations.base import Alert, Request, Settings

NOW = parse_instant("2026-01-29T14:24:00Z")
SOURCE = registry.source("generic")
BODY = {
    "check": {"name": "Disk", "tags": ["a", "b"], "odd name": "yes", "n": 3, "on": True},
    "level": "CRIT",
    "id": 17,
    "empty": "",
}
MAPPED = {"alertname": "$.check.name", "state": "$.level"}


def read(body: Any, path: str = "/hooks/generic", query: str = "", **values: str) -> tuple[Alert, ...] | Refusal:
    asked = Request(json.dumps(body).encode(), {}, path, NOW, True, query=query)
    return SOURCE.read(asked, Settings({**MAPPED, "firing_when": "crit warn"} | values, {}))


def one(body: Any = BODY, **more: str) -> Alert:
    got = read(body, **more)
    assert isinstance(got, tuple), str(got)
    (only,) = got
    return only


PATHS = {
    "$.check.name": "Disk",
    "$.check.tags[1]": "b",
    '$.check["odd name"]': "yes",
    "$['check']['n']": "3",
    "$.check.on": "true",
    "$.nothing or $.empty or $.level": "CRIT",
    "as it stands": "as it stands",
    "sev-1 or sev-2": "sev-1 or sev-2",
    "$.check": "",
    "$.check.tags": "",
    "$.check.tags[9]": "",
    "$.check.name.more": "",
    "$[0]": "",
}


@pytest.mark.parametrize(("setting", "found"), PATHS.items(), ids=PATHS)
def test_a_path_finds_what_it_names(setting: str, found: str) -> None:
    assert dict(one(**{"labels.x": setting}).labels).get("x", "") == found


@pytest.mark.parametrize(
    "setting", ["$.", "$..x", "$.a[", "$.a[*]", "$.a[-1]", "$x", "$.a.b!", "$[?(@.x)]", "$.a or $("]
)
def test_what_is_no_path_is_refused_as_a_fault_of_the_plan(setting: str) -> None:
    got = read(BODY, **{"labels.x": setting})
    assert isinstance(got, Refusal)
    assert got.problems[0].where == "mapping"


STATES = {
    "a firing word": ({"firing_when": "crit"}, "CRIT", True),
    "all others clear": ({"firing_when": "crit"}, "fine", False),
    "a clearing word": ({"firing_when": "", "resolved_when": "fine, good"}, "good", False),
    "all others fire": ({"firing_when": "", "resolved_when": "fine"}, "anything", True),
    "both, neither": ({"firing_when": "crit", "resolved_when": "fine"}, "hm", None),
    "a usual word": ({"firing_when": ""}, "RESOLVED", False),
    "a dotted word": ({"firing_when": ""}, "alert.triggered", True),
    "an unknown word": ({"firing_when": ""}, "hm", None),
    "none": ({"firing_when": ""}, "", True),
    "a number": ({"firing_when": "1"}, 1, True),
    "false": ({"firing_when": "true"}, False, False),
}


@pytest.mark.parametrize(("values", "state", "fires"), STATES.values(), ids=STATES)
def test_the_words_of_a_state(values: dict[str, str], state: object, fires: bool | None) -> None:
    got = read({**BODY, "level": state}, **values)
    if fires is None:
        assert isinstance(got, Refusal)
        assert got.problems[0].where == "$.level"
    else:
        assert isinstance(got, tuple)
        assert [alert.firing for alert in got] == [fires]


def test_a_list_of_alerts_inside_the_body() -> None:
    got = read({"data": {"items": [BODY, {**BODY, "level": "fine"}]}}, alerts="$.data.items")
    assert isinstance(got, tuple)
    assert [alert.firing for alert in got] == [True, False]
    for body, where in (({"data": 1}, "$.data.items"), ({"data": {"items": [1]}}, "$.data.items[0]")):
        wrong = read(body, alerts="$.data.items")
        assert isinstance(wrong, Refusal)
        assert wrong.problems[0].where == where


def test_too_many_alerts_are_refused() -> None:
    got = read([BODY] * 10_001)
    assert isinstance(got, Refusal)
    assert got.reason == "too_much"


def test_two_senders_with_the_same_keys_do_not_clear_each_other() -> None:
    shop, bank = (read(BODY, f"/hooks/generic/{id}", key="$.id") for id in ("shop", "bank"))
    assert isinstance(shop, tuple)
    assert isinstance(bank, tuple)
    assert (shop[0].key, bank[0].key) == ("shop/17", "bank/17")
    assert dict(shop[0].labels)["integration"] == "shop"


def test_an_integration_that_the_plan_does_not_have_is_not_found() -> None:
    got = SOURCE.read(Request(b"{}", {}, "/hooks/generic/shop", NOW, True), Settings({}, {}))
    assert isinstance(got, Refusal)
    assert (got.reason, SOURCE.answer(got)[0]) == ("not_found", 404)


def test_labels_of_the_query_are_for_what_the_body_does_not_say() -> None:
    got = read(BODY, query="service=api&x=%C3%A9&alertname=y", **{"labels.service": "$.check.name"})
    assert isinstance(got, tuple)
    assert {"service": "Disk", "x": "é", "alertname": "Disk"}.items() <= dict(got[0].labels).items()


def test_each_setting_is_stated() -> None:
    names = {field.name for field in SOURCE.fields}
    assert {"token", "alertname", "state", "firing_when", "labels.*", "annotations.*"} <= names


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.text(alphabet="$.[]\"'ab0* or", max_size=30))
def test_any_body_under_any_mapping_is_read_or_refused(body: Any, setting: str) -> None:
    names = ("alerts", "alertname", "state", "key", "labels", "labels.x")
    for name in names:
        found = mapping.read(body, {name: setting}, {"alertname": "x"})
        if isinstance(found, Refusal):
            assert found.problems[0].where
        else:
            assert all(mapping.alert_of(each, NOW, {}).labels for each in found)
