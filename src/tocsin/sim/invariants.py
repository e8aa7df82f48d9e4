"""What must be so after every step of a season, whatever went wrong. The checks know the record, not the engine.

A quick look takes the incidents that a step moved; a deep look reads the whole store, folds it anew, and compares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tocsin.core import chain
from tocsin.core import facts as f
from tocsin.core.alerts import Group, evolve_group, group_due
from tocsin.core.duty import Due
from tocsin.core.escalation.policies import in_force, live_calls, may_page
from tocsin.core.incident.due import due
from tocsin.core.incident.evolve import evolve
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, iso, later
from tocsin.core.world import World
from tocsin.engine.codec import entry
from tocsin.sim.faults import Handed
from tocsin.store.base import OutboxRow, Reading

LONGEST_SILENCE = 2 * 3600.0
"""No policy of a season leaves an unanswered page alone for longer."""


class Broken(AssertionError):
    """An invariant does not hold; the message names it, the record, the instant and the seed."""


@dataclass(frozen=True, slots=True)
class Look:
    """One incident at rest: its state, what it owes by the core's own word, and what the indexes hold of it."""

    record: str
    state: Incident
    world: World
    owed: Due
    timer: Instant | None
    outbox: tuple[OutboxRow, ...]
    handed: Mapping[str, list[Handed]]
    now: Instant


Check = Callable[[Look], Iterator[str]]


def nothing_ready_is_left(look: Look) -> Iterator[str]:
    """An engine at rest has done everything that was due."""
    for duty in look.owed.ready:
        yield f"{duty.key} ({duty.reason}) has been ready since {iso(duty.at)}"


def the_timer_is_that_of_the_record(look: Look) -> Iterator[str]:
    """A timer is an index: what the record says is when it is asked again."""
    if look.timer != look.owed.ask_again:
        yield f"the timer stands at {look.timer and iso(look.timer)}, the record says {look.owed.ask_again}"


def no_page_is_lost(look: Look) -> Iterator[str]:
    """Unanswered and audible: somebody will be asked, or the record says that it is held and for whom."""
    state, paging = look.state, look.state.paging
    if may_page(state) is not None or paging.answered or not _pages(look):
        return
    coming = [duty.at for duty in look.owed.upcoming if duty.what in ("page", "round", "order")]
    if not coming:
        yield f"nobody has answered and nobody will be asked (held: {sorted(paging.holds)})"
    elif min(coming) > later(look.now, LONGEST_SILENCE):
        yield f"nobody has answered and nobody is asked before {iso(min(coming))}"


def _pages(look: Look) -> bool:
    """Whether a policy in force asks for an answer at all and goes on asking."""
    policies = in_force(look.state, look.world)
    return any(policy.unanswered and any(s.page and s.after == 0 for s in policy.steps) for policy in policies)


def an_answer_is_not_forgotten(look: Look) -> Iterator[str]:
    """Answered and then nothing: the silence has its clock (rule 3)."""
    state = look.state
    quiet = state.paging.answered and state.paging.acted_at is None and not state.declared
    watched = any(duty.reason == "gone_quiet" for duty in look.owed.upcoming)
    if quiet and not watched and may_page(state) is None and _pages(look):
        yield "it was answered, nothing followed, and nobody looks after it"


def one_live_call_a_person(look: Look) -> Iterator[str]:
    """Two steps that want one person make one call."""
    counted = Counter(call.person for call in live_calls(look.state, look.world))
    for person, count in counted.items():
        if count > 1:
            yield f"{person} has {count} live calls"


def every_order_is_owed_or_ended(look: Look) -> Iterator[str]:
    """An order waits in the outbox until its end is on the record; nothing waits there that was not ordered."""
    waiting = {row.key for row in look.outbox}
    orders = look.state.paging.orders
    open_ = {key for key, order in orders.items() if order.outcome in ("", "failed_now")}
    for key in sorted(open_ - waiting):
        yield f"the order {key} has no end and waits nowhere"
    for key in sorted(waiting - open_):
        yield f"{key} waits in the outbox, and its order says {orders[key].outcome if key in orders else 'nothing'!r}"


def what_is_marked_was_handed_over(look: Look) -> Iterator[str]:
    """Nothing is marked as sent that no vendor ever took."""
    for key, order in look.state.paging.orders.items():
        taken = any(each.outcome in ("accepted", "unknown") for each in look.handed.get(key, ()))
        if order.outcome in ("accepted", "unknown") and not taken:
            yield f"{key} is marked {order.outcome}, and no vendor was ever handed it"


def a_copy_says_so(look: Look) -> Iterator[str]:
    """A message that may have arrived before says that it may be a copy."""
    for key, handed in look.handed.items():
        arrived = False
        for each in handed:
            if arrived and each.told and not each.duplicate:
                yield f"{key} was handed over again at {iso(each.at)} and does not say so"
            arrived = arrived or each.outcome in ("accepted", "unknown")


