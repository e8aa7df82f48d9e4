"""Facts to bytes and back. A body is JSON of the fact's fields; kind and version stand in columns beside it."""

from __future__ import annotations

import msgspec

from tocsin.core.facts import KINDS, Entry, Fact, Unknown
from tocsin.core.instants import Instant
from tocsin.core.upcasts import UPCASTS
from tocsin.store.base import FactRow

_encode = msgspec.json.Encoder().encode
_DECODERS = {key: msgspec.json.Decoder(cls) for key, cls in KINDS.items()}


def encode(fact: Fact) -> bytes:
    """The body of a fact. A fact of a later version keeps the bytes it came with."""
    return fact.body if isinstance(fact, Unknown) else _encode(fact)


def decode(kind: str, v: int, body: bytes) -> Fact:
    """The fact of a body, brought to its newest version; `Unknown` for kinds or versions this process has not."""
    decoder = _DECODERS.get((kind, v))
    if decoder is None:
        return Unknown(kind, v, body)
    try:
        fact: Fact = decoder.decode(body)
    except msgspec.MsgspecError:
        return Unknown(kind, v, body)
    while (step := UPCASTS.get((kind, fact.v))) is not None:
        fact = step(fact)
    return fact


def entry(row: FactRow) -> Entry:
    """A stored row as an entry."""
    return Entry(row.record, row.n, Instant(row.at), decode(row.kind, row.v, row.body), row.hash)


def kind_of(fact: Fact) -> tuple[str, int]:
    """Kind and version as stored."""
    if isinstance(fact, Unknown):
        return fact.stored_kind, fact.stored_v
    return fact.kind, fact.v


__all__ = ["decode", "encode", "entry", "kind_of"]
