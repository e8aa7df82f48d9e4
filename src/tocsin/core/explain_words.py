"""An explanation as a document: for programs, and for the table that people read. And what is asked, read from one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from tocsin.core import facts as f
from tocsin.core.instants import Instant, iso, parse_instant, seconds_between
from tocsin.core.reasons import sentence
from tocsin.core.refusals import Problem, Refusal, refuse

if TYPE_CHECKING:
    from tocsin.core.explain import Explanation, Told

MOST_SECONDS = 7 * 86_400
LONGEST = 2 * 3_600


@dataclass(frozen=True, slots=True)
class Asked:
    """An alert to be explained; `at` None is now."""

    labels: dict[str, str]
    source: str = "explained"
    at: Instant | None = None
    severity: str | None = None
    seconds: float = LONGEST


def asked(body: Mapping[str, Any]) -> Asked | Refusal:
    """The question of a document, or everything that is wrong with it."""
    problems: list[Problem] = []
    labels = cast("dict[Any, Any]", body.get("labels")) if isinstance(body.get("labels"), dict) else None
    if labels is None or not all(isinstance(each, str) for pair in labels.items() for each in pair):
        problems.append(Problem("an alert has labels, each with text", "labels"))
    seconds = body.get("seconds", LONGEST)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= MOST_SECONDS:
        problems.append(Problem(f"a number from 0 to {MOST_SECONDS} is needed", "seconds"))
    texts = ("source", "severity", "at")
    problems += [Problem("text is needed here", name) for name in texts if not isinstance(body.get(name), str | None)]
    at: Instant | None = None
    if isinstance(body.get("at"), str):
        try:
            at = parse_instant(body["at"])
        except ValueError as problem:
            problems.append(Problem(str(problem), "at"))
    if problems or labels is None:
        return Refusal("invalid", tuple(problems))
    return Asked(labels, body.get("source") or "explained", at, body.get("severity"), float(seconds))


def unknown_severity(question: Asked, severities: Mapping[str, object]) -> Refusal | None:
    """Why the severity that is asked about is none; None when it is one, or none is asked about."""
    if question.severity is None or question.severity in severities:
        return None
    mend = f"one of: {', '.join(severities)}"
    return refuse("invalid", f"there is no severity {question.severity[:60]!r}", where="severity", mend=mend)


def document(found: Explanation, at: Instant) -> dict[str, Any]:
    """The whole path: route, group, mute, and each thing that would follow."""
    routed = found.routed
    return {
        "at": iso(at),
        "route": routed.route.id if routed else None,
        "group_by": list(routed.route.group_by) if routed else [],
        "service": (routed.service or None) if routed else None,
        "domain": (routed.domain or None) if routed else None,
        "severity": routed.severity_hint if routed else None,
        "declares": routed.route.declare if routed else None,
        "path": routed.route.path if routed else None,
        "visibility": routed.route.visibility if routed else "open",
        "pages": found.mute is None and (routed is None or routed.route.page),
        "mute": _mute(found),
        "steps": list(_steps(found.steps, at)),
    }


def _mute(found: Explanation) -> dict[str, Any] | None:
    if found.mute is None:
        return None
    until = iso(found.mute.until) if found.mute.until is not None else None
    return {"reason": found.mute.reason, "why": sentence(found.mute.reason), "by": found.mute.by, "until": until}


def _steps(told: tuple[Told, ...], at: Instant) -> Iterator[dict[str, Any]]:
    """Messages, and whatever says why there is none: held, skipped, or a round that begins."""
    named: dict[str, tuple[str, ...]] = {}
    for each in told:
        for fact in each.duty.facts:
            if isinstance(fact, f.StepTaken):
                named[fact.key] = fact.targets
            line = _line(fact, named)
            if line is not None:
                yield {"at": iso(each.at), "after": seconds_between(at, each.at), **line}


def _line(fact: f.Fact, named: Mapping[str, tuple[str, ...]]) -> dict[str, Any] | None:
    match fact:
        case f.Ordered():
            key = fact.step or fact.key
            return _said(fact.verb, fact.person, fact.channel, key, fact.reason, named.get(key, ()))
        case f.StepHeld():
            return _said("hold", None, None, fact.key, fact.reason, named.get(fact.key, fact.targets))
        case f.StepSkipped():
            return _said("skip", None, None, fact.key, fact.reason, ())
        case f.RoundStarted():
            return _said("round", None, None, f"{fact.policy}/{fact.round}", fact.cause, ())
        case _:
            return None


def _said(
    verb: str, person: str | None, channel: str | None, step: str, reason: str, targets: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "verb": verb,
        "person": person,
        "channel": channel,
        "step": step,
        "reason": reason,
        "why": sentence(reason),
        "targets": list(targets),
    }
