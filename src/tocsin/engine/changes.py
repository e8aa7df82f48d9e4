"""Changes come in (rule 26): each told once, into the record of its service."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from tocsin.core import facts as f
from tocsin.core.changes import OUTCOMES, WHATS, record_of
from tocsin.core.commands import Actor
from tocsin.core.instants import Instant
from tocsin.core.permissions import may
from tocsin.core.refusals import Refusal, refuse
from tocsin.engine.heart import Heart
from tocsin.engine.records import Unit
from tocsin.store.base import Writing


class Told(msgspec.Struct, frozen=True):
    """A change on its way in. `service` is the sender's word; `words` is JSON with title and the rest."""

    source: str
    what: str
    outcome: str
    service: str
    happened_at: Instant
    key: str
    words: bytes
    visibility: str = "open"


def record_changes(
    heart: Heart, unit: Unit, w: Writing, actor: Actor, changes: list[dict[str, Any]]
) -> dict[str, int] | Refusal:
    """Write down what was changed; what was told before, by sender, name and outcome, is not written again."""
    refused = may(actor, "send")
    if refused is not None:
        return refused
    if heart.around.live is None:
        return refuse("unavailable", "no plan is applied yet", mend="tocsin plan apply DIR")
    told = msgspec.convert(changes, type=list[Told], strict=False)
    for change in told:
        if change.what not in WHATS or change.outcome not in OUTCOMES:
            return refuse("invalid", "this kind or outcome of a change is not known here", where="what")
    new = sum(_write(heart, unit, w, actor, change) for change in told)
    return {"taken": new, "known": len(told) - new}


def _write(heart: Heart, unit: Unit, w: Writing, actor: Actor, change: Told) -> bool:
    live = heart.around.live
    service = live.by.services.get(change.service) if live else None
    name = service.id if service else ""
    record = record_of(name, change.visibility)
    if change.key:
        parts = "\x00".join((change.source, record, change.key, change.outcome))
        once = f"change/{hashlib.sha256(parts.encode('utf-8', 'replace')).hexdigest()}"
        if w.command(once) is not None:
            return False
        w.remember_command(once, unit.now, b"{}")
    words = f.Words(heart.chance.salt(), change.words)
    seen = f.ChangeSeen(
        by=actor.handle,
        source=change.source,
        what=change.what,
        outcome=change.outcome,
        service=name,
        happened_at=min(change.happened_at, unit.now),
        key=change.key,
        words=words.ref,
        visibility=change.visibility,
    )
    unit.append(record, (seen,), (words,))
    return True
