"""What each source makes of each body that `shared` has recorded of its sender, as `recorded.csv` says it.

`docs/reference/senders.md` is printed from the same file, so that the page says what a test has seen.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Alert

PLACE = Path(__file__).with_name("recorded.csv")


@dataclass(frozen=True)
class Row:
    """A body of a sender and what comes of it, in the words of `outcome_of`."""

    source: str
    file: str
    outcome: str


def rows() -> tuple[Row, ...]:
    """Every recorded body of the senders that have a source."""
    with PLACE.open(encoding="utf-8") as lines:
        return tuple(Row(**row) for row in csv.DictReader(lines))


def outcome_of(got: tuple[Alert, ...] | Refusal) -> str:
    """`fires`, `clears`, or both with their counts; `no alert`; or `refused: FIELD`."""
    if isinstance(got, Refusal):
        return f"refused: {got.problems[0].where}"
    counts = {"fires": sum(alert.firing for alert in got), "clears": sum(not alert.firing for alert in got)}
    said = [word if count == 1 else f"{word} {count}" for word, count in counts.items() if count]
    return " and ".join(said) or "no alert"
