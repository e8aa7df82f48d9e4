"""Commands that lead: triage, declaration, severity, phases, paths, the end."""

from __future__ import annotations

from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.escalation.policies import in_force, main_policy
from tocsin.core.escalation.steps import pending_keys
from tocsin.core.escalation.targets import resolve as people_of
from tocsin.core.incident.checklist import open_items, watch_ends
from tocsin.core.incident.lifecycle import Way, way, ways_from
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, in_words
from tocsin.core.plan import Severity
from tocsin.core.reasons import DismissReason
from tocsin.core.refusals import Problem, Refusal, refuse
from tocsin.core.triage import is_below, propose, unknown_questions
from tocsin.core.world import Rules, World

Decision = tuple[f.Fact, ...] | Refusal


def triage(state: Incident, command: c.Triage, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Answers propose a severity; declaring is another step, and a person's (spec sheet 1)."""
    problems = unknown_questions(world.rules.plan, command.answers)
    if problems:
        return Refusal("invalid", problems)
    proposed = propose(world.rules.plan, command.answers)
    if proposed is None:
        return refuse("missing", "the plan names no severities")
    return (f.Triaged(actor.handle, command.answers, proposed),)


def _unknown_severity(name: str, rules: Rules) -> Refusal:
    known = ", ".join(severity.id for severity in rules.plan.severities)
    return refuse("invalid", f"the plan has no severity {name!r}", where="severity", mend=f"one of: {known}")


def _needs_reason(chosen: Severity, state: Incident, rules: Rules, reason: object) -> Refusal | None:
    proposed = rules.by.severities.get(state.proposed or "")
    if reason is None and chosen.confirm_below and is_below(chosen, proposed):
        assert proposed is not None
        return refuse(
            "missing",
            f"{chosen.title} is below what triage proposes ({proposed.title}); say why",
            where="reason",
            why="rule 6",
            mend="give a reason, or declare at the proposed severity",
        )
    return None


def declare(state: Incident, command: c.Declare, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Declared: the rules in force now bind from here on (rule 11), and whoever declares commands until another
    accepts (rule 6)."""
    if state.declared:
        return refuse("already_so", "the incident is declared already", mend="change its severity instead")
    chosen = world.live.by.severities.get(command.severity)
    if chosen is None:
        return _unknown_severity(command.severity, world.live)
    missing = _needs_reason(chosen, state, world.live, command.reason)
    if missing is not None:
        return missing
    is_person = ":" not in actor.handle
    declared = f.Declared(
        by=actor.handle,
        severity=chosen.id,
        rules=world.live.hash,
        proposed=state.proposed,
        reason=command.reason.ref if command.reason else None,
    )
    answered = (f.Acknowledged(actor.handle, actor.via),) if is_person and not state.paging.answered else ()
    dropped = tuple(f.StepSkipped(key, "declared") for key in pending_keys(main_policy(state, world), state))
    moved = f.PhaseEntered(actor.handle, "response")
    if not is_person:
        return (*dropped, declared, moved)
    interim = not _commands_by_plan(chosen, actor.handle, state, world, now)
    return (*answered, *dropped, declared, moved, f.RoleTaken(actor.handle, "commander", actor.handle, interim))


def _commands_by_plan(chosen: Severity, person: str, state: Incident, world: World, now: Instant) -> bool:
    """Where no commander is asked for, the on-call commands; and the commander on call needs nobody's acceptance."""
    if chosen.command_within is None:
        return True
    steps = [
        step
        for policy in world.live.plan.policies
        if policy.zero == "declaration" and chosen.id in policy.severities
        for step in policy.steps
        if step.asks == "commander"
    ]
    return any(
        person in people_of(target, state, world, now).people
        for step in steps
        for target in step.page
        if target.kind == "rotation"
    )


def dismiss(state: Incident, command: c.Dismiss, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Not an incident, and what it was (spec sheet 1)."""
    if state.declared:
        return refuse("wrong_phase", "a declared incident is resolved, not dismissed")
    if command.reason not in list(DismissReason):
        return refuse(
            "invalid",
            f"{command.reason!r} is not what a dismissed detection can be",
            where="reason",
            mend=f"one of: {', '.join(DismissReason)}",
        )
    dropped = tuple(f.StepSkipped(key, "dismissed") for key in pending_keys(in_force(state, world), state))
    return (*dropped, f.Dismissed(actor.handle, command.reason, command.note.ref if command.note else None))


def set_severity(state: Incident, command: c.SetSeverity, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Raise or lower; what was pending at the old level is dropped with a reason (rule 7)."""
    if not state.declared or state.severity is None:
        return refuse("wrong_phase", "only a declared incident has a severity", mend="declare it")
    if state.resolved:
        return refuse("wrong_phase", "the incident is resolved; its severity stands")
    chosen = world.rules.by.severities.get(command.severity)
    if chosen is None:
        return _unknown_severity(command.severity, world.rules)
    before = world.rules.by.severities[state.severity]
    if chosen.id == before.id:
        return refuse("already_so", f"the severity is {before.title} already")
    raised = chosen.rank < before.rank
    if not raised and command.reason is None:
        return refuse(
            "missing", "lowering a severity needs a reason", where="reason", mend="say why it is less than thought"
        )
    dropped = tuple(
        f.StepSkipped(key, "superseded" if raised else "lowered")
        for key in pending_keys(main_policy(state, world), state)
    )
    reason = command.reason.ref if command.reason else None
    return (*dropped, f.SeverityChanged(actor.handle, before.id, chosen.id, raised, reason))


def missing_for(found: Way, state: Incident, world: World, now: Instant) -> tuple[Problem, ...]:
    """Everything that has to be so before a way is taken and is not."""
    problems: list[Problem] = []
    if "checklist" in found.needs:
        problems += [
            Problem(f"not ticked: {item.text}", f"checklist.{item.id}", mend="tick it, or waive it with a reason")
            for item in open_items(state, world)
        ]
    if "mitigation_chosen" in found.needs and not state.attempts:
        problems.append(Problem("no mitigation is chosen", "mitigation", mend="start one"))
    if "mitigation_worked" in found.needs and not any(attempt.worked for attempt in state.attempts):
        problems.append(Problem("no mitigation has worked", "mitigation", mend="end the one that worked"))
    ends = watch_ends(state, world)
    if "watched" in found.needs and ends is not None and now < ends:
        problems.append(Problem(f"the watch runs until {in_words(ends)}", "watch", mend="wait for it"))
    return tuple(problems)


def enter_phase(state: Incident, command: c.EnterPhase, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Forward when all that has to be so is so; back at any time, with a reason."""
    found = way(state.phase, command.phase)
    if found is None or found.verb not in ("advance", "go_back", "resolve"):
        ways = ", ".join(f"{each.verb} to {each.after}" for each in ways_from(state.phase))
        return refuse(
            "wrong_phase", f"there is no way from {state.phase} to {command.phase}", mend=f"from here: {ways}"
        )
    problems = missing_for(found, state, world, now)
    if found.relapse and command.reason is None:
        problems = (*problems, Problem("going back needs a reason", "reason"))
    if problems:
        return Refusal("missing", problems)
    reason = command.reason.ref if command.reason else None
    again = any(phase == command.phase for _, phase in state.phases)
    dropped = _resolved(state, world) if command.phase == "post_incident" else ()
    return (*dropped, f.PhaseEntered(actor.handle, command.phase, again, reason))


def _resolved(state: Incident, world: World) -> tuple[f.Fact, ...]:
    return tuple(f.StepSkipped(key, "resolved") for key in pending_keys(in_force(state, world), state))


def resolve(state: Incident, command: c.Resolve, actor: c.Actor, world: World, now: Instant) -> Decision:
    """The end of phase 5."""
    if state.phase == "post_incident":
        return refuse("already_so", "the incident is resolved already")
    return enter_phase(state, c.EnterPhase("post_incident"), actor, world, now)


def close(state: Incident, command: c.Close, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Responders released."""
    found = way(state.phase, "closed")
    if found is None:
        return refuse("wrong_phase", "only a resolved incident is closed", mend="resolve it first")
    problems = missing_for(found, state, world, now)
    return Refusal("missing", problems) if problems else (f.Closed(actor.handle, "closed"),)


def merge(state: Incident, command: c.Merge, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Goes on in another incident; the engine writes the other half there in the same transaction."""
    if command.into == state.record:
        return refuse("invalid", "an incident is not merged into itself", where="into")
    if way(state.phase, "merged") is None:
        return refuse("wrong_phase", f"an incident in {state.phase} is linked, not merged")
    dropped = tuple(f.StepSkipped(key, "merged") for key in pending_keys(in_force(state, world), state))
    return (*dropped, f.Merged(actor.handle, command.into))


def start_path(state: Incident, command: c.StartPath, actor: c.Actor, world: World, now: Instant) -> Decision:
    """A special path of the plan runs from now on."""
    path = world.rules.by.paths.get(command.path)
    if path is None:
        known = ", ".join(each.id for each in world.rules.plan.paths) or "none"
        return refuse("invalid", f"the plan has no path {command.path!r}", where="path", mend=f"it has: {known}")
    if path.id in state.paths:
        return refuse("already_so", f"the path {path.id} runs already")
    return (f.PathStarted(actor.handle, path.id, path.private),)


def take_decision(state: Incident, command: c.TakeDecision, actor: c.Actor, world: World, now: Instant) -> Decision:
    """A decision of a running path: its own clock starts now (rule 8)."""
    known = {
        name for path in state.paths for name in world.rules.by.paths[path].decisions if path in world.rules.by.paths
    }
    if command.decision not in known:
        return refuse(
            "invalid",
            f"no running path knows the decision {command.decision!r}",
            where="decision",
            mend=f"one of: {', '.join(sorted(known)) or 'none runs'}",
        )
    if command.decision in state.decisions:
        return refuse("already_so", f"{command.decision} is decided already")
    return (f.Decided(actor.handle, command.decision),)


def set_visibility(state: Incident, command: c.SetVisibility, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Open or private (rule 18)."""
    if command.visibility not in ("open", "private"):
        return refuse("invalid", "visibility is open or private", where="visibility")
    if command.visibility == state.visibility:
        return refuse("already_so", f"it is {state.visibility} already")
    return (f.VisibilityChanged(actor.handle, command.visibility),)
