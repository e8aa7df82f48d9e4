"""What happens to a pretend company besides its alerts: faults at their hour, and changes that people make."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tocsin.core.instants import later
from tocsin.engine.sweep import reindex
from tocsin.sim.faults import Crash
from tocsin.store.base import StoreUnavailable

if TYPE_CHECKING:
    from tocsin.sim.season import Season


class Trouble:
    """Weather of vendors, faults of the process and the disk, jumps of the clock; edits, shifts, phones, rebuilds."""

    def __init__(self, season: Season) -> None:
        self._season = season
        self._chance = season.chance
        self._pace = season.pace
        self._world = season.world
        self._faults = season.faults
        self._vendors = season.vendors
        self._seen = season.seen

    def strike(self) -> None:
        """Vendors fail, processes die, disks fill up, clocks jump: each at its hour."""
        draw = self._chance.random()
        if draw < 0.35:
            self._vendors.change(self._season.now)
        elif draw < 0.92:
            self._faults.arm(self._chance.choice(self._pace.faults), self._chance.randint(0, 6))
        else:
            self._world.clock.forward(self._chance.choice((7.0, 61.0, 400.0, 7_200.0)))
            self._seen.faults["clock_jumped"] += 1
        self._season.after(self._chance.expovariate(self._pace.trouble / 3000), self.strike)

    def change(self) -> None:
        """Somebody edits the plan, takes a shift, plans a maintenance, changes a phone; or the indexes are rebuilt."""
        change = self._chance.choice((self._override, self._edit, self._maintenance, self._phone, self._rebuild))
        try:
            change()
            self._seen.faults[change.__name__.strip("_")] += 1
        except Crash:
            self._season.restart()
        except StoreUnavailable:
            pass
        self._season.after(self._chance.expovariate(1 / self._pace.changes), self.change)

    def _override(self) -> None:
        rotation, person = (
            self._chance.choice(self._season.plan.rotations),
            self._chance.choice(self._season.plan.people),
        )
        start = later(self._season.now, self._chance.choice((-60, 0, 1800)))
        end = later(start, self._chance.choice((600, 7200, 86_400)))
        ask = {"rotation": rotation.id, "person": person.handle, "start": start, "end": end, "reason": "swap"}
        self._world.administer("set_override", **ask)

    def _edit(self) -> None:
        """The plan in force changes: a limit, or who holds a post."""
        plan, holder = self._season.plan, self._chance.choice(self._season.plan.people).handle
        posts = tuple(replace(post, holder=holder) if post.id == "manager" else post for post in plan.posts)
        limits = replace(plan.limits, act_within=self._chance.choice((600, 900, 1200)))
        self._season.plan = replace(plan, posts=posts, limits=limits)
        self._world.apply(self._season.plan)

    def _maintenance(self) -> None:
        start = later(self._season.now, self._chance.choice((0, 600)))
        end = later(start, self._chance.choice((900, 3600)))
        services = tuple(service.id for service in self._chance.sample(self._season.plan.services, 2))
        ask = {"services": services, "start": start, "end": end, "downtime": 60, "approved_by": "manager", "why": "w"}
        self._world.administer("plan_maintenance", **ask)

    def _phone(self) -> None:
        """Somebody gives up a contact and enters another."""
        people = self._season.heart.around.people
        person = self._chance.choice(self._season.plan.people).handle
        contacts = people()[person].contacts
        if len(contacts) == 2:
            gone = self._chance.choice(contacts)
            self._world.administer("remove_contact", person=person, contact=gone.id, reason="replaced")
        has = {each.channel for each in people()[person].contacts}
        for channel in ("webhook", "smtp"):
            if channel not in has:
                self._world.add_contact(person, channel)

    def _rebuild(self) -> None:
        """Every index is wiped and built anew from the record."""
        if len(self._season.known) < 1_000:
            reindex(self._season.heart)
