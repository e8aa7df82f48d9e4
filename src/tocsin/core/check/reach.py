"""Steps that reach nobody: each target is followed to people, for every service whose incidents the policy may lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tocsin.core.check.finding import Case, Finding
from tocsin.core.check.policies import leads
from tocsin.core.plan import Policy, Service
from tocsin.core.plan_words import Target


@dataclass(frozen=True, slots=True)
class Row:
    """Targets that are asked or told together, and where they stand."""

    name: str
    place: str
    verb: str
    targets: tuple[Target, ...]


def steps(case: Case) -> Iterator[Finding]:
    """Columns of domains that hold nobody though a policy names them, and rows that come to nobody."""
    empty: dict[str, str] = {}
    for policy in case.plan.policies:
        services = list(_led(policy, case))
        for row in rows(policy):
            for service in services:
                for target in row.targets:
                    why = nobody(target, service, case)
                    if target.kind == "domain" and why:
                        empty.setdefault(f"{service.domain}/{target.name}", policy.id)
            yield from _row(policy, row, services, case)
    for name, policy_id in empty.items():
        domain, column = name.split("/")
        why = nobody(Target("domain", column), next(s for s in case.plan.services if s.domain == domain), case)
        yield Finding(
            f"column-empty:{name}",
            f"domains.{domain}.{column}",
            f"the domain {domain} has nobody as {column}",
            f"the policy {policy_id} names domain:{column}; {why}",
            f"name whom {column} means",
        )


def rows(policy: Policy) -> Iterator[Row]:
    """Every row of a policy: its steps' pages and informs, and what follows while nobody answers."""
    for i, step in enumerate(policy.steps):
        place = f"policies.{policy.id}.steps[{i}]"
        for verb, targets in (("page", step.page), ("inform", step.inform)):
            if targets:
                yield Row(step.id, f"{place}.{verb}", f"{verb}s", targets)
        if not step.page and not step.inform:
            yield Row(step.id, place, "pages and informs", ())
    for i, targets in enumerate(policy.unanswered.then if policy.unanswered else ()):
        yield Row(f"unanswered-{i + 1}", f"policies.{policy.id}.unanswered.then[{i}]", "pages", targets)


def _led(policy: Policy, case: Case) -> Iterable[Service]:
    """One service for each domain and owner whose incidents the policy may lead: those of a path are any."""
    if any(path.policy == policy.id for path in case.plan.paths):
        return case.plan.services
    led = {domain for domain in case.domains() if any(leader is policy for _, leader in leads(case, domain))}
    return [service for service in case.plan.services if service.domain in led]


def _row(policy: Policy, row: Row, services: list[Service], case: Case) -> Iterator[Finding]:
    """A row that comes to nobody for some service. What an empty column explains is told with the column alone."""
    if row.targets and all(target.kind == "domain" for target in row.targets):
        return
    bare = [service for service in services if all(nobody(target, service, case) for target in row.targets)]
    if not bare:
        return
    whys = dict.fromkeys(nobody(target, bare[0], case) for target in row.targets)
    names = "any service" if len(bare) == len(services) else ", ".join(service.id for service in bare)
    yield Finding(
        f"step-reaches-nobody:{policy.id}/{row.name}",
        row.place,
        f"{row.name} of the policy {policy.id} {row.verb} nobody for {names}",
        "; ".join(why for why in whys if why) or "it names nobody",
        "name somebody who can be reached",
    )


def nobody(target: Target, service: Service, case: Case) -> str:
    """Why a target comes to nobody for a service's incidents; empty when it comes to somebody, or may."""
    if target.kind == "role":
        return ""
    if target.kind == "person":
        return f"{target.name} has left" if target.name in case.known.left else ""
    if target.kind == "post":
        return _post(target.name, case)
    if target.kind in ("rotation", "next"):
        rotation = case.by.rotations.get(target.name)
        people = set(rotation.people) if rotation else set[str]()
        return "" if people - case.known.left else f"{target} has nobody"
    if target.kind == "owner":
        team = case.by.teams.get(service.owner or "")
        if team is None or team.lead is None:
            return f"{service.id} has no owner with a lead"
        return _post(team.lead, case)
    domain = case.by.domains.get(service.domain)
    column: tuple[Target, ...] = getattr(domain, target.name) if domain else ()
    if not column:
        return f"{service.domain} has no {target.name}"
    whys = [nobody(each, service, case) for each in column]
    return "; ".join(whys) if all(whys) else ""


def _post(name: str, case: Case) -> str:
    post = case.by.posts.get(name)
    people = {person for person in (post.holder, *post.deputies) if person} if post else set[str]()
    return "" if people - case.known.left else f"nobody holds the post {name}"
