"""Users' patterns, compiled by RE2: linear time, anchored at both ends as Alertmanager's are. Outside the core, handed
in as matches."""

from __future__ import annotations

from functools import lru_cache

import re2

from tocsin.core.plan_words import Matcher


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> re2._Regexp[str]:  # pyright: ignore[reportPrivateUsage]
    return re2.compile(f"(?s)(?:{pattern})")


def check_pattern(pattern: str) -> str | None:
    """Why a pattern is none, or None when it is good."""
    try:
        _compiled(pattern)
    except re2.error as problem:
        return str(problem)
    return None


def matches(matcher: Matcher, value: str) -> bool:
    """Whether a matcher holds for a label's value; a missing label is empty."""
    if matcher.operator == "=":
        return value == matcher.value
    if matcher.operator == "!=":
        return value != matcher.value
    found = _compiled(matcher.value).fullmatch(value) is not None
    return found if matcher.operator == "=~" else not found
