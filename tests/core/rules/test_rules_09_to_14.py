"""Rules 9 to 14: plan and record, posts, stamped rules and live people, handles, duties with their sources."""

from __future__ import annotations

import re
from dataclasses import fields, replace

from tests.core.rules.desk import MONDAY, WORDS, Desk, declared, person, with_people, world
from tests.core.virtengine import FOLDER
from tests.plans import SEV3, plan, targets
from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.check.run import check
from tocsin.core.instants import later
from tocsin.core.people import stranded
from tocsin.core.plan import Accepted, Duty, Person, Plan, Post, Step
from tocsin.core.plan_json import plan_hash, plan_to_json
from tocsin.core.world import Override, Rules
from tocsin.plan_folder import read_folder


def _step(*page: str) -> Plan:
    """The shared plan, whose detection asks these targets first."""
    detection = replace(plan().policies[0], steps=(Step(id="first", page=targets(*page)),))
    return plan(policies=(detection, *plan().policies[1:]))


# ------------------------------------------------------------------------------------------------- rule 9


def test_rule_9_a_plan_holds_no_contact_and_no_leave() -> None:
    """Contacts, verification, leave, overrides and permissions are facts about people: the record's."""
    assert {field.name for field in fields(Person)} == {"handle", "name", "team", "time_zone", "hours"}
    kinds = {kind for kind, _ in f.KINDS if kind.startswith(("person.", "rotation.override"))}
    assert kinds >= {"person.contact_added", "person.contact_verified", "person.left", "rotation.override_set"}


def test_rule_9_a_contact_counts_once_it_is_verified() -> None:
    assert Desk(with_people(world(), ana=person("ana", "smtp", verified=False))).to(0).said(f.Ordered)[0].person == "cy"


def test_rule_9_check_works_offline_and_states_its_assumptions() -> None:
    report = check(plan(), MONDAY)
    assert len(report.assumptions) >= 2
    assert any("contact" in said for said in report.assumptions)


def test_rule_9_with_the_record_at_hand_it_uses_it() -> None:
    from tocsin.core.check.finding import Known

    left = {"bo": replace(person("bo"), left=True)}
    assert check(plan(), MONDAY, Known(people=left)).findings != check(plan(), MONDAY, Known(people={})).findings


# ------------------------------------------------------------------------------------------------ rule 10


def _manager(**post: object) -> Plan:
    posts = tuple(replace(each, **post) if each.id == "manager" else each for each in plan().posts)  # type: ignore[arg-type]
    return replace(_step("post:manager"), posts=posts)


def test_rule_10_a_step_targets_a_post_a_rotation_or_a_person() -> None:
    for target, who in (("post:lead", "bo"), ("rotation:secondary", "bo"), ("person:cy", "cy")):
        assert Desk(world(_step(target))).to(0).pages()[0][1] == who, target


def test_rule_10_the_holder_is_asked() -> None:
    assert Desk(world(_manager(holder="ana", deputies=("bo",)))).to(0).pages() == [(0, "ana", "step_due")]


def test_rule_10_deputies_stand_in_in_their_order() -> None:
    away = with_people(world(_manager(holder="ana", deputies=("bo", "cy"))), ana=person("ana"), bo=person("bo"))
    desk = Desk(away).to(0)
    assert desk.pages()[0][1] == "cy"
    assert desk.said(f.StepTaken)[0].skipped == (("ana", "unreachable"), ("bo", "unreachable"))


def test_rule_10_a_post_nobody_holds_is_a_finding() -> None:
    empty = plan(posts=(*plan().posts, Post(id="legal")))
    assert "post-vacant:legal" in {finding.id for finding in check(empty, MONDAY).findings}


def test_rule_10_and_reaches_nobody_so_that_the_page_is_held() -> None:
    assert Desk(world(_manager(holder=None))).to(0).said(f.StepHeld)[0].reason == "nobody_on_call"


# ------------------------------------------------------------------------------------------------ rule 11


def _edited(desk: Desk, edit: Plan) -> Desk:
    """The plan in force is another one; the incident keeps the rules it is bound to."""
    desk.world = replace(desk.world, live=Rules.of(edit, "rules-2"))
    return desk


def test_rule_11_an_incident_keeps_the_rules_in_force_when_it_opened() -> None:
    faster = replace(plan().policies[0], unanswered=replace(plan().policies[0].unanswered, every=60))  # type: ignore[type-var]
    desk = _edited(Desk().to(10), plan(policies=(faster, *plan().policies[1:]))).to(301)
    assert desk.state.rules == "rules-1"
    assert [at for at, _, _ in desk.pages()] == [0, 300]


def test_rule_11_from_declaration_on_those_in_force_then() -> None:
    quieter = plan(policies=(plan().policies[0], SEV3, *plan().policies[3:]))
    desk = _edited(Desk().to(10), quieter)
    desk.do("ana", c.Declare("sev3", WORDS))
    assert desk.state.rules == "rules-2"
    assert desk.said(f.Declared)[0].rules == "rules-2"


def test_rule_11_a_severity_of_the_plan_in_force_is_what_can_be_declared() -> None:
    desk = _edited(Desk().to(10), plan(severities=plan().severities[:1]))
    assert "sev1" in str(desk.do("ana", c.Declare("sev3", WORDS)))


