"""A broken plan never takes effect, whichever way it comes, and stops nothing; the same plan twice is nothing."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.plans import plan
from tests.stories.conftest import Begin

from tocsin.core.plan_json import plan_from_json, plan_to_json
from tocsin.core.refusals import Refusal
from tocsin.engine import admin
from tocsin.sim.world import PretendWorld


def put(world: PretendWorld, body: bytes | str) -> str | Refusal:
    """A plan's JSON, as it comes through the door."""
    heart = world.engine.heart
    return heart.transact(lambda unit, w: admin.apply_plan(heart, unit, w, admin.ADMIN, body, None))


def applied(world: PretendWorld) -> int:
    with world.store.reading() as reading:
        return len(list(reading.load("plan:applied")))


def test_a_broken_plan_never_takes_effect_and_stops_nothing(begin: Begin) -> None:
    world = begin()
    before = world.engine.heart.around.live
    document = json.loads(plan_to_json(plan()))
    dangling = document | {"posts": [{"id": "manager", "holder": "nobody"}]}
    endless = document | {"domains": [{"id": "core", "primary": [{"kind": "domain", "name": "primary"}]}]}
    still = document | {"rotations": [each | {"weeks": 0} for each in document["rotations"]]}
    broken = [json.dumps(each).encode() for each in (dangling, endless, still)]
    for body in (b"", b"{}", b"[]", b"\xff", b"[" * 50_000, *broken):
        refused = put(world, body)
        assert isinstance(refused, Refusal) and refused.reason == "invalid" and refused.problems, body[:60]
    assert world.engine.heart.around.live is before and applied(world) == 1
    world.alert("HighErrors", service="api")
    world.settle()
    assert [ring.person for ring in world.post.rings] == ["ana"], "the engine goes on by the plan in force"


def test_rule_12_the_same_plan_in_another_layout_changes_nothing(begin: Begin) -> None:
    world = begin()
    live = world.engine.heart.around.live
    assert live is not None
    same = json.dumps(json.loads(plan_to_json(plan())), indent=2)
    assert put(world, same) == live.hash and applied(world) == 1
    other = replace(plan(), mitigations=("restart",))
    assert put(world, plan_to_json(other).decode()) != live.hash and applied(world) == 2
    assert plan_from_json(plan_to_json(other)) == other
