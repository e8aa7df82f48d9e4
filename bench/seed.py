"""A store that looks like years of use: a few records led by the real engine, then copied through the store's writing.

A copy is a record of its own: new ids wherever the old ones stood, its own chain of hashes, its rows in the lists.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tocsin.core import chain
from tocsin.core import commands as c
from tocsin.core.instants import Instant
from tocsin.core.plan import Plan
from tocsin.core.refusals import Refusal
from tocsin.engine.clock import RealClock
from tocsin.plan_folder import read_folder
from tocsin.sim.world import PretendWorld
from tocsin.store.base import ENGINE, FactRow, GroupRow, IncidentRow, Payload, Writing
from tocsin.store.sqlite import Sqlite

BATCH = 500
MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Records that belong together, as the store holds them."""

    rows: tuple[FactRow, ...]
    payloads: tuple[Payload, ...]
    incidents: tuple[IncidentRow, ...]
    groups: tuple[GroupRow, ...]
    timers: tuple[tuple[str, Instant], ...]

    def names(self) -> tuple[str, ...]:
        """The ids to replace in a copy: of records, and keys of groups."""
        return (*dict.fromkeys(row.record.partition(":")[2] for row in self.rows), *(g.key for g in self.groups))


def seed(
    file: Path,
    plan: Path,
    *,
    closed: int = 0,
    live: int = 0,
    quiet: int = 0,
    contacts: Mapping[str, str] | None = None,
) -> None:
    """Fill a new database: incidents that are over, incidents under way, cleared groups whose timer is pending, and
    people's webhooks."""
    reading = read_folder(plan)
    assert reading.plan is not None
    samples = _samples(file, reading.plan, contacts or {})
    store = Sqlite(file, write=True, durable=False)
    try:
        wanted = [*((samples["closed"], n) for n in range(closed)), *((samples["live"], n) for n in range(live))]
        wanted += [(samples["quiet"], n) for n in range(quiet)]
        for start in range(0, len(wanted), BATCH):
            with store.writing() as w:
                _write([copy(sample, age, w) for sample, age in wanted[start : start + BATCH]], w)
    finally:
        store.close()


def _samples(file: Path, plan: Plan, contacts: Mapping[str, str]) -> dict[str, Sample]:
    """Led by the real engine at this hour, on a clock that is put where it should be."""
    nobody: dict[str, tuple[str, ...]] = {"bo": ()}
    world = PretendWorld(plan, lambda: Sqlite(file, write=True, durable=False), RealClock().now(), contacts=nobody)
    found: dict[str, Sample] = {}
    try:
        _contact(world, "bo", "sandbox", "phone:bo")
        for person, url in contacts.items():
            _contact(world, person, "webhook", url)
        world.alert("CertificateOld", quiet="yes", firing=True)
        world.alert("CertificateOld", quiet="yes", firing=False)
        world.settle()
        found["quiet"] = _sample(world, [group.record for group in world.groups()], [])
        world.alert("CheckoutSlow", instance="one")
        world.settle()
        _do(world, c.Acknowledge(), c.Declare("sev1"), *_notes(world))
        records = [world.record(1), *(group.record for group in world.groups() if group.incident == world.record(1))]
        found["live"] = _sample(world, records, records[:1])
        _lead_to_the_end(world)
        found["closed"] = _sample(world, records, records[:1])
    finally:
        world.die()
    return found


def _contact(world: PretendWorld, person: str, channel: str, address: str) -> None:
    id = world.administer("add_contact", person=person, channel=channel, address=address, channels=(channel,))
    world.administer("verify_contact", person=person, contact=id)


def _notes(world: PretendWorld) -> list[c.Command]:
    texts = ("pool exhausted on two hosts", "rolled back to the release before", "latency is falling")
    return [c.Note("note", world.words(text)) for text in texts]


def _lead_to_the_end(world: PretendWorld) -> None:
    words = world.words("the release before")
    _do(world, c.EnterPhase("investigation"), c.StartMitigation("roll-back", "low", words), c.EnterPhase("mitigation"))
    _do(world, c.EndMitigation(worked=True), c.EnterPhase("resolution"))
    world.alert("CheckoutSlow", instance="one", firing=False)
    world.forward(2_000)
    _do(world, c.Resolve(), c.Close())


def _do(world: PretendWorld, *commands: c.Command) -> None:
    for command in commands:
        world.forward(30)
        done = world.act("bo", command, 1)
        if isinstance(done, Refusal):
            raise RuntimeError(f"{type(command).__name__}: {done}")  # noqa: TRY004 - a refusal is an answer, of no wrong type


def _sample(world: PretendWorld, records: list[str], incidents: list[str]) -> Sample:
    with world.store.reading() as reading:
        rows = [row for record in records for row in reading.load(record)]
        payloads = [each for record in records for each in reading.payloads(record).values()]
        listed = [row for record in incidents if (row := reading.incident(ENGINE, record)) is not None]
        groups = [row for row in reading.groups(ENGINE, limit=1_000) if row.record in records]
        timers = [(t.record, t.at) for t in reading.due_timers(Instant(1 << 62), 1_000) if t.record in records]
    return Sample(tuple(rows), tuple(payloads), tuple(listed), tuple(groups), tuple(timers))


def copy(sample: Sample, age: int, w: Writing) -> Sample:
    """One more of a sample, `age` minutes older."""
    new = {name: _name(name) for name in sample.names()}
    older = age * MINUTE
    groups = tuple(
        replace(
            row,
            record=_renamed(row.record, new),
            key=new[row.key],
            incident=_renamed(row.incident, new) if row.incident else None,
            opened_at=Instant(row.opened_at - older),
            last_at=Instant(row.last_at - older),
        )
        for row in sample.groups
    )
    return Sample(
        tuple(_chained(sample.rows, new, older)),
        tuple(replace(each, record=_renamed(each.record, new)) for each in sample.payloads),
        tuple(_incident(row, new, older, w.next_number("incident")) for row in sample.incidents),
        groups,
        tuple((_renamed(record, new), at) for record, at in sample.timers),
    )


def _write(copies: list[Sample], w: Writing) -> None:
    w.append([row for each in copies for row in each.rows])
    w.put_payloads([payload for each in copies for payload in each.payloads])
    w.put_incidents([row for each in copies for row in each.incidents])
    w.put_groups([row for each in copies for row in each.groups])
    w.set_timers([timer for each in copies for timer in each.timers])


def _name(old: str) -> str:
    made = uuid.uuid4()
    return str(made) if "-" in old else made.hex


def _renamed(text: str, new: dict[str, str]) -> str:
    for old, now in new.items():
        text = text.replace(old, now)
    return text


def _chained(rows: Iterable[FactRow], new: dict[str, str], older: int) -> Iterator[FactRow]:
    heads: dict[str, bytes] = {}
    for row in rows:
        record, at = _renamed(row.record, new), Instant(row.at - older)
        body = row.body
        for old, now in new.items():
            body = body.replace(old.encode(), now.encode())
        hash = chain.link(heads.get(record, chain.ZERO), record, row.n, at, row.kind, row.v, body)
        heads[record] = hash
        yield FactRow(record, row.n, at, row.kind, row.v, body, hash)


def _incident(row: IncidentRow, new: dict[str, str], older: int, number: int) -> IncidentRow:
    moved: dict[str, Any] = {
        name: Instant(getattr(row, name) - older)
        for name in ("opened_at", "declared_at", "acknowledged_at", "resolved_at", "closed_at")
        if getattr(row, name) is not None
    }
    return replace(row, record=_renamed(row.record, new), number=number, **moved)
