"""Alerts in: judged, recorded, joined to an incident, all in the transaction that answers the sender.

A repeat writes nothing. A firing alert is known in memory by its fingerprint; after a crash memory is read back from
the groups that are open, and what cannot be known any more fails open: it pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.alerts import (
    Candidate,
    Gone,
    Group,
    Known,
    Routed,
    fingerprint,
    joins,
    judge,
    moves,
    mute_of,
    same_shape,
    wants_incident,
)
from tocsin.core.heartbeats import SOURCE
from tocsin.core.incident.decide import decide
from tocsin.core.plan import Route
from tocsin.core.reasons import AlertReason
from tocsin.engine.beats import well_again
from tocsin.engine.heart import Heart
from tocsin.engine.records import Unit
from tocsin.engine.wire import Incoming
from tocsin.store.base import ENGINE, Payload, Writing

MOST_GONE = 10_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What was made of the alerts of one request, counted by reason."""

    counts: dict[str, int]


def take(heart: Heart, unit: Unit, w: Writing, source: str, alerts: Sequence[Incoming]) -> Taken:
    """Stage everything that a request's alerts bring about."""
    counts: dict[str, int] = {}
    before: dict[str, Group] = {}
    live = heart.around.live
    listener = heart.beats.listener(live, heart.matches) if live is not None and source != SOURCE else None
    for alert in alerts:
        beats = listener.beats(alert.labels) if listener is not None else ()
        if beats:
            counts[AlertReason.HEARTBEAT] = counts.get(AlertReason.HEARTBEAT, 0) + 1
            if alert.firing:
                _beat(heart, unit, beats, before)
            continue
        reason = _one(heart, unit, source, alert, before)
        counts[reason] = counts.get(reason, 0) + 1
    for record, was in before.items():
        couple(heart, unit, w, record, was)
    return Taken(counts)


def beaten(heart: Heart, unit: Unit, w: Writing, ids: Sequence[str]) -> None:
    """Heartbeats beat: what their silence had raised clears. Nothing else is written."""
    before: dict[str, Group] = {}
    _beat(heart, unit, ids, before)
    for record, was in before.items():
        couple(heart, unit, w, record, was)


def _beat(heart: Heart, unit: Unit, ids: Sequence[str], before: dict[str, Group]) -> None:
    heart.beats.hear(ids, unit.now)
    for id in ids:
        print_ = fingerprint(SOURCE, (), id)
        if (unit.fired[print_] if print_ in unit.fired else heart.open.get(print_)) is not None:
            _one(heart, unit, SOURCE, well_again(id, unit.now), before)


def _one(heart: Heart, unit: Unit, source: str, alert: Incoming, before: dict[str, Group]) -> AlertReason:
    print_ = fingerprint(source, alert.labels, alert.key)
    known = unit.fired[print_] if print_ in unit.fired else heart.open.get(print_)
    named = alert.labels if alert.key else None
    reason = judge(known, heart.gone.get(print_), alert.firing, alert.starts_at, alert.ends_at, named)
    if reason is AlertReason.REPEAT and known is not None:
        if alert.ends_at is not None and alert.ends_at != known.ends_at:
            heart.hear_again(print_, known._replace(ends_at=alert.ends_at))
    elif reason is AlertReason.CLEARED and known is not None:
        _stage(heart, unit, known.record, before, (f.AlertCleared(print_, alert.ends_at or unit.now, "resolved"),))
        unit.fired[print_] = None
        _remember_gone(heart, print_, Gone(known.starts_at, alert.ends_at or unit.now))
    elif reason is AlertReason.UNKNOWN_CLEAR:
        _remember_gone(heart, print_, Gone(None, alert.ends_at or unit.now))
        _heard_of(heart, unit, print_)
    elif reason in (AlertReason.NEW, AlertReason.CHANGED):
        _fire(heart, unit, source, alert, print_, reason, known, before)
    return reason


def _remember_gone(heart: Heart, print_: str, gone: Gone) -> None:
    heart.gone.pop(print_, None)
    heart.gone[print_] = gone
    if len(heart.gone) > MOST_GONE:
        del heart.gone[next(iter(heart.gone))]


