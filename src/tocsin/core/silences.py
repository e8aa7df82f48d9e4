"""Silences: what covers an alert, until when, and what may be made. Never for ever: an end is required.

A silence hides an alert when all of its matchers hold, in Alertmanager's syntax and meaning: a missing label is empty.
A group is muted only while every alert that fires in it is hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from tocsin.core import facts as f
from tocsin.core.calendars import wall, window_change, window_covers, zone
from tocsin.core.commands import Actor
from tocsin.core.instants import LATEST, Instant, later
from tocsin.core.permissions import may
from tocsin.core.plan_words import Matcher, parse_matcher
from tocsin.core.refusals import Problem, Refusal, refuse
from tocsin.core.world import Matches, Silence

LONGEST = 366 * 86400
"""Seconds: a year. What is hidden for longer belongs into the plan, as a route that pages nobody."""
REVIEW_AFTER = 7 * 86400
MOST_MATCHERS = 50
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def ends(silence: Silence) -> Instant:
    """When it ends, or ended."""
    return silence.end if silence.ended_at is None else min(silence.end, silence.ended_at)


def covers_until(silence: Silence, now: Instant) -> Instant | None:
    """Until when a silence covers this instant; None when it does not."""
    if not silence.start <= now < ends(silence):
        return None
    if silence.window is None:
        return ends(silence)
    span = window_covers(silence.window, now)
    return min(span[1], ends(silence)) if span is not None else None


def next_change(silence: Silence, now: Instant) -> Instant:
    """The next instant at which a silence begins or ends to cover; LATEST when there is none."""
    if now >= ends(silence):
        return LATEST
    if now < silence.start:
        return silence.start
    return ends(silence) if silence.window is None else min(ends(silence), window_change(silence.window, now))


def state_of(silence: Silence, now: Instant) -> str:
    """active, pending (it has not begun, or waits for its next window) or expired: Alertmanager's words."""
    if now >= ends(silence):
        return "expired"
    return "active" if covers_until(silence, now) is not None else "pending"


def hides(silence: Silence, labels: Mapping[str, str], matches: Matches) -> bool:
    """Whether its matchers hold for an alert, whatever the time."""
    return all(matches(matcher, labels.get(matcher.label, "")) for matcher in silence.matchers)


def hid(silence: Silence, since: Instant, until: Instant) -> bool:
    """Whether a silence covered any instant from `since` to before `until`."""
    at, end = max(since, silence.start), min(until, ends(silence))
    if at >= end:
        return False
    if silence.window is None or window_covers(silence.window, at) is not None:
        return True
    return window_change(silence.window, at) < end


def alive(silences: Iterable[Silence], now: Instant) -> Iterator[Silence]:
    """Those that are not over. `silences` stand the last to end first, as `World.silences` does."""
    for silence in silences:
        if ends(silence) <= now:
            return
        yield silence


def silenced(
    silences: Iterable[Silence], alerts: Collection[Mapping[str, str]], matches: Matches, now: Instant
) -> tuple[str, Instant] | None:
    """The silence that hides every one of these alerts, and until when; of several, the one that ends first."""
    active = [(each, until) for each in alive(silences, now) if (until := covers_until(each, now)) is not None]
    if not active or not alerts:
        return None
    found: tuple[str, Instant] | None = None
    for labels in alerts:
        covering = [(until, each.id) for each, until in active if hides(each, labels, matches)]
        if not covering:
            return None
        until, id = max(covering)
        if found is None or until < found[1]:
            found = id, until
    return found


def make(fact: f.SilenceMade, actor: Actor, owners: Collection[str], matches: Matches, now: Instant) -> Refusal | None:
    """Whether a silence may be made so; a refusal lists everything that is wrong."""
    refused = may(actor, "respond")
    if refused is not None:
        return refused
    problems = [*_matcher_problems(fact.matchers, matches), *_span_problems(fact, now), *_window_problems(fact)]
    if fact.owner != actor.handle and fact.owner not in owners:
        problems.append(
            Problem(
                f"the plan has no person, post or team {fact.owner!r}",
                "owner",
                mend="leave it out: whoever makes a silence owns it",
            )
        )
    return Refusal("invalid", tuple(problems)) if problems else None


def _matcher_problems(matchers: Collection[str], matches: Matches) -> Iterator[Problem]:
    if not matchers or len(matchers) > MOST_MATCHERS:
        yield Problem(f"a silence has between 1 and {MOST_MATCHERS} matchers", "matchers", mend='as alertname="Down"')
        return
    empty = True
    for text in matchers:
        try:
            matcher = parse_matcher(text)
            empty = matches(matcher, "") and empty  # Each is tried: a pattern may be none.
        except ValueError as problem:
            yield Problem(f"{text!r}: {problem}", "matchers")
            return
    if empty:
        why = "each of them holds for a label that is not there"
        yield Problem("it would hide every alert", "matchers", why, 'name one value, as service="api"')


def _span_problems(fact: f.SilenceMade, now: Instant) -> Iterator[Problem]:
    if fact.end <= fact.start:
        yield Problem("it ends after it starts", "end")
    elif fact.end <= now:
        yield Problem("it lies in the past", "end")
    elif fact.end > later(max(fact.start, now), LONGEST):
        mend = "what is hidden for longer belongs into the plan, as a route with page: false"
        yield Problem("a silence lasts a year at most", "end", mend=mend)
    elif not fact.start <= fact.review <= fact.end:
        yield Problem("it is looked at again between its start and its end", "review")


def _window_problems(fact: f.SilenceMade) -> Iterator[Problem]:
    if not fact.days:
        if fact.daily_from or fact.daily_to:
            yield Problem("a silence that recurs names its days", "days", mend=f"some of: {', '.join(DAYS)}")
        return
    unknown = [day for day in fact.days if day not in DAYS]
    if unknown:
        yield Problem(f"there is no day {unknown[0]!r}", "days", mend=f"some of: {', '.join(DAYS)}")
    for name, text in (("daily_from", fact.daily_from), ("daily_to", fact.daily_to)):
        try:
            wall(text)
        except ValueError:
            yield Problem(f"{text!r} is no time of day", name, mend="write it like 22:00")
    try:
        zone(fact.time_zone)
    except (KeyError, ValueError, OSError):
        yield Problem(f"there is no zone {fact.time_zone!r}", "time_zone", mend="write it like Europe/London")


def end(known: Silence | None, reason: str, actor: Actor, now: Instant) -> tuple[f.Fact, ...] | Refusal:
    """A silence ends now. One that is over stays as it is."""
    refused = may(actor, "respond")
    if refused is not None:
        return refused
    if known is None:
        return refuse("not_found", "there is no such silence", where="silence")
    return () if now >= ends(known) else (f.SilenceEnded(actor.handle, reason),)


def matchers_of(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """Matchers from their text."""
    return tuple(parse_matcher(text) for text in texts)
