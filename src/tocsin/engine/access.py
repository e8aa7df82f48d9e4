"""Secrets of tokens, sessions and invitations: made here, shown once, kept as their SHA-256 alone."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_PREFIX = "tocsin_"  # noqa: S105  the start of every token, so that scanners of leaks know one


def new_secret(prefix: str = TOKEN_PREFIX) -> str:
    """A secret of 256 bits, printable."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def hash_password(password: str) -> str:
    """What is kept of a password: argon2id with the library's recommended cost."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)
