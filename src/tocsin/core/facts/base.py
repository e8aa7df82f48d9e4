"""Every fact that can be written down: frozen, versioned, and never changed once released.

A body holds ids, numbers and names of closed sets. What people and senders wrote is a payload beside it, named
here by the salted hash of its bytes (`Words.ref`), so that it can be erased while the chain stays whole.
Streams by prefix: `group:`, `incident:`, `person:`, `rotation:`, `maintenance:`, `silence:`, `change:` and `plan:`.

A released kind never changes. A new version of a kind gets the next `v`, a golden body in `tests/core/facts`,
and a pure step from the one before in `core/upcasts.py`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeVar

from tocsin.core.instants import Instant


@dataclass(frozen=True, slots=True)
class Words:
    """Text that comes with a command: kept as a payload, named on the record by its salted hash."""

    salt: bytes
    body: bytes

    @property
    def ref(self) -> str:
        """The name of the payload: SHA-256 over salt and bytes, in hex."""
        return hashlib.sha256(self.salt + self.body).hexdigest()


class Fact:
    """What has happened. Subclasses are frozen dataclasses; `kind` and `v` name the shape of their body."""

    __slots__ = ()
    kind: ClassVar[str]
    v: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Unknown(Fact):
    """A fact of a later version: kept and shown as stored; nothing more is written to its record by this version."""

    kind: ClassVar[str] = ""
    stored_kind: str
    stored_v: int
    body: bytes


class Entry(NamedTuple):
    """A fact in its place: the n-th of its record (from 1), at an instant, with the hash that chains it.

    A tuple: each alert of a storm makes one, and a frozen dataclass takes four times as long to make.
    """

    record: str
    n: int
    at: Instant
    fact: Fact
    hash: bytes = b""


KINDS: dict[tuple[str, int], type[Fact]] = {}
F = TypeVar("F", bound=type[Fact])


def released(cls: F) -> F:
    """Enter a kind into the table of released kinds."""
    KINDS[cls.kind, cls.v] = cls
    return cls
