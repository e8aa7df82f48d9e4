"""Which questions share a commit: on a slow disk the engine waits a little for those whom it has just answered."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tocsin.engine.door import Question
from tocsin.engine.process import LONGEST, SHORTEST, Process


class Door:
    """Hands out what comes, poll by poll, and remembers for how long it was asked to wait."""

    def __init__(self, *coming: int) -> None:
        self.coming = list(coming)
        self.waits: list[float] = []

    def poll(self, timeout: float) -> list[Question]:
        self.waits.append(timeout)
        return questions(self.coming.pop(0))


def questions(count: int) -> list[Question]:
    return cast("list[Question]", [object()] * count)


def process(door: Door, *, took: float, answered: int) -> Any:
    made: Any = Process(cast(Any, None), cast(Any, door), cast(Any, None))
    made._took, made._answered = took, answered
    return made


def test_those_just_answered_are_waited_for_until_all_are_there() -> None:
    door = Door(2, 3, 9)
    together = process(door, took=60.0, answered=5)._gathered(questions(4), queued=True)
    assert len(together) == 9, "four that queued, five that came back; nobody waits for more"
    assert len(door.waits) == 2 and max(door.waits) <= LONGEST


@pytest.mark.parametrize(
    ("took", "count", "queued"),
    [(SHORTEST, 4, True), (60.0, 4, False), (60.0, 0, True)],
    ids=["quick disk", "nobody queued", "nothing asked"],
)
def test_otherwise_nobody_waits(took: float, count: int, queued: bool) -> None:
    door = Door()
    assert len(process(door, took=took, answered=5)._gathered(questions(count), queued=queued)) == count
    assert door.waits == []
