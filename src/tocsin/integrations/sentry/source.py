"""Alerts from Sentry: an integration's webhooks (issues, issue alerts, metric alerts) and the older webhooks plugin.

An issue is one alert, named `issue:ID`, whichever body tells of it: an issue alert fires it, `resolved`, `ignored`
and `archived` end it, `created` and `unresolved` fire it. A metric alert is `metric:ID`. What tells neither
(assigned, comments, installation) is taken and makes no alert.

An integration signs: `Sentry-Hook-Signature` is HMAC-SHA256 of the raw body under its client secret, in hex
(docs.sentry.io, integration platform, webhooks). The plugin signs nothing: it calls a path with a secret part.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.admission import REFUSED, TOKEN
from tocsin.integrations.base import Alert, Field, Request, Settings
from tocsin.integrations.event import EventSource, Loose, alert, wrong
from tocsin.integrations.event_parts import text_of
from tocsin.integrations.signatures import signed_by

FIRES = frozenset({"created", "unresolved", "triggered"})
CLEARS = frozenset({"resolved", "ignored", "archived"})
METRIC = {"critical": True, "warning": True, "open": True, "resolved": False}
SECRET = Field(
    "secret",
    "Client secret",
    secret=True,
    hint="The client secret of the Sentry integration, which signs each request; two separated by a space while it "
    "is being changed.",
)


class Project(msgspec.Struct, gc=False):
    """The project of an issue."""

    slug: str | None = None


class Issue(msgspec.Struct, gc=False):
    """`data.issue`."""

    id: Loose = None
    title: str | None = None
    level: str | None = None
    culprit: str | None = None
    permalink: str | None = None
    web_url: str | None = None
    firstSeen: str | None = None
    shortId: str | None = None
    project: Project | None = None


class Event(msgspec.Struct, gc=False):
    """`data.event` of an issue alert: one event of an issue."""

    title: str | None = None
    level: str | None = None
    culprit: str | None = None
    datetime: str | None = None
    url: str | None = None
    web_url: str | None = None
    issue_url: str | None = None
    issue_id: Loose = None
    tags: list[Any] | None = None


class Metric(msgspec.Struct, gc=False):
    """`data.metric_alert`."""

    id: Loose = None
    title: str | None = None
    date_started: str | None = None
    date_closed: str | None = None
    projects: list[str] | None = None


class Data(msgspec.Struct, gc=False):
    """`data`; which part is there says what the body tells."""

    issue: Issue | None = None
    event: Event | None = None
    metric_alert: Metric | None = None
    description_title: str | None = None
    description_text: str | None = None
    web_url: str | None = None
    triggered_rule: str | None = None


class Body(msgspec.Struct, gc=False):
    """The body of an integration's webhook, or of the older plugin, which has no `action`."""

    action: str | None = None
    data: Data | None = None
    id: Loose = None
    project: Loose = None
    project_slug: str | None = None
    message: str | None = None
    culprit: str | None = None
    level: str | None = None
    url: str | None = None


class Sentry(EventSource[Body]):
    """The source for an internal integration of Sentry, and for its older webhooks plugin."""

    kind = "sentry"
    label = "Sentry"
    decoder = msgspec.json.Decoder(Body)
    fields: tuple[Field, ...] = (SECRET, TOKEN)
    paths = ("/hooks/sentry/{key}", "/hooks/sentry")

    def admitted(self, request: Request, settings: Settings) -> Refusal | None:
        """A signature decides where there is one and a secret to check it by; else the token does."""
        shown = request.headers.get("sentry-hook-signature", "")
        secret = settings.secrets.get("secret", "")
        if shown and secret:
            return None if signed_by(secret, request.body, [shown]) else REFUSED
        return super().admitted(request, settings)

    def told(self, event: Body, request: Request) -> tuple[Alert, ...] | Refusal:
        """The alert, none for what tells of no state, or the refusal that names the field at fault."""
        if event.action is None:
            return _plugin(event, request)
        if event.data is None:
            return wrong("data", None)
        if event.data.metric_alert is not None:
            return _metric(event.action, event.data, event.data.metric_alert, request)
        if event.data.issue is not None:
            return _issue(event.action, event.data.issue, request)
        return _event(event.data, event.data.event, request) if event.data.event is not None else ()


def _issue(action: str, issue: Issue, request: Request) -> tuple[Alert, ...] | Refusal:
    if action not in FIRES | CLEARS:
        return ()
    if not issue.id:
        return wrong("data.issue.id", None)
    firing = action in FIRES
    labels = {
        "alertname": issue.title,
        "project": issue.project.slug if issue.project else "",
        "severity": issue.level,
        "issue": issue.shortId,
    }
    found = alert(
        request,
        labels,
        firing=firing,
        starts=issue.firstSeen if action == "created" else None,
        annotations={"summary": issue.title, "culprit": issue.culprit},
        url=issue.web_url or issue.permalink,
        key=f"issue:{text_of(issue.id)}",
    )
    return (found,)


def _event(data: Data, event: Event, request: Request) -> tuple[Alert, ...] | Refusal:
    issue = text_of(event.issue_id) or (event.issue_url or "").rstrip("/").rpartition("/")[2]
    if not issue:
        return wrong("data.event.issue_url", None)
    labels = {
        "alertname": event.title,
        "project": _project(event.url or ""),
        "severity": event.level,
        "environment": _tag(event.tags or [], "environment"),
        "rule": data.triggered_rule,
    }
    found = alert(
        request,
        labels,
        firing=True,
        starts=event.datetime,
        annotations={"summary": event.title, "culprit": event.culprit},
        url=event.web_url,
        key=f"issue:{issue}",
    )
    return (found,)


def _metric(action: str, data: Data, metric: Metric, request: Request) -> tuple[Alert, ...] | Refusal:
    firing = METRIC.get(action)
    if firing is None:
        return wrong("action", action, f"it is one of {', '.join(METRIC)}")
    if not metric.id:
        return wrong("data.metric_alert.id", None)
    labels = {
        "alertname": metric.title or data.description_title,
        "project": ", ".join(metric.projects or []),
        "severity": action if firing else "",
    }
    found = alert(
        request,
        labels,
        firing=firing,
        starts=metric.date_started,
        ends=metric.date_closed,
        annotations={"summary": data.description_title or metric.title, "description": data.description_text},
        url=data.web_url,
        key=f"metric:{text_of(metric.id)}",
    )
    return (found,)


def _plugin(body: Body, request: Request) -> tuple[Alert, ...] | Refusal:
    if not body.id:
        return wrong("id" if body.message else "action", None)
    if not body.message:
        return wrong("message", None)
    found = alert(
        request,
        {"alertname": body.message, "project": body.project_slug or body.project, "severity": body.level},
        firing=True,
        annotations={"summary": body.message, "culprit": body.culprit},
        url=body.url,
        key=f"issue:{text_of(body.id)}",
    )
    return (found,)


def _project(url: str) -> str:
    """The project's slug in the address of an event: .../projects/ORGANISATION/PROJECT/events/..."""
    parts = url.partition("/projects/")[2].split("/")
    return parts[1] if len(parts) > 2 else ""


def _tag(tags: list[Any], name: str) -> str:
    """A tag's value; tags are pairs."""
    for tag in tags:
        pair = cast("list[Any]", tag) if isinstance(tag, list) else []
        if len(pair) == 2 and pair[0] == name:
            return str(pair[1])
    return ""


SOURCE = Sentry()
