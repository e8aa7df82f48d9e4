"""One call: the ladder of a person's contacts until an answer, and the turn of the roster while it rings."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core.contact import LadderRung, ladder
from tocsin.core.duty import Duty, look
from tocsin.core.escalation.policies import busy, live_calls, may_page
from tocsin.core.escalation.targets import choose, resolve
from tocsin.core.incident.state import Call, Incident, Order
from tocsin.core.instants import LATEST, Instant
from tocsin.core.plan_words import Target
from tocsin.core.world import World


def call_duties(state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    """For each ringing call: who it should be asking by now, and which contact comes next."""
    for call in live_calls(state, world):
        targets = tuple(Target(*word.split(":", 1)) for word in call.targets)
        # A step may name a post beside a rotation: somebody is still meant while any of its targets means them.
        answers = [resolve(t, state, world, now) for t in targets] if any(map(_turns, targets)) else []
        until = min((answer.until for answer in answers), default=LATEST)
        if until < LATEST:
            yield look(until, call.key)
        on_now = [person for answer in answers for person in answer.people]
        if on_now and call.person not in on_now:
            yield _turned(call, targets, state, world, now)
        else:
            yield from _contacts(call, state, world)


def _turns(target: Target) -> bool:
    """Whether whom a target means changes with the roster."""
    return target.kind in ("rotation", "domain")


def _turned(call: Call, targets: tuple[Target, ...], state: Incident, world: World, now: Instant) -> Duty:
    """The roster turned while the page was unanswered: the new shift is asked instead."""
    asked = {person: why for person, why in busy(state, world).items() if person != call.person}
    choice = choose(targets, state, world, now, "page", asked)
    facts: list[f.Fact] = [f.CallEnded(call.key, "roster_turned")]
    facts += [
        f.CallBegan(f"{call.step}/{person}", person, call.step, "roster_turned", call.targets, choice.until, call.asks)
        for person in choice.people
    ]
    return Duty(now, call.key, "page", "roster_turned", choice.people, tuple(facts))


def _contacts(call: Call, state: Incident, world: World) -> Iterator[Duty]:
    """The next contact of the ladder, at its delay or at once when the ones before it failed for good."""
    orders = [order for order in state.paging.orders.values() if order.call == call.key]
    rungs = ladder(call.person, "page", world)
    kept = [order for order in orders if order.outcome != "cancelled"]
    used = {order.contact for order in kept}
    left = [rung for rung in rungs if rung.contact.id not in used]
    dead = bool(kept) and kept[-1].outcome in ("failed_for_good", "unknown")
    if not left:
        if all(order.outcome == "failed_for_good" for order in kept):
            at = max((order.at for order in orders), default=call.began)
            yield Duty(at, call.key, "end", "unreachable", (call.person,), (f.CallEnded(call.key, "unreachable"),))
        return
    yield _order(call, left[0], orders, dead, state)


def _order(call: Call, rung: LadderRung, orders: list[Order], dead: bool, state: Incident) -> Duty:
    at = call.began if dead or not orders else state.paging.clock(call.began, rung.after)
    reason = call.reason if not orders else ("contact_failed" if dead else "next_contact")
    turn = sum(order.contact == rung.contact.id for order in orders)
    key = f"{call.key}/{rung.contact.id}" + (f"#{turn + 1}" if turn else "")
    fact = f.Ordered(
        key=key,
        verb="page",
        what="page",
        person=call.person,
        contact=rung.contact.id,
        channel=rung.contact.channel,
        reason=reason,
        call=call.key,
        step=call.step,
    )
    return Duty(at, key, "order", reason, (call.person,), (fact,))


def inform_duties(state: Incident, world: World, now: Instant) -> Iterator[Duty]:
    """Each inform that was decided: one message by the first contact that takes it (rule 15)."""
    if state.ended is not None and may_page(state) in ("dismissed", "merged"):
        return
    for key, taken in state.paging.taken.items():
        if taken.verb != "inform":
            continue
        for person in taken.people:
            yield from _inform(key, person, taken.at, taken.reason, state, world)
        for person, why in taken.skipped:
            if why == "unreachable" and not taken.people:
                yield from _untold(key, person, taken.at, state, world)


def _inform(key: str, person: str, at: Instant, reason: str, state: Incident, world: World) -> Iterator[Duty]:
    prefix = f"{key}/{person}/"
    orders = [order for order in state.paging.orders.values() if order.key.startswith(prefix)]
    if any(order.outcome not in ("failed_for_good", "cancelled") for order in orders):
        return
    used = {order.contact for order in orders}
    left = [rung for rung in ladder(person, "inform", world) if rung.contact.id not in used]
    if left:
        yield _inform_order(f"{prefix}{left[0].contact.id}", left[0], person, at, reason, key)
    else:
        yield from _untold(key, person, at, state, world)


def _inform_order(key: str, rung: LadderRung, person: str, at: Instant, reason: str, step: str) -> Duty:
    fact = f.Ordered(
        key=key,
        verb="inform",
        what="inform",
        person=person,
        contact=rung.contact.id,
        channel=rung.contact.channel,
        reason=reason,
        step=step,
    )
    return Duty(at, key, "order", reason, (person,), (fact,))


def _untold(key: str, person: str, at: Instant, state: Incident, world: World) -> Iterator[Duty]:
    """All contacts failed, or there is none: said on the record, and the commander is told (rule 15)."""
    said = f"{key}/{person}/untold"
    if said in state.paging.taken or key.endswith("/untold"):
        return
    commander = state.holder("commander")
    people = (commander,) if commander and commander != person else ()
    fact = f.StepTaken(
        key=said,
        verb="inform",
        reason="untold",
        targets=(f"person:{person}",),
        people=people,
        skipped=((person, "unreachable"),),
        since=None,
        until=None,
        rules=world.live.hash,
        tzdata=world.tzdata,
    )
    yield Duty(at, said, "inform", "untold", people, (fact,))
