"""The words plans are written in: durations, targets, matchers, references. Each is read and printed here only.

`Ref`, `Duration`, `Handle`, `WallTime` and `Zone` mark annotations of `core/plan.py`; the reader and the
schema generator act on them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field
from typing import Any, Literal


def doc(text: str, *, default: Any = MISSING, default_factory: Callable[[], Any] | Any = MISSING) -> Any:
    """A dataclass field whose sentence goes into the schema and the reference page."""
    if default is not MISSING:
        return field(default=default, metadata={"doc": text})
    if default_factory is not MISSING:
        return field(default_factory=default_factory, metadata={"doc": text})
    return field(metadata={"doc": text})


@dataclass(frozen=True, slots=True)
class Ref:
    """The value names an entry of this list of the plan."""

    into: str


@dataclass(frozen=True, slots=True)
class Duration:
    """Written as 90s, 5m, 1h, 2d or 1w; held in seconds, at least and at most so many."""

    least: int = 0
    most: int = 10 * 366 * 86400


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, at least and at most so large."""

    least: int = 0
    most: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Handle:
    """A short name: lower-case letters, digits and hyphens, starting with a letter."""


@dataclass(frozen=True, slots=True)
class WallTime:
    """A time of day, as 09:00, in the zone that stands beside it."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of the IANA database, as Europe/London."""


HANDLE = re.compile(r"[a-z][a-z0-9-]{0,62}\Z")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(
    r"(?:(\d{1,6})\s?w\s?)?(?:(\d{1,6})\s?d\s?)?(?:(\d{1,6})\s?h\s?)?(?:(\d{1,6})\s?m\s?)?(?:(\d{1,6})\s?s)?\Z",
    re.ASCII,
)


def parse_duration(text: str) -> int:
    """Seconds of 90s, 5m, 1h30m, 2d, 1w: each unit once, the largest first. Raises ValueError."""
    found = _DURATION.match(text.strip())
    if not found or not any(found.groups()):
        raise ValueError("a duration is written like 90s, 5m, 1h30m, 2d or 1w")
    return sum(int(count) * _UNITS[unit] for count, unit in zip(found.groups(), "wdhms", strict=True) if count)


def duration_words(seconds: float) -> str:
    """5 min, 1 h 30 min, 2 d: the two largest units that are not nothing."""
    left = round(abs(seconds))
    words: list[str] = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {name}")
    sign = "-" if seconds < 0 and words else ""
    return sign + (" ".join(words[:2]) or "0 s")


TargetKind = Literal["person", "post", "rotation", "next", "domain", "owner", "role", "group"]
_TARGET_KINDS = ("person", "post", "rotation", "next", "domain", "owner", "role")
DOMAIN_COLUMNS = ("primary", "secondary", "expert", "management")


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """Whom a step names: person:ana, post:ciso, rotation:primary-sre, next:commander (the next reachable one in
    that rotation's order), domain:primary (a column of the incident's domain), owner:lead (of the service)
    or role:commander (whoever holds it in the incident)."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def parse_target(text: str) -> Target:
    """Read `kind:name`. Raises ValueError with the kinds there are."""
    kind, colon, name = text.strip().partition(":")
    name = name.strip()
    if not colon or kind not in _TARGET_KINDS:
        raise ValueError(f"a target is written kind:name, with kind one of {', '.join(_TARGET_KINDS)}")
    if kind == "domain" and name not in DOMAIN_COLUMNS:
        raise ValueError(f"domain: takes one of {', '.join(DOMAIN_COLUMNS)}")
    if kind == "owner" and name != "lead":
        raise ValueError("owner: takes lead, the lead of the team that owns the service")
    if not HANDLE.match(name):
        raise ValueError(f"{name[:60]!r} is not a short name")
    return Target(kind, name)


Operator = Literal["=", "!=", "=~", "!~"]
_MATCHER = re.compile(r"\s*(?P<label>[a-zA-Z_][a-zA-Z0-9_.:-]*)\s*(?P<op>=~|!~|!=|=)\s*(?P<value>.*?)\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Matcher:
    """One matcher on a label, in Alertmanager's syntax. Patterns are anchored at both ends, in RE2's language."""

    label: str
    operator: str
    value: str

    def __str__(self) -> str:
        quoted = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.operator}"{quoted}"'


def parse_matcher(text: str) -> Matcher:
    """Read severity="critical", team=~"a|b", env!=test. A missing label counts as empty. Raises ValueError."""
    found = _MATCHER.match(text)
    if not found:
        raise ValueError('a matcher is written label="value", label!="value", label=~"pattern" or label!~"pattern"')
    return Matcher(found["label"], found["op"], _unquote(found["value"]))


def _unquote(value: str) -> str:
    if not value.startswith('"'):
        if '"' in value:
            raise ValueError("a quote inside an unquoted value: put the whole value in double quotes")
        return value
    if len(value) < 2 or not value.endswith('"') or re.search(r'(?<!\\)(?:\\\\)*"', value[1:-1]):
        raise ValueError("the value's double quotes do not close")
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), value[1:-1], flags=re.DOTALL)
