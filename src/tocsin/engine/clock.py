"""The clock and chance, handed to everything that needs them, so that a drill, a test and a year are one engine."""

from __future__ import annotations

import os
import random
import time
from typing import Protocol

from tocsin.core.instants import Instant, iso, later, parse_instant, seconds_between


class Clock(Protocol):
    """Tells the instant. On PostgreSQL what is due is asked of the database's clock instead."""

    def now(self) -> Instant: ...
    def seconds_until(self, at: Instant) -> float: ...


class RealClock:
    """The process's clock, which never goes back within a process: a step back holds the last instant."""

    def __init__(self) -> None:
        self._last = Instant(0)

    def now(self) -> Instant:
        self._last = Instant(max(self._last, time.time_ns() // 1000))
        return self._last

    def seconds_until(self, at: Instant) -> float:
        """How long a process would sleep until then; below zero when it has passed."""
        return seconds_between(self.now(), at)


class QuickClock:
    """A clock that shows `begin` at a real instant and runs `speed` times as fast from there: the demo's.

    Written as BEGIN*SPEED@REAL, so that two processes show the same: 2026-01-29T14:20:00Z*20@2026-11-02T09:00:00Z.
    """

    def __init__(self, begin: Instant, speed: float, real: Instant) -> None:
        if not 0 < speed <= 3600:
            raise ValueError("a clock runs up to 3600 times as fast")
        self._begin, self._speed, self._real = begin, speed, real
        self._true = RealClock()

    @classmethod
    def read(cls, text: str) -> QuickClock:
        """From its text. Raises ValueError."""
        begin, _, rest = text.partition("*")
        speed, _, real = rest.partition("@")
        return cls(parse_instant(begin), float(speed), parse_instant(real))

    def __str__(self) -> str:
        return f"{iso(self._begin)}*{self._speed:g}@{iso(self._real)}"

    def now(self) -> Instant:
        return later(self._begin, seconds_between(self._real, self._true.now()) * self._speed)

    def seconds_until(self, at: Instant) -> float:
        """How long a process would sleep until then; below zero when it has passed."""
        return seconds_between(self.now(), at) / self._speed


class SetClock:
    """A clock that stands where it is put: tests, stories, simulation, drills."""

    def __init__(self, at: Instant) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at

    def seconds_until(self, at: Instant) -> float:
        """How far an instant lies ahead."""
        return seconds_between(self.at, at)

    def forward(self, seconds: float) -> Instant:
        """Move on by so many seconds."""
        self.at = later(self.at, seconds)
        return self.at


class Chance(Protocol):
    """Where ids and salts come from."""

    def id(self, at: Instant) -> str: ...
    def salt(self) -> bytes: ...


def _uuid7(at: Instant, random_bytes: bytes) -> str:
    """RFC 9562 version 7: 48 bits of milliseconds, then version, variant and randomness."""
    value = (at // 1000 & (1 << 48) - 1) << 80 | int.from_bytes(random_bytes, "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class RealChance:
    """The operating system's randomness."""

    def id(self, at: Instant) -> str:
        return _uuid7(at, os.urandom(10))

    def salt(self) -> bytes:
        return os.urandom(16)


class SeededChance:
    """The same ids and salts for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def id(self, at: Instant) -> str:
        return _uuid7(at, self._random.randbytes(10))

    def salt(self) -> bytes:
        return self._random.randbytes(16)
