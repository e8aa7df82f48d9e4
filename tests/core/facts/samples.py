"""One example of every fact ever released, by kind and version: what its golden body beside this file decodes to."""

from __future__ import annotations

from tocsin.core import facts as f
from tocsin.core.instants import parse_instant

AT = parse_instant("2026-01-29T14:24:00Z")
UNTIL = parse_instant("2026-02-02T09:00:00.000001Z")
WORDS = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
RULES = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
INCIDENT = "incident:019c0a4e-6b80-7000-8000-000000000001"
GROUP = "group:019c0a4e-6b80-7000-8000-000000000002"
PRINT = "0123456789abcdef0123456789abcdef"
STEP = "detection/1/first/page"
CALL = "detection/1/first/page/ana"
ORDER = "detection/1/first/page/ana/smtp-000000000001"

ALERTS = (
    f.GroupOpened("alertmanager", "all", PRINT, "api", "open", RULES, "sev1"),
    f.AlertFired(PRINT, AT, UNTIL, "new", WORDS, ("clamped_start",)),
    f.AlertCleared(PRINT, AT, "resolved"),
    f.GroupMuted("maintenance", "maintenance:1", UNTIL),
    f.GroupUnmuted("maintenance"),
    f.GroupAttached(INCIDENT),
    f.GroupClosed(),
)

INCIDENTS = (
    f.IncidentOpened(7, "route:all", "api", "core", WORDS, RULES, "private", "sev2", "security", drill=True),
    f.GroupJoined(GROUP, "mute_window"),
    f.GroupMoved(GROUP, "cleared", UNTIL),
    f.Declared("ana", "sev2", RULES, "sev1", (("out", True), ("degraded", False)), WORDS),
    f.Triaged("ana", (("out", True),), "sev1"),
    f.SeverityChanged("bo", "sev2", "sev1", raised=True, reason=WORDS),
    f.PhaseEntered("bo", "investigation", again=True, reason=WORDS),
    f.Dismissed("ana", "false_positive", WORDS),
    f.Closed("engine", "cleared"),
    f.Resumed(AT, 7200.5),
)

PAGING = (
    f.RoundStarted("detection", 2, "gone_quiet"),
    f.StepTaken(
        key=STEP,
        verb="page",
        reason="first_on_call",
        targets=("domain:primary (week 3 of primary)",),
        people=("ana",),
        skipped=(("bo", "already_paged"),),
        since=AT,
        until=UNTIL,
        rules=RULES,
        tzdata="2026.1",
        asks="commander",
        brings=("post:cto",),
    ),
    f.StepSkipped(STEP, "command_taken"),
    f.StepHeld(STEP, ("domain:primary",), "nobody_on_call", UNTIL, "commander"),
    f.CallBegan(CALL, "ana", STEP, "first_on_call", ("domain:primary",), UNTIL, "commander"),
    f.CallEnded(CALL, "roster_turned"),
    f.Ordered(ORDER, "page", "page", "ana", "smtp-000000000001", "smtp", "first_on_call", CALL, STEP, WORDS),
    f.Sent(ORDER, "failed_now", 2, "smtp_421", "vendor-1"),
    f.Acknowledged("ana", "link"),
    f.Passed("ana", "cli"),
    f.Escalated("ana", "rotation:commander", "page", "expertise_missing", WORDS),
    f.Decided("bo", "confirmed"),
    f.PathStarted("bo", "security", private=True),
)

PEOPLE = (
    f.ContactAdded("ana", "smtp-000000000001", "smtp", WORDS),
    f.ContactTested("bo", "smtp-000000000001", "smtp", "test/smtp-000000000001/000000000003"),
    f.ContactVerified("ana", "smtp-000000000001"),
    f.ContactRemoved("ana", "smtp-000000000001", "replaced"),
    f.ContactOrderSet("ana", "page", (("smtp-000000000001", 0), ("webhook-000000000002", 120))),
    f.PermissionsSet("bo", ("private", "respond", "view")),
    f.PersonLeft("bo"),
    f.OverrideSet("bo", "override-1", "ana", AT, UNTIL, WORDS),
    f.OverrideEnded("bo", "override-1"),
    f.MaintenancePlanned("bo", ("api", "web"), AT, UNTIL, 600, "manager", WORDS),
    f.MaintenanceEnded("bo", "overran"),
    f.PlanApplied("bo", RULES, WORDS, WORDS),
    f.Erased("bo", WORDS, "asked_for"),
)

WORK = (
    f.RoleTaken("ana", "commander", "ana", interim=True),
    f.RoleOffered("ana", "scribe", "bo"),
    f.RoleEnded("bo", "scribe", "bo", refused=True),
    f.ItemTicked("check:alerts_cleared", "quiet"),
    f.ItemUnticked("ana", "quiet"),
    f.ItemWaived("ana", "fixed", WORDS),
    f.MitigationStarted("ana", 1, "roll-back", "medium", WORDS, "bo", 600, WORDS, WORDS),
    f.MitigationEnded("ana", 1, worked=True, words=WORDS),
    f.UpdateSent("bo", "executives", WORDS, by_hand=True, link="https://status.example/7"),
    f.UpdateFell("executives", AT, late=True),
    f.CommandLate(AT),
    f.Noted("ana", "hypothesis", WORDS),
    f.Classified("ana", "root_cause", "code-bug"),
    f.ImpactSet("ana", (("users", 1200.0), ("share", 45.5)), WORDS),
    f.TimeCorrected("bo", "impact_start", AT, WORDS),
    f.Merged("bo", INCIDENT),
    f.Absorbed("bo", INCIDENT),
    f.Linked("bo", "https://tickets.example/1", "address"),
    f.VisibilityChanged("bo", "private"),
)

CHANGES = (f.ChangeSeen("token:ci", "github", "deployment", "succeeded", "api", AT, "deployment:7", WORDS, "private"),)

SAMPLES: dict[tuple[str, int], f.Fact] = {
    (fact.kind, fact.v): fact for fact in (*ALERTS, *CHANGES, *INCIDENTS, *PAGING, *PEOPLE, *WORK)
}
