"""Users' patterns, compiled by RE2: linear time, anchored at both ends as Alertmanager's are. Outside the core, handed
in as matches."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

import re2

from tocsin.core.plan_words import Matcher

_engine: Any = re2  # its wheel carries no types


class _Pattern(Protocol):
    def fullmatch(self, text: str) -> object | None: ...


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> _Pattern:
    pattern_of: _Pattern = _engine.compile(f"(?s)(?:{pattern})")
    return pattern_of


def check_pattern(pattern: str) -> str | None:
    """Why a pattern is none, or None when it is good."""
    try:
        _compiled(pattern)
    except _engine.error as problem:
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
