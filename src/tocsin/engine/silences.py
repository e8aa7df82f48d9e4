"""Silences are made and ended here: decided by the core, written, and every open record asked again at once."""

from __future__ import annotations

from dataclasses import replace

from tocsin.core import facts as f
from tocsin.core import silences
from tocsin.core.commands import Actor
from tocsin.core.instants import Instant, later
from tocsin.core.plan_words import Matcher
from tocsin.core.refusals import Refusal, refuse
from tocsin.core.world import Matches
from tocsin.engine.heart import Heart
from tocsin.engine.records import Unit
from tocsin.engine.sweep import wake
from tocsin.store.base import Writing

MOST_WORDS = 20_000


def make_silence(
    heart: Heart,
    unit: Unit,
    w: Writing,
    actor: Actor,
    matchers: tuple[str, ...],
    end: Instant,
    reason: str,
    start: Instant | None = None,
    review: Instant | None = None,
    owner: str = "",
    days: tuple[str, ...] = (),
    daily_from: str = "",
    daily_to: str = "",
    time_zone: str = "",
    instead_of: str = "",
) -> str | Refusal:
    """Silence alerts; answers the silence's id. `instead_of` ends another one in the same breath."""
    live = heart.around.live
    if live is None:
        return refuse("unavailable", "no plan is applied yet", mend="tocsin plan apply DIR")
    if not reason.strip() or len(reason) > MOST_WORDS:
        return refuse("invalid", f"a silence says why, in {MOST_WORDS} characters at most", where="reason")
    begins = unit.now if start is None else start
    words = f.Words(heart.chance.salt(), reason.replace("\0", "").encode("utf-8", "replace"))
    fact = f.SilenceMade(
        by=actor.handle,
        owner=owner or actor.handle,
        matchers=tuple(matchers),
        start=begins,
        end=end,
        review=min(end, later(max(begins, unit.now), silences.REVIEW_AFTER)) if review is None else review,
        words=words.ref,
        days=tuple(days),
        daily_from=daily_from,
        daily_to=daily_to,
        time_zone=(time_zone or "UTC") if days else "",
    )
    owners = {*live.by.people, *live.by.posts, *live.by.teams}
    refused = silences.make(fact, actor, owners, _telling(heart), unit.now)
    if refused is not None:
        return refused
    if instead_of:
        replaced = _end(heart, unit, w, actor, instead_of, "replaced")
        if isinstance(replaced, Refusal):
            return replaced
    id = heart.chance.id(unit.now)
    written = replace(fact, matchers=tuple(str(each) for each in silences.matchers_of(fact.matchers)))
    unit.append(f"silence:{id}", (written,), (words,))
    wake(heart, unit, w)
    return id


def end_silence(heart: Heart, unit: Unit, w: Writing, actor: Actor, silence: str) -> Refusal | None:
    """End a silence now: what it hid and still fires pages."""
    return _end(heart, unit, w, actor, silence, "ended")


def _end(heart: Heart, unit: Unit, w: Writing, actor: Actor, silence: str, reason: str) -> Refusal | None:
    facts = silences.end(heart.around.silences().get(silence), reason, actor, unit.now)
    if isinstance(facts, Refusal):
        return facts
    if facts:
        unit.append(f"silence:{silence}", facts)
        wake(heart, unit, w)
    return None


def _telling(heart: Heart) -> Matches:
    """The heart's matching, with one kind of error for a pattern that is none."""

    def matches(matcher: Matcher, value: str) -> bool:
        try:
            return heart.matches(matcher, value)
        except Exception as problem:
            raise ValueError(f"the pattern is none: {problem}") from problem

    return matches
