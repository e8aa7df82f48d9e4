"""From an order to its row in the outbox, and whether the order still matters when its turn comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core import facts as f
from tocsin.core.escalation.policies import may_page, over
from tocsin.core.incident.state import Incident, Order
from tocsin.core.instants import Instant, later
from tocsin.core.world import World
from tocsin.engine.lists import rank
from tocsin.store.base import OutboxRow

if TYPE_CHECKING:
    from tocsin.engine.heart import Heart
    from tocsin.engine.records import Unit


def outbox_row(record: str, order: f.Ordered, unit: Unit, heart: Heart) -> OutboxRow:
    """The row of an order: due at once, ranked worst first with pages before informs."""
    state = unit.incident(record)
    worst = rank(state, heart.world(state.rules)) if state.record else 0
    return OutboxRow(
        key=order.key,
        record=record,
        person=order.person,
        contact=order.contact,
        channel=order.channel,
        verb=order.verb,
        what=order.what,
        rank=worst * 2 + (order.verb != "page"),
        ordered_at=unit.now,
        not_before=unit.now,
    )


def no_longer(order: Order | None, state: Incident, world: World, now: Instant) -> str | None:
    """Why an order is not sent after all (`SkipReason`), or None when it still matters (rule 17)."""
    if order is None:
        return "superseded"
    if world.contact(order.person, order.contact) is None:
        return "erased"
    if order.verb != "page":
        return state.ended if state.ended in ("dismissed", "merged") else None
    silent = may_page(state)
    if silent is not None:
        return silent
    call = state.paging.calls.get(order.call or "")
    why = over(call, state, world) if call is not None else None
    return "acknowledged" if why == "superseded" and state.paging.answered else why


def is_stale(order: Order, world: World, now: Instant) -> bool:
    """Whether a page's shelf life has passed: it is told in a digest, not rung as if it were new."""
    return now > later(order.at, world.rules.plan.limits.page_shelf_life)
