"""evolve: state and entry to the next state. Facts have happened: nothing here refuses, and no clock is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from tocsin.core import facts as f
from tocsin.core.incident.evolve_paging import PAGING
from tocsin.core.incident.state import Attempt, GroupPart, Incident, Paging, RoleSpan, Tick
from tocsin.core.instants import Instant
from tocsin.core.reasons import MuteReason, RoundCause

Fold = Callable[[Incident, Any, Instant], Incident]


def evolve(state: Incident, entry: f.Entry) -> Incident:
    """The incident after one more entry of its record."""
    fact = entry.fact
    changes: dict[str, Any] = {"n": entry.n, "record": entry.record}
    fold = FOLDS.get(type(fact))
    if fold is not None:
        state = fold(state, fact, entry.at)
    elif isinstance(fact, f.Unknown):
        changes["unknown"] = state.unknown + 1
    else:
        handle = PAGING.get(type(fact))
        if handle is not None:
            changes["paging"] = handle(state.paging, fact, entry.at)
    return replace(state, **(changes | _seen(state, fact, changes.get("paging", state.paging), entry.at)))


def fold(entries: Iterable[f.Entry]) -> Incident:
    """An incident from its whole record."""
    state = Incident()
    for entry in entries:
        state = evolve(state, entry)
    return state


_QUIET: tuple[type[f.Fact], ...] = (f.Acknowledged, f.Passed, f.IncidentOpened)


def _seen(state: Incident, fact: f.Fact, paging: Paging, at: Instant) -> dict[str, Any]:
    """Whoever acts in an incident belongs to it, and an act after an answer is a sign of life (rule 3)."""
    by = getattr(fact, "by", "")
    if not by or ":" in by or by == "engine":
        return {}
    changes: dict[str, Any] = {} if by in state.people else {"people": state.people | {by}}
    if not isinstance(fact, _QUIET):
        changes["paging"] = replace(paging, acted_at=at)
    return changes


def _stamp(state: Incident, milestone: str, at: Instant) -> Incident:
    """The first time a milestone is reached counts; corrections stand apart."""
    return state if milestone in state.times else replace(state, times={**state.times, milestone: at})


def _opened(state: Incident, fact: f.IncidentOpened, at: Instant) -> Incident:
    return replace(
        state,
        number=fact.number,
        by=fact.by,
        service=fact.service,
        domain=fact.domain,
        title=fact.title,
        visibility=fact.visibility,
        rules=fact.rules,
        severity_hint=fact.severity_hint,
        proposed=fact.severity_hint,
        paths=(fact.path,) if fact.path else (),
        drill=fact.drill,
        times={"detected": at},
        phases=((at, "detection"),),
    )


def _group(state: Incident, group: str, part: GroupPart, at: Instant) -> Incident:
    groups = {**state.groups, group: part}
    quiet = not any(each.firing for each in groups.values())
    cleared_at = (state.cleared_at or at) if quiet else None
    return replace(state, groups=groups, cleared_at=cleared_at)


def _group_joined(state: Incident, fact: f.GroupJoined, at: Instant) -> Incident:
    return _group(state, fact.group, GroupPart(True, fact.muted, at), at)


AFTER: dict[str, str] = {
    MuteReason.MAINTENANCE: RoundCause.OVERRAN,
    MuteReason.SILENCE: RoundCause.UNSILENCED,
}
"""What rings when what muted a group is over and it fires still."""


def _group_moved(state: Incident, fact: f.GroupMoved, at: Instant) -> Incident:
    part = state.groups.get(fact.group, GroupPart(True))
    state = replace(state, heard_again=_heard_again(state, part, fact, at))
    if fact.to == "cleared":
        part = replace(part, firing=False, since=at)
    elif fact.to == "refired":
        part = replace(part, firing=True, since=at, stale=False)
    elif fact.to == "flapping":
        part = replace(part, flapping=True)
    elif fact.to == "expired":
        part = replace(part, stale=True)
    elif fact.to == "unmuted":
        part = replace(part, muted=None)
    else:
        part = replace(part, muted=fact.to)
    return _group(state, fact.group, part, at)


def _heard_again(state: Incident, part: GroupPart, fact: f.GroupMoved, at: Instant) -> tuple[Instant, str] | None:
    """What flaps is not heard anew each time: its page goes on where it was."""
    if fact.to == "refired" and state.cleared_at is not None and not part.flapping:
        return at, RoundCause.REFIRED
    if fact.to == "unmuted" and not state.audible:
        return at, AFTER.get(part.muted or "", RoundCause.UNMUTED)
    return state.heard_again


def _declared(state: Incident, fact: f.Declared, at: Instant) -> Incident:
    state = replace(
        state,
        severity=fact.severity,
        severity_since=at,
        level_cause="declared",
        levels=((at, fact.severity),),
        proposed=fact.proposed or state.proposed,
        rules=fact.rules,
    )
    return _stamp(state, "declared", at)


def _triaged(state: Incident, fact: f.Triaged, at: Instant) -> Incident:
    return replace(state, proposed=fact.proposed)


def _severity_changed(state: Incident, fact: f.SeverityChanged, at: Instant) -> Incident:
    """The clocks of the new level apply from now on, and both levels stay (rule 7, spec sheet 1)."""
    return replace(
        state,
        severity=fact.after,
        severity_since=at,
        level_cause="raised" if fact.raised else "lowered",
        levels=(*state.levels, (at, fact.after)),
        command_late=False,
    )


_PHASE_MILESTONES = {"investigation": "investigation", "resolution": "mitigated", "post_incident": "resolved"}


def _phase_entered(state: Incident, fact: f.PhaseEntered, at: Instant) -> Incident:
    relapsed = fact.again and state.phase == "post_incident"
    state = replace(state, phase=fact.phase, phases=(*state.phases, (at, fact.phase)))
    milestone = _PHASE_MILESTONES.get(fact.phase)
    if fact.again:
        left = {name: when for name, when in state.times.items() if name not in ("resolved", "mitigated")}
        state = replace(state, times=left)
    if relapsed:
        paging = replace(state.paging, answered=False, answers=())
        state = replace(state, severity_since=at, level_cause="relapsed", paging=paging)
    return _stamp(state, milestone, at) if milestone else state


def _ended(state: Incident, reason: str, at: Instant) -> Incident:
    return _stamp(replace(state, ended=reason), "closed", at)


def _role_taken(state: Incident, fact: f.RoleTaken, at: Instant) -> Incident:
    alone = fact.role == "commander"
    spans = tuple(
        replace(span, until=at)
        if span.until is None and span.role == fact.role and (alone or span.person == fact.person)
        else span
        for span in state.roles
    )
    offers = tuple(offer for offer in state.offers if offer != (fact.role, fact.person))
    state = replace(
        state,
        roles=(*spans, RoleSpan(fact.role, fact.person, at, interim=fact.interim)),
        offers=offers,
        people=state.people | {fact.person},
    )
    return _stamp(state, "command", at) if alone and not fact.interim else state


def _role_offered(state: Incident, fact: f.RoleOffered, at: Instant) -> Incident:
    return replace(state, offers=(*state.offers, (fact.role, fact.person)))


def _role_ended(state: Incident, fact: f.RoleEnded, at: Instant) -> Incident:
    spans = tuple(
        replace(span, until=at) if span.until is None and (span.role, span.person) == (fact.role, fact.person) else span
        for span in state.roles
    )
    offers = tuple(offer for offer in state.offers if offer != (fact.role, fact.person))
    return replace(state, roles=spans, offers=offers)


def _ticked(state: Incident, fact: f.ItemTicked, at: Instant) -> Incident:
    return replace(state, ticks={**state.ticks, fact.item: Tick(fact.by, at)})


def _unticked(state: Incident, fact: f.ItemUnticked, at: Instant) -> Incident:
    ticks = {item: tick for item, tick in state.ticks.items() if item != fact.item}
    by_hand = state.unticked if fact.by.startswith("check:") else state.unticked | {fact.item}
    return replace(state, ticks=ticks, unticked=by_hand)


def _waived(state: Incident, fact: f.ItemWaived, at: Instant) -> Incident:
    return replace(state, ticks={**state.ticks, fact.item: Tick(fact.by, at, waived=True)})


def _mitigation_started(state: Incident, fact: f.MitigationStarted, at: Instant) -> Incident:
    attempt = Attempt(fact.attempt, fact.way, fact.risk, fact.by, at)
    return replace(state, attempts=(*state.attempts, attempt))


def _mitigation_ended(state: Incident, fact: f.MitigationEnded, at: Instant) -> Incident:
    attempts = tuple(
        replace(each, end=at, worked=fact.worked) if each.n == fact.attempt else each for each in state.attempts
    )
    return replace(state, attempts=attempts)


def _update_sent(state: Incident, fact: f.UpdateSent, at: Instant) -> Incident:
    return replace(state, updates={**state.updates, fact.audience: at})


def _update_fell(state: Incident, fact: f.UpdateFell, at: Instant) -> Incident:
    fell = {**state.fell, fact.audience: (fact.due, fact.late)}
    lapsed = {**state.lapsed, fact.audience: fact.due} if fact.late else state.lapsed
    return replace(state, fell=fell, lapsed=lapsed, late_updates=state.late_updates + fact.late)


def _decided(state: Incident, fact: f.Decided, at: Instant) -> Incident:
    return replace(state, decisions={fact.decision: at, **state.decisions})


def _path_started(state: Incident, fact: f.PathStarted, at: Instant) -> Incident:
    visibility = "private" if fact.private else state.visibility
    paths = state.paths if fact.path in state.paths else (*state.paths, fact.path)
    return replace(state, paths=paths, visibility=visibility)


def _time_corrected(state: Incident, fact: f.TimeCorrected, at: Instant) -> Incident:
    return replace(state, corrected={**state.corrected, fact.milestone: fact.at})


def _acknowledged(state: Incident, fact: f.Acknowledged, at: Instant) -> Incident:
    paging = PAGING[f.Acknowledged](state.paging, fact, at)
    return _stamp(replace(state, paging=paging), "acknowledged", at)


def _ordered(state: Incident, fact: f.Ordered, at: Instant) -> Incident:
    state = replace(state, paging=PAGING[f.Ordered](state.paging, fact, at), people=state.people | {fact.person})
    return _stamp(state, "paged", at) if fact.verb == "page" else state


FOLDS: dict[type[f.Fact], Fold] = {
    f.IncidentOpened: _opened,
    f.GroupJoined: _group_joined,
    f.GroupMoved: _group_moved,
    f.Declared: _declared,
    f.Triaged: _triaged,
    f.SeverityChanged: _severity_changed,
    f.PhaseEntered: _phase_entered,
    f.Dismissed: lambda s, x, at: _ended(s, "dismissed", at),
    f.Closed: lambda s, x, at: _ended(s, x.reason, at),
    f.Merged: lambda s, x, at: _ended(replace(s, merged_into=x.into), "merged", at),
    f.RoleTaken: _role_taken,
    f.RoleOffered: _role_offered,
    f.RoleEnded: _role_ended,
    f.ItemTicked: _ticked,
    f.ItemUnticked: _unticked,
    f.ItemWaived: _waived,
    f.MitigationStarted: _mitigation_started,
    f.MitigationEnded: _mitigation_ended,
    f.UpdateSent: _update_sent,
    f.UpdateFell: _update_fell,
    f.CommandLate: lambda s, x, at: replace(s, command_late=True),
    f.Decided: _decided,
    f.PathStarted: _path_started,
    f.Classified: lambda s, x, at: replace(s, taxonomy={**s.taxonomy, x.field: x.value}),
    f.ImpactSet: lambda s, x, at: replace(s, impact={**s.impact, **dict(x.figures)}),
    f.TimeCorrected: _time_corrected,
    f.Linked: lambda s, x, at: replace(s, links=(*s.links, (x.how, x.other))),
    f.Absorbed: lambda s, x, at: replace(s, links=(*s.links, ("absorbed", x.other))),
    f.VisibilityChanged: lambda s, x, at: replace(s, visibility=x.visibility),
    f.Acknowledged: _acknowledged,
    f.Ordered: _ordered,
}
