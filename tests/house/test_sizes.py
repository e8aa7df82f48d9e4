"""The budget: files of 120 lines at the median and 400 at most, functions of 8 and 60, tests 1.3 to 2 times the code.

What is over the budget today stands in `sizes.json` and may only shrink: a ratchet.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

from tests.house.tree import ROOT, functions, modules

RATCHET: dict[str, dict[str, int]] = json.loads((Path(__file__).parent / "sizes.json").read_text())
MOST_LINES, MEDIAN_LINES = 400, 120
MOST_FUNCTION, MEDIAN_FUNCTION = 60, 8


def _check(found: dict[str, int], most: int, kept: dict[str, int]) -> None:
    grown = {name: size for name, size in found.items() if size > max(most, kept.get(name, 0))}
    assert grown == {}, f"over the budget: split by noun {grown}"
    loose = {name: size for name, size in kept.items() if found.get(name, 0) < size}
    assert loose == {}, f"the ratchet turns: lower these in sizes.json to what they are now {loose}"


def test_files_keep_the_budget() -> None:
    sizes = {module.name: module.lines for module in modules().values()}
    _check(sizes, MOST_LINES, RATCHET["files"])
    assert median(size for size in sizes.values() if size > 1) <= MEDIAN_LINES


def test_functions_keep_the_budget() -> None:
    sizes: dict[str, int] = {}
    for name, size in functions():
        sizes[name] = max(size, sizes.get(name, 0))
    _check(sizes, MOST_FUNCTION, RATCHET["functions"])
    assert median(size for _, size in functions()) <= MEDIAN_FUNCTION


def test_tests_are_as_much_as_the_code_and_no_more_than_twice() -> None:
    code = sum(module.lines for module in modules().values())
    tests = sum(path.read_text("utf-8").count("\n") for path in (ROOT / "tests").rglob("*.py"))
    low, high = RATCHET["tests_per_code_percent"]["low"], RATCHET["tests_per_code_percent"]["high"]
    assert low <= 100 * tests / code <= high, f"{tests} lines of tests for {code} of code"


def test_no_file_is_named_for_what_has_no_noun() -> None:
    banned = {"utils", "util", "helpers", "helper", "manager", "managers", "service", "misc", "common"}
    wrong = [module.name for module in modules().values() if set(module.name.split(".")) & banned]
    assert wrong == []
