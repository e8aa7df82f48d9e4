"""The engine's other writes as the API offers them: which, and what each takes, read from their own signatures."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any, get_type_hints

from tocsin.core.refusals import Refusal
from tocsin.engine.admin import OPERATIONS
from tocsin.integrations.registry import channels
from tocsin.web.reading import named

OFFERED = (
    "add_contact",
    "test_contact",
    "verify_contact",
    "remove_contact",
    "set_ladder",
    "set_permissions",
    "leave",
    "set_override",
    "plan_maintenance",
    "erase",
)
GIVEN = ("heart", "unit", "w", "actor", "channels", "return")
"""What the engine or the edge itself puts in."""


@cache
def takes(what: str) -> dict[str, Any]:
    """The names and kinds of what an operation takes."""
    return {name: hint for name, hint in get_type_hints(OPERATIONS[what]).items() if name not in GIVEN}


def about(what: str) -> str:
    """What an operation does, in its own words."""
    return (inspect.getdoc(OPERATIONS[what]) or what).partition("\n")[0]


def arguments(what: str, body: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """An operation's arguments from what a caller wrote. A refusal names every one at fault."""
    hints = takes(what)
    values = named(hints, hints, body)
    if not isinstance(values, Refusal) and what == "add_contact":
        values["channels"] = tuple(channels())
    return values
