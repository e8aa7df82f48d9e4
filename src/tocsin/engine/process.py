"""The engine's process: door, loop, and a graceful stop. Nothing else runs in it."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from tocsin.engine.door import Door, Question, raw
from tocsin.engine.pool import ThreadPost
from tocsin.engine.run import Engine

log = logging.getLogger("tocsin.engine")
LONGEST_SLEEP = 1.0
"""A sleep is capped and the clock read again: a suspended machine must not stretch a timer."""
GATHER = 0.25
"""Of the time that the last commit took, how much is spent at most on gathering company for the next one."""
SHORTEST = 0.001
LONGEST = 0.005
"""Seconds within which gathering pays: a poll waits a millisecond at the least, and nobody should notice it."""


class Process:
    """Runs an engine until it is told to stop, or until whoever started it is gone."""

    def __init__(self, engine: Engine, door: Door, post: ThreadPost, parent: int | None = None) -> None:
        self.engine = engine
        self.door = door
        self.post = post
        self._parent = parent
        self._stop = False
        self._took = 0.0
        self._answered = 0

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Stop after this turn."""
        self._stop = True
        self.door.wake()

    def run(self) -> None:
        """The loop: questions, ticks, sends; asleep only while nothing is owed."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        self.engine.start()
        wait = 0.0
        while not self._stop:
            questions = self._gathered(self.door.poll(wait), queued=wait == 0.0)
            begun = time.monotonic()
            for question, (status, body) in zip(questions, self.engine.answer(questions), strict=True):
                self.door.answer(question, status, raw(body))
            self.door.flush()
            self._took, self._answered = time.monotonic() - begun, len(questions)
            wait = 0.0 if self.engine.turn() or questions else self.engine.rest(LONGEST_SLEEP)
            if self._parent is not None and os.getppid() != self._parent:
                log.warning("whoever started this engine is gone; stopping")
                break
        self.close()

    def _gathered(self, questions: list[Question], *, queued: bool) -> list[Question]:
        """The questions of the next commit. Where some queued during the last one, those whom it answered ask again
        at once: on a slow disk it pays to wait for them, since else two halves take turns, each waiting for both."""
        spare = min(LONGEST, self._took * GATHER)
        if not queued or not questions or spare < SHORTEST:
            return questions
        enough, until = len(questions) + self._answered, time.monotonic() + spare
        while len(questions) < enough and (left := until - time.monotonic()) > 0:
            questions += self.door.poll(left)
        return questions

    def close(self) -> None:
        """Finish what is under way, write it down, and let go."""
        self.door.close()
        self.post.close()
        self.engine.finish()
        self.engine.heart.store.close()


def wait_for(path: Path, seconds: float, alive: Callable[[], bool]) -> bool:
    """Whether a door opens within so many seconds while its process lives."""
    selector = selectors.DefaultSelector()
    try:
        for _ in range(int(seconds * 100)):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                try:
                    probe.connect(str(path))
                    return True
                except OSError:
                    if not alive():
                        return False
            selector.select(0.01)
    finally:
        selector.close()
    return False
