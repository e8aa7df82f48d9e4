"""Who calls: bearer tokens and sessions, known by the SHA-256 of their secret alone."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.commands import Actor
from tocsin.core.instants import Instant
from tocsin.engine.access import digest, new_secret
from tocsin.store.base import AccessRow, Reading, Viewer

__all__ = ["Caller", "bearer", "digest", "good", "new_secret", "token_caller"]


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
