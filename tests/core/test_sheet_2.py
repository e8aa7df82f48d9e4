"""Spec sheet 2, row by row, against VirtEngine's plan and the verbs. Ids: sheet2-<table>-<row>-<column>."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from tests.core.virtengine import (
    NOW,
    SERVICES,
    answered,
    declared,
    detected,
    expected,
    holder,
    meant,
    on_call,
    plan,
    words,
    world,
)
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.alerts import Router
from tocsin.core.instants import later
from tocsin.core.reasons import ManualTrigger
from tocsin.core.refusals import Refusal
from tocsin.core.world import World

# ------------------------------------------------------------------------------------------------- by severity

PAGED = {
    "sev1": {
        0: (
            "domain:primary",
            "domain:secondary",
            "rotation:secondary-sre",
            "rotation:senior-sre",
            "owner:lead",
            "rotation:commander",
        ),
        5: ("next:commander",),
        10: ("post:engineering-director",),
        15: ("domain:expert",),
        30: ("post:vp-engineering", "post:cto"),
        60: ("post:cto",),
    },
    "sev2": {
        0: ("domain:primary",),
        5: ("rotation:commander",),
        15: ("next:commander",),
        30: ("owner:lead",),
        60: ("post:engineering-director",),
        120: ("post:vp-engineering",),
    },
    "sev3": {},
    "sev4": {},
}
INFORMED = {
    "sev1": {
        0: ("post:engineering-director", "post:support-lead"),
        15: ("post:cto", "post:ceo", "post:vp-engineering"),
    },
    "sev2": {0: ("post:support-lead",), 30: ("post:engineering-director", "post:vp-engineering")},
}


@cache
def three_hours(severity: str, service: str) -> Mapping[tuple[float, str], set[str]]:
    """Who hears of an answered incident when, for three hours: told once for all cells."""
    return answered(severity, service).by_minute(180, severity)


CELLS = [
    pytest.param(severity, service, minute, id=f"sheet2-severity-{severity}-{domain}-page-at-{minute}")
    for severity, rows in PAGED.items()
    for domain, service in SERVICES.items()
    for minute in rows
]


@pytest.mark.parametrize(("severity", "service", "minute"), CELLS)
def test_who_is_paged_when_the_primary_answers_and_nobody_takes_command(
    severity: str, service: str, minute: int
) -> None:
    """The matrix goes on although the page is answered: it is about people needed, not about silence."""
    case = declared(severity, service)
    if minute == 0:
        seen = case.by_minute(0.5, severity)
        assert seen[0, "page"] == expected(PAGED[severity], service)[0]
        return
    primary = meant("domain:primary", service)
    seen = three_hours(severity, service)
    rows = expected({minute: PAGED[severity][minute]}, service, primary)
    assert {at: people for (at, verb), people in seen.items() if verb == "page" and at == minute} == rows


@pytest.mark.parametrize("service", SERVICES.values(), ids=[f"sheet2-severity-{d}-no-other-minute" for d in SERVICES])
@pytest.mark.parametrize("severity", PAGED)
def test_nobody_is_paged_at_any_other_minute(severity: str, service: str) -> None:
    seen = three_hours(severity, service)
    assert {at for at, verb in seen if verb == "page"} <= PAGED[severity].keys()


@pytest.mark.parametrize(
    ("severity", "minute"),
    [
        pytest.param(severity, minute, id=f"sheet2-severity-{severity}-inform-at-{minute}")
        for severity, rows in INFORMED.items()
        for minute in rows
    ],
)
def test_who_is_informed(severity: str, minute: int) -> None:
    seen = declared(severity).by_minute(130, severity)
    assert seen[minute, "inform"] == {meant(word) for word in INFORMED[severity][minute]}
    assert {at for at, verb in seen if verb == "inform"} == INFORMED[severity].keys()


UNANSWERED = {
    "sev1": {5: ("post:engineering-manager",)},
    "sev2": {
        5: ("domain:secondary",),
        10: ("rotation:secondary-sre",),
        15: ("post:engineering-manager",),
    },
}


@pytest.mark.parametrize(
    ("severity", "minute"),
    [
        pytest.param(severity, minute, id=f"sheet2-severity-{severity}-unanswered-{minute}")
        for severity, rows in UNANSWERED.items()
        for minute in rows
    ],
)
def test_who_is_paged_while_nobody_answers(severity: str, minute: int) -> None:
    """On-call tier 3 rings since minute 5 to take command, so its row passes at once to tier 4."""
    rows = [step for step in declared(severity, "veid").told(19 * 60) if "/row-" in step.duty.key and step.duty.who]
    people = {who for step in rows if (step.at - NOW) / 60e6 == minute for who in step.duty.who}
    assert people == {meant(word, "veid") for word in UNANSWERED[severity][minute]}
    assert all(step.duty.reason == "unanswered" for step in rows)


@pytest.mark.parametrize(
    ("severity", "minute", "target"),
    [
        pytest.param("sev3", 0, "domain:primary", id="sheet2-severity-sev3-at-once-message"),
        pytest.param("sev3", 0, "owner:lead", id="sheet2-severity-sev3-business-hours-lead"),
        pytest.param("sev4", 156, "domain:primary", id="sheet2-severity-sev4-ticket"),
    ],
)
def test_the_milder_ones_page_nobody(severity: str, minute: int, target: str) -> None:
    """Declared 14:24 UTC: the lead in London is at work; the primary's day in California begins at 17:00 UTC."""
    seen = declared(severity, "veid").by_minute(600)
    assert not [key for key in seen if key[1] == "page"]
    assert meant(target, "veid") in seen[minute, "inform"]


