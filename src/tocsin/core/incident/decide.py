"""decide: state, command, world and now to facts, or a refusal that lists everything missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.incident import lead, page, work
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant
from tocsin.core.permissions import may
from tocsin.core.refusals import Refusal, refuse
from tocsin.core.world import World

Decision = tuple[f.Fact, ...] | Refusal
Rule = Callable[[Incident, Any, c.Actor, World, Instant], Decision]

RULES: dict[type[c.Command], Rule] = {
    c.Acknowledge: page.acknowledge,
    c.Pass: page.pass_on,
    c.Escalate: page.escalate,
    c.Triage: lead.triage,
    c.Declare: lead.declare,
    c.Dismiss: lead.dismiss,
    c.SetSeverity: lead.set_severity,
    c.EnterPhase: lead.enter_phase,
    c.Resolve: lead.resolve,
    c.Close: lead.close,
    c.Merge: lead.merge,
    c.StartPath: lead.start_path,
    c.TakeDecision: lead.take_decision,
    c.SetVisibility: lead.set_visibility,
    c.TakeRole: work.take_role,
    c.OfferRole: work.offer_role,
    c.EndRole: work.end_role,
    c.TickItem: work.tick,
    c.WaiveItem: work.waive,
    c.StartMitigation: work.start_mitigation,
    c.EndMitigation: work.end_mitigation,
    c.SendUpdate: work.send_update,
    c.Note: work.note,
    c.Classify: work.classify,
    c.SetImpact: work.set_impact,
    c.CorrectTime: work.correct_time,
    c.LinkTo: work.link,
}

AFTER_END = (c.Note, c.Classify, c.SetImpact, c.CorrectTime, c.LinkTo, c.SetVisibility)
"""What may still be written to an incident that has ended: the record may always be put right."""


def decide(state: Incident, command: c.Command, actor: c.Actor, world: World, now: Instant) -> Decision:
    """The facts that a command brings about. A refusal brings about none."""
    if not state.record:
        return refuse("not_found", "there is no such incident")
    refused = may(actor, "respond", state)
    if refused is not None:
        return refused
    if state.unknown:
        return refuse(
            "unknown_fact",
            "this incident holds facts of a later version; this version adds nothing to it",
            mend="upgrade this process, or act with the newer one",
        )
    if state.ended is not None and not isinstance(command, AFTER_END):
        return refuse("ended", f"the incident has ended ({state.ended})")
    return RULES[type(command)](state, command, actor, world, now)
