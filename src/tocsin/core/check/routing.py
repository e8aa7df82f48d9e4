"""Routes and services: where alerts go, and which never get there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tocsin.core.check.finding import Case, Finding


def routing(case: Case) -> Iterator[Finding]:
    """Routes that no alert reaches, alerts that no route takes, and services that cannot be told apart."""
    yield from _unreachable(case)
    yield from _open_end(case)
    yield from _services(case)


def _unreachable(case: Case) -> Iterator[Finding]:
    before: list[tuple[str, frozenset[str]]] = []
    for route in case.plan.routes:
        mine = frozenset(str(matcher) for matcher in route.match)
        taker = next((id for id, matchers in before if matchers <= mine), None)
        if taker is not None:
            yield Finding(
                f"route-unreachable:{route.id}",
                f"routes.{route.id}",
                f"no alert ever comes to the route {route.id}",
                f"{taker} stands before it and takes all that it would",
                f"put it before {taker}, or give {taker} a matcher more",
            )
        before.append((route.id, mine))


def _open_end(case: Case) -> Iterator[Finding]:
    if all(route.match for route in case.plan.routes):
        yield Finding(
            "route-missing",
            f"routes.{case.plan.routes[-1].id}" if case.plan.routes else "routes",
            "an alert that no route matches has no service and no domain",
            "only steps that name no domain, and the fallback post, hear of it",
            "end with a route without matchers that has a fallback_service",
        )
    for route in case.plan.routes:
        if route.page and route.service is None and route.fallback_service is None:
            yield Finding(
                f"route-without-service:{route.id}",
                f"routes.{route.id}",
                f"an alert of the route {route.id} whose label `service` names none has no domain",
                "nobody is on call for it",
                "name a fallback_service",
            )


def _services(case: Case) -> Iterator[Finding]:
    if not case.plan.services:
        yield Finding("service-missing", "services", "the plan names no service", "no alert leads to anybody")
    named = Counter(name for service in case.plan.services for name in dict.fromkeys((service.id, *service.also)))
    for name in sorted(name for name, times in named.items() if times > 1):
        owners = [service.id for service in case.plan.services if name in (service.id, *service.also)]
        yield Finding(
            f"service-doubled:{name}",
            f"services.{owners[-1]}",
            f"the label service={name} means {' and '.join(owners)}",
            f"{case.by.services[name].id} is taken",
            "leave it with one of them",
        )
