"""What every duty of the engine shares: store, clock, chance, the live world, records in memory; one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from tocsin.core.alerts import Alerts, Gone, Group, Known, Router, group_due, shape
from tocsin.core.duty import Due
from tocsin.core.incident.due import due
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later
from tocsin.core.reasons import MuteReason
from tocsin.core.silences import alive, silenced
from tocsin.core.world import Matches, World
from tocsin.engine.beats import Beats
from tocsin.engine.clock import Chance, Clock
from tocsin.engine.labels import FiringLabels
from tocsin.engine.lists import group_row, incident_row
from tocsin.engine.outbox import outbox_row
from tocsin.engine.records import Records, Unit
from tocsin.engine.surroundings import Surroundings
from tocsin.store.base import ENGINE, Conflict, GroupRow, IncidentRow, Reading, Store, Writing

T = TypeVar("T")
TRIES = 5
MOST_FOLLOWED = 500
MOST_ROWS = 500


class Heart:
    """The engine's shared state. One thread uses it; nothing here sleeps, sends or reads a clock of its own."""

    def __init__(self, store: Store, clock: Clock, chance: Chance, matches: Matches, tzdata: str = "") -> None:
        self.store = store
        self.clock = clock
        self.chance = chance
        self.matches = matches
        self.around = Surroundings(matches, tzdata)
        self.records = Records()
        self.labels = FiringLabels()
        self.beats = Beats()
        self.groups: dict[str, str] = {}
        self.open: dict[str, Known] = {}
        self.gone: dict[str, Gone] = {}
        self.silenced: dict[str, str] = {}
        self.heard: dict[str, Instant] = {}
        self.shared: dict[str, Instant] = {}
        self.titles: dict[str, str] = {}
        self.moved: dict[str, tuple[int, bytes]] = {}
        self.lists_lag = 0.0
        """Seconds for which a group's counts in the lists may stay behind its record; 0 for never."""
        self._listed: dict[str, tuple[object, ...]] = {}
        self._behind: dict[str, Instant] = {}
        self._router: tuple[str, Router] | None = None
        self._stale = False

    def start(self) -> None:
        """Take in what the store holds: plan, people, open groups and their firing alerts."""
        with self.store.reading() as reading:
            self.load(reading)

    def load(self, reading: Reading) -> None:
        """Forget all that memory holds, and read it anew."""
        self.records.clear()
        self.titles.clear()
        self.labels.clear()
        self._listed.clear()
        self.around.load(reading)
        self.load_open_groups(reading)
        self._stale = False

    def now(self) -> Instant:
        """The database's clock where it has one, else the process's."""
        return self.store.now() or self.clock.now()

    def load_open_groups(self, reading: Reading) -> None:
        """Every open group by its key, and every alert that fires in one."""
        self.groups = {row.key: row.record for row in reading.groups(ENGINE, open_only=True, limit=1_000_000)}
        self.open, self.shared = {}, {}
        self._know(reading.open_fingerprints())

    def router(self) -> Router:
        """The router of the plan in force."""
        live = self.around.live
        assert live is not None
        if self._router is None or self._router[0] != live.hash:
            self._router = (live.hash, Router(live, self.matches))
        return self._router[1]

    def world(self, rules: str) -> World:
        """The world as a record bound to these rules sees it."""
        return self.around.world(rules)

    def due(self, record: str, unit: Unit) -> Due:
        """What a record owes now, as this transaction has it."""
        state = unit.held(record).state
        if self.around.live is None:
            return Due((), (), None)
        if isinstance(state, Incident):
            return due(state, self.world(state.rules), unit.now)
        if isinstance(state, Group):
            return group_due(state, self.world(state.rules), unit.now, self.alerts_of(state, unit))
        return Due((), (), None)

    def silencing(self, now: Instant) -> bool:
        """Whether there are silences that are not over."""
        return next(alive(self.around.unended, now), None) is not None

    def alerts_of(self, state: Group, unit: Unit) -> Alerts:
        """The labels of what fires in a group, for silences; nothing while there are none."""
        if not state.firing or not self.silencing(unit.now):
            return ()
        return self.labels.of(state.record, unit.reading, unit.labels.get(state.record, {}))

    def transact(self, work: Callable[[Unit, Writing], T], *, alone: bool = False) -> T:
        """Run work in one transaction. When another engine was first, memory follows and the work is done again; the
        last try keeps other engines out.

        Raises Conflict after several tries, StoreUnavailable when the database cannot be written; both leave
        nothing behind, or (a connection lost at the commit) all of it: memory is read anew either way.
        """
        for left in range(TRIES - 1, -1, -1):
            try:
                with self.store.writing(alone=alone or left == 0) as w:
                    self._catch_up(w)
                    unit = Unit(self.records, w, self.now())
                    answer = work(unit, w)
                    self._flush(unit, w)
            except Conflict:
                self._stale = True
                if left == 0:
                    raise
                continue
            except BaseException:
                self._stale = True
                raise
            unit.committed()
            self._hear(unit)
            return answer
        raise AssertionError("unreachable")

    def _catch_up(self, w: Writing) -> None:
        """Let memory follow what other engines wrote, before anything is decided on it."""
        moved = w.moved_by_others()
        if moved is None or self._stale:
            self.load(w)
        elif moved:
            self._follow(moved, w)

    def _follow(self, moved: list[str], reading: Reading) -> None:
        self.records.drop(moved)
        self.labels.drop(moved)
        for record in moved:
            self.titles.pop(record, None)
            self._listed.pop(record, None)
        if any(not record.startswith(("incident:", "group:", "change:")) for record in moved):
            self.around.load(reading)
        groups = [record for record in moved if record.startswith("group:")]
        if groups:
            self._follow_groups(groups, reading)

    def _follow_groups(self, groups: list[str], reading: Reading) -> None:
        among = set(groups)
        self.groups = {key: record for key, record in self.groups.items() if record not in among}
        self.open = {print_: known for print_, known in self.open.items() if known.record not in among}
        for start in range(0, len(groups), MOST_FOLLOWED):
            self._know(reading.open_fingerprints(groups[start : start + MOST_FOLLOWED]))
        for record in groups:
            state = self.records.get(record, reading).state
            if isinstance(state, Group):
                self._keep_group(record, state)

    def _know(self, firing: Iterable[tuple[str, str, int, Instant, Instant | None]]) -> None:
        """What was repeated while this memory was not there is not known: silence counts from now at the earliest."""
        now = self.now()
        for fingerprint, record, _, starts_at, ends_at in firing:
            self.open[fingerprint] = Known(record, starts_at, None if ends_at is None else max(ends_at, now))

    def hear_again(self, fingerprint: str, known: Known) -> None:
        """An alert that fires was repeated, with a later end. Nothing is written."""
        self.open[fingerprint] = known
        if known.ends_at is not None:
            self.heard[fingerprint] = known.ends_at

    def share_heard(self, w: Writing, grace: float) -> None:
        """Tell other engines of repeats, each alert again only after half of the silence that would end it."""
        news = {
            print_: ends_at
            for print_, ends_at in self.heard.items()
            if print_ in self.open and ends_at >= later(self.shared.get(print_, Instant(0)), grace / 2)
        }
        self.heard = {}
        if news:
            w.put_heard(news)
            self.shared = {p: at for p, at in self.shared.items() if p in self.open} | news

    def learn_heard(self, silent: list[str], reading: Reading) -> bool:
        """What other engines heard of alerts that are silent here. Whether there was any."""
        found = reading.heard(silent)
        for print_, ends_at in found.items():
            known = self.open[print_]
            self.open[print_] = known._replace(ends_at=max(ends_at, known.ends_at or ends_at))
        return bool(found)

    def silent(self, now: Instant, grace: float) -> list[str]:
        """Alerts whose end has passed by `grace` seconds without a repeat."""
        return [p for p, known in self.open.items() if known.ends_at is not None and later(known.ends_at, grace) < now]

    def _hear(self, unit: Unit) -> None:
        for fingerprint, known in unit.fired.items():
            if known is None:
                self.open.pop(fingerprint, None)
            else:
                self.open[fingerprint] = known
        for record, held in unit.staged.items():
            self.moved[record] = (held.n, held.hash)
            if isinstance(held.state, Group):
                self._keep_group(record, held.state)
        self.labels.committed(unit.labels)
        if unit.worldly:
            self.around.hear(unit.worldly)
            if not self.around.unended:
                self.labels.clear()  # From here on nothing keeps them up to date.

    def _keep_group(self, record: str, state: Group) -> None:
        if state.closed:
            self._listed.pop(record, None)
            self.labels.drop((record,))
            if self.groups.get(state.key) == record:
                del self.groups[state.key]
        else:
            self.groups[state.key] = record

    def _flush(self, unit: Unit, w: Writing) -> None:
        if unit.rows:
            w.append(unit.rows)
        if unit.payloads:
            w.put_payloads(unit.payloads)
        if unit.orders:
            w.put_outbox([outbox_row(record, order, unit, self) for record, order in unit.orders])
        self.index([record for record in unit.staged if not self._only_counts(record, unit)], unit, w)

    def _only_counts(self, record: str, unit: Unit) -> bool:
        """Whether a group's row is left as it is for now: one more alert moves no timer, and rows with random
        keys cost most in a storm. What is left behind is written by `write_behind`, after a crash by the first tick."""
        state = unit.held(record).state
        if not self.lists_lag or not isinstance(state, Group):
            return False
        form = shape(state)
        if self._listed.get(record) == form and not self._heard_beyond(record, state, unit):
            self._behind.setdefault(record, unit.now)
            return True
        self._listed[record] = form
        return False

    def _heard_beyond(self, record: str, state: Group, unit: Unit) -> bool:
        """Whether a silence may stop or begin to hide a group: what it does not hide fires, or something cleared."""
        moved = unit.labels.get(record)
        if not moved:
            return False
        fired = [dict(labels) for labels in moved.values() if labels is not None]
        if state.muted != MuteReason.SILENCE:
            return len(fired) < len(moved)
        return bool(fired) and silenced(self.around.unended, fired, self.matches, unit.now) is None

    def behind_since(self) -> Instant | None:
        """Since when a list's counts are behind; None when none are."""
        return next(iter(self._behind.values()), None)

    def write_behind(self) -> int:
        """Write the rows whose counts are behind."""
        records = list(self._behind)[:MOST_ROWS]
        self.transact(lambda unit, w: w.put_groups([group_row(unit.group(record)) for record in records]))
        for record in records:
            self._behind.pop(record, None)
        return len(records)

    def asked(self, record: str) -> None:
        """A record's timer was due: it gets a new one at this commit, whatever moved."""
        self._listed.pop(record, None)

    def index(self, records: list[str], unit: Unit, w: Writing) -> None:
        """Write the indexes of records: timers and list rows, as their states have them."""
        timers: list[tuple[str, Instant | None]] = []
        incidents: list[IncidentRow] = []
        groups: list[GroupRow] = []
        for record in records:
            state = unit.held(record).state
            if state is None:
                continue
            owed = self.due(record, unit)
            timers.append((record, unit.now if owed.ready else owed.ask_again))
            if isinstance(state, Incident):
                incidents.append(incident_row(state, owed, self.title(state, unit), self.world(state.rules)))
            else:
                groups.append(group_row(state))
                self._behind.pop(record, None)
        if timers:
            w.set_timers(timers)
        if incidents:
            w.put_incidents(incidents)
        if groups:
            w.put_groups(groups)

    def title(self, state: Incident, unit: Unit) -> str:
        """An incident's title, from memory, this transaction or the store; empty once erased."""
        known = self.titles.get(state.record)
        if known is None:
            staged = next((p for p in unit.payloads if p.ref == state.title), None)
            payload = staged or unit.reading.payload(state.record, state.title)
            known = (payload.body or b"").decode("utf-8", "replace").replace("\0", "\ufffd") if payload else ""
            if len(self.titles) > 10_000:
                self.titles.clear()
            self.titles[state.record] = known
        return known
