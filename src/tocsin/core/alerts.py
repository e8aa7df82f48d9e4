"""Alerts: fingerprint, route, group, repeat, clear, flap, mute. Each judgement carries a named reason.

A group is one episode of one group key; its record holds every alert that fired and cleared. Source of the ideas of
route, group and fingerprint: Alertmanager's documentation; rules 1, 2, 18 and 19 of spec/0-semantics bind.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tocsin.core import facts as f
from tocsin.core.calendars import window_change, window_covers
from tocsin.core.duty import Due, Duty, due_of, look
from tocsin.core.instants import Instant, later
from tocsin.core.plan import Route
from tocsin.core.reasons import AlertReason, MuteReason
from tocsin.core.silences import alive, next_change, silenced
from tocsin.core.world import Maintenance, Matches, Rules, World

Labels = tuple[tuple[str, str], ...]


def fingerprint(source: str, labels: Labels, key: str = "") -> str:
    """128 bits over the source's key and the sorted labels (or the sender's own name for the alert), in hex."""
    parts = (key,) if key else itertools.chain.from_iterable(labels)
    text = "\x00".join((source, *parts))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Routed:
    """Where an alert goes: route, group key, service, domain, and the severity it hints at."""

    route: Route
    key: str
    service: str
    domain: str
    severity_hint: str | None


class Router:
    """Finds the route of labels; remembers answers by the labels that any matcher or group mentions."""

    def __init__(self, rules: Rules, matches: Matches, most: int = 20_000) -> None:
        self._rules = rules
        self._matches = matches
        self._most = most
        self._memo: dict[tuple[str, ...], Routed | None] = {}
        mentioned = {m.label for route in rules.plan.routes for m in route.match}
        mentioned |= {label for route in rules.plan.routes for label in route.group_by}
        self._mentioned = tuple(sorted(mentioned | {"service"}))

    def route(self, source: str, labels: Mapping[str, str]) -> Routed | None:
        """The first route whose matchers all hold, or None when the plan has none for it."""
        short = (source, *(labels.get(label, "") for label in self._mentioned))
        if short in self._memo:
            return self._memo[short]
        found = self._find(source, labels)
        if len(self._memo) >= self._most:
            self._memo.clear()
        self._memo[short] = found
        return found

    def _find(self, source: str, labels: Mapping[str, str]) -> Routed | None:
        for route in self._rules.plan.routes:
            if all(self._matches(matcher, labels.get(matcher.label, "")) for matcher in route.match):
                return self._routed(source, route, labels)
        return None

    def _routed(self, source: str, route: Route, labels: Mapping[str, str]) -> Routed:
        services = self._rules.by.services
        named = route.service or labels.get("service", "")
        service = services.get(named) or services.get(route.fallback_service or "")
        values = "\x00".join((source, route.id, *(f"{name}={labels.get(name, '')}" for name in route.group_by)))
        key = hashlib.blake2b(values.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return Routed(
            route,
            key,
            service.id if service else "",
            service.domain if service else "",
            route.severity_hint or self._rules_severity(labels),
        )

    def _rules_severity(self, labels: Mapping[str, str]) -> str | None:
        said = labels.get("severity", "").lower()
        return said if said in self._rules.by.severities else None


class Known(NamedTuple):
    """An alert that fires, as memory holds it: its group, when it started, and until when it counts as firing."""

    record: str
    starts_at: Instant
    ends_at: Instant | None
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """An alert that cleared lately, so that a late copy of the same firing is known for what it is."""

    starts_at: Instant | None
    ends_at: Instant


def judge(
    known: Known | None,
    gone: Gone | None,
    firing: bool,
    starts_at: Instant,
    ends_at: Instant | None,
    labels: Labels | None = None,
) -> AlertReason:
    """What an incoming alert is, by the sender's own times: final state by source time, no resurrection.

    `labels` are compared only for senders that name their alerts themselves, whose labels may change.
    """
    if firing:
        if known is not None:
            return AlertReason.CHANGED if labels is not None and labels != known.labels else AlertReason.REPEAT
        return AlertReason.OUT_OF_ORDER if gone is not None and _same_firing(gone, starts_at) else AlertReason.NEW
    if known is None:
        return AlertReason.UNKNOWN_CLEAR
    if ends_at is not None and ends_at < known.starts_at:
        return AlertReason.OUT_OF_ORDER
    return AlertReason.CLEARED


def _same_firing(gone: Gone, starts_at: Instant) -> bool:
    return starts_at <= gone.starts_at if gone.starts_at is not None else starts_at < gone.ends_at


class Group(NamedTuple):
    """A group of alerts, folded from its record. A tuple, since each alert of a storm makes a new one."""

    record: str = ""
    source: str = ""
    route: str = ""
    key: str = ""
    service: str = ""
    visibility: str = "open"
    rules: str = ""
    severity_hint: str | None = None
    opened_at: Instant = Instant(0)
    refires: int = 0
    stale: int = 0
    cleared_at: Instant | None = None
    muted: str | None = None
    incident: str | None = None
    closed: bool = False
    unknown: int = 0
    first_alert: str = ""
    # The counts stand last: `shape` cuts them off.
    n: int = 0
    last_at: Instant = Instant(0)
    firing: int = 0
    total: int = 0


def evolve_group(state: Group, entry: f.Entry) -> Group:
    """The group after one more entry of its record."""
    match entry.fact:
        case f.AlertFired() as fact:
            return _fired(state, entry, fact)
        case f.GroupOpened() as fact:
            state = _opened(fact, entry)
        case f.AlertCleared():
            firing = max(0, state.firing - 1)
            state = state._replace(firing=firing, cleared_at=entry.at if firing == 0 else None, last_at=entry.at)
        case f.GroupMuted() as fact:
            state = state._replace(muted=fact.reason)
        case f.GroupUnmuted():
            state = state._replace(muted=None)
        case f.GroupAttached() as fact:
            state = state._replace(incident=fact.incident)
        case f.GroupClosed():
            state = state._replace(closed=True)
        case f.Unknown():
            state = state._replace(unknown=state.unknown + 1)
        case _:
            pass
    return state._replace(n=entry.n, record=entry.record)


def _fired(was: Group, entry: f.Entry, fact: f.AlertFired) -> Group:
    """One more alert. In the loudest minutes this is all that happens: field by field, since `_replace` takes four
    times as long."""
    return Group(
        entry.record, was.source, was.route, was.key, was.service, was.visibility, was.rules, was.severity_hint,
        was.opened_at, was.refires + (was.firing == 0 and was.cleared_at is not None), was.stale, None,
        was.muted, was.incident, was.closed, was.unknown, was.first_alert or fact.alert,
        entry.n, entry.at, was.firing + (fact.reason != AlertReason.CHANGED), was.total + 1,
    )  # fmt: skip


def shape(state: Group) -> tuple[object, ...]:
    """All of a group but its counts: while this stays as it is, one more alert changes nothing that anybody waits
    for, neither what is owed nor when."""
    return state.firing > 0, state[:-4]


def same_shape(one: Group, other: Group) -> bool:
    """Whether two states of a group differ in their counts alone."""
    return one is other or shape(one) == shape(other)


def _opened(fact: f.GroupOpened, entry: f.Entry) -> Group:
    return Group(
        source=fact.source,
        route=fact.route,
        key=fact.key,
        service=fact.service,
        visibility=fact.visibility,
        rules=fact.rules,
        severity_hint=fact.severity_hint,
        opened_at=entry.at,
        last_at=entry.at,
    )


@dataclass(frozen=True, slots=True)
class Mute:
    """Why a group pages nobody for now, by what, and until when."""

    reason: str
    by: str
    until: Instant | None


Alerts = Collection[Mapping[str, str]]
"""The labels of what fires in a group; read only while there are silences."""


def mute_of(service: str, route: Route | None, world: World, now: Instant, alerts: Alerts = ()) -> Mute | None:
    """The maintenance, mute window or silence that covers a group now (rule 19). A silence does while every alert that
    fires in the group is hidden."""
    maintenance = next((m for m in world.maintenances if _covers(m, service, now)), None)
    if maintenance is not None:
        return Mute("maintenance", maintenance.id, maintenance.end)
    for window in route.mute if route else ():
        span = window_covers(window, now)
        if span is not None:
            return Mute("mute_window", route.id if route else "", span[1])
    hidden = silenced(world.silences, alerts, world.matches, now)
    return Mute(MuteReason.SILENCE, *hidden) if hidden is not None else None


def _covers(maintenance: Maintenance, service: str, now: Instant) -> bool:
    return not maintenance.ended and service in maintenance.services and maintenance.start <= now < maintenance.end


def group_due(state: Group, world: World, now: Instant, alerts: Alerts = ()) -> Due:
    """What a group owes: to be muted or unmuted when its window turns, and to be closed when it stays quiet. `alerts`
    are the labels of what fires in it."""
    if state.closed or state.unknown or not state.record:
        return Due((), (), None)
    route = world.rules.by.routes.get(state.route)
    duties: list[Duty] = []
    if state.firing == 0 and state.cleared_at is not None:
        at = later(state.cleared_at, world.rules.plan.limits.flap_window)
        duties.append(Duty(at, "close", "close", "cleared", facts=(f.GroupClosed(),)))
        return due_of(duties, now)
    mute = mute_of(state.service, route, world, now, alerts)
    if mute is not None and mute.until is not None:
        duties.append(look(mute.until, "mute"))
    if mute is not None and state.muted != mute.reason:
        duties.append(Duty(now, "mute", "mute", mute.reason, facts=(f.GroupMuted(mute.reason, mute.by, mute.until),)))
    if mute is None and state.muted is not None:
        duties.append(Duty(now, "unmute", "unmute", state.muted, facts=(f.GroupUnmuted(state.muted),)))
    duties += [look(window_change(window, now), "mute_window") for window in (route.mute if route else ())]
    starts = [m.start for m in world.maintenances if state.service in m.services and m.start > now and not m.ended]
    duties += [look(start, "maintenance") for start in starts]
    changes = [next_change(silence, now) for silence in alive(world.silences, now)] if state.firing else []
    if changes:
        duties.append(look(min(changes), "silence"))
    return due_of(duties, now)


def wants_incident(state: Group, route: Route | None) -> bool:
    """Whether the group should belong to an incident: it fires, nothing mutes it, and its route pages."""
    return state.firing > 0 and state.muted is None and (route is None or route.page)


def moves(before: Group, after: Group, flaps: int) -> tuple[str, ...]:
    """What the incident of a group has to hear after a change: cleared, refired, flapping, muted or unmuted."""
    found: list[str] = []
    if before.firing and not after.firing:
        found.append("cleared")
    if not before.firing and after.firing and before.cleared_at is not None:
        found.append("refired")
    if before.refires < flaps <= after.refires:
        found.append("flapping")
    if after.muted is not None and before.muted != after.muted:
        found.append(after.muted)
    if before.muted is not None and after.muted is None:
        found.append("unmuted")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open incident that a group might join."""

    record: str
    service: str
    visibility: str
    resolved: bool
    declared: bool
    last_at: Instant
    paths: tuple[str, ...] = field(default=())


def joins(candidate: Candidate, state: Group, route: Route | None, now: Instant, within: float) -> bool:
    """Whether a group belongs to an open incident: same service, visibility and path, close in time or declared."""
    path = route.path if route else None
    same = candidate.service == state.service and candidate.visibility == state.visibility
    same_path = path is None or path in candidate.paths
    close = candidate.declared or now <= later(candidate.last_at, within)
    return same and same_path and close and not candidate.resolved
