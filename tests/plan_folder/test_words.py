"""What each kind of field takes and refuses: YAML 1.2's words, durations, matchers, targets, zones, times, dates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.core.plan import Plan
from tocsin.core.refusals import Problem
from tocsin.plan_folder import read_folder

GOOD = {
    "organisation": "{name: Example}",
    "people": "[{handle: ana}]",
    "posts": "[{id: head, holder: ana}]",
    "rotations": "[{id: primary, time_zone: UTC, people: [ana], starts: 2026-01-05}]",
    "domains": "[{id: core, primary: rotation:primary}]",
    "services": "[{id: api, domain: core}]",
    "severities": "[{id: sev1, rank: 1, title: SEV-1, respond_within: 5m}]",
}


def read(folder: Path, **sections: str) -> tuple[Plan | None, tuple[Problem, ...]]:
    text = "".join(f"{name}: {words}\n" for name, words in (GOOD | sections).items())
    (folder / "plan.yaml").write_text(text)
    reading = read_folder(folder)
    return reading.plan, reading.problems


def test_the_good_one_is_good(tmp_path: Path) -> None:
    plan, problems = read(tmp_path)
    assert problems == () and plan is not None
    assert plan.severities[0].respond_within == 300


@pytest.mark.parametrize(
    "word", ["no", "on", "off", "yes", "0o17", "1_000", "12:30", "1e3", "2026-01-05", ".inf", "=", "5"]
)
def test_plain_words_stay_words(tmp_path: Path, word: str) -> None:
    plan, problems = read(tmp_path, organisation=f"{{name: {word}}}")
    assert problems == () and plan is not None
    assert plan.organisation.name == word


@pytest.mark.parametrize("word", ["", "~", "null"])
def test_nothing_is_the_default_and_no_name(tmp_path: Path, word: str) -> None:
    plan, problems = read(tmp_path, people=f"[{{handle: ana, team: {word}, name: {word}, hours: {word}}}]", limits=word)
    assert problems == () and plan is not None
    assert (plan.people[0].team, plan.people[0].name, plan.people[0].hours.start) == (None, "", "09:00")
    _, problems = read(tmp_path, people=f"[{{handle: {word}}}]")
    assert problems[0].what == "person needs 'handle'"


def test_null_in_quotes_is_a_word(tmp_path: Path) -> None:
    plan, problems = read(tmp_path, people='[{handle: ana, name: "null"}]')
    assert problems == () and plan is not None and plan.people[0].name == "null"


SEVERITY = "severities", "[{{id: sev1, rank: 1, title: SEV-1, respond_within: {}}}]"
RANK = "severities", "[{{id: sev1, rank: {}, title: SEV-1, respond_within: 5m}}]"
CONFIRM = "severities", "[{{id: sev1, rank: 1, title: SEV-1, respond_within: 5m, confirm_below: {}}}]"
ROUTE = "routes", "[{{id: all, match: [{}]}}]"
TARGET = "domains", "[{{id: core, primary: [{}]}}]"
ZONE = "people", "[{{handle: ana, time_zone: {}}}]"
HOURS = "people", "[{{handle: ana, hours: {{start: {}}}}}]"
DAYS = "people", "[{{handle: ana, hours: {{days: [{}]}}}}]"
STARTS = "rotations", "[{{id: primary, time_zone: UTC, people: [ana], starts: {}}}]"
WEEKS = "rotations", "[{{id: primary, time_zone: UTC, people: [ana], starts: 2026-01-05, weeks: {}}}]"
HANDLE = "people", "[{{handle: ana}}, {{handle: {}}}]"
HOLDER = "posts", "[{{id: head, holder: {}}}]"
EVERY = "policies", "[{{id: p, zero: detection, unanswered: {{every: {}}}}}]"

REFUSED = [
    (SEVERITY, "5", "'5' is no duration", "written like 90s"),
    (SEVERITY, "5 minutes", "'5 minutes' is no duration", "written like 90s"),
    (SEVERITY, "-5m", "'-5m' is no duration", "written like 90s"),
    (SEVERITY, "12:30", "'12:30' is no duration", "written like 90s"),
    (SEVERITY, "5m5m", "'5m5m' is no duration", "written like 90s"),
    (SEVERITY, "30m1h", "'30m1h' is no duration", "written like 90s"),
    (SEVERITY, "٣m", "'٣m' is no duration", "written like 90s"),
    (SEVERITY, "999999w", "'999999w' is not between 0 s and 3660 d", ""),
    (SEVERITY, "[5m]", "a word is needed here, not a list", ""),
    (SEVERITY, "{m: 5}", "a word is needed here, not keys", ""),
    (RANK, "1_0", "'1_0' is no whole number", "digits alone"),
    (RANK, "0o1", "'0o1' is no whole number", "digits alone"),
    (RANK, "1.0", "'1.0' is no whole number", "digits alone"),
    (RANK, "0", "0 is not between 1 and 99", ""),
    (RANK, "-1", "-1 is not between 1 and 99", ""),
    (CONFIRM, "no", "'no' is neither true nor false", "write false"),
    (CONFIRM, "On", "'On' is neither true nor false", "write true"),
    (CONFIRM, "1", "'1' is neither true nor false", "write true or false"),
    (ROUTE, "severity", "a matcher is written", ""),
    (ROUTE, "'a=\"x'", "the value's double quotes do not close", ""),
    (ROUTE, "'a=~\"(\"'", "the pattern is not RE2", ""),
    (ROUTE, "'a=~\"(?=x)\"'", "the pattern is not RE2", ""),
    (TARGET, "ana", "a target is written kind:name", "as rotation:primary-sre"),
    (TARGET, "rotation:primry", "rotation:primry names nothing among the rotations", "did you mean 'primary'?"),
    (TARGET, "domain:third", "domain: takes one of primary", "as rotation:primary-sre"),
    (TARGET, "group:all", "a target is written kind:name", ""),
    (ZONE, "europe/london", "'europe/london' is no time zone", "did you mean 'Europe/London'?"),
    (ZONE, "Europe/Londn", "'Europe/Londn' is no time zone", "did you mean 'Europe/London'?"),
    (ZONE, "../../../etc/passwd", "'../../../etc/passwd' is no time zone", "write it as Europe/London"),
    (ZONE, "Europe", "'Europe' is no time zone", ""),
    (ZONE, "+02:00", "'+02:00' is no time zone", ""),
    (HOURS, "9:00", "'9:00' is no time of day", "write it as 09:00"),
    (HOURS, "24:00", "'24:00' is no time of day", "write it as 09:00"),
    (HOURS, "'09:00+02:00'", "'09:00+02:00' is no time of day", "write it as 09:00"),
    (HOURS, "540", "'540' is no time of day", "write it as 09:00"),
    (DAYS, "mon", "'mon' is not known here", "did you mean 'monday'?"),
    (STARTS, "05.01.2026", "'05.01.2026' is no date", "write it as 2026-01-31"),
    (STARTS, "20260105", "'20260105' is no date", "write it as 2026-01-31"),
    (STARTS, "2026-02-30", "'2026-02-30' is no date", "write it as 2026-01-31"),
    (WEEKS, "0", "0 is not between 1 and 520", ""),
    (HANDLE, "Bo", "'Bo' is no short name", "lower-case letters"),
    (HANDLE, "1st", "'1st' is no short name", "lower-case letters"),
    (HANDLE, "a/b", "'a/b' is no short name", "lower-case letters"),
    (HOLDER, "anna", "'anna' is not among the people", "did you mean 'ana'?"),
    (EVERY, "0s", "'0s' is not between 30 s and 3660 d", ""),
]


@pytest.mark.parametrize(("field", "word", "what", "mend"), REFUSED, ids=[f"{f[0]}-{w}" for f, w, _, _ in REFUSED])
def test_a_bad_word_is_told_in_its_place_with_a_hint(
    tmp_path: Path, field: tuple[str, str], word: str, what: str, mend: str
) -> None:
    section, template = field
    plan, problems = read(tmp_path, **{section: template.format(word)})
    assert plan is None
    found = [problem for problem in problems if problem.what.startswith(what)]
    assert len(found) == 1 and len(problems) == 1, problems
    line = [*GOOD, *({section} - GOOD.keys())].index(section) + 1
    column = len(section) + 3 + template.format("HERE").index("HERE")
    assert found[0].where == f"plan.yaml:{line}:{column}"
    assert mend in found[0].mend


@pytest.mark.parametrize(
    ("word", "seconds"), [("90s", 90), ("1h30m", 5400), ("1h 30m", 5400), ("2d", 172800), ("1w", 604800)]
)
def test_durations(tmp_path: Path, word: str, seconds: int) -> None:
    plan, problems = read(tmp_path, severities=SEVERITY[1].format(word))
    assert problems == () and plan is not None and plan.severities[0].respond_within == seconds


def test_one_item_may_stand_without_its_dash(tmp_path: Path) -> None:
    plan, problems = read(tmp_path, posts="[{id: head, holder: ana, deputies: ana}]")
    assert problems == () and plan is not None and plan.posts[0].deputies == ("ana",)


def test_a_secret_in_clear_is_refused_and_not_repeated(tmp_path: Path) -> None:
    plan, problems = read(tmp_path, integrations="[{id: hook, vendor: webhook, secrets: {secret: hunter2hunter2}}]")
    assert plan is None
    assert [(p.where, p.what) for p in problems] == [("plan.yaml:8:62", "the secret 'secret' stands in the plan")]
    assert "hunter2" not in str(problems)
