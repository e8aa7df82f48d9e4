"""A person's channels: which, in which order, after which delays; page apart from inform (spec sheet 2).

A contact counts only once verified by a test page. The person's own ladder comes first; without one the plan's
contact rule orders what they have. A contact that fails for good moves the ladder at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.plan import Rung
from tocsin.core.world import Contact, LivePerson, World


@dataclass(frozen=True, slots=True)
class LadderRung:
    """One contact and how long after the call began it is used, in seconds of the page clock."""

    contact: Contact
    after: int


def ladder(person: str, verb: str, world: World) -> tuple[LadderRung, ...]:
    """The person's verified contacts in order, for `page` or `inform`. Empty: unreachable."""
    known = world.people.get(person)
    if known is None or known.left:
        return ()
    own = known.page_ladder if verb == "page" else known.inform_ladder
    return _own(known, own) if own else _by_rule(known, verb, world)


def _own(known: LivePerson, own: tuple[tuple[str, int], ...]) -> tuple[LadderRung, ...]:
    verified = {contact.id: contact for contact in known.contacts if contact.verified}
    return tuple(LadderRung(verified[each], after) for each, after in own if each in verified)


def _by_rule(known: LivePerson, verb: str, world: World) -> tuple[LadderRung, ...]:
    rule = world.live.plan.contact_rule
    verified = [contact for contact in known.contacts if contact.verified]
    if rule is None:
        return tuple(LadderRung(contact, i * 120) for i, contact in enumerate(verified))
    rungs = rule.page if verb == "page" else rule.inform
    found = [LadderRung(contact, rung.after) for rung in rungs for contact in _of(rung, verified)]
    seen: set[str] = set()
    return tuple(r for r in found if not (r.contact.id in seen or seen.add(r.contact.id)))


def _of(rung: Rung, verified: list[Contact]) -> list[Contact]:
    """The contacts of one rung: the first channel kind of which the person has any."""
    for kind in rung.channels:
        found = [contact for contact in verified if contact.channel == kind]
        if found:
            return found
    return []


def reachable(person: str, verb: str, world: World) -> bool:
    """Whether the person has any contact that counts."""
    return bool(ladder(person, verb, world))
