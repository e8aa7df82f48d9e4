"""The words plans are written in: durations, targets, matchers, handles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.plan_words import (
    HANDLE,
    Matcher,
    Target,
    duration_words,
    parse_duration,
    parse_matcher,
    parse_target,
)

BOUNDED = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0), ("90s", 90), ("5m", 300), ("1h", 3600), ("2d", 172_800), ("1w", 604_800), ("1h30m", 5_400),
        ("1h 30m", 5_400), ("1w2d3h4m5s", 788_645), (" 5m ", 300), ("5 m", 300), ("007s", 7),
    ],
)  # fmt: skip
def test_a_duration(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", " ", "5", "5x", "m", "-5m", "5m-", "1.5h", "5M", "30m1h", "5m5m", "1e3s", "9999999s", "5 minutes", "٥m"],
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="5m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (1, "1 s"), (59.6, "1 min"), (300, "5 min"), (5_400, "1 h 30 min"), (86_400, "1 d"),
        (90_061, "1 d 1 h"), (3_601, "1 h 1 s"), (-90, "-1 min 30 s"), (-0.2, "0 s"),
    ],
)  # fmt: skip
def test_a_duration_in_words(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    "text",
    ["person:ana", "post:ciso", "rotation:primary-sre", "next:commander", "domain:primary", "domain:management",
     "owner:lead", "role:commander"],
)  # fmt: skip
def test_a_target_is_read_and_printed_the_same(text: str) -> None:
    assert str(parse_target(text)) == text
    assert parse_target(f"  {text.replace(':', ': ')} ") == parse_target(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ana", "kind:name"), ("", "kind:name"), ("people:ana", "kind:name"), ("person:", "short name"),
        ("person:Ana", "short name"), ("person:a b", "short name"), ("domain:tertiary", "primary"),
        ("owner:team", "lead"), ("group:x", "kind:name"), ("person:ana\n", ""), ("person:" + "a" * 64, "short name"),
    ],
)  # fmt: skip
def test_what_is_no_target(text: str, says: str) -> None:
    if not says:
        assert parse_target(text) == Target("person", "ana"), "white space around it is nobody's"
        return
    with pytest.raises(ValueError, match=says):
        parse_target(text)


@pytest.mark.parametrize("name", ["a", "ana", "sre-emea-1", "a" * 63])
def test_a_handle(name: str) -> None:
    assert HANDLE.match(name)


@pytest.mark.parametrize("name", ["", "Ana", "1a", "-a", "a_b", "a b", "a" * 64, "ana\n", "ána"])
def test_no_handle(name: str) -> None:
    assert not HANDLE.match(name)


@pytest.mark.parametrize(
    ("text", "label", "operator", "value"),
    [
        ('severity="critical"', "severity", "=", "critical"),
        ("severity=critical", "severity", "=", "critical"),
        ('env!="test"', "env", "!=", "test"),
        ('team=~"a|b"', "team", "=~", "a|b"),
        ('team!~"a|b"', "team", "!~", "a|b"),
        (' severity = "critical" ', "severity", "=", "critical"),
        ('a=""', "a", "=", ""),
        ("a=", "a", "=", ""),
        ('a="b=c"', "a", "=", "b=c"),
        ('a="say \\"hello\\""', "a", "=", 'say "hello"'),
        ('a="one\\ntwo"', "a", "=", "one\ntwo"),
        ('a="back\\\\slash"', "a", "=", "back\\slash"),
        ('a=" kept "', "a", "=", " kept "),
        ("service.name=x", "service.name", "=", "x"),
        ("_a:b=x", "_a:b", "=", "x"),
    ],
)
def test_a_matcher(text: str, label: str, operator: str, value: str) -> None:
    assert parse_matcher(text) == Matcher(label, operator, value)


@pytest.mark.parametrize("text", ["", "severity", '="x"', "1a=x", 'a="x', 'a=x"', 'a="x"y"', 'a=="x""', "a~=x", "a<1"])
def test_what_is_no_matcher(text: str) -> None:
    with pytest.raises(ValueError, match=r"quote|written"):
        parse_matcher(text)


@BOUNDED
@given(
    st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.text(max_size=20),
)
def test_a_matcher_printed_is_the_matcher_read(label: str, operator: str, value: str) -> None:
    matcher = Matcher(label, operator, value)
    assert parse_matcher(str(matcher)) == matcher


@BOUNDED
@given(st.integers(0, 10**7))
def test_a_duration_in_words_never_says_more_than_two_units(seconds: int) -> None:
    assert 2 <= len(duration_words(seconds).split()) <= 4
