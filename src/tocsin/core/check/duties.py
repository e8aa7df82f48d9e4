"""Duties that disagree: the same part doing the same in the same case, by two bounds or from two zeros (rule 14)."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core.check.finding import Case, Finding
from tocsin.core.plan import Duty
from tocsin.core.plan_words import duration_words


def duties_that_disagree(case: Case) -> Iterator[Finding]:
    """One finding for each duty that is stated in more ways than one, naming every source."""
    stated: dict[tuple[str, ...], list[tuple[int, Duty]]] = {}
    for i, duty in enumerate(case.plan.duties):
        stated.setdefault(tuple(_same(word) for word in (duty.who, duty.does, duty.scope)), []).append((i, duty))
    for said in stated.values():
        first = said[0][1]
        who, does, scope = (" ".join(word.split()) for word in (first.who, first.does, first.scope))
        ways = dict.fromkeys((duty.by, _same(duty.zero)) for _, duty in said)
        if len(ways) > 1:
            where = f" ({scope})" if scope else ""
            yield Finding(
                f"duties-disagree:{':'.join(word for word in (who, does, scope) if word)}",
                f"duties[{said[-1][0]}]",
                f"{who}, {does}{where}: by when is said in {len(ways)} ways",
                "; ".join(f"{duty.source}: {_bound(duty)}" for _, duty in said),
                "let all say the same, or accept it with a reason",
            )


def _same(word: str) -> str:
    return " ".join(word.casefold().split())


def _bound(duty: Duty) -> str:
    by = "no bound" if duty.by is None else "at once" if duty.by == 0 else f"within {duration_words(duty.by)}"
    return f"{by} from {duty.zero}" if duty.zero else by
