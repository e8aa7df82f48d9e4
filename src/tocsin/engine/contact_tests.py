"""Test pages on their way: a row of the outbox whose record is a person's, behind everything that an incident owes."""

from __future__ import annotations

from dataclasses import replace

from tocsin.core.contact_tests import LIFE, Test, tests
from tocsin.core.instants import Instant, later
from tocsin.core.refusals import Refusal, refuse
from tocsin.engine.codec import entry
from tocsin.engine.heart import Heart
from tocsin.store.base import OutboxRow, Reading, Writing

RANK = 1_000_000


def test_row(person: str, test: Test) -> OutboxRow:
    """The row of a test page, due at once."""
    return OutboxRow(
        key=test.key,
        record=f"person:{person}",
        person=person,
        contact=test.contact,
        channel=test.channel,
        verb="page",
        what="test",
        rank=RANK,
        ordered_at=test.at,
        not_before=test.at,
    )


def why_not(heart: Heart, row: OutboxRow, now: Instant) -> str | None:
    """Why a test page is not sent after all (`SkipReason`), or None."""
    known = heart.around.people().get(row.person)
    if known is None or known.left or all(each.id != row.contact for each in known.contacts):
        return "erased"
    return "test_too_late" if now > later(row.ordered_at, LIFE) else None


def tests_of(person: str, reading: Reading) -> dict[str, Test]:
    """The last test page to each of a person's contacts, from their record."""
    return tests(entry(row) for row in reading.load(f"person:{person}"))


def waits(person: str, contact: str, reading: Reading) -> Refusal | None:
    """One test page a contact at a time: a second one while the first waits would ring twice."""
    last = tests_of(person, reading).get(contact)
    if last is None or last.outcome not in ("", "failed_now"):
        return None
    if not any(row.key == last.key for row in reading.outbox(record=f"person:{person}")):
        return None
    return refuse("invalid", "a test page to this contact is on its way already", where="contact")


def rows_again(kept: dict[tuple[str, str], OutboxRow], w: Writing) -> list[OutboxRow]:
    """The rows of test pages whose end is not known, for an outbox that is built anew."""
    found: list[OutboxRow] = []
    for record in w.records("person:"):
        person = record.partition(":")[2]
        for test in tests_of(person, w).values():
            if test.outcome in ("", "failed_now"):
                again = replace(
                    test_row(person, test), attempt=int(bool(test.outcome)), fence=1 + int(bool(test.outcome))
                )
                found.append(kept.get((record, test.key), again))
    return found


__all__ = ["rows_again", "test_row", "tests_of", "waits", "why_not"]
