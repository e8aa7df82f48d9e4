"""What a plan says of heartbeats: what beats, how often, and what its silence is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tocsin.core.plan_words import Duration, Handle, Matcher, Ref, doc


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Something that says at regular times that it is well. When it falls silent the alert HeartbeatMissed fires."""

    id: Annotated[str, Handle()] = doc("short name; also the label `heartbeat` of its alert")
    title: str = doc("title as shown", default="")
    service: Annotated[str, Ref("services")] | None = doc("service that its silence is about", default=None)
    severity: Annotated[str, Ref("severities")] | None = doc("the label `severity` of its alert", default=None)
    period: Annotated[int, Duration(10)] = doc("how often it beats")
    grace: Annotated[int, Duration()] = doc("how much later a beat may come", default=60)
    alert: tuple[Matcher, ...] = doc('alerts that are its beats, as alertname="Watchdog"; none: pinged', default=())
