"""Proves that the record is whole: every chain, seal, text and plan computed again, in bounded memory.

A chain shows a row that was changed, left out or put elsewhere. It cannot show a tail or a whole record that was
removed, nor a chain that was computed anew: the seals do, and a seal that was written down outside (the log has each)
shows that no later one was removed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tocsin.core import chain
from tocsin.core.facts import Erased
from tocsin.core.instants import Instant
from tocsin.store.base import Reading
from tocsin.store.reading import heads_of

MOST_SHOWN = 1_000
ERASED = Erased.kind
NAME = re.compile(rb'"([0-9a-f]{64})"')
"""How a row names a text or a plan: SHA-256 in hex."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is not as it was written: the record (or seal, or plan), the row's number, and what is wrong with it."""

    record: str
    n: int
    what: str


@dataclass(slots=True)
class Verdict:
    """What was read, and what is wrong with it: `broken` counts all flaws, `flaws` holds the first thousand."""

    records: int = 0
    facts: int = 0
    texts: int = 0
    erased: int = 0
    plans: int = 0
    seals: int = 0
    broken: int = 0
    last_seal: str = ""
    flaws: list[Flaw] = field(default_factory=list[Flaw])

    @property
    def whole(self) -> bool:
        """Whether everything is as it was written, erased texts apart."""
        return self.broken == 0

    def line(self) -> str:
        """The verdict in one line."""
        read = f"{self.facts} facts in {self.records} records, {self.texts} texts ({self.erased} erased)"
        found = "whole" if self.whole else f"BROKEN in {self.broken} {'place' if self.broken == 1 else 'places'}"
        return f"{found}: {read}, {self.plans} plans, {self.seals} seals"

    def say(self, record: str, n: int, what: str) -> None:
        """One flaw more."""
        self.broken += 1
        if len(self.flaws) < MOST_SHOWN:
            self.flaws.append(Flaw(record, n, what))


def verify(reading: Reading, seal: str = "") -> Verdict:
    """Read everything once. `seal` is the hash, in hex, of a seal that was written down outside."""
    verdict = Verdict()
    plans = _plans(reading, verdict)
    erased = _facts(reading, verdict, plans)
    _texts(reading, verdict, erased)
    _seals(reading, verdict, seal)
    return verdict


def _plans(reading: Reading, verdict: Verdict) -> set[str]:
    found: set[str] = set()
    for hash, body in reading.driver.stream("SELECT hash, body FROM plans ORDER BY hash"):
        verdict.plans += 1
        found.add(hash)
        if hashlib.sha256(bytes(body)).hexdigest() != hash:
            verdict.say(f"plan {hash}", 0, "the rules are not those that were applied")
    return found


@dataclass(slots=True)
class _Chain:
    """Where the walk along one record stands; after its first flaw the rest of its chain is not judged. `named` holds
    what its rows name by a hash: texts and plans, each with the row that names it first."""

    record: str = ""
    n: int = 0
    hash: bytes = chain.ZERO
    flawed: bool = False
    named: dict[str, int] = field(default_factory=dict[str, int])


def _facts(reading: Reading, verdict: Verdict, plans: set[str]) -> set[tuple[str, str]]:
    """Walk every chain. Answers the texts (record, ref) that the record says were erased."""
    at = _Chain()
    erased: set[tuple[str, str]] = set()
    for row in reading.driver.stream("SELECT record, n, at, kind, v, body, hash FROM facts ORDER BY record, n"):
        record, n, body = row[0], row[1], bytes(row[5])
        if record != at.record:
            _named(reading, at, plans, verdict)
            at = _Chain(record)
            verdict.records += 1
        verdict.facts += 1
        if not at.flawed:
            _walk(at, row, body, verdict)
        names = [name.decode() for name in NAME.findall(body)]
        for name in names:
            at.named.setdefault(name, n)
        if row[3] == ERASED:
            erased |= {(record, name) for name in names}
    _named(reading, at, plans, verdict)
    return erased


def _named(reading: Reading, at: _Chain, plans: set[str], verdict: Verdict) -> None:
    """What a record names must be there."""
    wanted = at.named.keys() - plans
    if not wanted:
        return
    kept = {ref for (ref,) in reading.driver.query("SELECT ref FROM payloads WHERE record = ?", (at.record,))}
    for name in sorted(wanted - kept, key=lambda name: at.named[name]):
        verdict.say(at.record, at.named[name], "a text or a plan that the row names is missing")


def _walk(at: _Chain, row: Sequence[Any], body: bytes, verdict: Verdict) -> None:
    record, n, instant, kind, v, _, hash = row
    if n != at.n + 1:
        gone = f"row {at.n + 1} is" if n == at.n + 2 else f"rows {at.n + 1} to {n - 1} are"
        at.flawed = True
        verdict.say(record, at.n + 1, f"{gone} missing")
        return
    computed = chain.link(at.hash, record, n, Instant(instant), kind, v, body)
    if computed != bytes(hash):
        at.flawed = True
        verdict.say(record, n, "the row is not what was written")
    at.n, at.hash = n, bytes(hash)


def _texts(reading: Reading, verdict: Verdict, erased: set[tuple[str, str]]) -> None:
    for record, n, ref, salt, body in reading.driver.stream("SELECT record, n, ref, salt, body FROM payloads"):
        verdict.texts += 1
        if body is None:
            verdict.erased += 1
            if (record, ref) not in erased:
                verdict.say(record, n, "a text is gone, and the record does not say that it was erased")
        elif hashlib.sha256(bytes(salt) + bytes(body)).hexdigest() != ref:
            verdict.say(record, n, "a text is not what was written")


def _seals(reading: Reading, verdict: Verdict, wanted: str) -> None:
    before, expected = chain.ZERO, 1
    cut: dict[str, int] = {}
    anew: set[str] = set()
    found = not wanted
    for n, at, body, hash in reading.driver.stream("SELECT n, at, heads, hash FROM seals ORDER BY n"):
        verdict.seals += 1
        heads = heads_of(bytes(body))
        if n != expected:
            verdict.say("seals", expected, "a seal is missing")
        elif chain.seal(before, Instant(at), heads) != bytes(hash):
            verdict.say("seals", n, "the seal is not what was written")
        before, expected = bytes(hash), n + 1
        found = found or before.hex() == wanted
        for head in heads:
            _head(reading, head, verdict, cut, anew)
    for record, n in sorted(cut.items()):
        _cut(reading, record, n, verdict)
    verdict.last_seal = before.hex() if verdict.seals else ""
    if not found:
        verdict.say("seals", verdict.seals, f"seal {wanted} is missing: what it covered may be too")


def _head(
    reading: Reading, head: tuple[str, int, bytes], verdict: Verdict, cut: dict[str, int], anew: set[str]
) -> None:
    """A sealed head must stand where it stood."""
    record, n, hash = head
    rows = reading.driver.query("SELECT hash FROM facts WHERE record = ? AND n = ?", (record, n))
    if not rows:
        cut[record] = max(n, cut.get(record, 0))
    elif bytes(rows[0][0]) != hash and record not in anew:
        anew.add(record)
        verdict.say(record, n, "the chain was computed anew: the seal over this row has another hash")


def _cut(reading: Reading, record: str, n: int, verdict: Verdict) -> None:
    head = reading.head(record)
    if head is None:
        verdict.say(record, 1, f"the record is missing: it had {n} rows when it was sealed")
    elif head[0] < n:
        verdict.say(record, head[0] + 1, f"the record is cut short: it had {n} rows when it was sealed")
