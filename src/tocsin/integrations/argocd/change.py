"""Changes as Argo CD's notifications tell of them. Their webhook's body is a template of one's own; this one is read:

    {"app": {{toJson .app}}}

The application's last operation is the change: Running started, Succeeded, Failed and Error ended it. Notifications
sign nothing: the service's header shows a bearer token, or its URL has a secret part.
"""

from __future__ import annotations

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.base import Change, Field, Request, Settings, secret_part
from tocsin.integrations.changed import SERVICES, service_of
from tocsin.integrations.event import decoded, instant, wrong

PHASES = {"Running": "started", "Succeeded": "succeeded", "Failed": "failed", "Error": "failed", "Terminating": None}


class Metadata(msgspec.Struct, gc=False):
    """The application's name."""

    name: str = ""


class SyncResult(msgspec.Struct, gc=False):
    """What was put in place."""

    revision: str = ""


class Operation(msgspec.Struct, gc=False, rename="camel"):
    """`status.operationState`."""

    phase: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    message: str | None = None
    sync_result: SyncResult | None = None


class Status(msgspec.Struct, gc=False, rename="camel"):
    """`status`."""

    operation_state: Operation | None = None


class App(msgspec.Struct, gc=False):
    """An application as Kubernetes holds it."""

    metadata: Metadata
    status: Status | None = None


class Body(msgspec.Struct, gc=False):
    """The body of the template above."""

    app: App


_DECODER = msgspec.json.Decoder(Body)


class ArgoCd:
    """Reads the notifications of Argo CD's applications."""

    kind = "argocd"
    label = "Argo CD"
    fields: tuple[Field, ...] = (TOKEN, SERVICES)

    def read(self, request: Request, settings: Settings) -> tuple[Change, ...] | Refusal:
        """The change, none for an operation that is being ended, or the refusal that names the field at fault."""
        refused = admit(request, settings, secret_part(request.path, ("/api/v1/changes/argocd/{key}",)))
        if refused is not None:
            return refused
        body = decoded(_DECODER, request)
        return body if isinstance(body, Refusal) else _read(body.app, settings, request)


def _read(app: App, settings: Settings, request: Request) -> tuple[Change, ...] | Refusal:
    name = app.metadata.name
    if not name:
        return wrong("app.metadata.name", None)
    operation = app.status.operation_state if app.status else None
    if operation is None:
        return wrong("app.status.operationState", None)
    if operation.phase not in PHASES:
        return wrong("app.status.operationState.phase", operation.phase, f"one of {', '.join(PHASES)}")
    outcome = PHASES[operation.phase]
    if outcome is None:
        return ()
    revision = operation.sync_result.revision if operation.sync_result else ""
    found = Change(
        what="deployment",
        title=f"{name} to {revision[:12]}" if revision else name,
        outcome=outcome,
        service=service_of(settings, name),
        happened_at=instant(operation.started_at if outcome == "started" else operation.finished_at, request),
        key=f"{name}:{operation.started_at or revision}",
        revision=revision,
    )
    return (found,)


CHANGE = ArgoCd()
