"""Facts of what was changed in production: deployments, feature flags, configuration (rule 26)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tocsin.core.facts.base import Fact, released
from tocsin.core.instants import Instant


@released
@dataclass(frozen=True, slots=True)
class ChangeSeen(Fact):
    """A change was told of. `key` is the sender's own name for it; `words` names the payload with title, link, author
    and revision. `service` is the plan's, or empty."""

    kind: ClassVar[str] = "change.seen"
    by: str
    source: str
    what: str
    outcome: str
    service: str
    happened_at: Instant
    key: str
    words: str
    visibility: str = "open"
