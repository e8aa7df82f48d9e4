"""tocsin check: reads a plan folder and says everything that is wrong with it, with file, line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tocsin.cli import local, show
from tocsin.cli.plans import folder as plans

if TYPE_CHECKING:
    from tocsin.core.check import Report
    from tocsin.core.plan import Plan
    from tocsin.core.world import LivePerson
    from tocsin.plan_folder import Reading


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--database", help="Use the record of a database too: who left. Without it, what is assumed is said.")
@click.option("--json", "json", is_flag=True, help="JSON, for programs.")
def command(folder: str, database: str | None, json: bool) -> None:
    """Check a plan folder; status 1 when anything is wrong."""
    reading = plans.read(folder)
    if reading.plan is None:
        _unread(folder, reading, json)
        raise SystemExit(show.REFUSED)
    report = plans.checked(reading.plan, _people(database) if database else None)
    if json:
        show.as_json(_document(reading, report))
    else:
        _print(folder, reading.plan, reading, report)
    if report.findings:
        raise SystemExit(show.REFUSED)


def _people(database: str) -> dict[str, LivePerson]:
    from tocsin.config import from_environment

    with local.reading(from_environment(database=database)) as snapshot:
        return local.surroundings(snapshot).people()


def _unread(folder: str, reading: Reading, json: bool) -> None:
    if json:
        problems = [plans.as_document(problem) for problem in reading.problems]
        show.as_json({"ok": False, "plan": None, "problems": problems, "findings": [], "accepted": [], "assumed": []})
        return
    for problem in reading.problems:
        plans.print_problem(problem)
    click.echo(f"{folder}: {plans.counted(len(reading.problems), 'problem')}; it cannot be read")


def _print(folder: str, plan: Plan, reading: Reading, report: Report) -> None:
    for id, problem in plans.as_problems(report, reading):
        plans.print_problem(problem, id)
    sizes = (
        plans.counted(len(plan.people), "person", "people"),
        plans.counted(len(plan.services), "service"),
        plans.counted(len(plan.policies), "policy", "policies"),
    )
    accepted = f", {len(report.accepted)} accepted" if report.accepted else ""
    click.echo(f"{folder}: {plans.counted(len(report.findings), 'finding')}{accepted} ({', '.join(sizes)})")
    for line in report.assumptions:
        click.echo(click.style(f"  taken for granted: {show.plain(line)}", dim=True))


def _document(reading: Reading, report: Report) -> dict[str, Any]:
    accepted = [
        {"id": finding.id, "what": finding.what, "reason": entry.reason, "owner": entry.owner, "until": entry.until}
        for finding, entry in report.accepted
    ]
    return {
        "ok": not report.findings,
        "plan": reading.hash,
        "problems": [],
        "findings": [plans.as_document(problem, id) for id, problem in plans.as_problems(report, reading)],
        "accepted": accepted,
        "assumed": list(report.assumptions),
    }
