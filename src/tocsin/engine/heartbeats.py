"""Heartbeats are watched: the one that stays away raises an alert like any other, which clears when it beats again."""

from __future__ import annotations

from tocsin.core.alerts import fingerprint
from tocsin.core.heartbeats import SOURCE
from tocsin.core.refusals import Refusal, refuse
from tocsin.engine.beats import missed, well_again
from tocsin.engine.heart import Heart
from tocsin.engine.intake import beaten, take
from tocsin.engine.records import Unit
from tocsin.engine.wire import Incoming
from tocsin.store.base import Writing


def watch(heart: Heart, unit: Unit, w: Writing) -> int:
    """Say which heartbeats are missing, and take back what the plan no longer asks for. Returns how many moved."""
    live = heart.around.live
    if live is None or not (live.plan.heartbeats or heart.beats.seen):
        return 0
    heart.beats.share(w)
    news: list[Incoming] = []
    for each in live.plan.heartbeats:
        since = heart.beats.overdue(each, unit.now)
        if since is not None and fingerprint(SOURCE, (), each.id) not in heart.open:
            news.append(missed(each, since))
        elif since is None and fingerprint(SOURCE, (), each.id) in heart.open and _seen_since(heart, each.id):
            news.append(well_again(each.id, unit.now))  # Another engine heard it.
    for id in sorted(heart.beats.seen.keys() - {each.id for each in live.plan.heartbeats}):
        heart.beats.forget(id, w)
        news.append(well_again(id, unit.now))
    if news:
        take(heart, unit, w, SOURCE, news)
    return len(news)


def _seen_since(heart: Heart, id: str) -> bool:
    known = heart.open.get(fingerprint(SOURCE, (), id))
    return known is not None and heart.beats.seen.get(id, known.starts_at) > known.starts_at


def ping(heart: Heart, unit: Unit, w: Writing, id: str) -> Refusal | None:
    """A heartbeat says over its own address that it is well."""
    live = heart.around.live
    if live is None or all(each.id != id for each in live.plan.heartbeats):
        return refuse("not_found", "the plan has no such heartbeat")
    beaten(heart, unit, w, (id,))
    return None
