"""Prints docs/reference/channels.md from the vendors' own statements: `python -m tocsin.integrations.reference`."""

from __future__ import annotations

import sys

from tocsin.integrations import registry
from tocsin.integrations.base import Field, StandIn

INTRODUCTION = """\
# Channels and sources

Printed from the vendors' own statements by `python -m tocsin.integrations.reference`; a test compares the two.

A **channel** sends a message to one person or room, a **source** takes alerts in; some tell of changes
in production. In a plan, a vendor's settings and
secrets stand under its name; a secret is never written into the plan, only where it is found (`env:NAME` or
`file:PATH`). Addresses that users enter may not lead into private networks unless the server's allow list names them.
"""


def page() -> str:
    """The whole page in Markdown."""
    parts = [INTRODUCTION, "## Channels\n"]
    for kind in registry.channels():
        channel = registry.channel(kind)
        receipts = "yes" if channel.gives_receipts else "no"
        parts.append(f"### `{kind}`: {channel.label}\n\n{_paragraph(kind, 'channel')}\n")
        parts.append(f"Address: {channel.address_label}. Receipts of delivery: {receipts}.\n")
        parts.append(_table(channel.fields))
    parts.append("## Sources\n")
    for kind in registry.sources():
        source = registry.source(kind)
        parts.append(f"### `{kind}`: {source.label}\n\n{_paragraph(kind, 'source')}\n")
        methods = " or ".join(source.methods) if isinstance(source, StandIn) else "POST"
        parts.append(f"Listens to {methods} at " + " and ".join(f"`{path}`" for path in source.paths) + ".")
        parts.append(f"Takes bodies of up to {source.max_bytes // 1024:,} kB.\n")
        parts.append(_table(source.fields))
    parts.append("## Changes\n")
    for kind in registry.changes():
        change = registry.change(kind)
        parts.append(f"### `{kind}`: {change.label}\n\n{_paragraph(kind, 'change')}\n")
        parts.append(f"Listens at `POST /api/v1/changes/{kind}` and `POST /api/v1/changes/{kind}/{{key}}`.\n")
        parts.append(_table(change.fields))
    return "\n".join(parts).rstrip("\n") + "\n"


def _paragraph(kind: str, role: str) -> str:
    """The vendor's module says in its docstring what a reader should know."""
    return (sys.modules[f"tocsin.integrations.{kind}.{role}"].__doc__ or "").strip()


def _table(fields: tuple[Field, ...]) -> str:
    if not fields:
        return "No settings.\n"
    rows = ["| setting | what it is | kind | default | hint |", "|---|---|---|---|---|"]
    for field in fields:
        kind = ("secret" if field.secret else "value") + (", required" if field.required else "")
        default = f"`{field.default}`" if field.default else ""
        rows.append(f"| `{field.name}` | {field.label} | {kind} | {default} | {_cell(field.hint)} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.stdout.write(page())
