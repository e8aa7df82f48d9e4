"""Facts of silences: made by somebody, for a reason, with an end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tocsin.core.facts.base import Fact, released
from tocsin.core.instants import Instant


@released
@dataclass(frozen=True, slots=True)
class SilenceMade(Fact):
    """Alerts whose labels match page nobody from `start` to `end`, in a weekly window where `days` are named.

    `matchers` as Alertmanager writes them; `review` is when the owner looks at it again; `words` is the reason.
    """

    kind: ClassVar[str] = "silence.made"
    by: str
    owner: str
    matchers: tuple[str, ...]
    start: Instant
    end: Instant
    review: Instant
    words: str
    days: tuple[str, ...] = ()
    daily_from: str = ""
    daily_to: str = ""
    time_zone: str = ""


@released
@dataclass(frozen=True, slots=True)
class SilenceEnded(Fact):
    """The silence hides nothing any more, before its time: `ended`, or `replaced` by another one."""

    kind: ClassVar[str] = "silence.ended"
    by: str
    reason: str
