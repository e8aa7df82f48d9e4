"""One type for every no: a plan, a command, an API body and a command line are refused in the same words.

A refusal lists everything that is missing or wrong at once. At the API it becomes RFC 9457 problem details.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what, where (file:line:column or a field's path), why, and how to mend it."""

    what: str
    where: str = ""
    why: str = ""
    mend: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        why = f" ({self.why})" if self.why else ""
        mend = f". {self.mend}" if self.mend else ""
        return f"{place}{self.what}{why}{mend}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no, with its reason from the closed set of `core.reasons.RefusalReason` and every problem found."""

    reason: str
    problems: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        return "; ".join(str(problem) for problem in self.problems) or self.reason.replace("_", " ")


class Refused(Exception):
    """Carries a refusal through a caller that cannot go on."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def refuse(reason: str, what: str, *, where: str = "", why: str = "", mend: str = "") -> Refusal:
    """A refusal with a single problem."""
    return Refusal(reason, (Problem(what, where, why, mend),))
