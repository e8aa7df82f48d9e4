"""The last gate before a plan takes effect: what came as JSON, by whatever way, is whole or refused with every path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.plans import plan
from tocsin.core.plan_faults import faults
from tocsin.core.plan_json import plan_from_json, plan_to_json


def changed(*ways: tuple[str, Any]) -> list[tuple[str, str]]:
    """The faults of the shared plan with values put at paths, as people.0.handle."""
    document = json.loads(plan_to_json(plan()))
    for path, value in ways:
        *parents, last = path.split(".")
        at = document
        for each in parents:
            at = at[int(each)] if isinstance(at, list) else at.setdefault(each, {})
        at[int(last) if isinstance(at, list) else last] = value
    return [(problem.where, problem.what) for problem in faults(plan_from_json(json.dumps(document).encode()))]


def test_the_shared_plan_has_none() -> None:
    assert faults(plan()) == ()


@pytest.mark.parametrize(
    ("path", "value", "where", "what"),
    [
        ("people.0.handle", "Ana!", "people[0].handle", "'Ana!' is no short name"),
        ("people.0.time_zone", "Europe/Nowhere", "people[0].time_zone", "'Europe/Nowhere' is no time zone"),
        ("people.0.hours", {"start": "9"}, "people[0].hours.start", "'9' is no time of day"),
        ("people.0.hours", {"days": ["funday"]}, "people[0].hours.days[0]", "'funday' is not known here"),
        ("posts.0.holder", "anna", "posts[0].holder", "'anna' is not among the people"),
        ("posts.0.title", 3, "posts[0].title", "a str is needed here, not int"),
        ("rotations.0.weeks", 0, "rotations[0].weeks", "0 is too small or too large"),
        ("rotations.0.weeks", True, "rotations[0].weeks", "a int is needed here, not bool"),
        ("rotations.0.starts", "20260105", "rotations[0].starts", "'20260105' is no date"),
        ("severities.0.respond_within", 1e3, "severities[0].respond_within", "a int is needed here, not float"),
        ("severities.0.respond_within", -1, "severities[0].respond_within", "-1 is too short or too long"),
        (
            "domains.0.primary.0.name",
            "nope",
            "domains[0].primary[0]",
            "rotation:nope names nothing among the rotations",
        ),
        (
            "domains.0.primary.0.kind",
            "group",
            "domains[0].primary[0]",
            "a target is written kind:name, with kind one of",
        ),
        ("organisation.holidays", ["soon"], "organisation.holidays", "'soon' is no date"),
        ("people.1.handle", "ana", "people", "'ana' comes twice in people"),
    ],
)
def test_a_fault_is_told_with_its_path(path: str, value: Any, where: str, what: str) -> None:
    found = changed((path, value))
    assert (where, what) in [(w, t[: len(what)]) for w, t in found], found


def test_a_column_that_names_a_column_would_never_end() -> None:
    (found,) = changed(("domains.0.primary", [{"kind": "domain", "name": "primary"}]))
    assert found[0] == "domains.core.primary"


def test_all_faults_at_once() -> None:
    found = changed(("posts.0.holder", "x"), ("rotations.0.weeks", 0), ("services.0.domain", "y"))
    assert [where for where, _ in found] == ["posts[0].holder", "services[0].domain", "rotations[0].weeks"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"x"',
        b"{}",
        b'{"organisation": 5}',
        b'{"organisation": {"nme": "x"}}',
        b'{"organisation": {"name": "x"}, "people": 5}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_plan_at_all_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        plan_from_json(body)