@pytest.mark.parametrize(
    ("severity", "summary", "to"),
    [
        pytest.param("sev1", "no", (), id="sheet2-severity-sev1-summary"),
        pytest.param("sev2", "daily", ("post:cto",), id="sheet2-severity-sev2-summary"),
        pytest.param("sev3", "weekly", ("owner:lead",), id="sheet2-severity-sev3-summary"),
        pytest.param("sev4", "monthly", ("owner:lead",), id="sheet2-severity-sev4-summary"),
    ],
)
def test_summaries(severity: str, summary: str, to: tuple[str, ...]) -> None:
    found = world().rules.by.severities[severity]
    assert (found.summary, tuple(map(str, found.summary_to))) == (summary, to)


@pytest.mark.parametrize(
    ("severity", "pages", "late"),
    [
        pytest.param("sev1", [0, 5], 5, id="sheet2-severity-sev1-no-command"),
        pytest.param("sev2", [5, 15], 15, id="sheet2-severity-sev2-no-command"),
    ],
)
def test_the_commander_and_the_next_are_paged_until_somebody_commands(
    severity: str, pages: list[int], late: int
) -> None:
    first, second = on_call("commander"), meant("next:commander")
    case = answered(severity)
    asked = [step for step in case.steps(40) if step[3] in ((first,), (second,))]
    if severity == "sev1":
        assert case.state.paging.calls[f"sev1/1/commander/page/{first}"].asks == "commander"
        assert [(step[0], step[3]) for step in asked] == [(5, (second,))]
    else:
        assert [(step[0], step[3]) for step in asked] == [(5, (first,)), (15, (second,))]
    assert [told.at for told in case.told(2400) if told.duty.what == "command"] == [later(NOW, late * 60)]
    taken = case.minute(pages[0]).do(first, c.Acknowledge())
    assert taken.state.holder("commander", interim=False) == first
    assert not [step for step in taken.steps(40) if second in step[3]]
    assert not [told for told in taken.told(2400) if told.duty.what == "command"]


def test_the_example_of_a_sev1() -> None:
    """sheet2-severity-example: seniors and commander by 5, director 10, VP 15, CTO 30, CEO (through the CTO) 60."""
    case = detected(hint="sev1").minute(0)
    primary = on_call("primary-sre")
    assert case.state.times["paged"] == NOW, "well inside the minute"
    case.minute(3).do(primary, c.Acknowledge()).do(primary, c.Declare("sev1"))
    for minute, people in ((3, "rotation:senior-sre"), (3, "rotation:commander"), (13, "post:engineering-director")):
        assert meant(people) in case.by_minute(80)[minute, "page"]
    seen = case.by_minute(80)
    assert holder("vp-engineering") in seen[18, "inform"]
    assert holder("cto") in seen[33, "page"]
    ceo = [fact for told in case.told(80 * 60) for fact in told.duty.facts if getattr(fact, "brings", ())]
    assert [(fact.people, fact.brings) for fact in ceo if isinstance(fact, f.StepTaken)] == [
        ((holder("cto"),), ("post:ceo",))
    ]


def test_the_cto_is_asked_to_bring_the_ceo_although_engaged_already() -> None:
    """sheet2-severity-sev1-60: an answer given at 30 does not stand in the way, and a second answer ends the call."""
    cto = holder("cto")
    case = answered("sev1").minute(31).do(cto, c.Acknowledge()).minute(60)
    call = case.state.paging.calls[f"sev1/1/ceo/page/{cto}"]
    assert call.ended is None
    assert case.do(cto, c.Acknowledge()).state.paging.calls[call.key].ended == "acknowledged"


