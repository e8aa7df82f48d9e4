"""How the difference of two plans is printed: what is written differently, and what that moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tocsin.cli import show

if TYPE_CHECKING:
    from tocsin.core.behaviour import Move, Moved
    from tocsin.core.plan import Plan
    from tocsin.core.plan_diff import Change

SIGNS = {"added": "+", "removed": "-", "changed": "~", "reordered": "~"}
COLOURS = {"added": "green", "removed": "red"}
MOST_TIMES = 4
ASSUMED = "everybody can be reached, nobody answers for two hours, and it begins now"


def between(old: Plan | None, new: Plan) -> tuple[tuple[Change, ...], tuple[Moved, ...]]:
    """What differs from one plan to the next, as written and in behaviour; nothing to compare with before the first."""
    from tocsin.core.explain import compare
    from tocsin.core.plan_diff import written
    from tocsin.engine.clock import RealClock

    if old is None:
        return (), ()
    return written(old, new), compare(old, new, RealClock().now())


def print_differences(changes: tuple[Change, ...], moved: tuple[Moved, ...]) -> None:
    """Entries, then behaviour by severity."""
    for change in changes:
        line = f"{SIGNS[change.what]} {change.path}"
        values = _values(change)
        click.echo(click.style(show.plain(f"{line}{values}"), fg=COLOURS.get(change.what)))
    if not moved:
        click.echo("Nobody is paged or informed at another time.")
        return
    click.echo("What moves (" + ASSUMED + "):")
    for each in moved:
        case = each.severity or "before declaration"
        path = f", on the path {each.path}" if each.path else ""
        click.echo(click.style(f"  {case}{path}, in {', '.join(each.domains)}:", bold=True))
        for move in each.moves:
            click.echo(f"    {show.plain(_move(move))}")


def _values(change: Change) -> str:
    if change.what in ("added", "removed"):
        return f"  {change.after or change.before}"
    return f"  {change.before} -> {change.after}"


def _move(move: Move) -> str:
    who = f"{move.verb} {move.person or 'nobody'} ({move.step})"
    if not move.after:
        return f"{who}: no longer; was {_times(move.before)}"
    if not move.before:
        return f"{who}: new, {_times(move.after)}"
    return f"{who}: {_times(move.before)} -> {_times(move.after)}"


def _times(times: tuple[float, ...]) -> str:
    from tocsin.core.plan_words import duration_words

    shown = ["at once" if at == 0 else f"after {duration_words(at)}" for at in times[:MOST_TIMES]]
    return ", ".join(shown) + (f" and {len(times) - MOST_TIMES} times more" if len(times) > MOST_TIMES else "")


def document(changes: tuple[Change, ...], moved: tuple[Moved, ...]) -> dict[str, Any]:
    """The difference for programs; times in seconds."""
    return {
        "changes": [
            {"path": each.path, "what": each.what, "before": each.before, "after": each.after} for each in changes
        ],
        "moved": [
            {
                "severity": each.severity or None,
                "path": each.path or None,
                "domains": list(each.domains),
                "moves": [
                    {
                        "verb": move.verb,
                        "person": move.person or None,
                        "step": move.step,
                        "before": list(move.before),
                        "after": list(move.after),
                    }
                    for move in each.moves
                ],
            }
            for each in moved
        ],
    }
