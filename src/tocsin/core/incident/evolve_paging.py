"""evolve for paging alone: rounds, steps, calls, orders, answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tocsin.core import facts as f
from tocsin.core.incident.state import Answer, Call, Hold, Order, Paging, Round, Taken
from tocsin.core.instants import Instant
from tocsin.core.reasons import RoundCause, SkipReason

NEW_ERA = frozenset(
    {
        RoundCause.OPENED,
        RoundCause.DECLARED,
        RoundCause.RAISED,
        RoundCause.LOWERED,
        RoundCause.RELAPSED,
        RoundCause.OVERRAN,
    }
)
"""Causes from which a policy's steps count anew; the others ring again inside the same count."""

UNANSWERS = frozenset({RoundCause.GONE_QUIET, RoundCause.RELAPSED, RoundCause.OVERRAN})
"""Causes after which an earlier answer counts no more."""


def _round_started(paging: Paging, fact: f.RoundStarted, at: Instant) -> Paging:
    before = paging.rounds.get(fact.policy)
    fresh = before is None or fact.cause in NEW_ERA
    era, era_at = (fact.round, at) if before is None or fresh else (before.era, before.era_at)
    calls = {
        key: replace(call, ended="superseded") if call.ended is None and key.startswith(f"{fact.policy}/") else call
        for key, call in paging.calls.items()
    }
    return replace(
        paging,
        rounds={**paging.rounds, fact.policy: Round(fact.round, fact.cause, at, era, era_at)},
        calls=calls,
        answered=paging.answered and fact.cause not in UNANSWERS,
        answers=() if fact.cause == RoundCause.OVERRAN else paging.answers,
    )


def _step_taken(paging: Paging, fact: f.StepTaken, at: Instant) -> Paging:
    taken = Taken(at, fact.verb, fact.targets, fact.people, fact.reason, fact.skipped)
    return replace(paging, taken={**paging.taken, fact.key: taken})


def _step_skipped(paging: Paging, fact: f.StepSkipped, at: Instant) -> Paging:
    return replace(paging, skipped={**paging.skipped, fact.key: fact.reason})


def _step_held(paging: Paging, fact: f.StepHeld, at: Instant) -> Paging:
    return replace(paging, holds={**paging.holds, fact.key: Hold(at, fact.targets, fact.reason, fact.asks)})


def _call_began(paging: Paging, fact: f.CallBegan, at: Instant) -> Paging:
    call = Call(fact.call, fact.person, fact.step, at, fact.reason, fact.targets, fact.asks)
    holds = {key: hold for key, hold in paging.holds.items() if key != fact.step}
    return replace(paging, calls={**paging.calls, fact.call: call}, holds=holds)


def _end(paging: Paging, key: str, reason: str) -> Paging:
    call = paging.calls.get(key)
    if call is None or call.ended is not None:
        return paging
    return replace(paging, calls={**paging.calls, key: replace(call, ended=reason)})


def _call_ended(paging: Paging, fact: f.CallEnded, at: Instant) -> Paging:
    return _end(paging, fact.call, fact.reason)


def _ordered(paging: Paging, fact: f.Ordered, at: Instant) -> Paging:
    order = Order(fact.key, fact.verb, fact.what, fact.person, fact.contact, fact.channel, at, fact.call, fact.step)
    return replace(paging, orders={**paging.orders, fact.key: order})


def _sent(paging: Paging, fact: f.Sent, at: Instant) -> Paging:
    order = paging.orders.get(fact.key)
    if order is None:
        return paging
    return replace(paging, orders={**paging.orders, fact.key: replace(order, outcome=fact.outcome)})


def _acknowledged(paging: Paging, fact: f.Acknowledged, at: Instant) -> Paging:
    """An answer ends every call that asks for no role, and the answering person's own calls."""
    calls = {
        key: replace(call, ended="acknowledged")
        if call.ended is None and (call.asks is None or call.person == fact.by)
        else call
        for key, call in paging.calls.items()
    }
    answers = (*paging.answers, Answer(fact.by, at))
    holds = {key: hold for key, hold in paging.holds.items() if hold.asks is not None}
    return replace(paging, calls=calls, answers=answers, answered=True, holds=holds, acted_at=None)


def _passed(paging: Paging, fact: f.Passed, at: Instant) -> Paging:
    mine = {
        key: replace(call, ended="passed")
        for key, call in paging.calls.items()
        if call.person == fact.by and call.ended in (None, "acknowledged")
    }
    paging = replace(paging, calls={**paging.calls, **mine})
    answers = tuple(answer for answer in paging.answers if answer.by != fact.by)
    if answers or not paging.answered:
        return replace(paging, answers=answers)
    # What was owed no more because of the answer is owed again.
    skipped = {key: why for key, why in paging.skipped.items() if why != SkipReason.ACKNOWLEDGED}
    return replace(paging, answers=(), answered=False, skipped=skipped)


def _resumed(paging: Paging, fact: f.Resumed, at: Instant) -> Paging:
    return replace(paging, away=(*paging.away, (fact.since, at)))


PAGING: dict[type[f.Fact], Callable[[Paging, Any, Instant], Paging]] = {
    f.RoundStarted: _round_started,
    f.StepTaken: _step_taken,
    f.StepSkipped: _step_skipped,
    f.StepHeld: _step_held,
    f.CallBegan: _call_began,
    f.CallEnded: _call_ended,
    f.Ordered: _ordered,
    f.Sent: _sent,
    f.Acknowledged: _acknowledged,
    f.Passed: _passed,
    f.Resumed: _resumed,
}
