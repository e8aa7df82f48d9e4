"""Pure steps from a released version of a fact to the next. Empty while every kind is at its first version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tocsin.core.facts import Fact

UPCASTS: dict[tuple[str, int], Callable[[Any], Fact]] = {}
