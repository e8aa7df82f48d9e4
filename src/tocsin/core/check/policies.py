"""Policies: which severity and domain has one, which is never in force, and what its steps wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tocsin.core.check.finding import Case, Finding
from tocsin.core.escalation.policies import in_force
from tocsin.core.incident.state import Incident
from tocsin.core.instants import EARLIEST
from tocsin.core.plan import Policy
from tocsin.core.world import Rules, World


def main_policy(case: Case, domain: str, severity: str | None, hint: str | None = None) -> Policy | None:
    """The policy that leads a domain's incidents: before declaration, with what the alert hints, or at a severity.
    `in_force` itself is asked."""
    rules = Rules("", case.plan, case.by)
    times = {} if severity is None else {"declared": EARLIEST}
    state = Incident(domain=domain, severity=severity, severity_hint=hint, times=times)
    return next(iter(in_force(state, World(rules, rules))), None)


def levels(case: Case) -> Iterator[tuple[str | None, str | None]]:
    """What an incident may have for a severity and for a hint: each level of each, and neither."""
    yield None, None
    for severity in case.plan.severities:
        yield severity.id, None
        yield None, severity.id


def policies(case: Case) -> Iterator[Finding]:
    """Severities and domains without a policy, policies that never lead, and those that ask once and give up."""
    yield from _without(case)
    yield from _never(case)
    yield from _decisions(case)
    for rank, times in sorted(Counter(severity.rank for severity in case.plan.severities).items()):
        if times > 1:
            same = [severity.id for severity in case.plan.severities if severity.rank == rank]
            what = f"{' and '.join(same)} have the same rank {rank}"
            yield Finding(f"rank-doubled:{rank}", f"severities.{same[-1]}.rank", what, "neither is the worse one")


def _without(case: Case) -> Iterator[Finding]:
    bare = [domain for domain in case.domains() if main_policy(case, domain, None) is None]
    if bare:
        what = "an alert pages nobody before somebody declares it"
        why = f"no policy counts from detection for {_listed(bare, case)}"
        yield Finding("detection-without-policy", "policies", what, why, "write a policy with zero: detection")
    for severity in case.plan.severities:
        bare = [domain for domain in case.domains() if main_policy(case, domain, severity.id) is None]
        if bare:
            yield Finding(
                f"severity-without-policy:{severity.id}",
                f"severities.{severity.id}",
                f"declaring {severity.id} pages and informs nobody",
                f"no policy counts from declaration for {_listed(bare, case)}",
                "write one, or add the severity to another's list",
            )


def _listed(domains: list[str], case: Case) -> str:
    return "any domain" if len(domains) == len(list(case.domains())) else ", ".join(domains)


def _never(case: Case) -> Iterator[Finding]:
    led = {main_policy(case, domain, *level) for domain in case.domains() for level in levels(case)}
    leading = {policy.id for policy in led if policy is not None}
    of_paths = {path.policy for path in case.plan.paths}
    for policy in case.plan.policies:
        place = f"policies.{policy.id}"
        if policy.id not in leading | of_paths and case.plan.services:
            yield Finding(
                f"policy-unreachable:{policy.id}",
                place,
                f"the policy {policy.id} is never in force",
                "no special path names it"
                if policy.zero == "decision"
                else "others stand before it wherever it would be",
                "put it before them, or take it out",
            )
        pages = any(step.page for step in policy.steps)
        if policy.id in leading and pages and policy.unanswered is None:
            yield Finding(
                f"policy-gives-up:{policy.id}",
                place,
                f"when nobody answers, the policy {policy.id} asks nobody else",
                "it pages, but says nothing under unanswered",
                "write unanswered: {every: 5m, then: [...]}",
            )


def _decisions(case: Case) -> Iterator[Finding]:
    """Steps that wait for a decision that nobody can take: only a running path's decisions can be taken."""
    for policy in case.plan.policies:
        running = [path for path in case.plan.paths if path.policy == policy.id] or list(case.plan.paths)
        known = sorted({decision for path in running for decision in path.decisions})
        for i, step in enumerate(policy.steps):
            if step.decision is not None and step.decision not in known:
                yield Finding(
                    f"decision-unknown:{policy.id}/{step.id}",
                    f"policies.{policy.id}.steps[{i}].decision",
                    f"the step {step.id} of {policy.id} waits for {step.decision!r}, which nobody can decide",
                    mend=f"one of: {', '.join(known)}" if known else "list it under a path's decisions",
                )
