"""How text is cleaned and cut, the same for every channel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benches import PAGE
from hypothesis import given
from hypothesis import strategies as st

from tocsin.integrations.base import Link
from tocsin.integrations.text import clean, cut, cut_bytes, headline, one_line, safe_links

LINES = {
    "breaks": ("a\r\nb\nc\rd", "a b c d"),
    "tabs and spaces": ("  a \t b  ", "a b"),
    "unicode breaks": ("a\u2028b\u2029c\x85d\x0be", "a b c d e"),
    "direction marks": ("a\u202eb\u2066c\u200fd", "a b c d"),
    "escape": ("\x1b[31ma", "[31ma"),
    "half a letter": ("a\ud83db", "a b"),
    "whole letters": ("a\U0001f525ü", "a\U0001f525ü"),
    "joined letters stay": ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "want"), LINES.values(), ids=LINES)
def test_one_line_is_one_line(text: str, want: str) -> None:
    assert one_line(text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [("a\r\nb\rc\nd", "a\nb\nc\nd"), ("a\tb", "a\tb"), ("\n\na\0b\n", "a b"), ("x\u202ey", "x y"), ("", "")],
)
def test_clean_text_keeps_its_lines(text: str, want: str) -> None:
    assert clean(text) == want


@pytest.mark.parametrize(
    ("text", "limit", "want"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("a cd", 3, "a…"), ("abc", 1, "…"), ("abc", 0, ""), ("", 0, "")],
)
def test_what_is_cut_ends_in_an_ellipsis(text: str, limit: int, want: str) -> None:
    assert cut(text, limit) == want


@given(st.text(max_size=60), st.integers(0, 80))
def test_a_cut_is_never_over_its_limit(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= limit
    bytes_cut = cut_bytes(text, limit)
    assert len(bytes_cut.encode()) <= limit
    assert bytes_cut == text or len(text.encode("utf-8", "replace")) > limit


HEADLINES = {
    "all": ({}, "SEV-1 #12: Payments fail for half of the customers"),
    "drill": ({"drill": True}, "DRILL: SEV-1 #12: Payments fail for half of the customers"),
    "no number": ({"number": 0}, "SEV-1: Payments fail for half of the customers"),
    "no severity": ({"severity": ""}, "#12: Payments fail for half of the customers"),
    "title alone": ({"severity": "", "number": 0}, "Payments fail for half of the customers"),
    "no title": ({"title": ""}, "SEV-1 #12"),
    "nothing": ({"title": "", "severity": "", "number": 0}, ""),
}


@pytest.mark.parametrize(("changed", "want"), HEADLINES.values(), ids=HEADLINES)
def test_the_headline(changed: dict[str, object], want: str) -> None:
    assert headline(replace(PAGE, **changed)) == want  # type: ignore[arg-type]


def test_a_link_without_a_label_shows_its_address() -> None:
    links = safe_links(
        replace(PAGE, links=(Link(" \n", "https://example.com/"), Link("a\nb", "HTTPS://example.com/x")))
    )
    assert links == (Link("https://example.com/", "https://example.com/"), Link("a b", "HTTPS://example.com/x"))
