"""What happens while nobody answers: the next row every so often, then another round, then the fallback post.

A row is next when every ringing call had its time, or at once when none rings any more: a step with nobody to ask
never waits its delay, a refusal passes on at once, and a channel that fails for good moves on (rules 3, 4, 5).
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core.duty import Duty, look
from tocsin.core.escalation.policies import busy, in_force, live_calls, may_page
from tocsin.core.escalation.steps import page_facts, step_key
from tocsin.core.escalation.targets import choose
from tocsin.core.incident.state import Call, Incident, Round
from tocsin.core.instants import LATEST, Instant, later
from tocsin.core.plan import Policy, Unanswered
from tocsin.core.plan_words import Target
from tocsin.core.world import World


def ladder_duties(state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    """The next row, round or fallback of each policy in force, and the round that silence starts (rule 3)."""
    if may_page(state) is not None:
        return
    for policy in in_force(state, world):
        current = state.paging.rounds.get(policy.id)
        if current is None:
            continue
        if state.paging.answered:
            yield from _gone_quiet(policy, current, state, world)
        else:
            yield from _resumed(policy, current, state)
            yield from _heard_again(policy, current, state)
            yield from _next(policy, current, state, world, now)


def _gone_quiet(policy: Policy, current: Round, state: Incident, world: World) -> Iterator[Duty]:
    """Acknowledged, but not declared, dismissed or acted on in time: page again, then the next tier (rule 3)."""
    quiet = state.paging.answers and state.paging.acted_at is None
    if state.declared or not quiet or policy.unanswered is None:
        return
    last = state.paging.answers[-1].at
    since = max(last, state.heard_again[0]) if state.heard_again else last
    at = state.paging.clock(since, world.rules.plan.limits.act_within)
    fact = f.RoundStarted(policy.id, current.n + 1, "gone_quiet")
    yield Duty(at, f"{policy.id}/{current.n + 1}", "round", "gone_quiet", (state.paging.answers[-1].by,), (fact,))


def _resumed(policy: Policy, current: Round, state: Incident) -> Iterator[Duty]:
    """The engine was away in this round: ring who is on call now (rule 17)."""
    back = max((until for _, until in state.paging.away), default=None)
    if back is not None and back > current.at:
        fact = f.RoundStarted(policy.id, current.n + 1, "resumed")
        yield Duty(back, f"{policy.id}/{current.n + 1}", "round", "resumed", facts=(fact,))


def _heard_again(policy: Policy, current: Round, state: Incident) -> Iterator[Duty]:
    """It cleared, or was muted, before anybody answered, and fires again: who is on call now comes first (rule 2).
    Within the time of the first call the page goes on where it was."""
    at, cause = state.heard_again or (current.at, "")
    if at > later(current.at, (policy.unanswered or Unanswered()).every) and not state.declared:
        fact = f.RoundStarted(policy.id, current.n + 1, cause)
        yield Duty(at, f"{policy.id}/{current.n + 1}", "round", cause, facts=(fact,))


def rows(policy: Policy, current: Round, state: Incident) -> list[tuple[str, tuple[Target, ...]]]:
    """The rows of a round: who is asked first, then the plan's list. In a policy's first round its steps are the
    first row; after silence the person who answered comes first."""
    ladder = policy.unanswered or Unanswered()
    pages = [step for step in policy.steps if step.page and not step.decision and not step.asks]
    soonest = min((step.after for step in pages), default=0)
    first = [step for step in pages if step.after == soonest]
    then = [(f"{policy.id}/{current.n}/row-{i + 1}", targets) for i, targets in enumerate(ladder.then)]
    if current.n == current.era:
        return [*((step_key(policy, current, step, "page"), step.page) for step in first), *then]
    again = (f"{policy.id}/{current.n}/again", tuple(target for step in first for target in step.page))
    if current.cause == "gone_quiet" and state.paging.answers:
        back = (f"{policy.id}/{current.n}/answered", (Target("person", state.paging.answers[-1].by),))
        return [back, again, *then]
    return [again, *then]


def _next(policy: Policy, current: Round, state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    paging = state.paging
    wait = policy.unanswered or Unanswered()
    met = paging.taken.keys() | paging.skipped.keys()
    waiting = [(key, who) for key, who in rows(policy, current, state) if key not in met and who]
    steps_come_first = current.n == current.era and any("/row-" not in key for key, _ in waiting)
    if steps_come_first or (policy.unanswered is None and not (waiting and current.n != current.era)):
        return  # A policy without a list of its own asks again in a new round, and no more.
    begun = [call for call in paging.calls.values() if _of_rows(call, _prefixes(policy, current))]
    live = [call for call in live_calls(state, world) if call.asks is None]
    # Everybody of the first row may be ringing for another policy: those calls have their time as well. A row with
    # nobody to ask is held instead, and waits for none.
    held = any(key.startswith(_prefixes(policy, current)) for key in paging.holds)
    ringing = [call for call in live if call in begun] if begun or held else live[:1]
    at = _when(current, begun, ringing, wait, state)
    if waiting:
        yield _row(waiting[0], at, begun, state, world, now)
        return
    yield from _after_all_rows(policy, current, wait, at, begun, ringing, state, world, now)


def _of_rows(call: Call, prefixes: tuple[str, ...]) -> bool:
    """Whether a call is of the round's rows: while the fallback post rings for a held page, no row waits for it."""
    return call.step.startswith(prefixes) and not call.step.endswith("/held-fallback")


