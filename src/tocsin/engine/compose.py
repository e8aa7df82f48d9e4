"""From what is owed to the message a person reads: who, what, since when, why they, and what to press.

A private incident shows no title, only that it is private, and a link (rule 18).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.core.incident.state import Incident, Order
from tocsin.core.instants import Instant, in_words, seconds_between
from tocsin.core.links import MessageLink, PageLink, sign, sign_message
from tocsin.core.plan_words import duration_words
from tocsin.core.reasons import sentence
from tocsin.core.world import World
from tocsin.integrations.base import Link, Message
from tocsin.store.base import OutboxRow


@dataclass(frozen=True, slots=True)
class Line:
    """One order in a parcel: the incident, why it was ordered, and whether it still rings (or why not)."""

    key: str
    verb: str
    state: Incident
    order: Order
    reason: str
    title: str
    world: World
    lapsed: str | None
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Address:
    """Where links lead, and the secret that signs them."""

    public_url: str
    secret: bytes
    link_life: int = 7 * 86_400


def label(line: Line) -> str:
    """INCIDENT-7, or DRILL INCIDENT-7."""
    return f"{'DRILL ' if line.state.drill else ''}INCIDENT-{line.state.number}"


def heading(line: Line) -> str:
    """The title of one incident as this reader may see it in a message that others might read over their shoulder."""
    state = line.state
    level = line.world.rules.by.severities.get(state.severity or "")
    prefix = f"{level.title}: " if level else ""
    if state.visibility == "private":
        return f"{prefix}private incident"
    return f"{prefix}{line.title}"


def page_link(line: Line, person: str, address: Address, now: Instant) -> Link:
    """The signed link that answers one incident's page."""
    expires = Instant(now + address.link_life * 1_000_000)
    token = sign(PageLink(line.state.record, person, expires), address.secret)
    return Link(label(line), f"{address.public_url}/p/{token}")


def compose(lines: Sequence[Line], person: str, address: Address, now: Instant) -> Message:
    """One message for everything that waits for one contact, worst first."""
    ringing = [line for line in lines if line.lapsed is None]
    lapsed = [line for line in lines if line.lapsed is not None]
    first = (ringing or lapsed)[0]
    single = len(lines) == 1 and ringing
    verb = "page" if any(line.verb == "page" for line in ringing) else "inform"
    return Message(
        key=first.key if len(lines) == 1 else _joint_key(lines),
        verb=verb,
        what=first.order.what if single else "digest",
        title=_one_title(first, verb) if single else _many_title(ringing, lapsed),
        text=_one_text(first, now) if single else _many_text(ringing, lapsed, now),
        links=tuple(page_link(line, person, address, now) for line in (ringing or lapsed)[:20]),
        severity=first.state.severity or first.state.proposed or "",
        incident=first.state.record,
        number=first.state.number,
        person=person,
        at=now,
        drill=any(line.state.drill for line in lines),
        possible_duplicate=any(line.duplicate for line in lines),
        callback=_callback(ringing[0], person, address, now) if ringing else "",
    )


def _callback(line: Line, person: str, address: Address, now: Instant) -> str:
    """Where the vendor reports on a message: on its worst incident, which it names first."""
    order = line.order
    token = _own_token(line.state.record, person, order.contact, order.key, address, now)
    return f"{address.public_url}/hooks/{order.channel}/{token}"


def _own_token(record: str, person: str, contact: str, key: str, address: Address, now: Instant) -> str:
    expires = Instant(now + address.link_life * 1_000_000)
    return sign_message(MessageLink(record, person, contact, key, expires), address.secret)


def compose_test(row: OutboxRow, address: Address, now: Instant) -> Message:
    """A test page: whoever has it in their hands says so, and the contact counts."""
    token = _own_token(row.record, row.person, row.contact, row.key, address, now)
    return Message(
        key=f"{row.record}/{row.key}",
        verb="page",
        what="test",
        title="Test page: nothing is wrong",
        text=f"This is how a page would reach {row.person} here. Say that it did: only then does this contact count.",
        links=(Link("It reached me", f"{address.public_url}/v/{token}"),),
        person=row.person,
        at=now,
        possible_duplicate=row.fence > row.attempt,
        callback=f"{address.public_url}/hooks/{row.channel}/{token}",
    )


def _joint_key(lines: Sequence[Line]) -> str:
    joined = "\n".join(line.key for line in lines).encode()
    return "digest/" + hashlib.blake2b(joined, digest_size=16).hexdigest()


def _one_title(line: Line, verb: str) -> str:
    return heading(line)


def _one_text(line: Line, now: Instant) -> str:
    state = line.state
    since = state.times.get("detected", now)
    rows = [heading(line)]
    if state.visibility != "private" and state.service:
        rows.append(f"Service: {state.service}")
    rows.append(f"Since: {in_words(since)} ({duration_words(seconds_between(since, now))} ago)")
    rows.append(f"Why you: {sentence(line.reason)}")
    rows += _why_now(line)
    rows.append(_state_line(state))
    if line.duplicate:
        rows.append("You may have had this message before.")
    return "\n".join(rows)


def _why_now(line: Line) -> list[str]:
    """What made people be asked anew, where it was not the opening or the declaration."""
    current = line.state.paging.rounds.get((line.order.step or "").partition("/")[0])
    if line.verb != "page" or current is None or current.cause in ("opened", "declared"):
        return []
    return [f"Why now: {sentence(current.cause)}"]


def _state_line(state: Incident) -> str:
    if state.paging.answers:
        return f"Answered by: {', '.join(sorted({answer.by for answer in state.paging.answers}))}"
    return f"Phase: {state.phase.replace('_', ' ')}, nobody has answered yet"


def _many_title(ringing: Sequence[Line], lapsed: Sequence[Line]) -> str:
    if not ringing:
        return f"{len(lapsed)} earlier pages did not reach you in time"
    numbers = len({line.state.number for line in ringing})
    noun = "incident needs" if numbers == 1 else "incidents need"
    return f"{numbers} {noun} you; worst: {label(ringing[0])} {heading(ringing[0])}"


def _many_text(ringing: Sequence[Line], lapsed: Sequence[Line], now: Instant) -> str:
    rows = [
        f"{label(line)} {heading(line)}, ordered {duration_words(seconds_between(line.order.at, now))} ago: "
        f"{sentence(line.reason)}"
        for line in ringing
    ]
    if lapsed:
        rows.append("Not delivered in time, and no longer ringing:")
        rows += [
            f"{label(line)} {heading(line)}, ordered {in_words(line.order.at)}: {sentence(line.lapsed or '')}"
            for line in lapsed
        ]
    return "\n".join(rows)
