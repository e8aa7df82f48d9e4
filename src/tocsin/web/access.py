"""Who calls: bearer tokens and sessions, known by the SHA-256 of their secret alone."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.commands import Actor
from tocsin.core.instants import Instant
from tocsin.core.permissions import may_see
from tocsin.core.refusals import Refused, refuse
from tocsin.engine.access import digest, new_secret
from tocsin.store.base import AccessRow, IncidentRow, Reading, Viewer

__all__ = ["BadJson", "Caller", "NobodyKnown", "bearer", "digest", "good", "new_secret", "seen_by", "token_caller"]


class NobodyKnown(Refused):
    """Nobody known calls: 401 (RFC 6750), where somebody known who may not is 403."""

    def __init__(self) -> None:
        super().__init__(
            refuse("not_allowed", "nobody known calls", where="Authorization", mend="send Authorization: Bearer TOKEN")
        )


class BadJson(Refused):
    """The body is no JSON: 400, where a body that says something wrong is 422."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is known: their handle, what they may do, and over what they call."""

    handle: str
    grants: frozenset[str]
    via: str

    @property
    def actor(self) -> Actor:
        return Actor(self.handle, self.grants, self.via)

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.handle, sees_private="private" in self.grants)


def bearer(header: str) -> str:
    """The secret of an Authorization header; empty when it holds none (RFC 6750)."""
    scheme, _, secret = header.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def good(row: AccessRow | None, now: Instant) -> AccessRow | None:
    """A row that has not expired."""
    return row if row is not None and (row.expires_at is None or now < row.expires_at) else None


def token_caller(reading: Reading, secret: str, now: Instant) -> Caller | None:
    """Who a token stands for; None when there is none, it was revoked, or it has expired."""
    row = good(reading.find_token(digest(secret)), now) if secret else None
    return Caller(row.handle or f"token:{row.name}", frozenset(row.scopes), "api") if row else None


def seen_by(reading: Reading, who: Caller, id: str) -> IncidentRow | None:
    """An incident that somebody may read: an open one with `view`, a private one as its own or with `private`."""
    row = reading.incident(who.viewer, id)
    if row is None or not may_see(who.handle, who.grants, row.visibility, row.watchers):
        return None
    return row
