"""Reading and checking a plan folder from the command line, and how findings are printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tocsin.cli import show
from tocsin.core.refusals import Problem

if TYPE_CHECKING:
    from tocsin.core.check import Known, Report
    from tocsin.core.plan import Plan
    from tocsin.core.world import LivePerson
    from tocsin.plan_folder import Reading

OF_THE_PROCESS = {"smtp": {"url": "TOCSIN_SMTP_URL"}, "webhook": {"secret": "TOCSIN_WEBHOOK_SECRET"}}
"""Required secrets that the server's own settings may hold instead of the plan."""


def read(folder: str) -> Reading:
    """A folder, read with the locked zone data."""
    from tocsin.app import lock_zone_data
    from tocsin.plan_folder import read_folder

    lock_zone_data()
    return read_folder(Path(folder))


def must_read(folder: str) -> tuple[Plan, Reading]:
    """The plan of a folder. Raises show.Failure with every problem."""
    reading = read(folder)
    if reading.plan is None:
        count = len(reading.problems)
        lines = "\n".join(f"  {show.problem_line(problem)}" for problem in reading.problems)
        raise show.Failure(f"{folder} cannot be read, {counted(count, 'problem')}; nothing was changed:\n{lines}")
    return reading.plan, reading


def checked(plan: Plan, people: dict[str, LivePerson] | None = None) -> Report:
    """What is wrong with a plan now, as far as it is known here."""
    from tocsin.core.check import check
    from tocsin.engine.clock import RealClock

    return check(plan, RealClock().now(), known(plan, people))


def known(plan: Plan, people: dict[str, LivePerson] | None) -> Known:
    """The vendors that are there, and which references to secrets lead to nothing on this machine."""
    import os

    from tocsin.config import resolve_secret
    from tocsin.core.check import Known, VendorNeeds
    from tocsin.integrations.registry import change, changes, channel, channels, source, sources

    vendors: dict[str, VendorNeeds] = {}
    for kind in sorted({*channels(), *sources(), *changes()}):
        fields = (
            *(channel(kind).fields if kind in channels() else ()),
            *(source(kind).fields if kind in sources() else ()),
            *(change(kind).fields if kind in changes() else ()),
        )
        needed = {field.name for field in fields if field.required} - OF_THE_PROCESS.get(kind, {}).keys()
        secret = frozenset(field.name for field in fields if field.secret)
        vendors[kind] = VendorNeeds(frozenset(field.name for field in fields), secret, frozenset(needed))
    unset: list[str] = []
    for each in plan.integrations:
        own = OF_THE_PROCESS.get(each.vendor, {})
        unset += [reference for reference in each.secrets.values() if not resolve_secret(reference)]
        unset += [name for key, name in own.items() if key not in each.secrets and not os.environ.get(name)]
    return Known(vendors, frozenset(channels()), people, tuple(dict.fromkeys(unset)))


def as_problems(report: Report, reading: Reading) -> list[tuple[str, Problem]]:
    """Findings with their ids, as problems in their places."""
    found: list[tuple[str, Problem]] = []
    for finding in report.findings:
        place = reading.place(finding.place)
        where = str(place) if place else finding.place
        found.append((finding.id, Problem(finding.what, where, finding.why, finding.mend)))
    return found


def print_problem(problem: Problem, id: str = "") -> None:
    """One problem: its place and what is wrong, then why and how to mend it."""
    place = click.style(show.plain(problem.where), bold=True)
    click.echo(f"{place}: {click.style(show.plain(problem.what), fg='red')}")
    mend = f"{problem.mend[0].upper()}{problem.mend[1:]}" if problem.mend else ""
    more = ". ".join(part for part in (problem.why, mend) if part)
    if more:
        click.echo(f"    {show.plain(more)}")
    if id:
        click.echo(f"    {click.style(show.plain(id), dim=True)}")


def as_document(problem: Problem, id: str = "") -> dict[str, Any]:
    """A problem for programs."""
    said = {"where": problem.where, "what": problem.what, "why": problem.why, "mend": problem.mend}
    return {"id": id} | said if id else said


def counted(count: int, word: str, many: str = "") -> str:
    """1 person, 2 people, no finding."""
    return f"{count or 'no'} {word if count < 2 else many or word + 's'}"
