"""Updates are asked for before they are late, said when they are, and counted (spec sheet 1, cadence)."""

from __future__ import annotations

from tests.stories.conftest import HOUR, MINUTE, Begin, rung, told, why

from tocsin.core import commands as c
from tocsin.sim.world import PretendWorld


def led(begin: Begin) -> PretendWorld:
    """A SEV-1 that Bo commands from the first second."""
    world = begin()
    world.act("bo", c.Open(world.words("Everything is down"), "api", severity="sev1"))
    world.act("bo", c.TakeRole("commander"))
    return world


def nagged(world: PretendWorld) -> list[tuple[float, str]]:
    return [
        (at, person)
        for (at, person, _), ring in zip(rung(world, verb="inform"), world.rang(verb="inform"), strict=True)
        if "update is" in ring.message.text
    ]


def test_updates_nag_before_they_are_late(begin: Begin) -> None:
    """The room is due at 10 minutes and the executives at 30; each is announced two minutes before."""
    world = led(begin)
    world.forward(9 * MINUTE)
    assert nagged(world) == [(8, "bo")]
    assert why(world, "bo", "inform")[-1] == "an update is nearly due"
    assert world.incident().late_updates == 0
    world.forward(2 * MINUTE)
    assert nagged(world) == [(8, "bo"), (10, "bo")]
    assert why(world, "bo", "inform")[-1] == "an update is late"
    assert world.incident().late_updates == 1
    assert "update to room is late (2026-01-12 10:10:00 UTC)" in told(world)


def test_an_update_in_time_moves_the_clock_and_nobody_is_nagged(begin: Begin) -> None:
    world = led(begin)
    for _ in range(4):
        world.forward(7 * MINUTE)
        world.act("bo", c.SendUpdate("room", world.words("still looking")))
        world.act("bo", c.SendUpdate("executives", world.words("we work on it"), link="https://example.org/mail"))
    assert nagged(world) == []
    assert world.incident().late_updates == 0


def test_a_change_of_phase_counts_for_the_room_only(begin: Begin) -> None:
    """Rule 16."""
    world = led(begin)
    world.forward(7 * MINUTE)
    world.act("bo", c.EnterPhase("investigation"))
    world.forward(9 * MINUTE)
    assert nagged(world) == [(15, "bo")], "ten minutes after the change of phase, less two"
    world.forward(13 * MINUTE)
    assert (28, "bo") in nagged(world), "the executives were told nothing by it"


def test_the_nag_goes_to_whoever_writes_to_that_audience(begin: Begin) -> None:
    world = led(begin)
    world.act("cy", c.TakeRole("communications"))
    world.forward(29 * MINUTE)
    assert (28, "cy") in nagged(world)
    assert all(at < 28 for at, person in nagged(world) if person == "bo" and "executives" in str(at))


def test_a_resolved_incident_owes_no_updates(begin: Begin) -> None:
    world = led(begin)
    world.act("bo", c.EnterPhase("investigation"))
    world.act("bo", c.StartMitigation("roll-back", "low", world.words("back to 1.4")))
    world.act("bo", c.EnterPhase("mitigation"))
    world.act("bo", c.EndMitigation(worked=True))
    world.act("bo", c.EnterPhase("resolution"))
    for item in ("quiet", "fixed"):
        world.act("bo", c.TickItem(item))
    world.forward(20 * MINUTE)
    world.act("bo", c.Resolve())
    assert world.incident().phase == "post_incident"
    before = nagged(world)
    world.forward(6 * HOUR)
    assert nagged(world) == before