def messages_are_bounded(look: Look) -> Iterator[str]:
    """No key is handed over and taken more than a few times, whatever fails."""
    for key, handed in look.handed.items():
        taken = sum(each.outcome in ("accepted", "unknown") for each in handed)
        if taken > 4:
            yield f"{key} was taken {taken} times"


def whoever_is_called_can_be_asked(look: Look) -> Iterator[str]:
    """A live call belongs to somebody whom the roster or the plan names, who has not left."""
    for call in live_calls(look.state, look.world):
        known = look.world.people.get(call.person)
        if known is None or known.left:
            yield f"{call.person} is being called and is not here"


INVARIANTS: tuple[Check, ...] = (
    nothing_ready_is_left,
    the_timer_is_that_of_the_record,
    no_page_is_lost,
    an_answer_is_not_forgotten,
    one_live_call_a_person,
    every_order_is_owed_or_ended,
    what_is_marked_was_handed_over,
    a_copy_says_so,
    messages_are_bounded,
    whoever_is_called_can_be_asked,
)


def quick(look: Look) -> list[str]:
    """Everything that is wrong with one incident."""
    return [f"{check.__name__}: {look.record}: {wrong}" for check in INVARIANTS for wrong in check(look)]


@dataclass(slots=True)
class Whole:
    """The whole store, folded anew."""

    incidents: dict[str, Incident]
    groups: dict[str, Group]
    fired: set[str]
    kinds: dict[str, Counter[str]]
    reasons: Counter[str]
    wrong: list[str]


def read_whole(reading: Reading, records: list[str] | None = None) -> Whole:
    """Fold records anew, all of them by default, and verify their chains on the way."""
    whole = Whole({}, {}, set(), {}, Counter[str](), [])
    if records is None:
        records = [record for prefix in ("incident:", "group:") for record in reading.records(prefix)]
    for record in records:
        _read(record, reading, whole)
    return whole


def _read(record: str, reading: Reading, whole: Whole) -> None:
    incident, group = Incident(), Group()
    before, at = chain.ZERO, Instant(0)
    kinds = whole.kinds[record] = Counter[str]()
    for n, row in enumerate(reading.load(record), 1):
        if row.n != n or chain.link(before, record, n, row.at, row.kind, row.v, row.body) != row.hash:
            whole.wrong.append(f"the_chain_verifies: {record}: row {row.n} is not what was written")
        if row.at < at:
            whole.wrong.append(f"time_runs_on: {record}: row {row.n} is older than the one before")
        before, at = row.hash, row.at
        each = entry(row)
        kinds[row.kind] += 1
        whole.reasons.update({getattr(each.fact, "reason", "") or getattr(each.fact, "cause", "")})
        if record.startswith("incident:"):
            incident = evolve(incident, each)
        else:
            group = evolve_group(group, each)
            if isinstance(each.fact, f.AlertFired):
                whole.fired.add(each.fact.fingerprint)
    if record.startswith("incident:"):
        whole.incidents[record] = incident
    else:
        whole.groups[record] = group


def deep(whole: Whole, world: Callable[[str], World], timers: Mapping[str, Instant], now: Instant) -> list[str]:
    """Everything that is wrong with the store as a whole: chains, timers, and who belongs to whom."""
    wrong = list(whole.wrong)
    for record, state in whole.incidents.items():
        wrong += _timer(record, due(state, world(state.rules), now), timers)
    for record, group in whole.groups.items():
        wrong += _timer(record, group_due(group, world(group.rules), now), timers)
    return [*wrong, *_one_incident_a_group(whole), *_one_group_a_key(whole)]


def _timer(record: str, owed: Due, timers: Mapping[str, Instant]) -> Iterator[str]:
    expected = owed.ready[0].at if owed.ready else owed.ask_again
    if owed.ready:
        yield f"nothing_ready_is_left: {record}: {owed.ready[0].key} since {iso(owed.ready[0].at)}"
    elif timers.get(record) != expected:
        yield f"the_timer_is_that_of_the_record: {record}: {timers.get(record)} is kept, {expected} is so"


def _one_incident_a_group(whole: Whole) -> Iterator[str]:
    """A group belongs to one incident, and the two agree. One that relapsed remembers groups that are another's now."""
    holders: dict[str, list[str]] = {}
    for record, state in whole.incidents.items():
        if not state.resolved and not state.declared:
            for group in state.groups:
                holders.setdefault(group, []).append(record)
    for record, group in whole.groups.items():
        if len(holders.get(record, ())) > 1:
            yield f"one_incident_a_group: {record} is in {holders[record]}"
        incident = whole.incidents.get(group.incident or "")
        if incident is not None and record not in incident.groups:
            yield f"one_incident_a_group: {record} names {group.incident}, which does not know it"


def _one_group_a_key(whole: Whole) -> Iterator[str]:
    counted = Counter(group.key for group in whole.groups.values() if not group.closed)
    for key, count in counted.items():
        if count > 1:
            yield f"one_group_a_key: {count} open groups of {key}"
