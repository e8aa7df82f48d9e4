"""Changes as GitHub's webhooks tell of them: deployments and their states, and pushes to a default branch.

`X-GitHub-Event` says what a body is; `X-Hub-Signature-256` is `sha256=` and HMAC-SHA256 of the raw body in hex
(docs.github.com, validating webhook deliveries). Any other event is taken and tells of no change.
"""

from __future__ import annotations

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.admission import REFUSED
from tocsin.integrations.base import Change, Field, Request, Settings
from tocsin.integrations.changed import SECRET, SERVICES, service_of
from tocsin.integrations.event import Loose, decoded, instant, link, wrong
from tocsin.integrations.event_parts import text_of
from tocsin.integrations.signatures import signed_by

STATES = {"success": "succeeded", "failure": "failed", "error": "failed", "in_progress": "started"}
HEADER = "x-hub-signature-256"


class Person(msgspec.Struct, gc=False):
    """Who did it."""

    login: str = ""
    name: str = ""


class Repository(msgspec.Struct, gc=False):
    """Where it was done."""

    name: str
    full_name: str = ""
    default_branch: str = ""


class Deployment(msgspec.Struct, gc=False):
    """`deployment`."""

    id: Loose = None
    sha: str = ""
    ref: str = ""
    environment: str | None = None
    description: str | None = None
    created_at: str | None = None
    creator: Person | None = None


class Status(msgspec.Struct, gc=False):
    """`deployment_status`."""

    state: str = ""
    created_at: str | None = None
    target_url: str | None = None
    log_url: str | None = None


class Commit(msgspec.Struct, gc=False):
    """`head_commit` of a push."""

    message: str = ""
    timestamp: str | None = None
    url: str | None = None


class Body(msgspec.Struct, gc=False):
    """The fields of the three events that are read."""

    repository: Repository | None = None
    deployment: Deployment | None = None
    deployment_status: Status | None = None
    ref: str | None = None
    after: str | None = None
    deleted: bool = False
    head_commit: Commit | None = None
    pusher: Person | None = None


_DECODER = msgspec.json.Decoder(Body)


class GitHub:
    """Reads the webhooks of a repository or organisation."""

    kind = "github"
    label = "GitHub"
    fields: tuple[Field, ...] = (SECRET, SERVICES)

    def read(self, request: Request, settings: Settings) -> tuple[Change, ...] | Refusal:
        """The change, none for events of other kinds, or the refusal that names the field at fault."""
        if not request.admitted:
            scheme, _, shown = request.headers.get(HEADER, "").partition("=")
            if scheme != "sha256" or not signed_by(settings.secrets.get("secret", ""), request.body, [shown]):
                return REFUSED
        event = request.headers.get("x-github-event", "")
        if event not in ("deployment", "deployment_status", "push"):
            return () if event else wrong("X-GitHub-Event", None)
        body = decoded(_DECODER, request)
        if isinstance(body, Refusal):
            return body
        if body.repository is None:
            return wrong("repository", None)
        service = service_of(settings, body.repository.full_name, body.repository.name)
        if event == "push":
            return _push(body, body.repository, service, request)
        if body.deployment is None or not body.deployment.id:
            return wrong("deployment.id" if body.deployment else "deployment", None)
        if event == "deployment_status" and body.deployment_status is None:
            return wrong("deployment_status", None)
        return _deployment(body.deployment, body.deployment_status, service, request)


def _deployment(told: Deployment, status: Status | None, service: str, request: Request) -> tuple[Change, ...]:
    outcome = STATES.get(status.state) if status else "started"
    if outcome is None:
        return ()  # queued, pending and inactive: nothing has changed by them.
    found = Change(
        what="deployment",
        title=told.description or f"{told.ref or told.sha[:12]} to {told.environment or 'production'}",
        outcome=outcome,
        service=service,
        happened_at=instant(status.created_at if status else told.created_at, request),
        key=f"deployment:{text_of(told.id)}",
        url=link((status.target_url or status.log_url) if status else ""),
        author=told.creator.login if told.creator else "",
        revision=told.sha,
        environment=told.environment or "",
    )
    return (found,)


def _push(body: Body, repository: Repository, service: str, request: Request) -> tuple[Change, ...] | Refusal:
    if not body.ref:
        return wrong("ref", None)
    if body.deleted or body.head_commit is None or body.ref != f"refs/heads/{repository.default_branch}":
        return ()
    found = Change(
        what="code",
        title=body.head_commit.message.partition("\n")[0],
        service=service,
        happened_at=None,
        key=f"push:{body.after or body.head_commit.url or ''}",
        url=link(body.head_commit.url),
        author=body.pusher.name if body.pusher else "",
        revision=body.after or "",
    )
    return (found,)


CHANGE = GitHub()
