"""Finds the vendors by being there: a folder with a `channel.py` sends, one with a `source.py` listens for alerts, one
with a `change.py` for changes, one with a `callback.py` hears what its vendor reports back.

Listing names looks at the disk only; a vendor's module is imported when it is first asked for, and once.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Literal, cast

import tocsin.integrations as room
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refused, refuse
from tocsin.integrations.base import Callback, ChangeSource, Channel, Source

Role = Literal["channel", "source", "change", "callback"]


def channels() -> tuple[str, ...]:
    """The kinds that can send, in alphabetical order. Imports no vendor."""
    return _found("channel")


def sources() -> tuple[str, ...]:
    """The kinds that can listen, in alphabetical order. Imports no vendor."""
    return _found("source")


def channel(kind: str) -> Channel:
    """The channel of a kind, loaded on first use. Raises Refused (`not_found`) for a kind that is not there."""
    return cast(Channel, _load(kind, "channel"))


def source(kind: str) -> Source:
    """The source of a kind, loaded on first use. Raises Refused (`not_found`) for a kind that is not there."""
    return cast(Source, _load(kind, "source"))


def callback(kind: str) -> Callback:
    """What reads the reports of a kind's vendor. Raises Refused (`not_found`) for a kind that takes none."""
    return cast(Callback, _load(kind, "callback"))


def changes() -> tuple[str, ...]:
    """The kinds that tell of changes, in alphabetical order. Imports no vendor."""
    return _found("change")


def change(kind: str) -> ChangeSource:
    """What reads a kind's changes, loaded on first use. Raises Refused (`not_found`) for a kind that is not there."""
    return cast(ChangeSource, _load(kind, "change"))


@lru_cache(maxsize=3)
def _found(role: Role) -> tuple[str, ...]:
    folders = (Path(root) for root in room.__path__)
    return tuple(sorted({module.parent.name for folder in folders for module in folder.glob(f"*/{role}.py")}))


@lru_cache(maxsize=256)
def _load(kind: str, role: Role) -> object:
    if kind not in _found(role):
        raise _unknown(kind, role)
    vendor = getattr(import_module(f"{room.__name__}.{kind}.{role}"), role.upper())
    if vendor.kind != kind:
        raise ImportError(f"the {role} in the folder {kind} calls itself {vendor.kind}: the two must be the same word")
    return vendor


def _unknown(kind: str, role: Role) -> Refused:
    known = _found(role)
    near = get_close_matches(kind.lower(), known, n=1)
    others = [other for other in ("channel", "source", "change") if other != role and kind in _found(other)]
    if others:
        why = f"{kind} is a {others[0]}, not a {role}"
    else:
        why = f"there is no folder {kind[:60]!r} with a {role}.py among the integrations"
    mend = f"did you mean {near[0]}?" if near else f"write one of {', '.join(known) or '(none)'}"
    return Refused(refuse(RefusalReason.NOT_FOUND, f"no {role} is called {kind[:60]!r}", why=why, mend=mend))