def _heard_of(heart: Heart, unit: Unit, print_: str) -> None:
    """A sender that had fallen silent says that it is over: now the page of its group may end (rule 2)."""
    record = heart.silenced.pop(print_, None)
    state = unit.group(record) if record is not None else Group()
    if record is None or state.firing or state.incident is None:
        return
    incident = unit.incident(state.incident)
    part = incident.groups.get(record)
    if part is not None and part.stale and not incident.resolved and not incident.unknown:
        unit.append(state.incident, (f.GroupMoved(record, "cleared"),))


def _remember_silent(heart: Heart, print_: str, record: str) -> None:
    heart.silenced.pop(print_, None)
    heart.silenced[print_] = record
    if len(heart.silenced) > MOST_GONE:
        del heart.silenced[next(iter(heart.silenced))]


def _fire(
    heart: Heart,
    unit: Unit,
    source: str,
    alert: Incoming,
    print_: str,
    reason: AlertReason,
    known: Known | None,
    before: dict[str, Group],
) -> None:
    routed = heart.router().route(source, dict(alert.labels))
    if known is not None and not unit.group(known.record).unknown:
        record = known.record
    else:
        record = _group_of(heart, unit, source, routed, before)
    salt = heart.chance.salt()
    ref = f.Words(salt, alert.raw).ref
    if record not in before:
        before[record] = unit.group(record)
    unit.append(record, (f.AlertFired(print_, alert.starts_at, alert.ends_at, reason, ref, alert.flags),))
    unit.payloads.append(Payload(ref, record, unit.staged[record].n, salt, alert.raw))
    heart.silenced.pop(print_, None)
    if heart.around.unended:
        unit.labels.setdefault(record, {})[print_] = alert.labels
    unit.fired[print_] = Known(record, alert.starts_at, alert.ends_at, alert.labels if alert.key else ())


def _group_of(heart: Heart, unit: Unit, source: str, routed: Routed | None, before: dict[str, Group]) -> str:
    """The open group of a key, in this transaction or in memory, else a new one."""
    key = routed.key if routed else f"unrouted:{source}"
    record = unit.opened.get(key) or heart.groups.get(key)
    if record is not None and unit.group(record).unknown:
        key = f"{key} beside {record}"  # A newer version writes to that one: this one keeps a group of its own.
        record = unit.opened.get(key) or heart.groups.get(key)
    if record is not None:
        return record
    record = unit.opened[key] = f"group:{heart.chance.id(unit.now)}"
    live = heart.around.live
    opened = f.GroupOpened(
        source=source,
        route=routed.route.id if routed else "",
        key=key,
        service=routed.service if routed else "",
        visibility=routed.route.visibility if routed else "open",
        rules=live.hash if live else "",
        severity_hint=routed.severity_hint if routed else None,
    )
    before[record] = Group()
    unit.append(record, (opened,))
    return record


def _stage(heart: Heart, unit: Unit, record: str, before: dict[str, Group], facts: tuple[f.Fact, ...]) -> None:
    if unit.group(record).unknown:
        return  # A newer version writes to it; this one adds nothing.
    before.setdefault(record, unit.group(record))
    unit.append(record, facts)
    if heart.around.unended:
        cleared = unit.labels.setdefault(record, {})
        cleared |= {fact.fingerprint: None for fact in facts if isinstance(fact, f.AlertCleared)}


def couple(heart: Heart, unit: Unit, w: Writing, record: str, was: Group) -> None:
    """Tell the group's incident what changed, or give the group an incident when it needs one."""
    state = unit.group(record)
    attached = unit.incident(state.incident) if state.incident else None
    if attached is not None and not attached.resolved and same_shape(was, state):
        return
    world = heart.world(state.rules)
    route = world.rules.by.routes.get(state.route)
    if state.firing and state.muted is None:
        mute = mute_of(state.service, route, world, unit.now, heart.alerts_of(state, unit))
        if mute is not None:
            unit.append(record, (f.GroupMuted(mute.reason, mute.by, mute.until),))
            state = unit.group(record)
    if attached is not None and attached.unknown:
        # A newer version leads it; only what starts to fire here needs somebody (nothing is lost to an old process).
        if wants_incident(state, route) and not (was.firing and was.muted is None):
            _attach(heart, unit, w, state, route, was.muted)
    elif attached is not None and not attached.resolved:
        changed = moves(was, state, world.rules.plan.limits.flaps)
        if changed:
            unit.append(attached.record, tuple(f.GroupMoved(record, to) for to in changed))
    elif wants_incident(state, route):
        _attach(heart, unit, w, state, route, was.muted)


