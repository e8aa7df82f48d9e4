"""What plans do, compared: for each domain, severity and path, who is paged or informed when, before and after.

What a plan does is asked of `core/explain.py`; here stand the cases, the lines that come back, and what moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tocsin.core.plan import Plan

HORIZON = 2 * 3600.0
"""How long nobody answers, in seconds."""


@dataclass(frozen=True, slots=True)
class Case:
    """What happens: an incident of a domain, undeclared or at a severity, perhaps on a special path."""

    domain: str
    severity: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody is paged or informed, `after` seconds; nobody when `person` is empty. `step` is policy/step."""

    after: float
    verb: str
    person: str
    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """One person, one step: after how many seconds they were asked or told, and now are. Empty: not at all."""

    verb: str
    person: str
    step: str
    before: tuple[float, ...]
    after: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved for a severity ('' before declaration), on a path or none, alike in all these domains."""

    severity: str
    path: str
    domains: tuple[str, ...]
    moves: tuple[Move, ...]


LinesOf = Callable[[Plan, Case], tuple[Line, ...]]


def moved(old: Plan, new: Plan, lines_of: LinesOf, alike: Callable[[Case], bool]) -> tuple[Moved, ...]:
    """What moved from one plan to another, told once for all domains in which it moved the same. A case that both plans
    treat alike, as `alike` knows, is not asked about."""
    if old == new:
        return ()
    found: dict[tuple[str, str, tuple[Move, ...]], list[str]] = {}
    for case in cases(old, new):
        if alike(case):
            continue
        moves = _moves(lines_of(old, case), lines_of(new, case))
        if moves:
            found.setdefault((case.severity, case.path, moves), []).append(case.domain)
    return tuple(Moved(severity, path, tuple(domains), moves) for (severity, path, moves), domains in found.items())


def cases(old: Plan, new: Plan) -> Iterator[Case]:
    """Every domain before declaration, at each severity, and on each special path, of either plan."""
    domains = dict.fromkeys(domain.id for plan in (old, new) for domain in plan.domains)
    severities = dict.fromkeys(severity.id for plan in (old, new) for severity in plan.severities)
    paths = dict.fromkeys(path.id for plan in (old, new) for path in plan.paths)
    for severity in ("", *severities):
        yield from (Case(domain, severity) for domain in domains)
    for path in paths:
        yield from (Case(domain, path=path) for domain in domains)


def _moves(before: tuple[Line, ...], after: tuple[Line, ...]) -> tuple[Move, ...]:
    times: tuple[dict[tuple[str, str, str], list[float]], ...] = ({}, {})
    for side, found in zip(times, (before, after), strict=True):
        for line in found:
            side.setdefault((line.verb, line.person, line.step), []).append(line.after)
    keys = sorted(times[0].keys() | times[1].keys(), key=lambda key: (_first(times, key), key))
    return tuple(
        Move(*key, tuple(times[0].get(key, ())), tuple(times[1].get(key, ())))
        for key in keys
        if times[0].get(key) != times[1].get(key)
    )


def _first(times: tuple[dict[tuple[str, str, str], list[float]], ...], key: tuple[str, str, str]) -> float:
    return min(at for side in times for at in side.get(key, ()))
