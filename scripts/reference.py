"""Prints the pages of docs/reference that come from the code: `python -m scripts.reference`; a test compares them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from scripts import senders
from tocsin.cli import reference as commands
from tocsin.config import Config
from tocsin.core import facts, reasons
from tocsin.core.incident.lifecycle import ENDED, PHASES, WAYS, diagram
from tocsin.core.permissions import GRANTS
from tocsin.integrations import reference as channels
from tocsin.plan_folder import reference as plan

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
SAID = "Printed from the code by `python -m scripts.reference`; a test compares the two.\n"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def lifecycle() -> str:
    """The lifecycle's table and its diagram."""
    ways = [
        (way.before, way.verb.replace("_", " "), way.after, ", ".join(way.needs).replace("_", " ") or "-")
        for way in WAYS
    ]
    return "\n".join(
        [
            "# The lifecycle of an incident\n",
            SAID,
            f"Six phases: {', '.join(PHASES)}. It ends as one of: {', '.join(ENDED)}.\n",
            f"```mermaid\n{diagram()}```\n",
            _table(("from", "verb", "to", "needs"), ways),
        ]
    )


def settings() -> str:
    """The process's own settings."""
    rows = [
        (f"`TOCSIN_{each.name.upper()}`", f"`{each.default}`" if each.default else "-", each.metadata["doc"])
        for each in dataclasses.fields(Config)
    ]
    return "\n".join(
        [
            "# Settings of the server\n",
            SAID,
            (
                "What the company promises stands in its plan; these are the process's own. `tocsin serve` takes some\n"
                "as flags too.\n"
            ),
            _table(("variable", "default", "what"), rows),
            "# Grants\n",
            _table(("grant", "allows"), [(f"`{name}`", words) for name, words in GRANTS.items()]),
        ]
    )


def reason_names() -> str:
    """Every closed set of reasons with its sentences."""
    parts = ["# Reasons\n", SAID, "Each order, mute, skip, end and refusal on the record carries one of these names.\n"]
    for name, cls in sorted(vars(reasons).items()):
        if isinstance(cls, type) and issubclass(cls, reasons.StrEnum) and cls is not reasons.StrEnum:
            rows = [(f"`{each.value}`", reasons.sentence(each)) for each in cls]
            parts += [f"## {name}\n", f"{(cls.__doc__ or '').strip()}\n", _table(("reason", "in words"), rows)]
    return "\n".join(parts)


def record() -> str:
    """Every released kind of fact with its fields."""
    rows = [
        (
            f"`{kind}`",
            str(v),
            ", ".join(f"`{each.name}`" for each in dataclasses.fields(cls)) or "-",  # type: ignore[arg-type]
            " ".join((cls.__doc__ or "").split()),
        )
        for (kind, v), cls in sorted(facts.KINDS.items())
    ]
    said = "A released kind never changes; a new version gets the next number and a pure step from the one before.\n"
    return "\n".join(["# Facts on the record\n", SAID, said, _table(("kind", "v", "fields", "what happened"), rows)])


PAGES: dict[str, Callable[[], str]] = {
    "lifecycle.md": lifecycle,
    "settings.md": settings,
    "reasons.md": reason_names,
    "record.md": record,
    "channels.md": channels.page,
    "senders.md": senders.page,
    "plan.md": plan.page,
    "cli.md": commands.page,
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
