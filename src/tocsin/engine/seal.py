"""Seals: each minute the heads that moved are chained, so that a record removed whole or cut short shows."""

from __future__ import annotations

import logging

from tocsin.core import chain
from tocsin.engine.heart import Heart

log = logging.getLogger("tocsin.seal")


def seal_heads(heart: Heart) -> int:
    """Seal the heads that moved since the last seal, and put the seal outside, in the log. Returns how many moved."""
    moved, heart.moved = heart.moved, {}
    if not moved:
        return 0
    heads = [(record, n, hash) for record, (n, hash) in moved.items()]
    try:
        seal = heart.transact(lambda unit, w: w.put_seal(unit.now, heads, chain.seal))
    except BaseException:
        heart.moved = {**moved, **heart.moved}
        raise
    log.info("seal %s over %d records", seal.hex(), len(heads))
    return len(heads)
