"""Signatures of Amazon SNS: RSA over some fields of the message, version 1 with SHA-1, version 2 with SHA-256.

The certificate comes from an address in the message, so the address is judged first: only https, only a host
`sns.REGION.amazonaws.com`, no port, no user. That host's own TLS certificate is what vouches for it. Source:
docs.aws.amazon.com/sns, verifying the signatures of Amazon SNS messages.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.admission import REFUSED

HOST = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(\.cn)?")
NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
SUBSCRIPTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


class Envelope(msgspec.Struct, gc=False):
    """A message of SNS. `Message` is text; an object there is read too where nothing is signed."""

    Type: str
    Message: str | dict[str, Any]
    MessageId: str = ""
    TopicArn: str = ""
    Subject: str | None = None
    Timestamp: str = ""
    Token: str = ""
    SubscribeURL: str = ""
    SignatureVersion: str = ""
    Signature: str = ""
    SigningCertURL: str = ""


def amazon(url: str) -> bool:
    """Whether a URL leads to SNS itself, by https and nothing else."""
    if len(url) > 1_000 or not url.isascii() or not url.isprintable() or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(HOST.fullmatch(parts.netloc.lower()))


def certificate_address(envelope: Envelope) -> str | Refusal:
    """Where the message's certificate lies, or why it is not fetched from there."""
    url = envelope.SigningCertURL
    if not url or not envelope.Signature:
        missing = "SigningCertURL" if not url else "Signature"
        mend = "send it through Amazon SNS, or set `signature: off` for a sender on a path with a secret part"
        return refuse(RefusalReason.NOT_ALLOWED, "the message is not signed", where=missing, mend=mend)
    if not amazon(url) or not urlsplit(url).path.endswith(".pem") or urlsplit(url).query:
        return refuse(RefusalReason.NOT_ALLOWED, "the certificate does not lie at Amazon SNS", where="SigningCertURL")
    return url


def confirmation_address(envelope: Envelope) -> str | Refusal:
    """Where a subscription is confirmed, or why it is not: only at SNS, and only for the message's own topic."""
    url = envelope.SubscribeURL
    asked = parse_qs(urlsplit(url).query) if amazon(url) else {}
    if asked.get("Action") != ["ConfirmSubscription"] or asked.get("TopicArn") != [envelope.TopicArn]:
        what = "the address does not confirm this topic at Amazon SNS"
        return refuse(RefusalReason.NOT_ALLOWED, what, where="SubscribeURL")
    return url


def signed_bytes(envelope: Envelope) -> bytes:
    """What is signed: the names and values of the fields that the message's type signs, one a line."""
    names = NOTIFICATION if envelope.Type == "Notification" else SUBSCRIPTION
    values = ((name, getattr(envelope, name)) for name in names)
    return "".join(f"{name}\n{value}\n" for name, value in values if isinstance(value, str)).encode("utf-8", "replace")


def verify(envelope: Envelope, certificate: bytes) -> Refusal | None:
    """None when the certificate's key signed the message. The certificate is PEM."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.x509 import load_pem_x509_certificate
    except ImportError:
        return _no_library()
    digests = {"1": hashes.SHA1, "2": hashes.SHA256}
    if envelope.SignatureVersion not in digests:
        what = "this version of signatures is not known here: 1 and 2 are"
        return refuse(RefusalReason.NOT_ALLOWED, what, where="SignatureVersion")
    try:
        signature = base64.b64decode(envelope.Signature, validate=True)
        key = load_pem_x509_certificate(certificate).public_key()
    except (binascii.Error, ValueError):
        return REFUSED
    if not isinstance(key, rsa.RSAPublicKey):
        return REFUSED
    try:
        key.verify(signature, signed_bytes(envelope), padding.PKCS1v15(), digests[envelope.SignatureVersion]())
    except InvalidSignature:
        return REFUSED
    return None


def _no_library() -> Refusal:
    return refuse(
        RefusalReason.UNAVAILABLE,
        "the signature cannot be checked here",
        where="Signature",
        why="the library cryptography is not installed",
        mend="install tocsin[sns]",
    )
