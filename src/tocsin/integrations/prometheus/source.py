"""Alerts as a Prometheus posts them to an Alertmanager: API v2, `POST /api/v2/alerts`.

A Prometheus that lists us under `alerting.alertmanagers` needs nothing else. It sends each firing alert again about
every minute with an `endsAt` some minutes ahead, and a cleared one for 15 minutes with an `endsAt` behind. The rules
of Alertmanager 0.34 (`api/v2/openapi.yaml`, `postableAlerts`): no `endsAt` fires; empty labels are no labels; an
error is a bare JSON string. Ours differ where an alert would be lost: odd instants are mended and flagged.
"""

from __future__ import annotations

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Problem, Refusal
from tocsin.integrations import alert_parts as parts
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.alert_body import MOST_ALERTS, MOST_PROBLEMS, decode, status_of, too_many
from tocsin.integrations.base import Alert, Field, Request, Settings, secret_part


class Posted(msgspec.Struct, gc=False):
    """One alert of the body (`postableAlert`); what else it holds is skipped."""

    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    startsAt: str | None = None
    endsAt: str | None = None
    generatorURL: str | None = None


_DECODER = msgspec.json.Decoder(list[Posted])


class Prometheus:
    """The source for Prometheus itself and for whatever else speaks to an Alertmanager's API v2."""

    kind = "prometheus"
    label = "Prometheus"
    fields: tuple[Field, ...] = (TOKEN,)
    paths = ("/api/v2/alerts", "/hooks/prometheus/{key}/api/v2/alerts")
    max_bytes = 8 * 1024 * 1024

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
        """The alerts of the body, or the refusal that names each field at fault; all or nothing."""
        refused = admit(request, settings, secret_part(request.path, self.paths))
        if refused:
            return refused
        posted = decode(_DECODER, request, self.max_bytes, "")
        if isinstance(posted, Refusal):
            return posted
        if len(posted) > MOST_ALERTS:
            return too_many(len(posted))
        nameless = [n for n, one in enumerate(posted) if not one.labels.get("alertname")]
        if nameless:
            return _without_name(nameless)
        return tuple([_alert(one, request.now) for one in posted])

    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]:
        """200 and nothing, or the refusal as API v2 writes errors: a bare JSON string."""
        if refusal is None:
            return 200, "application/json", b""
        return status_of(refusal), "application/json", msgspec.json.encode(str(refusal))


def _alert(posted: Posted, now: Instant) -> Alert:
    flags: list[str] = []
    ends = parts.end_of(posted.endsAt, flags) if posted.endsAt else None
    firing = ends is None or ends > now
    starts = parts.start_of(posted.startsAt, now, flags)
    if ends is not None and ends < starts:
        if posted.startsAt:
            flags.append("ends_before_start")
        starts = ends
    labels = parts.labels_of(posted.labels, flags)
    return Alert(
        labels,
        parts.annotations_of(posted.annotations, flags),
        firing,
        starts,
        ends,
        parts.link_of(posted.generatorURL, flags),
        parts.whole_key(posted.labels) if "cut_labels" in flags else "",
        tuple(flags),
    )


def _without_name(places: list[int]) -> Refusal:
    return Refusal(
        RefusalReason.INVALID,
        tuple(
            Problem("an alert needs the label alertname", f"[{n}].labels.alertname", mend="add it and send again")
            for n in places[:MOST_PROBLEMS]
        ),
    )


SOURCE = Prometheus()
