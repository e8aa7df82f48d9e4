"""Spec sheet 2, special paths, contact rules and what is measured. Ids: sheet2-<table>-<row>-<column>."""

from __future__ import annotations

import pytest

from tests.core.virtengine import NOW, answered, declared, detected, holder, meant, on_call, plan, world
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.contact import ladder
from tocsin.core.explain import Told
from tocsin.core.instants import later, parse_instant
from tocsin.core.refusals import Refusal
from tocsin.core.world import Contact, LivePerson, World

# ------------------------------------------------------------------------------------------------------- paths

SECURITY = {1: "rotation:security", 5: "post:ciso", 15: "post:cto"}
DECIDED = {
    "suspected": (10, "post:legal"),
    "confirmed": (30, "post:cto"),
    "disclosure": (60, "post:pr"),
}


@pytest.mark.parametrize("minute", SECURITY, ids=[f"sheet2-path-security-page-at-{minute}" for minute in SECURITY])
def test_the_security_path_counts_from_detection(minute: int) -> None:
    seen = detected("api-gateway", "sev1", "security").by_minute(70, "security")
    assert seen[minute, "page"] == {meant(SECURITY[minute])}
    assert {at for at, verb in seen if verb == "page"} == SECURITY.keys(), "nobody else before a decision"


@pytest.mark.parametrize(
    ("decision", "decided", "asked"),
    [
        pytest.param(name, when, max(DECIDED[name][0], when), id=f"sheet2-path-security-{name}-decided-at-{when}")
        for name in DECIDED
        for when in (2, 45, 90)
    ],
)
def test_a_decision_starts_its_own_step_and_at_once_if_it_comes_late(decision: str, decided: int, asked: int) -> None:
    case = detected("api-gateway", "sev1", "security").minute(decided)
    case.put(f.Decided("security-emea-1", decision))
    person = meant(DECIDED[decision][1])
    seen = case.by_minute(120, "security")
    assert person in seen[asked, "page"]


def _is_row(told: Told, path: str) -> bool:
    return told.duty.what == "page" and told.duty.key.startswith(f"{path}/1/row-")


def test_a_decision_needs_its_path() -> None:
    refused = detected().ask("sre-emea-1", c.TakeDecision("confirmed"))
    assert isinstance(refused, Refusal)
    facts = detected("security", "sev1", "security").ask("x", c.TakeDecision("confirmed"), "view", "respond", "private")
    assert facts == (f.Decided("x", "confirmed"),)


@pytest.mark.parametrize(
    ("path", "service", "chain"),
    [
        pytest.param(
            "external-dependency",
            "node",
            ["post:infrastructure-lead", "post:engineering-director", "post:vp-engineering"],
            id="sheet2-path-external-dependency",
        ),
        pytest.param(
            "data-loss",
            "database",
            ["post:engineering-director", "post:vp-engineering", "post:cto"],
            id="sheet2-path-data-loss",
        ),
    ],
)
def test_a_path_goes_up_its_own_chain_while_nobody_answers(path: str, service: str, chain: list[str]) -> None:
    case = detected(service, "sev1", path)
    rows = [(told.at, told.duty.who) for told in case.told(19 * 60) if _is_row(told, path)]
    assert rows == [(later(NOW, 300 * (i + 1)), (meant(word),)) for i, word in enumerate(chain)]


def test_data_loss_pages_the_database_on_call_and_its_lead_at_once() -> None:
    """sheet2-trigger-data-loss; legal is informed always, and paged if customer data is affected (conflict 26)."""
    case = detected("node", "sev1", "data-loss")
    assert case.by_minute(1, "data-loss")[0, "page"] == {on_call("database"), holder("database-team-lead")}
    case.minute(7).put(f.Decided("database-emea-1", "customer-data"))
    seen = case.by_minute(1, "data-loss")
    assert holder("legal") in seen[7, "page"]
    assert seen[7, "inform"] == {holder("product-lead"), holder("customer-success")}


def test_several_teams_bring_the_commander_the_leads_and_the_director() -> None:
    """sheet2-path-multi-team: on-call -> commander -> team leads -> director."""
    case = detected("api-gateway", "sev2", "multi-team")
    rows = [told.duty.who for told in case.told(19 * 60) if _is_row(told, "multi-team")]
    chain = [on_call("commander"), meant("owner:lead"), holder("engineering-director")]
    assert [who for who in rows if who] == [(person,) for person in chain]


