"""Audiences, cadence and contact rules: who hears of incidents, how often, written by whom, over what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tocsin.core.check.finding import Case, Finding


def telling(case: Case) -> Iterator[Finding]:
    """Audiences that nobody writes to or that never hear, cadences stated twice, and unknown ways to reach people."""
    hears = {row.audience for row in case.plan.cadence}
    for audience in case.plan.audiences:
        place = f"audiences.{audience.id}"
        if audience.sender is None and not audience.room:
            what = f"no role writes to the audience {audience.id}"
            yield Finding(f"audience-without-sender:{audience.id}", place, what, mend="name a role under sender")
        if audience.id not in hears:
            what = f"no severity says how often the audience {audience.id} hears"
            mend = "write a row of cadence for it, or take it out"
            yield Finding(f"audience-without-cadence:{audience.id}", place, what, "no clock reminds anybody", mend)
    yield from _cadence(case)
    yield from _contacts(case)


def _cadence(case: Case) -> Iterator[Finding]:
    pairs = Counter((row.severity, row.audience) for row in case.plan.cadence)
    for (severity, audience), times in pairs.items():
        if times > 1:
            rows = [i for i, r in enumerate(case.plan.cadence) if (r.severity, r.audience) == (severity, audience)]
            what = f"{audience} has {times} cadences at {severity}"
            why = "each of them nags; the first stands at " + f"cadence[{rows[0]}]"
            yield Finding(f"cadence-doubled:{severity}/{audience}", f"cadence[{rows[-1]}]", what, why, "keep one")


def _contacts(case: Case) -> Iterator[Finding]:
    rule, channels = case.plan.contact_rule, case.known.channels
    if rule is None or channels is None:
        return
    for verb, rungs in (("page", rule.page), ("inform", rule.inform)):
        if not rungs:
            what = f"the contact rule has no rung to {verb} by"
            yield Finding(f"contact-rule-empty:{verb}", f"contact_rule.{verb}", what, "nobody can be reached by it")
        for i, rung in enumerate(rungs):
            for kind in (kind for kind in rung.channels if kind not in channels):
                what = f"the contact rule uses {kind!r}, and no channel is called so"
                mend = f"one of: {', '.join(sorted(channels))}"
                yield Finding(f"channel-unknown:{verb}-{i + 1}/{kind}", f"contact_rule.{verb}[{i}]", what, mend=mend)
