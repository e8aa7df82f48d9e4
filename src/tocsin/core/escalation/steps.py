"""The rows of a policy: each step at its time, unless its condition no longer holds (spec sheet 2, matrix)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tocsin.core import facts as f
from tocsin.core.calendars import next_business
from tocsin.core.duty import Duty
from tocsin.core.escalation.policies import busy, in_force, live_calls, may_page, zero
from tocsin.core.escalation.targets import Choice, choose
from tocsin.core.incident.state import Incident, Round
from tocsin.core.instants import Instant, later
from tocsin.core.plan import Policy, Step
from tocsin.core.plan_words import Target
from tocsin.core.world import World


def step_duties(state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    """The rounds that have to start, and every step that is still to come."""
    if may_page(state) is not None:
        return
    for policy in in_force(state, world):
        current = state.paging.rounds.get(policy.id)
        cause = _new_era(policy, current, state)
        if cause is not None:
            start = zero(policy, None, state) or now
            yield _round(policy, current, cause, start)
            continue
        assert current is not None
        for step in sorted(policy.steps, key=lambda step: step.asks is None):
            yield from _step(policy, current, step, state, world, now)


def _new_era(policy: Policy, current: Round | None, state: Incident) -> str | None:
    """Why the policy's steps count anew: it has not begun, the severity was raised, the trouble came back, or what
    was under maintenance still fires (rule 19)."""
    if policy.zero != "declaration" or state.severity_since is None:
        at, cause = state.heard_again or (None, "")
        overran = cause == "overran" and not state.declared
        if current is None:
            return cause if overran or cause in ("unmuted", "unsilenced") else "opened"
        return cause if overran and at is not None and at > current.at else None
    if current is not None and current.era_at >= state.severity_since:
        return None
    return state.level_cause


def _round(policy: Policy, current: Round | None, cause: str, at: Instant) -> Duty:
    n = current.n + 1 if current else 1
    fact = f.RoundStarted(policy.id, n, cause)
    return Duty(at, f"{policy.id}/{n}", "round", cause, facts=(fact,))


def step_key(policy: Policy, current: Round, step: Step, verb: str) -> str:
    """What is owed: policy, era, step and verb; never who."""
    return f"{policy.id}/{current.era}/{step.id}/{verb}"


def pending_keys(policies: Iterable[Policy], state: Incident) -> Iterator[str]:
    """Every step of policies that is owed and not yet taken, for dropping them with a reason."""
    for policy in policies:
        current = state.paging.rounds.get(policy.id)
        for step in policy.steps if current else ():
            for verb, targets in (("page", step.page), ("inform", step.inform)):
                key = step_key(policy, current, step, verb) if current else ""
                if targets and key not in state.paging.taken and key not in state.paging.skipped:
                    yield key


def _step(policy: Policy, current: Round, step: Step, state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    start = zero(policy, step, state)
    if start is None:
        return
    for verb, targets in (("page", step.page), ("inform", step.inform)):
        key = step_key(policy, current, step, verb)
        if not targets or key in state.paging.taken or key in state.paging.skipped or key in state.paging.holds:
            continue
        at = _at(policy, step, start, verb, state)
        refused = _refused(policy, current, step, state) if verb == "page" else None
        at = min(at, now) if refused else at
        yield _taken_or_skipped(key, at, step, targets, verb, state, world, max(at, now), refused)


def _refused(policy: Policy, current: Round, step: Step, state: Incident) -> str | None:
    """How the call of whoever was asked to lead before ended, when they passed it on or cannot be reached: the next one
    is asked at once, not when the step would have come (rule 4)."""
    if step.asks is None or all(target.kind != "next" for target in step.page):
        return None
    era = f"{policy.id}/{current.era}/"
    asked = [call for call in state.paging.calls.values() if call.asks == step.asks and call.step.startswith(era)]
    ended = [call.ended for call in asked if call.ended in ("passed", "unreachable")]
    return ended[-1] if ended and len(ended) == len(asked) else None


def _at(policy: Policy, step: Step, start: Instant, verb: str, state: Incident) -> Instant:
    """Pages count unanswered by an engine that is down, informs by the wall (rule 17). A step that waits for a
    decision comes at its own time, and at once if the decision comes later (rule 8)."""
    if step.decision is not None:
        begun = zero(policy, None, state) or start
        return max(start, state.paging.clock(begun, step.after) if verb == "page" else later(begun, step.after))
    return state.paging.clock(start, step.after) if verb == "page" else later(start, step.after)


def _taken_or_skipped(
    key: str,
    at: Instant,
    step: Step,
    targets: tuple[Target, ...],
    verb: str,
    state: Incident,
    world: World,
    now: Instant,
    refused: str | None = None,
) -> Duty:
    if step.when == "no_command" and state.holder("commander", interim=False) is not None:
        return Duty(at, key, "skip", "command_taken", facts=(f.StepSkipped(key, "command_taken"),))
    reason = "passed_on" if refused == "passed" else _why(step, verb)
    if verb == "inform":
        choice = choose(targets, state, world, now, verb, {})
        at = (
            max((_business(person, at, world) for person in choice.people), default=at)
            if step.inform_in != "now"
            else at
        )
        return Duty(
            at, key, "inform", reason, choice.people, (taken(key, verb, reason, choice, step, world),), step.why
        )
    # Who is asked to lead, or to bring somebody in, is asked for that even when they have the page already.
    choice = choose(targets, state, world, now, verb, {} if step.asks or step.brings else busy(state, world))
    facts = page_facts(key, reason, choice, targets, state, world, step)
    return Duty(at, key, "page", reason, choice.people, facts, step.why)


def _why(step: Step, verb: str) -> str:
    """Why a step is taken: it asks for command, or for whoever is on call, or because it is in the policy."""
    if step.when == "no_command":
        return "no_command"
    on_call = verb == "page" and step.after == 0 and all(each.kind in ("domain", "rotation") for each in step.page)
    return "first_on_call" if on_call else "step_due"


def _business(handle: str, at: Instant, world: World) -> Instant:
    person = world.live.by.people.get(handle)
    if person is None:
        return at
    return next_business(person.hours, person.time_zone, world.live.plan.organisation.holidays, at)


def taken(key: str, verb: str, reason: str, choice: Choice, step: Step | None, world: World) -> f.StepTaken:
    """The fact of a step taken, with what its targets resolved to."""
    return f.StepTaken(
        key=key,
        verb=verb,
        reason=reason,
        targets=choice.named,
        people=choice.people,
        skipped=choice.skipped,
        since=choice.since,
        until=choice.until,
        rules=world.live.hash,
        tzdata=world.tzdata,
        asks=step.asks if step else None,
        brings=tuple(str(target) for target in step.brings) if step else (),
    )


def page_facts(
    key: str,
    reason: str,
    choice: Choice,
    targets: tuple[Target, ...],
    state: Incident,
    world: World,
    step: Step | None = None,
) -> tuple[f.Fact, ...]:
    """The step taken, and one call a person; with nobody to ask, the hold that waits for the next one (rule 5)."""
    asks = step.asks if step else None
    names = tuple(str(target) for target in targets)
    calls = tuple(
        f.CallBegan(f"{key}/{person}", person, key, reason, names, choice.until, asks) for person in choice.people
    )
    replaced = (call for call in live_calls(state, world) if call.person in choice.people)
    ended = tuple(f.CallEnded(call.key, "superseded") for call in replaced)
    facts: tuple[f.Fact, ...] = (taken(key, "page", reason, choice, step, world), *ended, *calls)
    if calls or any(why == "already_paged" for _, why in choice.skipped):
        return facts
    if any((hold.targets, hold.asks) == (names, asks) for hold in state.paging.holds.values()):
        return facts  # A round before holds the same: whoever comes on is asked once.
    why = "unreachable" if choice.skipped else "nobody_on_call"
    return (*facts, f.StepHeld(key, names, why, choice.until, asks))
