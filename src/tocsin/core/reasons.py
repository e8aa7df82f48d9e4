"""The closed sets of reasons. Each order, mute, skip, end and refusal on the record carries one of these names.

A reason's value is what is stored, searched and counted; its sentence, in `SENTENCES`, is what people read.
"""

from __future__ import annotations

from enum import StrEnum


class OrderReason(StrEnum):
    """Why somebody is paged or informed."""

    FIRST_ON_CALL = "first_on_call"
    UNANSWERED = "unanswered"
    PASSED_ON = "passed_on"
    STEP_DUE = "step_due"
    NO_COMMAND = "no_command"
    HELD_UNTIL_NOW = "held_until_now"
    ROSTER_TURNED = "roster_turned"
    FALLBACK = "fallback"
    NEXT_CONTACT = "next_contact"
    CONTACT_FAILED = "contact_failed"
    ASKED_BY_HAND = "asked_by_hand"
    UPDATE_NEARLY_DUE = "update_nearly_due"
    UPDATE_LATE = "update_late"
    CLEARANCE_WANTED = "clearance_wanted"
    COMMAND_LATE = "command_late"
    UNTOLD = "untold"
    ROLES_CLASH = "roles_clash"
    NOBODY_ON_CALL = "nobody_on_call"
    LAST_REFUSAL = "last_refusal"


class RoundCause(StrEnum):
    """What starts a round of paging."""

    OPENED = "opened"
    DECLARED = "declared"
    RAISED = "raised"
    LOWERED = "lowered"
    GONE_QUIET = "gone_quiet"
    RESUMED = "resumed"
    RELAPSED = "relapsed"
    REFIRED = "refired"
    STILL_UNANSWERED = "still_unanswered"
    OVERRAN = "overran"
    UNMUTED = "unmuted"


class SkipReason(StrEnum):
    """Why a step, a person or a contact was passed over, and why an order was cancelled before it was sent."""

    ALREADY_PAGED = "already_paged"
    ACKNOWLEDGED = "acknowledged"
    COMMAND_TAKEN = "command_taken"
    NOBODY_ON_CALL = "nobody_on_call"
    UNREACHABLE = "unreachable"
    PASSED = "passed"
    RESOLVED = "resolved"
    CLEARED = "cleared"
    DISMISSED = "dismissed"
    MERGED = "merged"
    LOWERED = "lowered"
    DECLARED = "declared"
    ROSTER_TURNED = "roster_turned"
    SUPERSEDED = "superseded"
    ERASED = "erased"
    NO_SUCH_CHANNEL = "no_such_channel"
    TEST_TOO_LATE = "test_too_late"


class AlertReason(StrEnum):
    """What intake made of an alert."""

    NEW = "new"
    REPEAT = "repeat"
    CHANGED = "changed"
    CLEARED = "cleared"
    REFIRED = "refired"
    FLAPPING = "flapping"
    EXPIRED = "expired"
    UNKNOWN_CLEAR = "unknown_clear"
    OUT_OF_ORDER = "out_of_order"


class MuteReason(StrEnum):
    """Why a group that fires pages nobody for now."""

    MUTE_WINDOW = "mute_window"
    MAINTENANCE = "maintenance"


class DismissReason(StrEnum):
    """What a detection was, when it was no incident (spec sheet 1)."""

    FALSE_POSITIVE = "false_positive"
    KNOWN_ISSUE = "known_issue"
    PLANNED_MAINTENANCE = "planned_maintenance"
    NON_URGENT_BUG = "non_urgent_bug"
    FEATURE_REQUEST = "feature_request"
    OPTIMISATION = "optimisation"


class ManualTrigger(StrEnum):
    """Why a person asks for somebody by hand (spec sheet 2)."""

    NOT_SOLVABLE = "not_solvable"
    EXPERTISE_MISSING = "expertise_missing"
    BEYOND_ME = "beyond_me"
    BLOCKED_OUTSIDE = "blocked_outside"
    EXECUTIVE_DECISION = "executive_decision"
    SEVERAL_TEAMS = "several_teams"
    SCOPE_GROWING = "scope_growing"
    MITIGATION_FAILING = "mitigation_failing"
    UNSURE = "unsure"


class RefusalReason(StrEnum):
    """Why a command was refused."""

    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    WRONG_PHASE = "wrong_phase"
    MISSING = "missing"
    INVALID = "invalid"
    ALREADY_SO = "already_so"
    ENDED = "ended"
    UNKNOWN_FACT = "unknown_fact"
    WOULD_STRAND = "would_strand"
    TOO_MUCH = "too_much"
    UNAVAILABLE = "unavailable"


