"""Spec sheet 1, the work: phases, mitigation, roles, cadence, places, record. Ids: sheet1-<table>-<row>-<column>."""

from __future__ import annotations

import pytest

from tests.core.virtengine import NOW, answered, declared, detected, holder, plan, words, world
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.incident.lifecycle import PHASES, WAYS
from tocsin.core.incident.places import channel_name, ticket_title
from tocsin.core.incident.promises import clashes
from tocsin.core.incident.work import MILESTONES
from tocsin.core.instants import later, parse_instant
from tocsin.core.refusals import Refusal

# ------------------------------------------------------------------------------------------------------ phases

PHASE_ROWS = {
    "detection": ("0-5 min", "know that something is wrong", 0, {"ticket": "Open"}),
    "response": (
        "5-15 min",
        "severity set, declared, team assembled",
        5,
        {"status_page": "investigating", "ticket": "Open"},
    ),
    "investigation": (
        "15-60 min",
        "cause and a way to mitigate",
        6,
        {"status_page": "investigating", "ticket": "In Progress"},
    ),
    "mitigation": ("1-2 h", "service works again", 0, {"status_page": "identified", "ticket": "In Progress"}),
    "resolution": ("2 h and more", "restored and stable", 8, {"status_page": "monitoring", "ticket": "In Progress"}),
    "post_incident": (
        "24-48 h",
        "learn, prevent",
        0,
        {"status_page": "resolved", "ticket": "Resolved", "ticket_when_final": "Closed"},
    ),
}


@pytest.mark.parametrize("phase", PHASES, ids=[f"sheet1-phase-{phase}" for phase in PHASES])
def test_the_six_phases(phase: str) -> None:
    window, goal, items, called = PHASE_ROWS[phase]
    found = world().rules.by.phases[phase]
    assert (found.window, found.goal, len(found.checklist), found.called) == (window, goal, items, called)
    assert found.leaves_when
    assert [each.id for each in plan().phases] == list(PHASES) == list(PHASE_ROWS)


FORWARD = [
    ("detection", "response", ()),
    ("response", "investigation", ("checklist",)),
    ("investigation", "mitigation", ("checklist", "mitigation_chosen")),
    ("mitigation", "resolution", ("checklist", "mitigation_worked")),
    ("resolution", "post_incident", ("checklist", "watched")),
    ("post_incident", "closed", ("checklist",)),
]


@pytest.mark.parametrize(
    ("before", "after", "needs"), [pytest.param(*row, id=f"sheet1-phase-{row[0]}-leaves") for row in FORWARD]
)
def test_what_a_phase_is_left_with(before: str, after: str, needs: tuple[str, ...]) -> None:
    forward = [way for way in WAYS if way.before == before and way.verb in ("declare", "advance", "resolve", "close")]
    assert [(way.after, way.needs) for way in forward] == [(after, needs)]


@pytest.mark.parametrize(
    ("phase", "severity", "count"),
    [
        pytest.param("response", "sev1", 5, id="sheet1-checklist-a-sev1"),
        pytest.param("response", "sev2", 5, id="sheet1-checklist-a-sev2"),
        pytest.param("response", "sev3", 4, id="sheet1-checklist-a-sev3"),
        pytest.param("investigation", "sev1", 6, id="sheet1-checklist-b"),
        pytest.param("resolution", "sev1", 8, id="sheet1-checklist-c"),
    ],
)
def test_a_checklist_holds_a_phase_until_each_item_is_ticked_or_waived(phase: str, severity: str, count: int) -> None:
    case = (
        declared(severity)
        .minute(0)
        .put(f.PhaseEntered("ana", phase), f.MitigationStarted("ana", 1, "hotfix", "low", ""))
    )
    case.put(f.MitigationEnded("ana", 1, True)).put(f.GroupMoved("group:1", "cleared"))
    listed = world().rules.by.phases[phase].checklist
    items = [item for item in listed if severity in item.severities or not item.severities]
    assert len(items) == count
    following = PHASES[PHASES.index(phase) + 1]
    refused = case.minute(20).ask("sre-amer-2", c.EnterPhase(following))
    assert isinstance(refused, Refusal)
    by_itself = {"severity-set", "synthetics"}
    missing = {problem.where for problem in refused.problems if problem.where.startswith("checklist.")}
    assert missing == {f"checklist.{item.id}" for item in items if item.id not in by_itself}
    for item in items[:-1]:
        case.put(f.ItemTicked("ana", item.id))
    case.put(f.ItemWaived("ana", items[-1].id, words().ref))
    left = case.ask("sre-amer-2", c.EnterPhase(following))
    assert isinstance(left, tuple)
    assert left[-1] == f.PhaseEntered("sre-amer-2", following)


