"""An alert as Alertmanager and Grafana notify it, with a status of its own beside labels, instants and link."""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.core.instants import Instant
from tocsin.integrations import alert_parts as parts
from tocsin.integrations.base import Alert


class Notified(msgspec.Struct, gc=False):
    """One alert of the message; what else it holds is skipped."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    starts_at: str | None = msgspec.field(default=None, name="startsAt")
    ends_at: str | None = msgspec.field(default=None, name="endsAt")
    link: str | None = msgspec.field(default=None, name="generatorURL")


def alert_of(notified: Notified, now: Instant) -> Alert:
    """The alert of a notification, odd instants mended by the stated rules."""
    flags: list[str] = []
    firing = notified.status == "firing"
    starts = parts.start_of(notified.starts_at, now, flags)
    ends = parts.end_of(notified.ends_at, flags)
    if firing and ends is not None and ends <= now:
        flags.append("end_ignored")
        ends = None
    elif not firing and (ends is None or ends > now):
        flags.append("end_unknown")
        ends = now
    if ends is not None and ends < starts:
        flags.append("ends_before_start")
        starts = ends
    labels = parts.labels_of(notified.labels, flags)
    if not labels or not notified.labels.get("alertname"):
        flags.append("no_alertname")
    return Alert(
        labels,
        parts.annotations_of(notified.annotations, flags),
        firing,
        starts,
        ends,
        parts.link_of(notified.link, flags),
        parts.whole_key(notified.labels) if "cut_labels" in flags else "",
        tuple(flags),
    )
