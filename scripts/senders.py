"""Prints docs/reference/senders.md: each sender, where it calls, how it proves itself, which recorded bodies pass."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from tocsin.integrations import registry
from tocsin.integrations.base import Source, StandIn

RECORDED = Path(__file__).resolve().parents[1] / "tests" / "integrations" / "recorded.csv"
INTRODUCTION = """\
# Senders

Printed from the code by `python -m scripts.reference`; a test compares the two.

What can ring Tocsin, where it calls, and how it proves who it is. Any of them may show a token made with
`tocsin token create NAME --scope send`: as `Authorization: Bearer TOKEN`, or in place of `{key}` in the path where a
tool can only be given a URL. What is read of each stands in [channels and sources](channels.md#sources).

**Recorded bodies** are requests of these senders as other projects have published them. For each the table counts what
came of it: an alert that fires, one that clears, neither (the body says nothing of a state), or a refusal that names
the field. The list below the table has every one; `tests/integrations/test_recorded.py` reads them.
"""


def page() -> str:
    """The whole page in Markdown."""
    rows = _recorded()
    table = ["| sender | called at | signs with | recorded bodies |", "|---|---|---|---|"]
    for kind in registry.sources():
        source = registry.source(kind)
        cells = (f"`{kind}`: {source.label}", _paths(source), _signs(source), _counts(rows.get(kind, [])))
        table.append(f"| {' | '.join(cells)} |")
    parts = [INTRODUCTION, *table, "", "## What came of each recorded body", ""]
    for kind in registry.sources():
        if kind in rows:
            parts += [f"### {registry.source(kind).label}", "", "| body | what came of it |", "|---|---|"]
            parts += [f"| `{file}` | {outcome} |" for file, outcome in rows[kind]]
            parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def _recorded() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    with RECORDED.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["source"], []).append((row["file"], row["outcome"]))
    return found


def _paths(source: Source) -> str:
    methods = ", ".join(source.methods) if isinstance(source, StandIn) else "POST"
    return f"{methods} " + ", ".join(f"`{path}`" for path in source.paths)


def _signs(source: Source) -> str:
    if isinstance(signs := getattr(source, "signs", None), str):
        return signs
    secrets = [field.label for field in source.fields if field.secret and field.name != "token"]
    return ", ".join(secrets) or "nothing: it shows a token"


def _counts(rows: list[tuple[str, str]]) -> str:
    if not rows:
        return "none are known"
    counts = Counter(_kind(outcome) for _, outcome in rows)
    return f"{len(rows)}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _kind(outcome: str) -> str:
    if outcome.startswith("refused"):
        return "refused"
    if "fires" in outcome and "clears" in outcome:
        return "both"
    return next((kind for word, kind in (("fires", "firing"), ("clears", "cleared")) if word in outcome), "neither")
