"""Intake as the engine's loop calls it: several requests in one commit."""

from __future__ import annotations

from pathlib import Path

from tests.plans import plan
from tocsin.core.instants import parse_instant
from tocsin.engine import intake
from tocsin.engine.wire import Incoming
from tocsin.sim.world import PretendWorld
from tocsin.store.sqlite import Sqlite

NOW = parse_instant("2026-01-12T10:00:00Z")


def test_requests_that_share_a_commit_share_a_new_group(tmp_path: Path) -> None:
    world = PretendWorld(plan(), lambda: Sqlite(tmp_path / "one.db", write=True, durable=False), NOW)
    requests = [
        [Incoming((("alertname", "Down"), ("instance", str(n)), ("service", "api")), True, NOW, None, b"Down\n{}")]
        for n in range(3)
    ]
    heart = world.engine.heart
    answers = heart.transact(lambda unit, w: [intake.take(heart, unit, w, "test", each) for each in requests])
    world.settle()
    assert [answer.counts for answer in answers] == [{"new": 1}] * 3
    assert [(group.total, group.firing) for group in world.groups()] == [(3, 3)]
    assert len(world.rows()) == 1
    world.store.close()
