"""Changes as GitLab's webhooks tell of them: deployments, and feature flags that were switched.

GitLab signs nothing: `X-Gitlab-Token` carries the hook's secret token as it is (docs.gitlab.com, webhook events).
Any other event is taken and tells of no change.
"""

from __future__ import annotations

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.base import Change, Field, Request, Settings
from tocsin.integrations.changed import SERVICES, service_of
from tocsin.integrations.event import Loose, decoded, instant, link, wrong
from tocsin.integrations.event_parts import text_of

STATUSES = {"running": "started", "success": "succeeded", "failed": "failed", "canceled": "failed"}


class Project(msgspec.Struct, gc=False):
    """Where it was done."""

    name: str = ""
    path_with_namespace: str = ""


class Person(msgspec.Struct, gc=False):
    """Who did it."""

    username: str = ""


class Flag(msgspec.Struct, gc=False):
    """`object_attributes` of a feature flag."""

    id: Loose = None
    name: str = ""
    active: bool = False


class Body(msgspec.Struct, gc=False):
    """The fields of both events that are read."""

    object_kind: str
    project: Project | None = None
    user: Person | None = None
    status: str | None = None
    status_changed_at: str | None = None
    deployment_id: Loose = None
    deployable_url: str | None = None
    environment: str | None = None
    short_sha: str | None = None
    commit_title: str | None = None
    object_attributes: Flag | None = None


_DECODER = msgspec.json.Decoder(Body)


class GitLab:
    """Reads the webhooks of a project or group."""

    kind = "gitlab"
    label = "GitLab"
    fields: tuple[Field, ...] = (TOKEN, SERVICES)

    def read(self, request: Request, settings: Settings) -> tuple[Change, ...] | Refusal:
        """The change, none for events of other kinds, or the refusal that names the field at fault."""
        refused = admit(request, settings, request.headers.get("x-gitlab-token", ""))
        if refused is not None:
            return refused
        body = decoded(_DECODER, request)
        if isinstance(body, Refusal):
            return body
        if body.object_kind not in ("deployment", "feature_flag"):
            return ()
        if body.project is None:
            return wrong("project", None)
        service = service_of(settings, body.project.path_with_namespace, body.project.name)
        return (_deployment if body.object_kind == "deployment" else _flag)(body, service, request)


def _deployment(body: Body, service: str, request: Request) -> tuple[Change, ...] | Refusal:
    if not body.deployment_id:
        return wrong("deployment_id", None)
    outcome = STATUSES.get(body.status or "")
    if outcome is None:
        return () if body.status else wrong("status", None)
    found = Change(
        what="deployment",
        title=body.commit_title or f"{body.short_sha or 'a version'} to {body.environment or 'production'}",
        outcome=outcome,
        service=service,
        happened_at=instant(_rfc(body.status_changed_at), request),
        key=f"deployment:{text_of(body.deployment_id)}",
        url=link(body.deployable_url),
        author=body.user.username if body.user else "",
        revision=body.short_sha or "",
        environment=body.environment or "",
    )
    return (found,)


def _flag(body: Body, service: str, request: Request) -> tuple[Change, ...] | Refusal:
    flag = body.object_attributes
    if flag is None or not flag.name:
        return wrong("object_attributes.name" if flag else "object_attributes", None)
    author = body.user.username if body.user else ""
    return (Change("flag", f"{flag.name} switched {'on' if flag.active else 'off'}", service=service, author=author),)


def _rfc(text: str | None) -> str | None:
    """GitLab writes `2026-01-29 14:20:00 +0200`."""
    if text is None or text.count(" ") != 2:
        return text
    day, time, zone = text.split(" ")
    return f"{day}T{time}{'Z' if zone == 'UTC' else zone}"


CHANGE = GitLab()
