"""The engine's other writes: contacts, permissions, overrides, maintenances, the plan, erasure, access, changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from tocsin.core import facts as f
from tocsin.core import people
from tocsin.core.commands import Actor
from tocsin.core.contact_tests import tests
from tocsin.core.facts import Entry
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant
from tocsin.core.permissions import may
from tocsin.core.plan_faults import faults
from tocsin.core.plan_json import plan_from_json, plan_to_json
from tocsin.core.refusals import Refusal, refuse
from tocsin.core.world import LivePerson, Rules
from tocsin.engine.changes import record_changes
from tocsin.engine.contact_tests import test_row, tests_of, waits
from tocsin.engine.heart import Heart
from tocsin.engine.records import Unit
from tocsin.engine.sweep import open_records, wake
from tocsin.store.base import AccessRow, Writing

MOST_TOLD = 100
ADMIN = Actor("operator", frozenset({"view", "respond", "private", "people", "plan", "admin"}), "cli")


def _person(heart: Heart, handle: str) -> LivePerson:
    return heart.around.people().get(handle, LivePerson(handle))


def _write(
    heart: Heart, unit: Unit, w: Writing, record: str, facts: people.Decision, words: tuple[f.Words, ...] = ()
) -> Refusal | None:
    if isinstance(facts, Refusal):
        return facts
    if facts:
        unit.append(record, facts, words)
        wake(heart, unit, w)
    return None


def _no_plan() -> Refusal:
    return refuse("unavailable", "no plan is applied yet", mend="tocsin plan apply DIR")


def add_contact(
    heart: Heart,
    unit: Unit,
    w: Writing,
    actor: Actor,
    person: str,
    channel: str,
    address: str,
    channels: tuple[str, ...],
) -> str | Refusal:
    """Add a contact; answers its id."""
    if heart.around.live is None:
        return _no_plan()
    contact = f"{channel}-{heart.chance.id(unit.now)[-12:]}"
    words = f.Words(heart.chance.salt(), address.encode())
    known = _person(heart, person)
    facts = people.add_contact(known, contact, channel, words.ref, channels, actor, heart.around.live.by)
    return _write(heart, unit, w, f"person:{person}", facts, (words,)) or contact


def test_contact(heart: Heart, unit: Unit, w: Writing, actor: Actor, person: str, contact: str) -> str | Refusal:
    """Send a test page over a contact, whose answer verifies it; answers the page's key."""
    key = f"test/{contact}/{heart.chance.id(unit.now)[-12:]}"
    facts = people.test_contact(_person(heart, person), contact, key, actor)
    if isinstance(facts, Refusal):
        return facts
    refused = waits(person, contact, w)
    if refused is not None:
        return refused
    unit.append(f"person:{person}", facts)
    w.put_outbox([test_row(person, each) for each in tests(Entry("", 0, unit.now, fact) for fact in facts).values()])
    return key


def verify_contact(heart: Heart, unit: Unit, w: Writing, actor: Actor, person: str, contact: str) -> Refusal | None:
    """Count a contact from now on."""
    return _write(heart, unit, w, f"person:{person}", people.verify_contact(_person(heart, person), contact, actor))


def remove_contact(
    heart: Heart, unit: Unit, w: Writing, actor: Actor, person: str, contact: str, reason: str
) -> Refusal | None:
    """Use a contact no more."""
    facts = people.remove_contact(_person(heart, person), contact, reason, actor)
    return _write(heart, unit, w, f"person:{person}", facts)


def set_ladder(
    heart: Heart, unit: Unit, w: Writing, actor: Actor, person: str, verb: str, ladder: tuple[tuple[str, int], ...]
) -> Refusal | None:
    """Set a person's own ladder."""
    return _write(heart, unit, w, f"person:{person}", people.set_ladder(_person(heart, person), verb, ladder, actor))


def set_permissions(
    heart: Heart, unit: Unit, w: Writing, actor: Actor, person: str, grants: tuple[str, ...]
) -> Refusal | None:
    """Set what a person may do."""
    if heart.around.live is None:
        return _no_plan()
    facts = people.set_permissions(_person(heart, person), grants, actor, heart.around.live.by)
    return _write(heart, unit, w, f"person:{person}", facts)


def leave(heart: Heart, unit: Unit, w: Writing, actor: Actor, person: str) -> Refusal | None:
    """A person leaves: no page, no session, no token from this instant."""
    refused = _write(heart, unit, w, f"person:{person}", people.leave(_person(heart, person), actor))
    if refused is None:
        for kind in ("session", "token"):
            w.drop_access(kind, handle=person)
    return refused


def set_override(
    heart: Heart,
    unit: Unit,
    w: Writing,
    actor: Actor,
    rotation: str,
    person: str,
    start: Instant,
    end: Instant,
    reason: str,
) -> str | Refusal:
    """Put somebody on a rotation for a span; answers the override's id."""
    if heart.around.live is None:
        return _no_plan()
    override = heart.chance.id(unit.now)
    words = f.Words(heart.chance.salt(), reason.encode())
    facts = people.set_override(rotation, override, person, start, end, words.ref, actor, heart.around.live.by)
    return _write(heart, unit, w, f"rotation:{rotation}", facts, (words,)) or override


