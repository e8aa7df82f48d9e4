"""Who may do and see what: one function for pages, API, links, chat and command line. Least privilege by default.

Grants are given to people and tokens. A person who was paged, plays a role or otherwise acts in an incident
belongs to it, and may act in it with `respond`; a private incident is shown to its own people and to `private`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from tocsin.core.commands import Actor
from tocsin.core.incident.state import Incident
from tocsin.core.refusals import Refusal, refuse

GRANTS: dict[str, str] = {
    "view": "read open incidents, alerts, rosters and the plan",
    "send": "send alerts",
    "respond": "act in incidents: acknowledge, declare, lead, update, resolve",
    "private": "read private incidents",
    "people": "change contacts, permissions, rosters of others",
    "plan": "apply a plan",
    "admin": "users, tokens, backup, erasure",
}
RESPONDER = frozenset({"view", "respond"})
ADMIN = frozenset(GRANTS)

Verb = Literal["view", "send", "respond", "people", "plan", "admin"]


def may_see(handle: str, grants: Collection[str], visibility: str, people: Collection[str]) -> bool:
    """Whether somebody may read a record: open ones with `view`, private ones when they belong to it or may see all."""
    if visibility == "private":
        return "private" in grants or handle in people
    return "view" in grants or handle in people


def may(actor: Actor, verb: Verb, state: Incident | None = None) -> Refusal | None:
    """None when the actor may, else why not. An incident that may not be seen is not found."""
    if state is not None and not may_see(actor.handle, actor.grants, state.visibility, state.people):
        return refuse("not_found", "there is no such incident")
    if verb in actor.grants:
        return None
    if verb == "respond" and state is not None and actor.handle in state.people:
        return None
    return refuse("not_allowed", f"this needs the grant {verb!r}", why=f"{actor.handle} has {_list(actor.grants)}")


def _list(grants: Collection[str]) -> str:
    return ", ".join(sorted(grants)) or "none"
