"""Decisions about people, rosters, maintenances and the plan in force: facts, or a refusal that says what is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.core import facts as f
from tocsin.core.commands import Actor
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant
from tocsin.core.permissions import GRANTS, may
from tocsin.core.plan_index import Index
from tocsin.core.refusals import Problem, Refusal, refuse
from tocsin.core.world import LivePerson, Rules

Decision = tuple[f.Fact, ...] | Refusal


def _own_or(actor: Actor, person: str) -> Refusal | None:
    """One's own things without a grant, others' with `people`."""
    return None if actor.handle == person else may(actor, "people")


def _in_plan(person: str, live: Index) -> Refusal | None:
    if person in live.people:
        return None
    return refuse("not_found", f"nobody in the plan is called {person!r}", where="person", mend="add them to the plan")


def add_contact(
    known: LivePerson, contact: str, channel: str, address: str, channels: Iterable[str], actor: Actor, live: Index
) -> Decision:
    """A way to reach a person; it counts once a test page over it was answered (rule 9)."""
    refused = _own_or(actor, known.handle) or _in_plan(known.handle, live)
    if refused is not None:
        return refused
    if channel not in channels:
        return refuse(
            "invalid", f"there is no channel {channel!r}", where="channel", mend=f"one of: {', '.join(channels)}"
        )
    if any(each.id == contact for each in known.contacts):
        return ()
    return (f.ContactAdded(actor.handle, contact, channel, address),)


ANSWERED = ("link", "phone")
"""How the answer to a test page comes in: its link, or what its vendor reports of it."""


def test_contact(known: LivePerson, contact: str, key: str, actor: Actor) -> Decision:
    """Send a test page over a contact; its answer verifies it. One that counts already may be tested again."""
    refused = _own_or(actor, known.handle)
    if refused is not None:
        return refused
    found = next((each for each in known.contacts if each.id == contact), None)
    if found is None or known.left:
        return refuse("not_found", "there is no such contact", where="contact")
    return (f.ContactTested(actor.handle, contact, found.channel, key),)


def verify_contact(known: LivePerson, contact: str, actor: Actor) -> Decision:
    """The test page was answered, or somebody with `people` vouches for it: the record says who. One's own word alone
    shows nothing: a mistyped number would count."""
    answered = actor.handle == known.handle and actor.via in ANSWERED
    refused = None if answered else may(actor, "people")
    if refused is not None:
        return refused
    found = next((each for each in known.contacts if each.id == contact), None)
    if found is None:
        return refuse("not_found", "there is no such contact", where="contact")
    return () if found.verified else (f.ContactVerified(actor.handle, contact),)


def remove_contact(known: LivePerson, contact: str, reason: str, actor: Actor) -> Decision:
    """The contact is used no more."""
    refused = _own_or(actor, known.handle)
    if refused is not None:
        return refused
    if all(each.id != contact for each in known.contacts):
        return refuse("not_found", "there is no such contact", where="contact")
    return (f.ContactRemoved(actor.handle, contact, reason),)


def set_ladder(known: LivePerson, verb: str, ladder: tuple[tuple[str, int], ...], actor: Actor) -> Decision:
    """A person's own order of contacts and delays."""
    refused = _own_or(actor, known.handle)
    if refused is not None:
        return refused
    ids = {each.id for each in known.contacts}
    problems = [
        Problem(f"there is no contact {each!r}", f"ladder.{i}") for i, (each, _) in enumerate(ladder) if each not in ids
    ]
    problems += [
        Problem("a delay is not below zero", f"ladder.{i}") for i, (_, after) in enumerate(ladder) if after < 0
    ]
    if verb not in ("page", "inform"):
        problems.append(Problem("a ladder is for page or for inform", "verb"))
    return Refusal("invalid", tuple(problems)) if problems else (f.ContactOrderSet(actor.handle, verb, ladder),)


def set_permissions(known: LivePerson, grants: tuple[str, ...], actor: Actor, live: Index) -> Decision:
    """What a person may do."""
    refused = may(actor, "admin")
    if refused is not None:
        return refused
    unknown = [name for name in grants if name not in GRANTS]
    if unknown:
        return refuse(
            "invalid", f"there is no grant {unknown[0]!r}", where="grants", mend=f"one of: {', '.join(GRANTS)}"
        )
    return (f.PermissionsSet(actor.handle, tuple(sorted(set(grants)))),)


def leave(known: LivePerson, actor: Actor) -> Decision:
    """The person can no longer be asked nor sign in."""
    refused = may(actor, "admin")
    if refused is not None:
        return refused
    return () if known.left else (f.PersonLeft(actor.handle),)


def set_override(
    rotation: str,
    override: str,
    person: str,
    start: Instant,
    end: Instant,
    words: str | None,
    actor: Actor,
    live: Index,
) -> Decision:
    """Somebody takes a span of a rotation: oneself, or others with `people`."""
    refused = _own_or(actor, person) or _in_plan(person, live)
    if refused is not None:
        return refused
    if rotation not in live.rotations:
        known = ", ".join(live.rotations) or "none"
        return refuse("not_found", f"there is no rotation {rotation!r}", where="rotation", mend=f"one of: {known}")
    if end <= start:
        return refuse("invalid", "an override ends after it starts", where="end")
    return (f.OverrideSet(actor.handle, override, person, start, end, words),)


def plan_maintenance(
    services: tuple[str, ...],
    start: Instant,
    end: Instant,
    downtime: int,
    approved_by: str,
    words: str,
    actor: Actor,
    live: Index,
    now: Instant,
) -> Decision:
    """A planned maintenance, which is also the silence of its services (rule 19)."""
    refused = may(actor, "people")
    if refused is not None:
        return refused
    problems = [Problem(f"there is no service {each!r}", "services") for each in services if each not in live.services]
    if not services:
        problems.append(Problem("a maintenance names its services", "services"))
    if end <= start:
        problems.append(Problem("it ends after it starts", "end"))
    if end <= now:
        problems.append(Problem("it lies in the past", "end"))
    if approved_by not in live.people and approved_by not in live.posts:
        problems.append(Problem("its approver is a person or a post of the plan", "approved_by"))
    if problems:
        return Refusal("invalid", tuple(problems))
    ids = tuple(live.services[each].id for each in services)
    return (f.MaintenancePlanned(actor.handle, ids, start, end, downtime, approved_by, words),)


def stranded(new: Rules, incidents: Iterable[Incident]) -> tuple[Problem, ...]:
    """Open incidents that an edit would leave without what they need (rule 11): service, people who play a role."""
    found: list[str] = []
    for state in incidents:
        name = f"INCIDENT-{state.number}"
        if state.service and state.service not in new.by.services:
            found.append(f"{name} is about the service {state.service}, which the edit removes")
        playing = sorted({span.person for span in state.roles if span.until is None} - new.by.people.keys())
        found += [f"{person} plays a role in {name} and leaves the plan" for person in playing]
    return tuple(Problem(what, mend="--force REASON applies it all the same, and keeps the reason") for what in found)
