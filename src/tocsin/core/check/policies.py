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


def leads(case: Case, domain: str) -> Iterator[tuple[str, Policy | None]]:
    """The policy that leads a domain's incidents, for each level: before declaration, by what an alert hints at (named
    as detection, or detection at sev3), and at each severity. `in_force` itself is asked."""
    rules = Rules("", case.plan, case.by)
    world = World(rules, rules)
    for hint in (None, *(severity.id for severity in case.plan.severities)):
        name = "detection" if hint is None else f"detection at {hint}"
        yield name, next(iter(in_force(Incident(domain=domain, severity_hint=hint), world)), None)
    for severity in case.plan.severities:
        declared = Incident(domain=domain, severity=severity.id, times={"declared": EARLIEST})
        yield severity.id, next(iter(in_force(declared, world)), None)


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
    bare: dict[str, list[str]] = {}
    for domain in case.domains():
        for level, policy in leads(case, domain):
            if policy is None:
                bare.setdefault(level, []).append(domain)
    undeclared = [level for level in bare if level.startswith("detection")]
    if undeclared:
        what = "an alert pages nobody before somebody declares it"
        why = f"no policy counts from {undeclared[0]} for {_listed(bare[undeclared[0]], case)}"
        yield Finding("detection-without-policy", "policies", what, why, "write a policy with zero: detection")
    for severity in case.plan.severities:
        if severity.id in bare:
            yield Finding(
                f"severity-without-policy:{severity.id}",
                f"severities.{severity.id}",
                f"declaring {severity.id} pages and informs nobody",
                f"no policy counts from declaration for {_listed(bare[severity.id], case)}",
                "write one, or add the severity to another's list",
            )


def _listed(domains: list[str], case: Case) -> str:
    return "any domain" if len(domains) == len(list(case.domains())) else ", ".join(domains)


def _never(case: Case) -> Iterator[Finding]:
    leading = {policy.id for domain in case.domains() for _, policy in leads(case, domain) if policy is not None}
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
