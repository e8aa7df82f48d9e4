"""Signatures of Standard Webhooks, scheme v1: HMAC-SHA256 over id, timestamp and raw body, joined by full stops.

Source: standard-webhooks specification and its reference tests. A secret is base64 of 24 to 64 bytes after `whsec_`;
several secrets sign while one is being changed, and any one match is enough.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from tocsin.core.instants import SECOND, Instant

PREFIX = "whsec_"
TOLERANCE = 300
"""Seconds that a timestamp may lie before or after the receiver's clock (reference libraries)."""
LONGEST_ID = 256


def read_secrets(text: str) -> tuple[bytes, ...]:
    """The keys in a secret's text, separated by spaces. Raises ValueError, which never holds the secret."""
    keys: list[bytes] = []
    for word in text.split():
        try:
            key = base64.b64decode(word.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("a secret is whsec_ and base64") from None
        if not 24 <= len(key) <= 64:
            raise ValueError("a secret holds 24 to 64 bytes")
        keys.append(key)
    if not keys:
        raise ValueError("there is no secret")
    return tuple(keys)


def message_id(key: str) -> str:
    """The message's key as `webhook-id`, which may hold no full stop; the same for every attempt."""
    written = quote(key, safe=":/@,;=+").replace(".", "%2E")
    return written if len(written) <= LONGEST_ID else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def sign(keys: Sequence[bytes], identity: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one `v1,` signature a key, separated by spaces."""
    return " ".join(f"v1,{_mac(key, identity, str(timestamp), body)}" for key in keys)


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: Instant) -> bool:
    """Whether a request with these (lower-case) headers was signed by one of the keys, within the tolerance of `now`.

    For receivers. Every pair of signature and key is compared, each in constant time; headers of a wrong shape are
    a no, never an error.
    """
    identity = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not identity or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return False
    if abs(int(timestamp) - now / SECOND) > TOLERANCE:
        return False
    words = (word.partition(",") for word in headers.get("webhook-signature", "").split(" "))
    shown = [signature.encode("utf-8", "replace") for version, _, signature in words if version == "v1"]
    wanted = [_mac(key, identity, timestamp, body).encode() for key in keys]
    return sum(hmac.compare_digest(one, other) for one in shown for other in wanted) > 0


def _mac(key: bytes, identity: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((identity.encode("utf-8", "replace"), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
