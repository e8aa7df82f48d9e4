"""An incident's record as lines that people read: when, who, what, and why. One line a fact, nothing left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.core import facts as f
from tocsin.core.instants import Instant, in_words
from tocsin.core.plan_words import duration_words
from tocsin.core.reasons import sentence

ERASED = "(erased)"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `tone` groups lines for filters (page, lead, work, alert, record)."""

    n: int
    at: Instant
    kind: str
    tone: str
    who: str
    text: str


Texts = Mapping[str, str]
Teller = Callable[[Any, Texts], str]


def line(entry: f.Entry, texts: Texts) -> Line:
    """The line of an entry. `texts` holds the payloads by name; an erased one says so."""
    fact = entry.fact
    if isinstance(fact, f.Unknown):
        text = f"written by a later version ({fact.stored_kind} version {fact.stored_v})"
        return Line(entry.n, entry.at, fact.stored_kind, "record", "", text)
    teller = TELLERS.get(type(fact))
    text = teller(fact, texts) if teller else fact.kind.replace(".", " ").replace("_", " ")
    return Line(entry.n, entry.at, fact.kind, _tone(fact.kind), getattr(fact, "by", ""), text)


PEOPLE_SAID = ("page.acknowledged", "page.passed", "page.escalated")


def _tone(kind: str) -> str:
    if kind in PEOPLE_SAID:
        return "lead"
    if kind.startswith("page."):
        return "page"
    if kind in ("incident.group_joined", "incident.group_moved"):
        return "alert"
    if kind in ("incident.noted", "incident.update_sent", "incident.item_ticked", "incident.mitigation_started"):
        return "work"
    return "lead"


def _said(ref: str | None, texts: Texts) -> str:
    return texts.get(ref, ERASED) if ref else ""


def _with(text: str, ref: str | None, texts: Texts) -> str:
    return f"{text}: {_said(ref, texts)}" if ref else text