@pytest.mark.parametrize("severity", ["sev1", "sev2"])
def test_what_is_still_to_come_is_dropped_once_it_is_resolved(severity: str) -> None:
    case = answered(severity).minute(8)
    assert case.by_minute(130)
    for phase in ("investigation", "mitigation", "resolution", "post_incident"):
        case.put(f.PhaseEntered("commander-emea-1", phase))
    assert case.by_minute(130) == {}


# --------------------------------------------------------------------------------------------------- by domain

DOMAINS = {
    "blockchain-core": ("primary-sre", "senior-blockchain-engineer", "post:blockchain-architect", "vp-engineering"),
    "identity": ("identity", "identity-tech-lead", "post:ml-engineer", "identity-product-lead"),
    "provider": ("infrastructure", "provider-team-lead", "post:infrastructure-architect", "vp-engineering"),
    "database": ("database", "database-administrator", "rotation:senior-sre", "infrastructure-director"),
    "network": ("network", "senior-network-engineer", "post:network-architect", "infrastructure-director"),
    "security": ("security", "ciso", "post:security-engineer", "cto"),
    "ml": ("ml", "ml-team-lead", "post:senior-ml-engineer", "vp-engineering"),
    "platform": ("primary-sre", "rotation:secondary-sre", "rotation:senior-sre", "vp-engineering"),
}


@pytest.mark.parametrize("domain", DOMAINS, ids=[f"sheet2-domain-{domain}" for domain in DOMAINS])
def test_the_four_columns_of_a_domain(domain: str) -> None:
    primary, secondary, expert, management = DOMAINS[domain]
    found = world().rules.by.domains[domain]
    assert str(found.primary[0]) == f"rotation:{primary}"
    assert str(found.secondary[0]) == (secondary if ":" in secondary else f"post:{secondary}")
    assert (str(found.expert[0]), str(found.management[0])) == (expert, f"post:{management}")
    # Conflict 18: the SRE rotations stand in after the domain's own people.
    assert str(found.primary[-1]) in ("rotation:primary-sre", f"rotation:{primary}")
    assert str(found.secondary[-1]) == "rotation:secondary-sre"


@pytest.mark.parametrize("domain", DOMAINS, ids=[f"sheet2-domain-{domain}-stand-in" for domain in DOMAINS])
def test_the_sre_rotation_stands_in_where_a_domains_primary_cannot_be_reached(domain: str) -> None:
    service, primary = SERVICES[domain], DOMAINS[domain][0]
    without = {h: p for h, p in world().people.items() if h != on_call(primary)}
    found = detected(service)
    found.world = World(world().rules, world().live, without, matches=world().matches)
    paged = found.by_minute(0.5)
    if primary == "primary-sre":
        # Nobody is left for the first tier: the next one and the fallback post are asked at once (rule 5).
        assert paged[0, "page"] == {meant("domain:secondary", service), holder("engineering-director")}
    else:
        assert paged[0, "page"] == {on_call("primary-sre")}


@pytest.mark.parametrize(
    "rotation",
    [
        "primary-sre",
        "secondary-sre",
        "commander",
        "security",
        "database",
        "identity",
        "infrastructure",
        "network",
        "ml",
        "senior-sre",
    ],
    ids=lambda rotation: f"sheet2-rotation-{rotation}",
)
def test_every_rotation_has_enough_people_for_one_to_be_away(rotation: str) -> None:
    people = world().rules.by.rotations[rotation].people
    regions = [person.split("-")[-2] for person in people]
    assert min(regions.count(region) for region in ("amer", "emea", "apac")) >= 2
    assert len(set(people)) == len(people) >= 6, "at most one week in four, with one away"


def test_every_post_has_a_holder_and_a_deputy() -> None:
    """sheet2-domain-posts: more than thirty are named, and each has a person here (conflict 69)."""
    assert len(plan().posts) >= 30
    assert [post.id for post in plan().posts if post.holder is None or not post.deputies] == []


def test_the_secondary_is_never_the_primary_of_the_same_week() -> None:
    assert all(on_call("primary-sre", week) != on_call("secondary-sre", week) for week in range(52))


# --------------------------------------------------------------------------------------------------- triggers


