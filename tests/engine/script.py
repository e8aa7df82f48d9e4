"""An incident from its first alert to its last word, as steps that may be interrupted and tried again."""

from __future__ import annotations

from collections.abc import Callable

from tocsin.core import commands as c
from tocsin.core.instants import later, parse_instant, seconds_between
from tocsin.engine.handle import Done
from tocsin.sim.world import PretendWorld

MONDAY = parse_instant("2026-01-12T10:00:00Z")
Step = Callable[[PretendWorld], object]


def act(person: str, command: c.Command, id: str) -> Step:
    """Somebody asks something; asked again after an error it has one effect, by its id."""

    def step(world: PretendWorld) -> None:
        answer = world.act(person, command, id=id)
        assert isinstance(answer, Done), answer

    return step


def note(world: PretendWorld) -> None:
    act("ana", c.Note("note", world.words("the cache is full")), "note")(world)


def until(seconds: int) -> Step:
    """Let time pass until so many seconds after the beginning, with a beat of the engine each minute; interrupted, it
    goes on from where it was."""
    end = later(MONDAY, seconds)

    def step(world: PretendWorld) -> None:
        while world.clock.now() < end:
            world.forward(min(55.0, seconds_between(world.clock.now(), end)))

    return step


def refreshed(world: PretendWorld) -> object:
    return world.alert(instance="b")


def mitigate(world: PretendWorld) -> None:
    act("bo", c.StartMitigation("restart", "low", world.words("one node at a time")), "restart")(world)


def worked(world: PretendWorld) -> None:
    act("bo", c.EndMitigation(worked=True), "worked")(world)


STEPS: tuple[Step, ...] = (
    lambda world: world.alert(),
    until(130),
    refreshed,
    act("ana", c.Acknowledge(), "ack"),
    act("ana", c.Declare("sev2"), "declare"),
    until(440),
    act("bo", c.TakeRole("commander"), "command"),
    note,
    act("bo", c.EnterPhase("investigation"), "investigation"),
    until(500),
    lambda world: (world.alert(firing=False), world.alert(firing=False, instance="b")),
    mitigate,
    act("bo", c.EnterPhase("mitigation"), "mitigation"),
    worked,
    act("bo", c.EnterPhase("resolution"), "resolution"),
    act("bo", c.TickItem("fixed"), "fixed"),
    until(1500),
    act("bo", c.Resolve(), "resolve"),
    act("bo", c.Close(), "close"),
)


def lead(world: PretendWorld, until: int = len(STEPS)) -> None:
    """Take the steps, all or the first few."""
    for step in STEPS[:until]:
        step(world)
    world.settle()