SENTENCES: dict[str, str] = {
    OrderReason.FIRST_ON_CALL: "first on call for the domain",
    OrderReason.UNANSWERED: "nobody had answered in time",
    OrderReason.PASSED_ON: "the person before passed it on",
    OrderReason.STEP_DUE: "this step of the policy fell due",
    OrderReason.NO_COMMAND: "nobody had taken command yet",
    OrderReason.HELD_UNTIL_NOW: "the page was held until somebody came on call",
    OrderReason.ROSTER_TURNED: "the roster turned while the page was unanswered",
    OrderReason.FALLBACK: "nobody else could be reached",
    OrderReason.NEXT_CONTACT: "the contact before brought no answer",
    OrderReason.CONTACT_FAILED: "the contact before failed for good",
    OrderReason.ASKED_BY_HAND: "somebody asked for them",
    OrderReason.UPDATE_NEARLY_DUE: "an update is nearly due",
    OrderReason.UPDATE_LATE: "an update is late",
    OrderReason.CLEARANCE_WANTED: "what the public may be told has to be cleared first",
    OrderReason.COMMAND_LATE: "command is later than the plan allows",
    OrderReason.UNTOLD: "somebody who should be told could not be",
    OrderReason.ROLES_CLASH: "one person plays two roles that the plan wants apart",
    OrderReason.LAST_REFUSAL: "everybody asked had passed it on",
    RoundCause.OPENED: "an alert opened the incident",
    RoundCause.DECLARED: "the incident was declared",
    RoundCause.RAISED: "the severity was raised",
    RoundCause.LOWERED: "the severity was lowered",
    RoundCause.GONE_QUIET: "it was acknowledged, but nothing followed",
    RoundCause.RESUMED: "the engine came back after being away",
    RoundCause.RELAPSED: "the trouble came back",
    RoundCause.REFIRED: "the alert fired again",
    RoundCause.STILL_UNANSWERED: "a whole round went unanswered",
    RoundCause.OVERRAN: "it still fires after the maintenance",
    RoundCause.UNMUTED: "it still fires after its mute window",
    SkipReason.ALREADY_PAGED: "already engaged or being called",
    SkipReason.ACKNOWLEDGED: "somebody has it",
    SkipReason.COMMAND_TAKEN: "somebody commands",
    SkipReason.NOBODY_ON_CALL: "nobody is on call",
    SkipReason.UNREACHABLE: "no verified contact reaches them",
    SkipReason.PASSED: "they passed it on",
    SkipReason.RESOLVED: "the incident is resolved",
    SkipReason.CLEARED: "the alert cleared",
    SkipReason.DISMISSED: "it was dismissed",
    SkipReason.MERGED: "it was merged into another incident",
    SkipReason.LOWERED: "the severity was lowered",
    SkipReason.DECLARED: "the incident was declared",
    SkipReason.SUPERSEDED: "a newer round replaced it",
    SkipReason.ERASED: "the person's contact was erased",
    SkipReason.TEST_TOO_LATE: "the test page could not leave in time",
    SkipReason.NO_SUCH_CHANNEL: "its channel is not set up here",
    AlertReason.NEW: "not seen before",
    AlertReason.REPEAT: "says nothing new",
    AlertReason.CHANGED: "same alert, other content",
    AlertReason.REFIRED: "fired again inside the flap window",
    AlertReason.FLAPPING: "fires and clears too often",
    AlertReason.EXPIRED: "its sender fell silent",
    AlertReason.UNKNOWN_CLEAR: "a clear for nothing that fires",
    AlertReason.OUT_OF_ORDER: "older than what is already known",
    MuteReason.MUTE_WINDOW: "inside a mute window of its route",
    MuteReason.MAINTENANCE: "its service is under planned maintenance",
    DismissReason.FALSE_POSITIVE: "nothing was wrong",
    DismissReason.KNOWN_ISSUE: "known and worked on already",
    DismissReason.PLANNED_MAINTENANCE: "planned maintenance",
    DismissReason.NON_URGENT_BUG: "a bug that can wait",
    DismissReason.FEATURE_REQUEST: "a wish for something new",
    DismissReason.OPTIMISATION: "an idea for making it better",
    ManualTrigger.NOT_SOLVABLE: "cannot be solved in time",
    ManualTrigger.EXPERTISE_MISSING: "needs somebody who knows it",
    ManualTrigger.BEYOND_ME: "is more than the responder can do",
    ManualTrigger.BLOCKED_OUTSIDE: "waits for somebody outside",
    ManualTrigger.EXECUTIVE_DECISION: "needs an executive's decision",
    ManualTrigger.SEVERAL_TEAMS: "needs several teams",
    ManualTrigger.SCOPE_GROWING: "is growing",
    ManualTrigger.MITIGATION_FAILING: "what was tried does not work",
    ManualTrigger.UNSURE: "unsure; better to ask",
    RefusalReason.NOT_ALLOWED: "not allowed",
    RefusalReason.NOT_FOUND: "not found",
    RefusalReason.WRONG_PHASE: "not possible in this phase",
    RefusalReason.MISSING: "something is missing",
    RefusalReason.INVALID: "something is wrong in what was asked",
    RefusalReason.ALREADY_SO: "it is so already",
    RefusalReason.ENDED: "it has ended",
    RefusalReason.UNKNOWN_FACT: "written by a later version",
    RefusalReason.WOULD_STRAND: "would strand an open incident",
    RefusalReason.TOO_MUCH: "too much at once",
    RefusalReason.UNAVAILABLE: "not available now",
}


def sentence(reason: str) -> str:
    """The words people read for a reason's name."""
    return SENTENCES.get(reason, reason.replace("_", " "))