@pytest.mark.parametrize(
    ("minute", "allowed"),
    [
        pytest.param(14.9, False, id="sheet1-phase-resolution-watch-14"),
        pytest.param(15, True, id="sheet1-phase-resolution-watch-15"),
    ],
)
def test_resolved_comes_after_the_watch(minute: float, allowed: bool) -> None:
    """Conflict 32: 15-30 min of watching before resolved."""
    case = declared("sev2").put(f.PhaseEntered("ana", "resolution"))
    case.put(*(f.ItemTicked("ana", item.id) for item in world().rules.by.phases["resolution"].checklist))
    answer = case.minute(minute).ask("sre-amer-2", c.Resolve())
    assert isinstance(answer, tuple) is allowed


@pytest.mark.parametrize(
    ("before", "back"),
    [
        pytest.param("mitigation", "investigation", id="sheet1-phase-relapse-from-mitigation"),
        pytest.param("resolution", "investigation", id="sheet1-phase-relapse-from-resolution"),
        pytest.param("resolution", "mitigation", id="sheet1-phase-relapse-to-mitigation"),
        pytest.param("post_incident", "investigation", id="sheet1-phase-relapse-after-the-end"),
    ],
)
def test_a_relapse_goes_back_with_a_reason_and_is_recorded(before: str, back: str) -> None:
    case = declared("sev1")
    case.put(*(f.PhaseEntered("ana", phase) for phase in PHASES[2 : PHASES.index(before) + 1]))
    assert isinstance(case.ask("sre-amer-2", c.EnterPhase(back)), Refusal)
    again = case.ask("sre-amer-2", c.EnterPhase(back, words()))
    assert again == (f.PhaseEntered("sre-amer-2", back, True, words().ref),)


def test_resolved_ends_the_fifth_phase_and_closed_releases_the_responders() -> None:
    """sheet1-phase-example: closed 20 min later; both are milestones."""
    case = declared("sev2").minute(46).put(f.PhaseEntered("ana", "post_incident")).minute(66)
    case.do("sre-amer-2", c.Close())
    assert case.state.time("resolved") == later(NOW, 46 * 60)
    assert case.state.time("closed") == later(NOW, 66 * 60)


# -------------------------------------------------------------------------------------------------- mitigation

MITIGATIONS = ("roll-back", "configuration", "reduce-traffic", "fail-over", "scale-up", "hotfix", "restart")


@pytest.mark.parametrize("way", MITIGATIONS, ids=[f"sheet1-mitigation-{way}" for way in MITIGATIONS])
def test_every_way_to_mitigate_is_recorded_whole(way: str) -> None:
    assert plan().mitigations == MITIGATIONS, "preferred first (conflict 20)"
    command = c.StartMitigation(way, "high", words("what"), holder("cto"), 300, words("back"), words("watch"))
    facts = declared("sev1").ask("sre-amer-2", command)
    started = f.MitigationStarted(
        "sre-amer-2", 1, way, "high", words("what").ref, holder("cto"), 300, words("back").ref, words("watch").ref
    )
    assert facts == (started,)