def _people(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def _step(fact: f.StepTaken, texts: Texts) -> str:
    skipped = "; ".join(f"{person}: {sentence(why)}" for person, why in fact.skipped)
    verb = "pages" if fact.verb == "page" else "informs"
    more = f" ({skipped})" if skipped else ""
    return (
        f"{verb} {_people(fact.people)}, {sentence(fact.reason)}, as {', '.join(fact.targets) or 'nobody named'}{more}"
    )


def _sent(fact: f.Sent, texts: Texts) -> str:
    words = {
        "accepted": "handed over",
        "failed_now": "failed for now",
        "failed_for_good": "failed for good",
        "unknown": "may have arrived",
        "cancelled": "cancelled",
    }
    code = sentence(fact.code) if fact.outcome == "cancelled" else fact.code
    return f"{_short(fact.key)} {words.get(fact.outcome, fact.outcome)}{f' ({code})' if code else ''}"


def _short(key: str) -> str:
    """Who an order's message is for: its key ends with person and contact."""
    return f"message to {key.split('/')[-2]}" if key.count("/") >= 2 else "message"


def _owed(key: str) -> str:
    """A step's key (policy, round, step and verb, or a row) in words."""
    parts = key.split("/")
    if len(parts) == 4:
        return f"the {parts[3]} of step {parts[2]} of {parts[0]}"
    return f"{parts[-1].replace('-', ' ')} of {parts[0]}" if len(parts) == 3 else key


def _impact(fact: f.ImpactSet, texts: Texts) -> str:
    figures = ", ".join(f"{name} {value:g}" for name, value in fact.figures)
    return _with(f"impact: {figures}", fact.words, texts)


TELLERS: dict[type[f.Fact], Teller] = {
    f.IncidentOpened: lambda x, t: f"opened for {x.service or 'no service'}: {_said(x.title, t)}",
    f.GroupJoined: lambda x, t: "alerts joined",
    f.GroupMoved: lambda x, t: f"alerts: {sentence(x.to)}",
    f.Declared: lambda x, t: _with(
        f"declared {x.severity}{f' (proposed {x.proposed})' if x.proposed else ''}", x.reason, t
    ),
    f.Triaged: lambda x, t: f"triage proposes {x.proposed}",
    f.SeverityChanged: lambda x, t: _with(
        f"{'raised' if x.raised else 'lowered'} from {x.before} to {x.after}", x.reason, t
    ),
    f.PhaseEntered: lambda x, t: _with(f"phase {x.phase.replace('_', ' ')}{' again' if x.again else ''}", x.reason, t),
    f.Dismissed: lambda x, t: _with(f"dismissed as {x.reason.replace('_', ' ')}", x.note, t),
    f.Closed: lambda x, t: f"closed ({x.reason})",
    f.Resumed: lambda x, t: f"the engine was away for {duration_words(x.away)}, since {in_words(x.since)}",
    f.ChangeSeen: lambda x, t: f"{x.what} of {x.service or 'no service'} {x.outcome}",
    f.RoundStarted: lambda x, t: f"round {x.round} of {x.policy} begins: {sentence(x.cause)}",
    f.StepTaken: _step,
    f.StepSkipped: lambda x, t: f"{_owed(x.key)} is owed no more: {sentence(x.reason)}",
    f.StepHeld: lambda x, t: (
        f"held for the next person on: {sentence(x.reason)} ({', '.join(x.targets) or 'no fallback'})"
    ),
    f.CallBegan: lambda x, t: f"calls {x.person}: {sentence(x.reason)}",
    f.CallEnded: lambda x, t: f"call ended ({x.call.rpartition('/')[2]}): {sentence(x.reason)}",
    f.Ordered: lambda x, t: f"{x.verb} to {x.person} by {x.channel}: {sentence(x.reason)}",
    f.Sent: _sent,
    f.Acknowledged: lambda x, t: f"{x.by} has it ({x.via})",
    f.Passed: lambda x, t: f"{x.by} passed it on ({x.via})",
    f.Escalated: lambda x, t: _with(f"asked to {x.verb} {x.target}, {x.reason.replace('_', ' ')}", x.words, t),
    f.Decided: lambda x, t: f"decided: {x.decision}",
    f.PathStarted: lambda x, t: f"path {x.path} started",
    f.RoleTaken: lambda x, t: f"{x.person} is {x.role}{' until another accepts' if x.interim else ''}",
    f.RoleOffered: lambda x, t: f"{x.person} is asked to be {x.role}",
    f.RoleEnded: lambda x, t: f"{x.person} {'refused to be' if x.refused else 'is no longer'} {x.role}",
    f.ItemTicked: lambda x, t: f"ticked {x.item}",
    f.ItemUnticked: lambda x, t: f"unticked {x.item}",
    f.ItemWaived: lambda x, t: _with(f"waived {x.item}", x.words, t),
    f.MitigationStarted: lambda x, t: _with(f"mitigation {x.attempt}, {x.way}, risk {x.risk}", x.words, t),
    f.MitigationEnded: lambda x, t: _with(f"mitigation {x.attempt} {'worked' if x.worked else 'failed'}", x.words, t),
    f.UpdateSent: lambda x, t: _with(f"update to {x.audience}{', posted by hand' if x.by_hand else ''}", x.words, t),
    f.UpdateFell: lambda x, t: f"update to {x.audience} {'is late' if x.late else 'is nearly due'} ({in_words(x.due)})",
    f.CommandLate: lambda x, t: f"command was due {in_words(x.due)}",
    f.Noted: lambda x, t: _with(x.what, x.words, t),
    f.Classified: lambda x, t: f"{x.field}: {x.value}",
    f.ImpactSet: _impact,
    f.TimeCorrected: lambda x, t: _with(f"{x.milestone} corrected to {in_words(x.at)}", x.words, t),
    f.Merged: lambda x, t: f"merged into {x.into}",
    f.Absorbed: lambda x, t: f"took in {x.other}",
    f.Linked: lambda x, t: f"{x.how}: {x.other}",
    f.VisibilityChanged: lambda x, t: f"now {x.visibility}",
    f.Erased: lambda x, t: f"a text was erased: {x.reason}",
}