@pytest.mark.parametrize(
    ("labels", "path", "private", "hint", "informed"),
    [
        pytest.param(
            {"alertname": "NodeUptimeBudgetDepleted", "service": "node"},
            "error-budget",
            False,
            "sev1",
            {"engineering-director", "vp-engineering", "product-lead"},
            id="sheet2-trigger-error-budget-depleted",
        ),
        pytest.param(
            {"alertname": "Intrusion", "category": "breach", "service": "api"},
            "security",
            True,
            "sev1",
            {"ciso", "security-team-lead", "cto"},
            id="sheet2-trigger-security-incident",
        ),
        pytest.param(
            {"alertname": "Checksum", "category": "data-loss", "service": "database"},
            "data-loss",
            True,
            "sev1",
            {"engineering-director", "vp-engineering", "legal"},
            id="sheet2-trigger-data-loss",
        ),
    ],
)
def test_an_alert_starts_a_path(
    labels: dict[str, str], path: str, private: bool, hint: str, informed: set[str]
) -> None:
    routed = Router(world().live, world().matches).route("test", labels)
    assert routed is not None
    assert (routed.route.path, routed.severity_hint) == (path, hint)
    assert world().rules.by.paths[path].private is private
    assert (routed.route.visibility == "private") is private
    seen = detected(routed.service, hint, path).by_minute(0.5)
    assert seen[0, "inform"] == {holder(post) for post in informed}


def test_a_depleted_budget_declares_nothing_by_itself() -> None:
    """sheet2-trigger-error-budget-depleted (conflict 28)."""
    assert [route.id for route in plan().routes if route.declare] == []


def test_a_page_unanswered_for_five_minutes_goes_to_the_next_tier() -> None:
    """sheet2-trigger-unanswered: detection walks the on-call tiers of the domain, five minutes each."""
    pages = [(at, people) for at, _, verb, people in detected("veid").steps(24) if verb == "page"]
    tiers = ("domain:primary", "domain:secondary", "rotation:secondary-sre", "rotation:commander")
    people = [meant(word, "veid") for word in tiers] + [holder("engineering-manager")]
    assert pages == [(i * 5.0, (person,)) for i, person in enumerate(people)]


TRIGGERS = {
    "not_solvable": "not solvable in 15 min",
    "expertise_missing": "expertise missing",
    "beyond_me": "beyond the responder",
    "blocked_outside": "blocked on someone outside",
    "executive_decision": "executive decision",
    "several_teams": "several teams or systems",
    "scope_growing": "scope or customer impact growing",
    "mitigation_failing": "mitigation failing",
    "unsure": "unsure",
}


@pytest.mark.parametrize("reason", TRIGGERS, ids=[f"sheet2-manual-{reason}" for reason in TRIGGERS])
def test_one_action_with_a_reason_asks_for_somebody(reason: str) -> None:
    case = answered("sev2", "veid").minute(1)
    primary, expert = meant("domain:primary", "veid"), meant("domain:expert", "veid")
    facts = case.ask(primary, c.Escalate("domain:expert", "page", reason, words()))
    assert not isinstance(facts, Refusal)
    assert [fact.person for fact in facts if isinstance(fact, f.CallBegan)] == [expert]
    assert next(fact.reason for fact in facts if isinstance(fact, f.Escalated)) == reason


def test_the_reasons_are_a_closed_set() -> None:
    assert set(ManualTrigger) == set(TRIGGERS)
    refused = answered("sev2").ask(on_call("primary-sre"), c.Escalate("domain:expert", "page", "bored"))
    assert isinstance(refused, Refusal)
    assert "no reason to escalate" in refused.problems[0].what


def test_a_sev3_director_is_told_if_escalated() -> None:
    """sheet2-severity-sev3-business-hours: director if escalated."""
    case = answered("sev3")
    facts = case.ask(on_call("primary-sre"), c.Escalate("post:engineering-director", "inform", "unsure"))
    assert isinstance(facts, tuple)
    assert [fact.people for fact in facts if isinstance(fact, f.StepTaken)] == [(holder("engineering-director"),)]


@pytest.mark.parametrize("domain", SERVICES, ids=[f"sheet2-severity-sev1-{domain}-rings" for domain in SERVICES])
def test_a_step_that_names_posts_beside_rotations_rings_each_of_them(domain: str) -> None:
    """Whoever holds a post is not taken for somebody whose shift has ended."""
    told = declared("sev1", SERVICES[domain]).told(240)
    assert [step.duty.key for step in told if step.duty.reason == "roster_turned"] == []
    rung = {fact.person for step in told for fact in step.duty.facts if isinstance(fact, f.Ordered) and fact.call}
    assert rung == expected(PAGED["sev1"], SERVICES[domain])[0]