# ------------------------------------------------------------------------------------------------------- roles

ROLES = (
    "on-call",
    "commander",
    "expert",
    "communications",
    "scribe",
    "tech-lead",
    "support-liaison",
    "product-liaison",
)


@pytest.mark.parametrize("role", ROLES, ids=[f"sheet1-role-{role}" for role in ROLES])
def test_every_role_says_what_it_does_within_which_bounds_and_is_on_the_record(role: str) -> None:
    found = world().rules.by.roles[role]
    assert found.does
    assert found.bounds
    case = answered("sev1").do("sre-amer-2", c.OfferRole(role, "cto-1"))
    taken = case.ask("cto-1", c.TakeRole(role))
    assert taken == (f.RoleTaken("cto-1", role, "cto-1"),)
    refused = case.ask("cto-1", c.EndRole(role, "cto-1"))
    assert refused == (f.RoleEnded("cto-1", role, "cto-1", refused=True),)


@pytest.mark.parametrize(
    ("severity", "other", "warned"),
    [
        pytest.param("sev1", "scribe", True, id="sheet1-role-commander-and-scribe-in-sev1"),
        pytest.param("sev1", "expert", True, id="sheet1-role-commander-and-expert-in-sev1"),
        pytest.param("sev1", "communications", False, id="sheet1-role-commander-and-communications-in-sev1"),
        pytest.param("sev2", "scribe", False, id="sheet1-role-commander-and-scribe-in-sev2"),
    ],
)
def test_two_roles_at_once_are_a_warning_in_a_sev1_and_nobody_is_stopped(
    severity: str, other: str, warned: bool
) -> None:
    case = answered(severity).do("cto-1", c.TakeRole("commander")).do("cto-1", c.TakeRole(other))
    assert clashes(case.state, case.world) == ((("cto-1", "commander", other),) if warned else ())
    told = [duty for duty in case.owed(ready=True) if duty.reason == "roles_clash"]
    assert [duty.who for duty in told] == ([("cto-1",)] if warned else [])
    assert not [duty for duty in case.minute(1).owed(ready=True) if duty.reason == "roles_clash"], "said once"


def test_whoever_declares_commands_until_another_accepts() -> None:
    """sheet1-role-commander: SEV-1 and SEV-2 want one who accepted; the on-call commands SEV-3 and SEV-4."""
    for severity, settled in (("sev1", False), ("sev2", False), ("sev3", True), ("sev4", True)):
        case = detected().minute(1).do("sre-amer-2", c.Declare(severity))
        assert case.state.holder("commander") == "sre-amer-2"
        assert (case.state.holder("commander", interim=False) == "sre-amer-2") is settled, severity


# ----------------------------------------------------------------------------------------------------- cadence

CADENCE = [
    ("sev1", "room", 10, 30),
    ("sev1", "escalated", 10, 10),
    ("sev1", "executives", 30, 30),
    ("sev1", "status-page", 15, 15),
    ("sev2", "room", 15, 60),
    ("sev2", "escalated", 30, 30),
    ("sev2", "executives", 60, 60),
    ("sev2", "status-page", 30, 30),
]


@pytest.mark.parametrize(
    ("severity", "audience", "minutes", "phase"),
    [
        pytest.param(severity, audience, active, "response", id=f"sheet1-cadence-{severity}-{audience}-active")
        for severity, audience, active, _ in CADENCE
    ]
    + [
        pytest.param(severity, audience, watching, "resolution", id=f"sheet1-cadence-{severity}-{audience}-watching")
        for severity, audience, _, watching in CADENCE
    ],
)
def test_an_update_is_announced_before_it_is_late_shown_as_late_and_counted(
    severity: str, audience: str, minutes: int, phase: str
) -> None:
    start = later(NOW, 1)
    case = answered(severity).put(f.PhaseEntered("ana", phase))
    case.put(f.UpdateSent("ana", audience, "", True), at=start)
    fell = [
        (told.at, fact.late)
        for told in case.told(3.5 * 60 * minutes)
        for fact in told.duty.facts
        if isinstance(fact, f.UpdateFell) and fact.audience == audience
    ]
    late = [at for at, is_late in fell if is_late]
    assert late == [later(start, 60 * minutes * n) for n in (1, 2, 3)]
    warned = [at for at, is_late in fell if not is_late]
    assert len(warned) >= len(late)
    assert all(before < after for before, after in zip(warned, late, strict=False))


