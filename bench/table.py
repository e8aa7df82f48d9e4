"""Figures as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

Rows = Sequence[Sequence[str]]


def show(title: str, columns: Sequence[str], rows: Rows, note: str = "") -> None:
    """Print a table; figures stand on the right."""
    widths = [max(len(str(row[i])) for row in (columns, *rows)) for i in range(len(columns))]
    print(f"\n{title}")
    for row in (columns, *rows):
        print("  " + "  ".join(_cell(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if note:
        print(f"  {note}")


def _cell(text: str, width: int) -> str:
    plain = text.lstrip("<>=").replace(",", "").replace(".", "").replace("-", "")
    return text.rjust(width) if plain[:1].isdigit() else text.ljust(width)


def verdict(good: bool) -> str:
    """How a figure stands to its target."""
    return "ok" if good else "MISSED"


def ms(seconds: float) -> str:
    """Milliseconds with as many digits as tell something."""
    value = seconds * 1e3
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
