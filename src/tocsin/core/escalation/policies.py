"""Which policies are in force for an incident, whether it may page at all, and which calls still ring."""

from __future__ import annotations

from tocsin.core.incident.state import Call, Incident
from tocsin.core.instants import Instant
from tocsin.core.plan import Policy, Step
from tocsin.core.world import World


def in_force(state: Incident, world: World) -> tuple[Policy, ...]:
    """The policy of detection or, once declared, of the severity; and those of the special paths that started."""
    paths = (world.rules.by.paths.get(path) for path in state.paths)
    special = [
        world.rules.by.policies[path.policy] for path in paths if path and path.policy in world.rules.by.policies
    ]
    return (*main_policy(state, world), *special)


def main_policy(state: Incident, world: World) -> tuple[Policy, ...]:
    """The policy of detection or of the severity, if there is one: what declaring, raising and lowering replace. Those
    of special paths run on, by clocks of their own (rule 8)."""
    taken = {path.policy for path in world.rules.plan.paths}
    return tuple(p for p in world.rules.plan.policies if p.id not in taken and _fits(p, state))[:1]


def _fits(policy: Policy, state: Incident) -> bool:
    if policy.domains and state.domain not in policy.domains:
        return False
    if not state.declared:
        # A detection that hints a mild severity may be told instead of paged (conflict 16).
        return policy.zero == "detection" and (not policy.severities or state.severity_hint in policy.severities)
    return policy.zero == "declaration" and (not policy.severities or state.severity in policy.severities)


def zero(policy: Policy, step: Step | None, state: Incident) -> Instant | None:
    """The instant from which a policy's clock, or a step's that waits for a decision, counts (rule 8)."""
    start = state.severity_since if policy.zero == "declaration" else state.times.get("detected")
    if step is None or step.decision is None or start is None:
        return start
    return state.decisions.get(step.decision)


def may_page(state: Incident) -> str | None:
    """Why this incident pages nobody now (`SkipReason`), or None when it may."""
    if state.ended is not None:
        return state.ended if state.ended in ("dismissed", "cleared", "merged") else "resolved"
    if state.resolved:
        return "resolved"
    if not state.declared and not state.firing:
        return "cleared"
    if not state.declared and not state.audible:
        return next((part.muted for part in state.groups.values() if part.muted), "cleared")
    return None


def over(call: Call, state: Incident, world: World) -> str | None:
    """Why a call no longer rings (`SkipReason`), or None while it does."""
    if call.ended is not None:
        return call.ended
    silent = may_page(state)
    if silent is not None:
        return silent
    if call.asks == "commander" and state.holder("commander", interim=False) is not None:
        return "command_taken"
    if call.asks is not None and call.asks != "commander" and state.holder(call.asks, interim=False) is not None:
        return "acknowledged"
    policy = call.step.partition("/")[0]
    if policy != "hand" and all(policy != each.id for each in in_force(state, world)):
        return "declared" if state.declared else "lowered"
    return None


def live_calls(state: Incident, world: World) -> tuple[Call, ...]:
    """Every call that still rings."""
    return tuple(call for call in state.paging.calls.values() if over(call, state, world) is None)


def busy(state: Incident, world: World) -> dict[str, str]:
    """People who are not asked again: those who have answered, and those whose call rings or was passed on."""
    found = dict.fromkeys(state.paging.engaged(), "already_paged")
    found |= {call.person: "already_paged" for call in live_calls(state, world)}
    return found