PATHS = {
    "security": (6, 3, 3, True),
    "data-loss": (4, 3, 1, True),
    "external-dependency": (4, 5, 0, False),
    "multi-team": (2, 3, 0, False),
    "legal": (6, 0, 0, True),
    "press": (3, 0, 0, False),
}


@pytest.mark.parametrize("path", PATHS, ids=[f"sheet2-path-{path}-words" for path in PATHS])
def test_what_starts_a_path_what_is_done_first_and_what_is_not_allowed(path: str) -> None:
    found = world().rules.by.paths[path]
    starts, first, never, private = PATHS[path]
    assert (len(found.starts_when), len(found.at_once), len(found.not_allowed)) == (starts, first, never)
    assert found.private is private
    started = detected().ask("sre-emea-1", c.StartPath(path))
    assert started == (f.PathStarted("sre-emea-1", path, private),)


def test_legal_and_press_are_paged_when_their_path_starts_late() -> None:
    """sheet2-path-legal and sheet2-path-press: at once, and the CEO by the CTO for an inquiry."""
    case = answered("sev2").minute(40).do(on_call("primary-sre"), c.StartPath("legal"))
    assert case.by_minute(0.5, "legal") == {(40.0, "page"): {holder("legal")}}
    case.do(on_call("primary-sre"), c.StartPath("press"))
    assert case.by_minute(0.5, "press")[40, "page"] == {holder("pr")}
    case.do(on_call("primary-sre"), c.TakeDecision("inquiry"))
    assert holder("cto") in case.by_minute(0.5, "press")[40, "page"]


# -------------------------------------------------------------------------------------------- contact, measured


def test_pages_and_informs_take_their_own_order_and_only_verified_contacts_count() -> None:
    """sheet2-contact-order."""
    contacts = (
        Contact("mail", "smtp", True),
        Contact("hook", "webhook", True),
        Contact("toy", "sandbox", True),
        Contact("new", "webhook", False),
    )
    place = World(world().rules, world().live, {"ceo-1": LivePerson("ceo-1", contacts)})
    assert [(r.contact.id, r.after) for r in ladder("ceo-1", "page", place)] == [
        ("hook", 0),
        ("toy", 60),
        ("mail", 120),
    ]
    assert [r.contact.id for r in ladder("ceo-1", "inform", place)] == ["mail", "hook", "toy"]


def test_a_pretend_phone_is_enough_for_everybody() -> None:
    """sheet2-contact-sandbox: the plan runs with no account anywhere."""
    assert [p.handle for p in plan().people if not ladder(p.handle, "page", world())] == []
    assert [p.handle for p in plan().people if not ladder(p.handle, "inform", world())] == []


def test_business_hours_are_those_of_the_person() -> None:
    """sheet2-contact-hours: declared Saturday; told Monday 09:00 in the lead's own zone."""
    saturday = parse_instant("2026-01-31T12:00:00Z")
    case = declared("sev3", "inference", at=saturday)
    told = [(t.at, t.duty.who) for t in case.told(4 * 86400) if t.duty.key == "sev3/1/lead/inform"]
    assert told == [(parse_instant("2026-02-02T17:00:00Z"), (holder("ml-team-lead"),))]


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        pytest.param("phone", 8, id="sheet2-contact-phone-script"),
        pytest.param("escalation", 9, id="sheet2-manual-message-carries"),
    ],
)
def test_scripts(script: str, lines: int) -> None:
    assert len(plan().scripts[script]) == lines


@pytest.mark.parametrize(
    ("does", "scope", "by"),
    [
        pytest.param("escalate to step 1", "SEV-1", 300, id="sheet2-measured-escalate-sev1"),
        pytest.param("escalate to step 1", "SEV-2", 900, id="sheet2-measured-escalate-sev2"),
        pytest.param("resolve after escalation", "SEV-1", 1800, id="sheet2-measured-resolved-sev1"),
        pytest.param("resolve after escalation", "SEV-2", 3600, id="sheet2-measured-resolved-sev2"),
    ],
)
def test_what_is_measured_stands_among_the_duties(does: str, scope: str, by: int) -> None:
    assert by in {duty.by for duty in plan().duties if (duty.does, duty.scope) == (does, scope)}
