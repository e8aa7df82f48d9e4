"""tocsin plan: what an edit would change, and putting it in force; the schema for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tocsin.cli import show
from tocsin.cli.plans import differences
from tocsin.cli.plans import folder as plans
from tocsin.cli.plans.target import with_target

if TYPE_CHECKING:
    from tocsin.cli.plans.target import Target
    from tocsin.core.plan import Plan


@click.group(name="plan")
def command() -> None:
    """Apply a plan; its schema."""


@command.command("apply")
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", metavar="REASON", help="Even where open incidents would lose what they need; kept on record.")
@with_target
def apply(folder: str, yes: bool, force: str | None, target: Target) -> None:
    """Read, check, show what changes, ask, and put it in force. A broken plan changes nothing."""
    plan, reading = plans.must_read(folder)
    live = target.live()
    if live is not None and live[0] == reading.hash:
        click.echo(f"This plan is in force already ({reading.hash[:12]}); nothing changes.")
        return
    report = plans.checked(plan)
    for id, problem in plans.as_problems(report, reading):
        plans.print_problem(problem, id)
    click.echo(f"{folder}: {plans.counted(len(report.findings), 'finding')}, {len(report.accepted)} accepted")
    if live is None:
        click.echo("It is the first plan here.")
    else:
        click.echo(f"From {live[0][:12]} to {reading.hash[:12]}:")
        differences.print_differences(*differences.between(live[1], plan))
    if not yes:
        _ask()
    click.echo(f"In force: {target.apply(plan, force)}")


def _ask() -> None:
    """Raises show.Failure when the answer is no, or when nobody is there to answer."""
    try:
        agreed = click.confirm("Put it in force?")
    except click.Abort:
        raise show.Failure("nobody answered. Add --yes; nothing was changed") from None
    if not agreed:
        raise show.Failure("Nothing was changed")


@command.command("diff")
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--from", "before", metavar="DIR", type=click.Path(), help="Compare with a folder instead, offline.")
@click.option("--json", "json", is_flag=True, help="JSON, for programs.")
@with_target
def diff(folder: str, before: str | None, json: bool, target: Target) -> None:
    """What a folder would change: entries, and who is paged when. Changes nothing."""
    plan, reading = plans.must_read(folder)
    old = _before(before, target)
    changes, moved = differences.between(old, plan)
    if json:
        show.as_json({"plan": reading.hash, **differences.document(changes, moved)})
    elif old is None:
        click.echo("No plan is in force yet: everything is new.")
    elif not changes:
        click.echo("Nothing differs.")
    else:
        differences.print_differences(changes, moved)


def _before(folder: str | None, target: Target) -> Plan | None:
    if folder is not None:
        return plans.must_read(folder)[0]
    live = target.live()
    return live[1] if live else None


@command.command("schema")
def schema_() -> None:
    """The JSON Schema of a plan file, for editors."""
    from tocsin.plan_folder.schema import schema

    show.as_json(schema())
