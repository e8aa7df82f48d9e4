"""Test pages as a person's record tells them: the last one to each contact, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tocsin.core import facts as f
from tocsin.core.facts import Entry
from tocsin.core.instants import Instant

LIFE = 900.0
"""Seconds within which a test page leaves or is cancelled: later, nobody waits for it any more."""


@dataclass(frozen=True, slots=True)
class Test:
    """A test page: `outcome` and `code` as `page.sent` has them, '' while nothing is known."""

    contact: str
    channel: str
    key: str
    at: Instant
    outcome: str = ""
    code: str = ""


def tests(entries: Iterable[Entry]) -> dict[str, Test]:
    """The last test page to each contact, by the contact's id."""
    found: dict[str, Test] = {}
    for each in entries:
        match each.fact:
            case f.ContactTested(contact=contact, channel=channel, key=key):
                found[contact] = Test(contact, channel, key, each.at)
            case f.Sent(key=key, outcome=outcome, code=code):
                found = {c: replace(t, outcome=outcome, code=code) if t.key == key else t for c, t in found.items()}
            case _:
                pass
    return found
