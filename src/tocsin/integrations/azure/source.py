"""Alerts from Azure Monitor: the common alert schema, and the older metric alerts that some rules still send.

Azure counts severity from Sev0, the worst; the label `severity` carries Azure's own names for them (critical, error,
warning, informational, verbose), so that its Sev1 is never taken for a plan's. Azure Monitor signs nothing: the
action group calls a path with a secret part.
"""

from __future__ import annotations

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Alert, Request
from tocsin.integrations.event import EventSource, Loose, alert, wrong

NAMES = {"sev0": "critical", "sev1": "error", "sev2": "warning", "sev3": "informational", "sev4": "verbose"}
CONDITIONS = {"fired": True, "activated": True, "resolved": False, "deactivated": False}
COMMON = "turn on the common alert schema in the action group"


class Essentials(msgspec.Struct, gc=False):
    """`data.essentials` of the common alert schema."""

    alertId: str | None = None
    alertRule: str | None = None
    severity: str | None = None
    signalType: str | None = None
    monitorCondition: str | None = None
    monitoringService: str | None = None
    alertTargetIDs: list[str] | None = None
    configurationItems: list[str] | None = None
    firedDateTime: str | None = None
    resolvedDateTime: str | None = None
    description: str | None = None


class Context(msgspec.Struct, gc=False):
    """`context` of the older metric alert."""

    id: str | None = None
    name: str | None = None
    timestamp: str | None = None
    description: str | None = None
    severity: Loose = None
    resourceId: str | None = None
    resourceName: str | None = None
    resourceGroupName: str | None = None
    resourceRegion: str | None = None
    portalLink: str | None = None


class Data(msgspec.Struct, gc=False):
    """`data`: the essentials, or the older alert wrapped once more."""

    essentials: Essentials | None = None
    status: str | None = None
    context: Context | None = None


class Event(msgspec.Struct, gc=False):
    """The body; what else it holds is skipped."""

    data: Data | None = None
    status: str | None = None
    context: Context | None = None


class Azure(EventSource[Event]):
    """The source for a webhook action of Azure Monitor."""

    kind = "azure"
    label = "Azure Monitor"
    decoder = msgspec.json.Decoder(Event)
    paths = ("/hooks/azure/{key}", "/hooks/azure")

    def told(self, event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
        """The body's alert, or the refusal that names the field at fault."""
        if event.data is not None and event.data.essentials is not None:
            return _common(event.data.essentials, request)
        if event.context is not None:
            return _older(event.status, event.context, "", request)
        if event.data is not None and event.data.context is not None:
            return _older(event.data.status, event.data.context, "data.", request)
        return wrong("data.essentials", None, COMMON)


def _common(said: Essentials, request: Request) -> tuple[Alert, ...] | Refusal:
    firing = CONDITIONS.get((said.monitorCondition or "").lower())
    if firing is None:
        return wrong("data.essentials.monitorCondition", said.monitorCondition, "it is Fired or Resolved")
    if not said.alertId:
        return wrong("data.essentials.alertId", None)
    resources = said.configurationItems or said.alertTargetIDs or []
    labels = {
        "alertname": said.alertRule,
        "severity": NAMES.get((said.severity or "").lower(), ""),
        "azure_severity": said.severity,
        "signal": said.signalType,
        "monitor": said.monitoringService,
        "resource": ", ".join(resources),
    }
    found = alert(
        request,
        labels,
        firing=firing,
        starts=said.firedDateTime,
        ends=said.resolvedDateTime,
        annotations={"summary": said.alertRule, "description": said.description},
        key=said.alertId.lower(),
    )
    return (found,)


def _older(status: str | None, context: Context, at: str, request: Request) -> tuple[Alert, ...] | Refusal:
    firing = CONDITIONS.get((status or "").lower())
    if firing is None:
        return wrong(f"{at}status", status, "it is Activated or Deactivated")
    if not context.id:
        return wrong(f"{at}context.id", None)
    labels = {
        "alertname": context.name,
        "severity": NAMES.get(f"sev{context.severity}", ""),
        "resource": context.resourceName,
        "resource_group": context.resourceGroupName,
        "region": context.resourceRegion,
    }
    found = alert(
        request,
        labels,
        firing=firing,
        starts=context.timestamp if firing else None,
        ends=context.timestamp,
        annotations={"summary": context.name, "description": context.description},
        url=context.portalLink,
        key=f"{context.id}/{context.resourceId or ''}".lower(),
    )
    return (found,)


SOURCE = Azure()