@pytest.mark.parametrize(
    ("severity", "audience", "reminded", "late"),
    [
        pytest.param("sev1", "status-page", 0, 2, id="sheet1-severity-sev1-status-page-at-once"),
        pytest.param("sev2", "status-page", 13, 15, id="sheet1-severity-sev2-status-page-within"),
        pytest.param("sev1", "support", 0, 2, id="sheet1-role-communications-support-at-once-sev1"),
        pytest.param("sev2", "support", 0, 2, id="sheet1-role-communications-support-at-once-sev2"),
        pytest.param("sev2", "escalated", 15, 30, id="sheet1-cadence-sev2-escalated-15-to-30"),
    ],
)
def test_the_first_update(severity: str, audience: str, reminded: int, late: int) -> None:
    fell = [
        ((told.at - NOW) / 60e6, fact.late)
        for told in declared(severity).told(1900)
        for fact in told.duty.facts
        if isinstance(fact, f.UpdateFell) and fact.audience == audience
    ]
    assert fell[:2] == [(reminded, False), (late, True)]
    if audience == "support":
        assert len(fell) == 2, "told once; no further clock is in the sheet"


@pytest.mark.parametrize("severity", [pytest.param(s, id=f"sheet1-cadence-{s}-milestones") for s in ("sev3", "sev4")])
def test_the_milder_ones_are_told_at_start_and_resolution(severity: str) -> None:
    rows = [row for row in plan().cadence if row.severity == severity]
    assert [(row.audience, row.active, row.milestones) for row in rows] == [("room", None, ("declared", "resolved"))]
    assert [told for told in declared(severity).told(86_400) if told.duty.what == "update"] == []


def test_who_writes_the_updates() -> None:
    """sheet1-role-communications: the communications lead, until then the commander, before that the on-call
    (conflict 21)."""
    case = answered("sev1")
    for command, person in ((None, "sre-amer-2"), ("commander", "commander-emea-1"), ("communications", "comms-1")):
        if command is not None:
            case.do(person, c.TakeRole(command))
        asked = [told.duty.who for told in case.told(120) if told.duty.key.startswith("cadence/status-page")]
        assert set(asked) == {(person,)}


def test_public_text_of_a_security_incident_waits_for_a_clearance_that_nags() -> None:
    """sheet1-severity-status-page-security (conflict 23)."""
    case = declared("sev1", "security", "security")
    asked = [(told.at, told.duty.reason) for told in case.told(1860) if told.duty.key.startswith("cadence/status-page")]
    assert asked == [(later(NOW, 900 * n), "clearance_wanted") for n in (0, 1, 2)]
    case.minute(20).put(f.Decided("ciso-1", "cleared"))
    asked = [(told.at, told.duty.reason) for told in case.told(125) if told.duty.key.startswith("cadence/status-page")]
    assert asked == [(later(NOW, 1200), "update_nearly_due"), (later(NOW, 1320), "update_late")]


@pytest.mark.parametrize(
    ("audience", "parts"),
    [
        pytest.param("escalated", 3, id="sheet1-cadence-content-escalated"),
        pytest.param("executives", 3, id="sheet1-cadence-content-executives"),
    ],
)
def test_what_an_update_says(audience: str, parts: int) -> None:
    assert len(world().rules.by.audiences[audience].content) == parts


