"""How a season runs, and what it saw."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tocsin.sim.faults import CRASHES, Where


@dataclass(slots=True)
class Seen:
    """What a season went through: so that a test can say that it was no idle one."""

    incidents: int = 0
    alerts: int = 0
    steps: int = 0
    deep_looks: int = 0
    commands: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    kinds: Counter[str] = field(default_factory=Counter[str])
    reasons: Counter[str] = field(default_factory=Counter[str])
    faults: Counter[str] = field(default_factory=Counter[str])
    rings: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """How a season runs: seconds between arrivals, how many services break at once, how long alerts fire, which faults
    come how often (1.0: one every fifty minutes), and seconds between changes that people make."""

    gap: float = 400.0
    burst: tuple[int, int] = (3, 25)
    kinds: tuple[tuple[str, int], ...] = (
        ("single", 50), ("burst", 20), ("flap", 8), ("copies", 10), ("disorder", 8), ("info", 4),
    )  # fmt: skip
    fires: tuple[int, ...] = (30, 300, 1800, 5400)
    clears: float = 0.85
    trouble: float = 1.0
    changes: float = 7_200.0
    faults: tuple[Where, ...] = (*CRASHES, "disk_full")


BUSY = Pace()
"""Something breaks every few minutes."""

STORMS = Pace(gap=3600.0, trouble=0.4, burst=(150, 400), kinds=(("burst", 1),), fires=(60, 120, 240), clears=1.0)
"""Hundreds of services at once, again and again."""
