"""A plan's lists by name, made once for a plan: look-ups by id without a search."""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.core.plan import (
    Audience,
    Domain,
    Path,
    Person,
    Phase,
    Plan,
    Policy,
    Post,
    Role,
    Rotation,
    Route,
    Service,
    Severity,
    Team,
)


@dataclass(frozen=True, slots=True)
class Index:
    """A plan's lists by name, made once for a plan: look-ups by id without a search."""

    people: dict[str, Person] = field(default_factory=dict[str, Person])
    posts: dict[str, Post] = field(default_factory=dict[str, Post])
    teams: dict[str, Team] = field(default_factory=dict[str, Team])
    domains: dict[str, Domain] = field(default_factory=dict[str, Domain])
    services: dict[str, Service] = field(default_factory=dict[str, Service])
    severities: dict[str, Severity] = field(default_factory=dict[str, Severity])
    phases: dict[str, Phase] = field(default_factory=dict[str, Phase])
    roles: dict[str, Role] = field(default_factory=dict[str, Role])
    routes: dict[str, Route] = field(default_factory=dict[str, Route])
    rotations: dict[str, Rotation] = field(default_factory=dict[str, Rotation])
    policies: dict[str, Policy] = field(default_factory=dict[str, Policy])
    paths: dict[str, Path] = field(default_factory=dict[str, Path])
    audiences: dict[str, Audience] = field(default_factory=dict[str, Audience])


def index(plan: Plan) -> Index:
    """The look-ups of a plan. A label in `Service.also` leads to its service as well."""
    services = {service.id: service for service in plan.services}
    services |= {name: service for service in plan.services for name in service.also}
    return Index(
        people={person.handle: person for person in plan.people},
        posts={post.id: post for post in plan.posts},
        teams={team.id: team for team in plan.teams},
        domains={domain.id: domain for domain in plan.domains},
        services=services,
        severities={severity.id: severity for severity in plan.severities},
        phases={phase.id: phase for phase in plan.phases},
        roles={role.id: role for role in plan.roles},
        routes={route.id: route for route in plan.routes},
        rotations={rotation.id: rotation for rotation in plan.rotations},
        policies={policy.id: policy for policy in plan.policies},
        paths={path.id: path for path in plan.paths},
        audiences={audience.id: audience for audience in plan.audiences},
    )