def plan_maintenance(
    heart: Heart,
    unit: Unit,
    w: Writing,
    actor: Actor,
    services: tuple[str, ...],
    start: Instant,
    end: Instant,
    downtime: int,
    approved_by: str,
    why: str,
) -> str | Refusal:
    """Plan a maintenance; answers its id."""
    if heart.around.live is None:
        return _no_plan()
    id = heart.chance.id(unit.now)
    words = f.Words(heart.chance.salt(), why.encode())
    facts = people.plan_maintenance(
        services, start, end, downtime, approved_by, words.ref, actor, heart.around.live.by, unit.now
    )
    return _write(heart, unit, w, f"maintenance:{id}", facts, (words,)) or id


def apply_plan(
    heart: Heart, unit: Unit, w: Writing, actor: Actor, body: bytes | str, forced: str | None
) -> str | Refusal:
    """Put a plan in force (rules 11, 12), from its JSON; answers its hash. The same plan twice changes nothing, and one
    that is broken never takes effect."""
    refused = may(actor, "plan")
    if refused is not None:
        return refused
    try:
        plan = plan_from_json(body.encode() if isinstance(body, str) else body)
    except ValueError as problem:
        return refuse("invalid", f"this is no plan: {problem}")
    broken = faults(plan)
    if broken:
        return Refusal("invalid", broken[:MOST_TOLD])
    body = plan_to_json(plan)
    hash = hashlib.sha256(body).hexdigest()
    live = heart.around.live
    if live is not None and live.hash == hash:
        return hash
    states = [unit.held(record).state for record in open_records(w)]
    open_ = [state for state in states if isinstance(state, Incident) and state.ended is None]
    problems = people.stranded(Rules.of(plan, hash), open_)
    if problems and not forced:
        return Refusal("would_strand", problems)
    w.put_plan(hash, body)
    w.set_meta("live_plan", hash)
    heart.around.add_rules(hash, body)
    words = (f.Words(heart.chance.salt(), forced.encode()),) if forced else ()
    fact = f.PlanApplied(actor.handle, hash, live.hash if live else None, words[0].ref if words else None)
    return _write(heart, unit, w, "plan:applied", (fact,), words) or hash


def erase(heart: Heart, unit: Unit, w: Writing, actor: Actor, record: str, ref: str, reason: str) -> Refusal | None:
    """Remove a text; the chain stays whole and `verify` says erased."""
    refused = may(actor, "admin")
    if refused is not None:
        return refused
    if not w.erase(record, ref):
        return refuse("not_found", "there is no such text, or it is erased already", where="ref")
    heart.titles.pop(record, None)
    unit.append(record, (f.Erased(actor.handle, ref, reason),))
    return None


def put_access(heart: Heart, unit: Unit, w: Writing, actor: Actor, row: dict[str, Any]) -> Refusal | None:
    """Keep a token or a session (the fields of `AccessRow`). One's own session needs no grant."""
    kept = msgspec.convert(row, type=AccessRow, strict=False)
    if kept.kind != "session" or kept.handle != actor.handle:
        refused = may(actor, "admin")
        if refused is not None:
            return refused
    w.put_access(kept)
    return None


def drop_access(
    heart: Heart,
    unit: Unit,
    w: Writing,
    actor: Actor,
    kind: str,
    digest: str | None,
    name: str | None,
    handle: str | None,
) -> int | Refusal:
    """End tokens or sessions; one's own without a grant. Answers how many."""
    if handle != actor.handle:
        refused = may(actor, "admin")
        if refused is not None:
            return refused
    return w.drop_access(kind, digest=digest, name=name, handle=handle)


def set_password(heart: Heart, unit: Unit, w: Writing, actor: Actor, handle: str, hashed: str) -> Refusal | None:
    """Keep a password's hash, and end the sessions it opened."""
    if handle != actor.handle:
        refused = may(actor, "admin")
        if refused is not None:
            return refused
    w.put_password(handle, hashed)
    w.drop_access("session", handle=handle)
    return None


def receipt(
    heart: Heart, unit: Unit, w: Writing, actor: Actor, record: str, key: str, outcome: str, code: str
) -> Refusal | None:
    """Write down what a vendor reported of a message. Told twice, it counts once; a failure is never taken back."""
    if actor.via != "callback" or outcome not in ("accepted", "failed_for_good"):
        return refuse("not_allowed", "only a vendor's report is written as one")
    once = f"receipt:{record}:{key}:{outcome}:{code}"
    if w.command(once) is not None:
        return None
    state = unit.incident(record)
    order = state.paging.orders.get(key)
    tested = record.startswith("person:") and any(
        each.key == key for each in tests_of(record.partition(":")[2], w).values()
    )
    if (order is None and not tested) or state.unknown:
        return refuse("not_found", "there is no such message", where="key")
    w.remember_command(once, unit.now, b"{}")
    if order is None or order.outcome not in ("failed_for_good", "cancelled"):
        unit.append(record, (f.Sent(key, outcome, 0, code),))
    return None


OPERATIONS: dict[str, Callable[..., object]] = {
    each.__name__: each
    for each in (
        add_contact,
        test_contact,
        verify_contact,
        remove_contact,
        set_ladder,
        set_permissions,
        leave,
        set_override,
        plan_maintenance,
        apply_plan,
        erase,
        put_access,
        drop_access,
        set_password,
        receipt,
        record_changes,
    )
}
"""What may be asked through the door by name."""