def test_rule_11_contacts_are_read_at_the_send_instant() -> None:
    desk = Desk().to(60)
    desk.world = with_people(desk.world, ana=person("ana", "webhook", "sandbox"))
    desk.to(200)
    assert [order.contact for order in desk.said(f.Ordered)] == ["ana-webhook"], "the e-mail is hers no more"


def test_rule_11_posts_and_rotations_are_live() -> None:
    desk = _edited(Desk().to(10), plan(posts=(Post(id="manager", holder="bo"), *plan().posts[1:])))
    rotations = tuple(replace(each, people=("cy",)) if each.id == "secondary" else each for each in plan().rotations)
    _edited(desk, plan(rotations=rotations)).to(300)
    assert desk.pages()[1][1] == "cy"


def test_rule_11_overrides_are_live() -> None:
    desk = Desk().to(10)
    override = Override("o", "cy", MONDAY, later(MONDAY, 3600), "bo")
    desk.world = replace(desk.world, overrides={"secondary": (override,)})
    desk.to(300)
    assert desk.pages()[1][1] == "cy"


def test_rule_11_whoever_left_is_asked_no_more() -> None:
    desk = Desk().to(10)
    desk.world = with_people(desk.world, bo=replace(person("bo", "webhook"), left=True))
    desk.to(300)
    assert "bo" not in [who for _, who, _ in desk.pages()]


def test_rule_11_an_edit_that_strands_an_open_incident_is_named_with_why() -> None:
    state = declared("sev3").state
    without_service = plan(services=plan().services[1:])
    without_ana = plan(people=plan().people[1:])
    assert stranded(Rules.of(plan(), "x"), [state]) == ()
    assert "api" in str(stranded(Rules.of(without_service, "x"), [state])[0])
    assert "ana" in str(stranded(Rules.of(without_ana, "x"), [state])[0])


# ------------------------------------------------------------------------------------------------ rule 12


def test_rule_12_a_plan_is_known_by_its_hash_whatever_its_layout() -> None:
    assert plan_hash(plan()) == plan_hash(plan())
    assert plan_hash(plan()) != plan_hash(plan(mitigations=("restart", "roll-back")))
    assert plan_to_json(plan()) == plan_to_json(plan())


def test_rule_12_each_step_names_the_plan_it_was_taken_under() -> None:
    desk = Desk().to(600)
    assert {step.rules for step in desk.said(f.StepTaken)} == {"rules-1"}
    assert {step.tzdata for step in desk.said(f.StepTaken)} == {"test"}


# ------------------------------------------------------------------------------------------------ rule 13


def test_rule_13_the_shipped_plan_uses_role_handles() -> None:
    shipped = read_folder(FOLDER).plan
    assert shipped is not None
    named = [each.handle for each in shipped.people if not re.fullmatch(r"[a-z]+(-[a-z]+)*(-\d+)?", each.handle)]
    assert named == []
    assert len(shipped.people) >= 20


def test_rule_13_and_passes_its_own_check_so_far() -> None:
    """One person or channel gone too: that proof comes with the check of coverage."""
    shipped = read_folder(FOLDER).plan
    assert shipped is not None
    report = check(shipped, MONDAY)
    assert [str(finding.id) for finding in report.findings] == []


# ------------------------------------------------------------------------------------------------ rule 14

SAID = Duty(who="commander", does="command", scope="sev1", by=300, zero="declaration", source="one.md, table 1")
SAID_OTHERWISE = replace(SAID, by=900, source="two.md, section 3")


def test_rule_14_two_duties_that_disagree_are_a_finding_with_both_sources() -> None:
    found = check(plan(duties=(SAID, SAID_OTHERWISE)), MONDAY).findings
    assert [finding.id for finding in found] == ["duties-disagree:commander:command:sev1"]
    assert "one.md, table 1" in found[0].why and "two.md, section 3" in found[0].why


def test_rule_14_two_that_agree_are_none() -> None:
    assert check(plan(duties=(SAID, replace(SAID, source="two.md"))), MONDAY).findings == ()


def test_rule_14_the_same_bound_from_another_zero_disagrees() -> None:
    assert len(check(plan(duties=(SAID, replace(SAID, zero="detection", source="two.md"))), MONDAY).findings) == 1


def _accepted(until: str) -> Plan:
    accepted = Accepted(
        finding="duties-disagree:commander:command:sev1", reason="two.md is old", owner="manager", until=until
    )
    return plan(duties=(SAID, SAID_OTHERWISE), accepted=(accepted,))


def test_rule_14_accepted_holds_a_finding_with_reason_owner_and_end() -> None:
    report = check(_accepted("2026-12-31"), MONDAY)
    assert report.findings == ()
    assert [(finding.id, entry.reason, entry.owner) for finding, entry in report.accepted] == [
        ("duties-disagree:commander:command:sev1", "two.md is old", "manager")
    ]


def test_rule_14_an_acceptance_ends() -> None:
    kinds = {finding.kind for finding in check(_accepted("2026-01-11"), MONDAY).findings}
    assert kinds == {"duties-disagree", "accepted-expired"}
