"""Commands that answer, pass on or ask for somebody."""

from __future__ import annotations

from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.escalation.ladder import next_row
from tocsin.core.escalation.policies import busy, live_calls
from tocsin.core.escalation.steps import page_facts, taken
from tocsin.core.escalation.targets import choose
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant
from tocsin.core.plan_words import parse_target
from tocsin.core.reasons import ManualTrigger
from tocsin.core.refusals import Refusal, refuse
from tocsin.core.world import World

Decision = tuple[f.Fact, ...] | Refusal


def acknowledge(state: Incident, command: c.Acknowledge, actor: c.Actor, world: World, now: Instant) -> Decision:
    """I have it. Saying it twice is one answer; whoever was asked to take a role takes it with the answer."""
    if state.resolved:
        return refuse("ended", "the incident is resolved; there is no page to answer")
    ringing = [call for call in live_calls(state, world) if call.person == actor.handle]
    roles = {call.asks for call in ringing if call.asks}
    taken_on = tuple(f.RoleTaken(actor.handle, role, actor.handle) for role in sorted(roles))
    if state.paging.answered and actor.handle in state.paging.engaged() and all(call.asks for call in ringing):
        return taken_on
    pending = next_row(state, world)
    dropped = (f.StepSkipped(pending, "acknowledged"),) if pending else ()
    return (f.Acknowledged(actor.handle, actor.via), *taken_on, *dropped)


def pass_on(state: Incident, command: c.Pass, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Next person, without blame (rule 4)."""
    if state.resolved:
        return refuse("ended", "the incident is resolved; there is no page to pass on")
    ringing = any(call.person == actor.handle for call in live_calls(state, world))
    if not ringing and actor.handle not in state.paging.engaged():
        if any(call.person == actor.handle and call.ended == "passed" for call in state.paging.calls.values()):
            return ()
        return refuse("already_so", "nobody asked you in this incident, so there is nothing to pass on")
    return (f.Passed(actor.handle, actor.via),)


def escalate(state: Incident, command: c.Escalate, actor: c.Actor, world: World, now: Instant) -> Decision:
    """Ask for somebody by hand, with a reason (spec sheet 2, manual)."""
    if command.reason not in list(ManualTrigger):
        choices = ", ".join(ManualTrigger)
        return refuse(
            "invalid", f"{command.reason!r} is no reason to escalate", where="reason", mend=f"one of: {choices}"
        )
    if command.verb not in ("page", "inform"):
        return refuse("invalid", "escalation either pages or informs", where="verb", mend="one of: page, inform")
    try:
        target = parse_target(command.target)
    except ValueError as problem:
        return refuse("invalid", str(problem), where="target")
    n = len({key.split("/")[1] for key in state.paging.taken if key.startswith("hand/")}) + 1
    key = f"hand/{n}/asked/{command.verb}"
    engaged = busy(state, world) if command.verb == "page" else {}
    choice = choose((target,), state, world, now, command.verb, engaged)
    if not choice.people and not choice.skipped:
        return refuse("not_found", f"{target} comes to nobody", where="target", why="; ".join(choice.named))
    words = command.words.ref if command.words else None
    asked = f.Escalated(actor.handle, str(target), command.verb, command.reason, words)
    if command.verb == "inform":
        return (asked, taken(key, "inform", "asked_by_hand", choice, None, world))
    return (asked, *page_facts(key, "asked_by_hand", choice, (target,), state, world))
