"""The link in a page: who it was sent to and for which incident, signed, so that nobody needs to sign in at 3 a.m.

It opens one incident's page for one person and lets them answer it; it is no session and opens nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from tocsin.core.instants import SECOND, Instant


@dataclass(frozen=True, slots=True)
class PageLink:
    """What a link stands for."""

    record: str
    person: str
    expires: Instant


@dataclass(frozen=True, slots=True)
class MessageLink:
    """What one message's own address stands for: the order `key` of a record, to one contact of one person."""

    record: str
    person: str
    contact: str
    key: str
    expires: Instant


def sign_message(link: MessageLink, secret: bytes) -> str:
    """The token of a message's own address; no page link is one, nor the other way round."""
    parts = (link.record, link.person, link.contact, link.key, str(link.expires // SECOND))
    body = "\n".join(parts).encode()
    return base64.urlsafe_b64encode(_message_mac(body, secret) + body).decode().rstrip("=")


def read_message(token: str, secret: bytes, now: Instant) -> MessageLink | None:
    """What a message's address stands for, or None when it is not ours, was changed, or has expired."""
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        mac, body = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, _message_mac(body, secret)):
            return None
        record, person, contact, key, expires = body.decode().split("\n")
        link = MessageLink(record, person, contact, key, Instant(int(expires) * SECOND))
    except (ValueError, UnicodeError):
        return None
    return link if now < link.expires and hmac.compare_digest(sign_message(link, secret), token) else None


def _message_mac(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"message\n" + body, hashlib.sha256).digest()[:16]


def sign(link: PageLink, secret: bytes) -> str:
    """The link's token: safe in a URL, about 100 characters."""
    body = f"{link.record.partition(':')[2]}|{link.person}|{link.expires // SECOND}".encode()
    mac = hmac.new(secret, body, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(mac + body).decode().rstrip("=")


def read(token: str, secret: bytes, now: Instant) -> PageLink | None:
    """The link of a token, or None when it is not ours, was changed, or has expired."""
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        mac, body = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, hmac.new(secret, body, hashlib.sha256).digest()[:16]):
            return None
        record, person, expires = body.decode().split("|")
        link = PageLink(f"incident:{record}", person, Instant(int(expires) * SECOND))
    except (ValueError, UnicodeError):
        return None
    # Base64 has several spellings of one value; a link has one.
    return link if now < link.expires and hmac.compare_digest(sign(link, secret), token) else None
