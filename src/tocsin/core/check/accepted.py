"""Findings that somebody accepts: with a reason, an owner and an end. What is accepted too long, or is not there, is a
finding itself (rule 14)."""

from __future__ import annotations

from tocsin.core.calendars import local
from tocsin.core.check.finding import Case, Finding
from tocsin.core.plan import Accepted

Sorted = tuple[tuple[Finding, ...], tuple[tuple[Finding, Accepted], ...]]


def sort_out(found: list[Finding], case: Case) -> Sorted:
    """Findings that stand, and those that are accepted today, in the organisation's zone; the end date counts in."""
    today = local(case.at, case.plan.organisation.time_zone).date().isoformat()
    standing = {finding.id: finding for finding in found}
    accepted: list[tuple[Finding, Accepted]] = []
    about: list[Finding] = []
    for i, entry in enumerate(case.plan.accepted):
        place = f"accepted[{i}]"
        finding = next((each for each in found if each.id == entry.finding), None)
        if finding is None:
            why = "it may have been mended, or its id is written wrong"
            what = f"{entry.finding!r} is accepted, but nothing of that id is found"
            about.append(Finding(f"accepted-unknown:{entry.finding}", place, what, why, "take the entry out"))
        elif entry.until < today:
            what = f"{entry.finding} was accepted until {entry.until}"
            mend = f"mend it, or let {entry.owner} accept it anew"
            about.append(Finding(f"accepted-expired:{entry.finding}", place, what, f"reason: {entry.reason}", mend))
        elif standing.pop(finding.id, None) is not None:
            accepted.append((finding, entry))
    return (*standing.values(), *about), tuple(accepted)
