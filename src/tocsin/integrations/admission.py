"""Who may send us alerts: monitors that sign nothing prove themselves by a bearer token or a secret path part.

Several tokens are accepted at once, so that a secret can be rotated without losing an alert.
"""

from __future__ import annotations

import hmac

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.base import Field, Request, Settings

TOKEN = Field(
    "token",
    "Token",
    secret=True,
    hint="What the sender shows as bearer token, or as the last part of the path; two separated by a space while "
    "it is being changed. May be left out when senders show a token made with `tocsin token create`.",
)


def admit(request: Request, settings: Settings, key: str = "") -> Refusal | None:
    """None when the edge knows the caller, or when the caller shows one of the source's tokens (RFC 6750).

    `key` is the secret part of the path, where it has one. Every token is compared, each in constant time, and every
    refusal is the same, so that neither words nor time tell how near a guess was.
    """
    if request.admitted:
        return None
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    shown = [key] if key else []
    if scheme.lower() == "bearer":
        shown.append(credentials.strip())
    tokens = settings.secrets.get("token", "").split()
    matches = [_same(offer, token) for token in tokens for offer in shown]
    return None if any(matches) else REFUSED


def _same(offer: str, token: str) -> bool:
    return hmac.compare_digest(offer.encode("utf-8", "replace"), token.encode("utf-8", "replace"))


REFUSED = refuse(
    RefusalReason.NOT_ALLOWED,
    "the caller is not known",
    where="Authorization",
    mend="send `Authorization: Bearer TOKEN` with the token of this integration",
)