# ------------------------------------------------------------------------------------------------------ places


@pytest.mark.parametrize(
    ("path", "taken", "name"),
    [
        pytest.param(None, (), "incident-2026-01-29-1424", id="sheet1-place-channel"),
        pytest.param(
            None, ("incident-2026-01-29-1424",), "incident-2026-01-29-1424-2", id="sheet1-place-channel-taken"
        ),
        pytest.param("security", (), "incident-7", id="sheet1-place-channel-security"),
        pytest.param("data-loss", ("incident-7",), "incident-7-2", id="sheet1-place-channel-data-loss"),
    ],
)
def test_the_channel_is_called_by_its_start_and_a_private_one_by_its_id(
    path: str | None, taken: tuple[str, ...], name: str
) -> None:
    assert channel_name(detected("api-gateway", "sev1", path).minute(30).state, world(), taken) == name


@pytest.mark.parametrize(
    ("path", "title"),
    [
        pytest.param(None, "[2026-01-29] [SEV-2] [API gateway] - errors {time}", id="sheet1-place-ticket"),
        pytest.param(
            "security", "[2026-01-29] [SEV-2] [API gateway] - private incident", id="sheet1-place-ticket-private"
        ),
    ],
)
def test_the_ticket(path: str | None, title: str) -> None:
    assert ticket_title(declared("sev2", path=path).state, world(), "errors {time}") == title


def test_what_is_pinned_and_labelled() -> None:
    """sheet1-place-pinned, sheet1-place-labels, sheet1-place-war-room."""
    places = plan().places
    assert len(places.pinned) == 5
    assert [label.partition(":")[0] for label in places.labels] == [
        "incident",
        "sev-{n}",
        "service",
        "root-cause",
        "detection",
    ]
    assert places.war_room


# -------------------------------------------------------------------------------------------------- the record

TAXONOMY = {"service": 8, "root_cause": 8, "detection": 4, "impact": 5}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, id=f"sheet1-taxonomy-{name}-{value}")
        for name, values in plan().taxonomy.items()
        for value in values
    ],
)
def test_an_incident_is_classified_by_closed_sets(name: str, value: str) -> None:
    assert declared("sev1").ask("sre-amer-2", c.Classify(name, value)) == (f.Classified("sre-amer-2", name, value),)
    assert isinstance(declared("sev1").ask("sre-amer-2", c.Classify(name, "else")), Refusal)


def test_the_taxonomy_is_whole() -> None:
    assert {name: len(set(values)) for name, values in plan().taxonomy.items()} == TAXONOMY


@pytest.mark.parametrize(
    "milestone",
    [pytest.param(name, id=f"sheet1-record-{name}") for name in MILESTONES],
)
def test_a_milestone_may_be_corrected_and_the_correction_is_on_the_record(milestone: str) -> None:
    case = answered("sev2").minute(47)
    was = parse_instant("2026-01-29T14:23:00Z")
    case.do("sre-amer-2", c.CorrectTime(milestone, was, words()))
    assert case.state.time(milestone) == was
    assert case.state.times.get(milestone) != was, "what was recorded first stays"


def test_impact_is_kept_in_figures() -> None:
    """sheet1-record-impact: users, share, revenue, tickets."""
    figures = (("users", 1200.0), ("users_percent", 15.0), ("dollars", 2500.0), ("tickets", 18.0))
    case = answered("sev2").do("sre-amer-2", c.SetImpact(figures))
    assert dict(case.state.impact) == dict(figures)


def test_the_plan_runs_with_no_environment_at_all() -> None:
    """Secrets stand in it by reference only, and an unset one leaves its channel unconnected."""
    assert {each.vendor for each in plan().integrations} == {"sandbox", "smtp", "webhook"}
    assert all(secret.startswith("env:") for each in plan().integrations for secret in each.secrets.values())
    assert holder("engineering-director") == holder(str(plan().organisation.fallback))
