"""Pretend senders of alerts: one at a time, in bursts, flapping, twice over, and out of order.

Like any sender of alerts they send again until they are answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tocsin.core.alerts import fingerprint
from tocsin.core.instants import Instant, later
from tocsin.engine.wire import Incoming
from tocsin.sim.faults import Crash
from tocsin.store.base import StoreUnavailable

if TYPE_CHECKING:
    from tocsin.sim.season import Season


class Senders:
    """Whatever sends alerts in a season."""

    def __init__(self, season: Season) -> None:
        self._season = season
        self._chance = season.chance
        self._pace = season.pace
        self._world = season.world
        self._seen = season.seen

    def arrive(self, most: int) -> None:
        """Something breaks somewhere; then quiet for a while."""
        if len(self._season.known) >= most:
            return
        service = self._chance.choice(self._season.plan.services).id
        kinds, weights = zip(*self._pace.kinds, strict=True)
        kind = self._chance.choices(kinds, weights)[0]
        {
            "single": lambda: self._fire(service),
            "burst": self._burst,
            "flap": lambda: self._flap(service, self._chance.randint(3, 9)),
            "copies": lambda: [self._fire(service), self._fire(service)],
            "disorder": lambda: self._disorder(service),
            "info": lambda: self._fire(service, severity="info"),
        }[kind]()
        self._season.after(self._chance.expovariate(1 / self._pace.gap), lambda: self.arrive(most))

    def _burst(self) -> None:
        """Many services break at once: one request with all of it, and one with all the clears."""
        most = len(self._season.plan.services)
        services = self._chance.sample(self._season.plan.services, min(most, self._chance.randint(*self._pace.burst)))
        starts = self._season.now
        many = [{"alertname": "Down", "service": service.id} for service in services]
        self._send(*many, firing=True, starts=starts)
        for some in (many[::2], many[1::2]):
            self._clear_later(some, starts)

    def _fire(self, service: str, **more: str) -> None:
        labels = {"alertname": f"Down{self._chance.randint(0, 2)}", "service": service, **more}
        starts = later(self._season.now, -self._chance.choice((0, 0, 5, 120)))
        ends = later(self._season.now, 600) if self._chance.random() < 0.2 else None
        self._send(labels, firing=True, starts=starts, ends=ends)
        self._clear_later([labels], starts)

    def _clear_later(self, many: list[dict[str, str]], starts: Instant) -> None:
        if many and self._chance.random() < self._pace.clears:
            wait = self._chance.choice(self._pace.fires) * (0.5 + self._chance.random())
            self._season.after(wait, lambda: self._send(*many, firing=False, starts=starts, ends=self._season.now))

    def _flap(self, service: str, times: int) -> None:
        labels = {"alertname": "Flaps", "service": service}
        starts = self._season.now
        self._send(labels, firing=True, starts=starts)
        self._season.after(20, lambda: self._send(labels, firing=False, starts=starts, ends=self._season.now))
        if times > 1:
            self._season.after(40, lambda: self._flap(service, times - 1))

    def _disorder(self, service: str) -> None:
        """A clear overtakes its firing: nobody is paged for what is over."""
        labels = {"alertname": "Late", "service": service}
        starts, ends = later(self._season.now, -60), later(self._season.now, -10)
        self._send(labels, firing=False, starts=starts, ends=ends)
        self._send(labels, firing=True, starts=starts)

    def _send(self, *many: Mapping[str, str], firing: bool, starts: Instant, ends: Instant | None = None) -> None:
        """A sender sends until it is answered."""
        labels = [tuple(sorted(each.items())) for each in many]
        alerts = [Incoming(each, firing, starts, ends, b"it is down\n{}") for each in labels]
        try:
            counts = self._world.alerts(alerts, "test")
        except Crash:
            self._season.restart()
            self._send(*many, firing=firing, starts=starts, ends=ends)
            return
        except StoreUnavailable:
            self._season.after(30, lambda: self._send(*many, firing=firing, starts=starts, ends=ends))
            return
        self._seen.alerts += len(many)
        self._seen.reasons.update({str(reason): count for reason, count in counts.items()})
        if firing and counts.keys() & {"new", "changed"}:
            self._season.promised |= {fingerprint("test", each) for each in labels}