def _attach(heart: Heart, unit: Unit, w: Writing, state: Group, route: Route | None, was_muted: str | None) -> None:
    record = _incident_to_join(heart, unit, w, state, route)
    if record is None:
        record = _open_incident(heart, unit, w, state, route)
    unit.append(record, (f.GroupJoined(state.record, was_muted),))
    if was_muted is not None:
        unit.append(record, (f.GroupMoved(state.record, "unmuted"),))
    unit.append(state.record, (f.GroupAttached(record),))


def _incident_to_join(heart: Heart, unit: Unit, w: Writing, state: Group, route: Route | None) -> str | None:
    within = heart.world(state.rules).rules.plan.limits.join_within
    staged = [record for record in unit.staged if record.startswith("incident:")]
    listed = [row.record for row in w.incidents(ENGINE, state="unresolved", service=state.service, limit=50).rows]
    for record in dict.fromkeys((*staged, *listed)):
        incident = unit.incident(record)
        if not incident.groups or incident.drill or incident.unknown:
            continue
        last = max(part.since for part in incident.groups.values())
        candidate = Candidate(
            record,
            incident.service,
            incident.visibility,
            incident.resolved,
            incident.declared,
            last,
            incident.paths,
        )
        if joins(candidate, state, route, unit.now, within):
            return record
    return None


def _open_incident(heart: Heart, unit: Unit, w: Writing, state: Group, route: Route | None) -> str:
    """An incident in detection, undeclared (rule 1); declared at once where the route may."""
    record = f"incident:{heart.chance.id(unit.now)}"
    title = f.Words(heart.chance.salt(), _title(unit, state).encode())
    world = heart.world(state.rules)
    service = world.rules.by.services.get(state.service)
    opened = f.IncidentOpened(
        number=w.next_number("incident"),
        by=f"route:{state.route}",
        service=state.service,
        domain=service.domain if service else "",
        title=title.ref,
        rules=state.rules,
        visibility=state.visibility,
        severity_hint=state.severity_hint,
        path=route.path if route else None,
    )
    unit.append(record, (opened,), (title,))
    if route is not None and route.declare is not None:
        actor = c.Actor(f"route:{route.id}", frozenset({"view", "respond", "private"}), "engine")
        facts = decide(unit.incident(record), c.Declare(route.declare), actor, world, unit.now)
        if isinstance(facts, tuple):
            unit.append(record, facts)
    return record


def _title(unit: Unit, state: Group) -> str:
    """The title of the group's first alert, which is kept beside its payload in this transaction or the store."""
    payload = next((p for p in unit.payloads if p.ref == state.first_alert), None)
    payload = payload or unit.reading.payload(state.record, state.first_alert)
    return title_of(payload.body if payload else None) or "An alert fired"


def title_of(raw: bytes | None) -> str:
    """The title that stands at the head of a kept alert (its first line)."""
    if not raw:
        return ""
    return raw.split(b"\n", 1)[0].decode("utf-8", "replace")


def expire(heart: Heart, unit: Unit, w: Writing, limit: int = 1_000) -> int:
    """Alerts whose sender fell silent past their end: said on the record. Silence is no proof of health, so an
    unanswered page goes on (docs/why/alerts.md)."""
    grace = heart.around.plan().limits.silent_after
    heart.share_heard(w, grace)
    silent = heart.silent(unit.now, grace)
    if silent and heart.learn_heard(silent, w):
        silent = heart.silent(unit.now, grace)
    before: dict[str, Group] = {}
    for print_ in silent[:limit]:
        known = heart.open[print_]
        _stage(heart, unit, known.record, before, (f.AlertCleared(print_, known.ends_at or unit.now, "expired"),))
        _remember_silent(heart, print_, known.record)
        unit.fired[print_] = None
    for record, was in before.items():
        state = unit.group(record)
        incident = unit.incident(state.incident) if state.incident else None
        if was.firing and not state.firing and incident and not incident.resolved and not incident.unknown:
            unit.append(incident.record, (f.GroupMoved(record, "expired"),))
    return len(silent[:limit])
