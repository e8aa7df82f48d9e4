"""The chain that shows an edit: each row's hash covers the row before it and the row's own bytes as stored.

One chain a record, from n = 1. Seals chain the heads that moved, so that a record removed whole or cut short shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tocsin.core.instants import Instant

ZERO = bytes(32)
"""Stands before the first row of a record, and before the first seal."""


def link(before: bytes, record: str, n: int, at: Instant, kind: str, v: int, body: bytes) -> bytes:
    """The hash of a row: SHA-256 over the hash before it and each field with its length, so that no two rows blur."""
    number, instant, version = str(n), str(at), str(v)
    lengths = f"{_bytes(record)},{len(number)},{len(instant)},{_bytes(kind)},{len(version)},{len(body)}:"
    fields = f"{lengths}{record}{number}{instant}{kind}{version}"
    return hashlib.sha256(b"".join((before, fields.encode(), body))).digest()


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def seal(before: bytes, at: Instant, heads: Iterable[tuple[str, int, bytes]]) -> bytes:
    """The hash of a seal: SHA-256 over the seal before and the heads (record, n, hash) that moved, by record."""
    digest = hashlib.sha256(before + str(at).encode())
    for record, n, head in sorted(heads):
        digest.update(f"|{len(record)}:{record}:{n}:".encode() + head)
    return digest.digest()
