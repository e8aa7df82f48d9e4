"""Triage: the plan's questions in order, the first yes decides what is proposed; a person decides (spec sheet 1)."""

from __future__ import annotations

from tocsin.core.plan import Plan, Severity
from tocsin.core.refusals import Problem


def propose(plan: Plan, answers: tuple[tuple[str, bool], ...]) -> str | None:
    """The severity that the answers propose: that of the first yes in the plan's order, else the mildest one."""
    said = dict(answers)
    for question in plan.triage:
        if said.get(question.id):
            return question.proposes
    return max(plan.severities, key=lambda severity: severity.rank).id if plan.severities else None


def unknown_questions(plan: Plan, answers: tuple[tuple[str, bool], ...]) -> tuple[Problem, ...]:
    """Answers to questions that the plan does not ask."""
    known = {question.id for question in plan.triage}
    return tuple(
        Problem(f"the plan asks no question {name!r}", f"answers.{name}", mend=f"it asks: {', '.join(sorted(known))}")
        for name, _ in answers
        if name not in known
    )


def is_below(chosen: Severity, proposed: Severity | None) -> bool:
    """Whether a chosen severity is milder than the proposed one (rank 1 is the worst)."""
    return proposed is not None and chosen.rank > proposed.rank