def _prefixes(policy: Policy, current: Round) -> tuple[str, ...]:
    round_keys = f"{policy.id}/{current.n}/"
    return (round_keys,) if current.n != current.era else (round_keys, f"{policy.id}/{current.era}/")


def _when(current: Round, begun: list[Call], ringing: list[Call], wait: Unanswered, state: Incident) -> Instant:
    """Once each ringing call had its time; at once when none rings."""
    if ringing:
        return state.paging.clock(max(call.began for call in ringing), wait.every)
    return max((call.began for call in begun), default=current.at)


def _row(
    row: tuple[str, tuple[Target, ...]], at: Instant, begun: list[Call], state: Incident, world: World, now: Instant
) -> Duty:
    key, targets = row
    taken_people = {call.person: "already_paged" for call in begun}
    choice = choose(targets, state, world, max(at, now), "page", busy(state, world) | taken_people if begun else {})
    reason = "first_on_call" if not begun else ("passed_on" if _passed(begun) else "unanswered")
    return Duty(at, key, "page", reason, choice.people, page_facts(key, reason, choice, targets, state, world))


def _passed(begun: list[Call]) -> bool:
    """Whether everybody who was asked last has passed it on."""
    last = max(begun, key=lambda call: call.began).step
    return all(call.ended == "passed" for call in begun if call.step == last)


def _after_all_rows(
    policy: Policy,
    current: Round,
    wait: Unanswered,
    at: Instant,
    begun: list[Call],
    ringing: list[Call],
    state: Incident,
    world: World,
    now: Instant,
) -> Iterator[Duty]:
    """Every row was asked: another round, or the fallback post as well; then again after a longer while."""
    fallback = f"{policy.id}/{current.n}/fallback"
    done = state.paging.taken.get(fallback)
    again = f.RoundStarted(policy.id, current.n + 1, "still_unanswered")
    next_key = f"{policy.id}/{current.n + 1}"
    if done is not None:
        when = state.paging.clock(done.at, wait.again)
        yield Duty(when, next_key, "round", "still_unanswered", facts=(again,))
    elif ringing and current.n - current.era + 1 < wait.rounds:
        yield Duty(at, next_key, "round", "still_unanswered", facts=(again,))
    else:
        yield _fallback(fallback, at, begun, state, world, now)


def _fallback(key: str, at: Instant, begun: list[Call], state: Incident, world: World, now: Instant) -> Duty:
    reason = "last_refusal" if begun and _passed(begun) else "fallback"
    post = world.live.plan.organisation.fallback
    targets = (Target("post", post),) if post else ()
    already = busy(state, world)
    choice = choose(targets, state, world, max(at, now), "page", already)
    return Duty(at, key, "page", reason, choice.people, page_facts(key, reason, choice, targets, state, world))


def next_row(state: Incident, world: World) -> str | None:
    """The key of the row that would be asked next, for saying why it was not."""
    if may_page(state) is not None or state.paging.answered:
        return None
    for policy in in_force(state, world):
        current = state.paging.rounds.get(policy.id)
        met = state.paging.taken.keys() | state.paging.skipped.keys()
        for key, _ in rows(policy, current, state) if current and policy.unanswered else ():
            if key not in met:
                return key
    return None


def hold_duties(state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    """Pages held because nobody was on: the fallback post is asked at once, and the first person who comes on is
    asked as they do (rule 5)."""
    if may_page(state) is not None:
        return
    asked = busy(state, world) if state.paging.holds else {}
    for key, hold in state.paging.holds.items():
        fallback = "/".join(key.split("/")[:2]) + "/held-fallback"
        if not key.endswith("fallback") and fallback not in state.paging.taken:
            yield _fallback(fallback, hold.at, [], state, world, now)
        choice = choose(_targets(hold.targets), state, world, now, "page", asked)
        if choice.people:
            facts = tuple(
                f.CallBegan(f"{key}/{person}", person, key, "held_until_now", hold.targets, choice.until, hold.asks)
                for person in choice.people
            )
            yield Duty(max(hold.at, now), key, "page", "held_until_now", choice.people, facts)
        elif now < choice.until < LATEST:
            yield look(choice.until, key)


def _targets(words: tuple[str, ...]) -> tuple[Target, ...]:
    return tuple(Target(*word.split(":", 1)) for word in words)
