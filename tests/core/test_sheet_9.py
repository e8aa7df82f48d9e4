"""Spec sheet 9 in VirtEngine's plan: what its documents state in two ways is found, and settled where accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from tests.core.virtengine import NOW, plan
from tocsin.core.check import Finding, check
from tocsin.core.instants import later
from tocsin.core.plan_json import plan_from_json, plan_to_json

CLOCKS = (*range(1, 17), 19, *range(22, 30), *range(32, 41))
"""Rows of duties and clocks that state two bounds or two zeros for one duty of one part; 17, 18, 20, 21, 30, 31 and 41
are an order, an owner or a scope."""
OTHERS = (48, 52, 56, 58, 59, 62, 77, 79)
"""Rows of the other tables that do."""
UNSTATED = (17, 18, 20, 41)
"""Rows that no duty can say: they are the order of the plan's own lists."""


@cache
def bare() -> tuple[Finding, ...]:
    """What is found when nobody accepts anything."""
    return check(replace(plan(), accepted=()), NOW).findings


def accepted_for(number: int) -> Iterator[str]:
    for entry in plan().accepted:
        if re.match(rf"conflict {number}:", entry.reason):
            yield entry.finding


@pytest.mark.parametrize("number", [pytest.param(n, id=f"sheet9-{n}") for n in (*CLOCKS, *OTHERS) if n not in UNSTATED])
def test_a_contradiction_is_found_and_settled(number: int) -> None:
    findings = {finding.id: finding for finding in bare()}
    settled = list(accepted_for(number))
    assert settled
    for id in settled:
        sources = findings[id].why.split("; ")
        assert len(sources) >= 2, "every place that says it is named"


def test_nothing_else_is_wrong_with_the_plan() -> None:
    """Whatever the check finds stands among the accepted, and every accepted finding is still there."""
    report = check(plan(), NOW)
    assert report.findings == ()
    assert {finding.id for finding, _ in report.accepted} == {finding.id for finding in bare()}


def test_an_acceptance_ends() -> None:
    late = check(plan(), later(NOW, 2 * 366 * 86_400))
    assert {finding.kind for finding in late.findings} >= {"duties-disagree", "accepted-expired"}


def test_the_plan_survives_its_canonical_form() -> None:
    assert plan_from_json(plan_to_json(plan())) == plan()
