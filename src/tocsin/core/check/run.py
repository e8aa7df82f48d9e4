"""Every check, in the order in which a plan is read; then what somebody accepts."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core.check.accepted import sort_out
from tocsin.core.check.duties import duties_that_disagree
from tocsin.core.check.finding import Case, Known, Report
from tocsin.core.check.people import posts, rotations
from tocsin.core.check.policies import policies
from tocsin.core.check.reach import steps
from tocsin.core.check.routing import routing
from tocsin.core.check.telling import telling
from tocsin.core.check.vendors import vendors
from tocsin.core.instants import Instant
from tocsin.core.plan import Plan
from tocsin.core.plan_index import index

CHECKS = (posts, rotations, routing, policies, steps, telling, vendors, duties_that_disagree)


def check(plan: Plan, now: Instant, known: Known | None = None) -> Report:
    """What is wrong with a plan at an instant. With nothing known besides the plan, the assumptions say what was taken
    for granted (rule 9)."""
    case = Case(plan, index(plan), known or Known(), now)
    found = [finding for each in CHECKS for finding in each(case)]
    standing, accepted = sort_out(found, case)
    return Report(standing, accepted, tuple(_assumptions(case.known)))


def _assumptions(known: Known) -> Iterator[str]:
    if known.people is None:
        yield "everybody in the plan has a verified contact, and nobody has left: contacts stand on the record"
        yield "no override, leave or maintenance is entered: they stand on the record"
    if known.vendors is None:
        yield "every vendor and its settings are right: the vendors are not known here"
    for reference in known.unset:
        yield f"{reference} is set where the server runs: here it is not"
