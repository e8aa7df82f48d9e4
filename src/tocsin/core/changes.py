"""Changes in production (rule 26): which kinds there are, in which record one stands, and whom it may have hurt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tocsin.core.instants import HOUR
from tocsin.core.plan import Service

WHATS = {
    "deployment": "a version was put into production",
    "code": "code was pushed to a default branch",
    "flag": "a feature flag was switched",
    "configuration": "a setting was changed",
    "other": "something else was changed",
}
OUTCOMES = ("seen", "started", "succeeded", "failed")
BEFORE = 2 * HOUR
"""Seconds before detection in which a change is shown in an incident's room."""
PREFIX = "change:"
PRIVATE = "/private"
NOBODYS = "_"
"""Stands for the service in the record of changes that belong to none of the plan's."""


def record_of(service: str, visibility: str) -> str:
    """The record of a service's changes; private ones stand in one of their own."""
    return f"{PREFIX}{service or NOBODYS}{PRIVATE if visibility == 'private' else ''}"


def records_of(services: Iterable[str]) -> tuple[str, ...]:
    """The records of these services' changes, the private ones too."""
    return tuple(record_of(service, visibility) for service in services for visibility in ("open", "private"))


def upstream(service: str, services: Mapping[str, Service]) -> tuple[str, ...]:
    """A service and everything that it depends on, near ones first; a circle is walked once."""
    found = [service] if service in services else []
    for name in found:
        found += [other for other in services[name].depends_on if other in services and other not in found]
    return tuple(dict.fromkeys(found))
