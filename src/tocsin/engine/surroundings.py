"""The live world: the plan in force, people, overrides and maintenances, folded from their records and kept fresh.

Every fact of such a record passes `hear`, so that the next question sees it; a fact that changes the world wakes
every open record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tocsin.core import facts as f
from tocsin.core.facts import Entry
from tocsin.core.instants import Instant
from tocsin.core.plan import MuteWindow, Plan
from tocsin.core.plan_json import plan_from_json
from tocsin.core.silences import matchers_of
from tocsin.core.world import Contact, LivePerson, Maintenance, Matches, Override, Rules, Silence, World
from tocsin.engine.codec import entry
from tocsin.store.base import Reading

EMPTY_PLAN_NAME = "no plan yet"


class Surroundings:
    """What is so besides the records that are being led."""

    def __init__(self, matches: Matches, tzdata: str) -> None:
        self._matches = matches
        self._tzdata = tzdata
        self._rules: dict[str, Rules] = {}
        self._people: dict[str, LivePerson] = {}
        self._addresses: dict[tuple[str, str], str] = {}
        self._overrides: dict[str, dict[str, Override]] = {}
        self._maintenances: dict[str, Maintenance] = {}
        self._silences: dict[str, Silence] = {}
        self.unended: tuple[Silence, ...] = ()
        """Silences that nobody ended, the last to end first."""
        self._worlds: dict[str, World] = {}
        self.live: Rules | None = None
        self.dead_channels: frozenset[str] = frozenset()

    def load(self, reading: Reading, until: Instant | None = None) -> None:
        """Fold everything anew from the store, as far as an instant when one is given; all else is forgotten."""
        self._people, self._addresses = {}, {}
        self._overrides, self._maintenances, self._silences, self.unended = {}, {}, {}, ()
        for hash in reading.plan_hashes():
            self.add_rules(hash, reading.plan(hash) or b"")
        for prefix in ("person:", "rotation:", "maintenance:", "silence:", "plan:"):
            records = reading.records(prefix)
            self.hear(entry(row) for record in records for row in reading.load(record, until=until))

    def add_rules(self, hash: str, body: bytes) -> Rules:
        """Rules known by hash; applied once, they stay known."""
        if hash not in self._rules:
            self._rules[hash] = Rules.of(plan_from_json(body), hash)
        return self._rules[hash]

    def rules(self, hash: str) -> Rules:
        """The rules a record is bound to. Raises KeyError for a hash that was never applied."""
        return self._rules[hash]

    def plan(self) -> Plan:
        """The plan in force. Raises LookupError before the first one was applied."""
        if self.live is None:
            raise LookupError(EMPTY_PLAN_NAME)
        return self.live.plan

    def world(self, rules: str) -> World:
        """The world as a record bound to these rules sees it."""
        if self.live is None:
            raise LookupError(EMPTY_PLAN_NAME)
        known = self._worlds.get(rules)
        if known is None:
            known = World(
                rules=self._rules.get(rules, self.live),
                live=self.live,
                people=self._people,
                overrides={name: tuple(spans.values()) for name, spans in self._overrides.items()},
                maintenances=tuple(self._maintenances.values()),
                silences=self.unended,
                dead_channels=self.dead_channels,
                matches=self._matches,
                tzdata=self._tzdata,
            )
            self._worlds[rules] = known
        return known

    def people(self) -> dict[str, LivePerson]:
        """Everybody of whom the record knows something."""
        return self._people

    def silences(self) -> dict[str, Silence]:
        """Every silence of the record by its id, those that are over too."""
        return self._silences

    def address(self, person: str, contact: str, reading: Reading) -> str | None:
        """Where a contact leads, from its payload; None once removed or erased."""
        ref = self._addresses.get((person, contact))
        known = self._people.get(person)
        payload = (
            reading.payload(f"person:{person}", ref)
            if ref and known and any(c.id == contact for c in known.contacts)
            else None
        )
        return payload.body.decode() if payload and payload.body is not None else None

    def hear(self, entries: Iterable[Entry]) -> None:
        """Take in facts about people, rotations, maintenances, silences and the plan."""
        silenced = False
        for each in entries:
            kind, _, name = each.record.partition(":")
            if kind == "person":
                known = self._people.get(name, LivePerson(name))
                self._people = {**self._people, name: _person(known, each.fact)}
                if isinstance(each.fact, f.ContactAdded):
                    self._addresses[name, each.fact.contact] = each.fact.address
            elif kind == "rotation":
                self._rotation(name, each.fact)
            elif kind == "maintenance":
                self._maintenance(name, each.fact)
            elif kind == "silence":
                self._silence(name, each)
                silenced = True
            elif isinstance(each.fact, f.PlanApplied):
                self.live = self._rules[each.fact.rules]
        if silenced:
            going = [silence for silence in self._silences.values() if silence.ended_at is None]
            self.unended = tuple(sorted(going, key=lambda silence: silence.end, reverse=True))
        self._worlds = {}

    def _rotation(self, name: str, fact: f.Fact) -> None:
        spans = dict(self._overrides.get(name, {}))
        if isinstance(fact, f.OverrideSet):
            spans.pop(fact.override, None)  # entered again, it is the latest
            spans[fact.override] = Override(fact.override, fact.person, fact.start, fact.end, fact.by)
        elif isinstance(fact, f.OverrideEnded):
            spans.pop(fact.override, None)
        self._overrides = {**self._overrides, name: spans}

    def _maintenance(self, name: str, fact: f.Fact) -> None:
        known = dict(self._maintenances)
        if isinstance(fact, f.MaintenancePlanned):
            known[name] = Maintenance(name, fact.services, fact.start, fact.end)
        elif isinstance(fact, f.MaintenanceEnded) and name in known:
            known[name] = replace(known[name], ended=True)
        self._maintenances = known

    def _silence(self, name: str, each: Entry) -> None:
        if isinstance(each.fact, f.SilenceMade):
            self._silences[name] = _silence_of(name, each.fact, each.at)
        elif isinstance(each.fact, f.SilenceEnded) and name in self._silences:
            self._silences[name] = replace(self._silences[name], ended_at=each.at)


def _silence_of(id: str, fact: f.SilenceMade, made_at: Instant) -> Silence:
    window = None
    if fact.days:
        days: Any = fact.days
        window = MuteWindow(days=days, start=fact.daily_from, end=fact.daily_to, time_zone=fact.time_zone)
    return Silence(
        id=id,
        by=fact.by,
        owner=fact.owner,
        matchers=matchers_of(fact.matchers),
        start=fact.start,
        end=fact.end,
        review=fact.review,
        made_at=made_at,
        words=fact.words,
        window=window,
    )


def _person(known: LivePerson, fact: f.Fact) -> LivePerson:
    match fact:
        case f.ContactAdded():
            return replace(known, contacts=(*known.contacts, Contact(fact.contact, fact.channel, verified=False)))
        case f.ContactVerified():
            return replace(known, contacts=_verified(known.contacts, fact.contact))
        case f.ContactRemoved():
            return replace(known, contacts=tuple(c for c in known.contacts if c.id != fact.contact))
        case f.ContactOrderSet() if fact.verb == "page":
            return replace(known, page_ladder=fact.ladder)
        case f.ContactOrderSet():
            return replace(known, inform_ladder=fact.ladder)
        case f.PermissionsSet():
            return replace(known, grants=fact.grants, left=False)
        case f.PersonLeft():
            return replace(known, left=True)
        case _:
            return known


def _verified(contacts: tuple[Contact, ...], id: str) -> tuple[Contact, ...]:
    return tuple(replace(each, verified=True) if each.id == id else each for each in contacts)
