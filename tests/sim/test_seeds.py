"""Seasons of a pretend company: thousands of incidents, every kind of fault, and the same promises after each step.

A failing seed is named in the message and replays alone: TOCSIN_SEED=7 pytest tests/sim
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.sim.company import company
from tests.sim.planted import FINDS, PACES, PLANTED
from tocsin.core.instants import parse_instant
from tocsin.core.plan import Plan
from tocsin.sim.invariants import Broken
from tocsin.sim.pace import STORMS, Pace
from tocsin.sim.season import Season
from tocsin.store.sqlite import Sqlite

BEGIN = parse_instant("2026-03-23T10:00:00Z")
CHOSEN = os.environ.get("TOCSIN_SEED")
BUSY = [int(CHOSEN)] if CHOSEN else list(range(1, 5))
STORMY = [int(CHOSEN)] if CHOSEN else list(range(101, 106))

Begin = Callable[..., Season]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts a season: begin(seed), begin(seed, plan, pace=..., and what is planted)."""
    seasons: list[Season] = []

    def start(seed: int, plan: Plan | None = None, **more: Any) -> Season:
        path = tmp_path / f"season-{seed}-{len(seasons)}.db"
        seasons.append(Season(seed, plan or company(), lambda: Sqlite(path, write=True, durable=False), BEGIN, **more))
        return seasons[-1]

    yield start
    for season in seasons:
        season.world.store.close()


@pytest.mark.parametrize("seed", BUSY[:1])
def test_a_few_days_go_by_and_nothing_is_lost(begin: Begin, seed: int) -> None:
    seen = begin(seed, pace=Pace(trouble=6.0, changes=900.0)).run(40)
    assert seen.incidents >= 40
    assert seen.rings > 40
    assert sum(seen.faults.values()) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", BUSY)
def test_a_busy_season(begin: Begin, seed: int) -> None:
    seen = begin(seed, pace=Pace(trouble=2.0)).run(130)
    assert seen.incidents >= 130
    assert seen.deep_looks >= 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", STORMY)
def test_a_season_of_storms(begin: Begin, seed: int) -> None:
    """With the busy seasons, 10,000 incidents and none of them lost."""
    seen = begin(seed, company(500), pace=STORMS).run(1_900)
    assert seen.incidents >= 1_900
    assert seen.rings < seen.kinds["page.ordered"] / 5, "what waits for one contact leaves as one message"


def test_the_same_seed_is_the_same_season(begin: Begin) -> None:
    one, two = begin(7, pace=Pace(trouble=3.0)), begin(7, pace=Pace(trouble=3.0))
    assert one.run(8) == two.run(8)
    assert [(ring.at, ring.person, ring.message.key) for ring in one.post.rings] == [
        (ring.at, ring.person, ring.message.key) for ring in two.post.rings
    ]


FAULTS = {
    "before_commit", "after_commit", "disk_full", "before_send", "after_send", "clock_jumped",
    "override", "edit", "maintenance", "phone", "rebuild",
}  # fmt: skip
KINDS = {
    "page.passed", "page.step_held", "page.call_ended", "incident.resumed", "incident.dismissed", "incident.closed",
    "incident.command_late", "incident.update_fell", "incident.severity_changed", "group.muted", "group.unmuted",
}  # fmt: skip
REASONS = {
    "first_on_call", "unanswered", "passed_on", "gone_quiet", "resumed", "raised", "lowered", "still_unanswered",
    "fallback", "next_contact", "contact_failed", "roster_turned", "relapsed", "declared", "opened", "no_command",
    "repeat", "out_of_order", "unknown_clear", "maintenance", "mute_window",
}  # fmt: skip


@pytest.mark.slow
def test_the_seasons_are_no_idle_ones(begin: Begin) -> None:
    """What the rules speak of really happens within a few seasons: else the invariants would watch nothing."""
    missing = FAULTS | KINDS | REASONS
    for seed in range(11, 17):
        seen = begin(seed, pace=Pace(trouble=4.0, changes=900.0)).run(100)
        assert seen.copies > 0
        missing -= seen.faults.keys() | seen.kinds.keys() | seen.reasons.keys()
        if not missing:
            return
    assert missing == set()


@pytest.mark.slow
@pytest.mark.parametrize("bug", sorted(PLANTED))
def test_a_planted_bug_is_found(begin: Begin, bug: str) -> None:
    """Within a few seeds, and by an invariant that names what it breaks."""
    found: set[str] = set()
    for seed in range(1, 13):
        try:
            begin(seed, pace=replace(PACES.get(bug, Pace()), trouble=20.0), **PLANTED[bug]).run(12)
        except Broken as broken:
            found |= {line.partition(":")[0] for line in str(broken).splitlines()[1:]}
        if found & FINDS[bug]:
            return
    pytest.fail(f"{bug} went unseen, or was seen only as {sorted(found)}")
