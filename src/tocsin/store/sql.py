"""SQL that both databases speak: written once with `?`, rendered for each driver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

Rows = list[tuple[Any, ...]]


class Driver(Protocol):
    """A connection inside a transaction or a snapshot."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows: ...
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int: ...
    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None: ...
    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]: ...


def marks(count: int) -> str:
    """So many placeholders: ?, ?, ?."""
    return ", ".join(["?"] * count)


def like(text: str) -> str:
    """A pattern that finds `text` anywhere, with LIKE's own signs taken literally (ESCAPE '!')."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
