"""The first findings: each kind on a plan that has the fault and on none without; what is accepted; what is assumed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import tocsin.core.check as room
from tests.plans import DETECTION, SEV2, SEV3, M, plan, targets
from tocsin.core import plan as p
from tocsin.core.check import Known, VendorNeeds, check
from tocsin.core.instants import parse_instant
from tocsin.core.plan import (
    Accepted,
    Audience,
    Cadence,
    ContactRule,
    Domain,
    Duty,
    Integration,
    Organisation,
    Plan,
    Policy,
    Post,
    Rotation,
    Route,
    Rung,
    Service,
    Severity,
    Step,
    Team,
    Unanswered,
)
from tocsin.core.world import LivePerson

NOW = parse_instant("2026-01-12T10:00:00Z")
WEBHOOK = VendorNeeds(frozenset({"secret"}), frozenset({"secret"}), frozenset({"secret"}))
KNOWN = Known(
    vendors={"webhook": WEBHOOK, "sandbox": VendorNeeds(frozenset(), frozenset(), frozenset())},
    channels=frozenset({"webhook", "smtp"}),
    people={"bo": LivePerson("bo")},
)
GONE = replace(KNOWN, people={"cy": LivePerson("cy", left=True)})
BASE = plan()
POSTS = {post.id: post for post in BASE.posts}
QUIET = Step(id="quiet", inform=targets("role:scribe"))


def posts(*changed: Post) -> dict[str, object]:
    return {"posts": tuple((POSTS | {post.id: post for post in changed}).values())}


def policies(*changed: Policy, base: tuple[Policy, ...] = BASE.policies) -> dict[str, object]:
    return {"policies": tuple({each.id: each for each in (*base, *changed)}.values())}


def duty(who: str, does: str, by: int | None, zero: str, source: str, scope: str = "SEV-1") -> Duty:
    return Duty(who=who, does=does, by=by, zero=zero, scope=scope, source=source)


CASES: list[tuple[str, str, dict[str, object], str]] = [
    ("post-vacant:cto", "posts.cto", posts(Post(id="cto", deputies=("bo",))), "bo would stand in"),
    ("post-doubled:cto/cy", "posts.cto", posts(Post(id="cto", holder="cy", deputies=("bo", "cy"))), "cannot stand in"),
    ("fallback-missing", "organisation", {"organisation": Organisation(name="x")}, "rings nobody"),
    (
        "rotation-empty:spare",
        "rotations.spare",
        {"rotations": (*BASE.rotations, Rotation(id="spare", time_zone="UTC", people=(), starts="2026-01-05"))},
        "nobody is ever on call",
    ),
    (
        "rotation-not-begun:spare",
        "rotations.spare.starts",
        {"rotations": (*BASE.rotations, Rotation(id="spare", time_zone="UTC", people=("bo",), starts="2026-01-19"))},
        "spare starts Mon 19 Jan 2026 09:00 UTC",
    ),
    (
        "route-unreachable:late",
        "routes.late",
        {"routes": (*BASE.routes, Route(id="late", match=(M('team="x"'),), service="api"))},
        "all stands before it",
    ),
    (
        "route-unreachable:narrow",
        "routes.narrow",
        {
            "routes": (
                Route(id="wide", match=(M('a="1"'),), service="api"),
                Route(id="narrow", match=(M('b="2"'), M('a="1"')), service="api"),
                Route(id="all", service="api"),
            )
        },
        "wide stands before it",
    ),
    ("route-missing", "routes.web", {"routes": BASE.routes[:-1]}, "only steps that name no domain"),
    ("route-without-service:all", "routes.all", {"routes": (Route(id="all"),)}, "nobody is on call for it"),
    ("service-missing", "services", {"services": ()}, "no alert leads to anybody"),
    (
        "service-doubled:web",
        "services.vault",
        {
            "services": (
                Service(id="api", domain="core", owner="core"),
                Service(id="web", domain="core", owner="core"),
                Service(id="vault", domain="core", owner="core", also=("web",)),
            )
        },
        "vault is taken",
    ),
    (
        "detection-without-policy",
        "policies",
        {"policies": tuple(each for each in BASE.policies if each.id != "detection")},
        "any domain",
    ),
    (
        "severity-without-policy:sev4",
        "severities.sev4",
        {"severities": (*BASE.severities, Severity(id="sev4", rank=4, title="SEV-4", respond_within=60))},
        "any domain",
    ),
    (
        "severity-without-policy:sev3",
        "severities.sev3",
        policies(replace(SEV3, domains=("other",)))
        | {"domains": (*BASE.domains, Domain(id="other", primary=targets("person:bo")))}
        | {"services": (*BASE.services, Service(id="o", domain="other", owner="core"))},
        "for core",
    ),
    ("policy-unreachable:again", "policies.again", policies(replace(SEV2, id="again")), "others stand before it"),
    (
        "policy-unreachable:decided",
        "policies.decided",
        policies(Policy(id="decided", zero="decision", steps=(QUIET,))),
        "no special path names it",
    ),
    (
        "policy-gives-up:sev2",
        "policies.sev2",
        policies(replace(SEV2, unanswered=None)),
        "says nothing under unanswered",
    ),
    (
        "rank-doubled:2",
        "severities.sev3.rank",
        {"severities": (*BASE.severities[:2], replace(BASE.severities[2], rank=2))},
        "neither is the worse one",
    ),
    (
        "decision-unknown:security/legal",
        "policies.security.steps[1].decision",
        {"paths": (p.Path(id="security", policy="security", decisions=("confirmed",)),)},
        "",
    ),
    (
        "step-reaches-nobody:sev3/told",
        "policies.sev3.steps[0].inform",
        policies(replace(SEV3, steps=(Step(id="told", inform=targets("owner:lead")),))) | {"teams": (Team(id="core"),)},
        "api has no owner with a lead",
    ),
    (
        "step-reaches-nobody:detection/unanswered-2",
        "policies.detection.unanswered.then[1]",
        policies(replace(DETECTION, unanswered=Unanswered(then=(targets("person:bo"), targets("post:manager")))))
        | posts(Post(id="manager")),
        "nobody holds the post manager",
    ),
    (
        "step-reaches-nobody:sev3/empty",
        "policies.sev3.steps[0]",
        policies(replace(SEV3, steps=(Step(id="empty"),))),
        "",
    ),
    (
        "column-empty:core/expert",
        "domains.core.expert",
        policies(replace(SEV3, steps=(Step(id="told", inform=targets("domain:expert")),))),
        "the policy sev3 names domain:expert; core has no expert",
    ),
    (
        "column-empty:core/management",
        "domains.core.management",
        policies(replace(SEV3, steps=(Step(id="told", inform=targets("domain:management")),)))
        | posts(Post(id="cto"))
        | {"domains": (replace(BASE.domains[0], management=targets("post:cto")),)},
        "nobody holds the post cto",
    ),
    ("audience-without-sender:press", "audiences.press", {"audiences": (*BASE.audiences, Audience(id="press"))}, ""),
    (
        "audience-without-cadence:press",
        "audiences.press",
        {"audiences": (*BASE.audiences, Audience(id="press", sender="scribe"))},
        "no clock reminds anybody",
    ),
    (
        "cadence-doubled:sev1/room",
        "cadence[2]",
        {"cadence": (*BASE.cadence, Cadence(severity="sev1", audience="room", active=900))},
        "the first stands at cadence[1]",
    ),
    (
        "contact-rule-empty:inform",
        "contact_rule.inform",
        {"contact_rule": ContactRule(page=(Rung(channels=("smtp",)),), inform=())},
        "nobody can be reached by it",
    ),
    (
        "channel-unknown:page-1/phone",
        "contact_rule.page[0]",
        {"contact_rule": ContactRule(page=(Rung(channels=("phone", "smtp")),), inform=(Rung(channels=("smtp",)),))},
        "",
    ),
    (
        "vendor-unknown:hook",
        "integrations.hook.vendor",
        {"integrations": (Integration(id="hook", vendor="hoook"),)},
        "",
    ),
    (
        "setting-unknown:box/url",
        "integrations.box.settings.url",
        {"integrations": (Integration(id="box", vendor="sandbox", settings={"url": "x"}),)},
        "",
    ),
    (
        "setting-missing:hook/secret",
        "integrations.hook",
        {"integrations": (Integration(id="hook", vendor="webhook"),)},
        "",
    ),
    (
        "secret-in-settings:hook/secret",
        "integrations.hook.settings.secret",
        {"integrations": (Integration(id="hook", vendor="webhook", settings={"secret": "hunter2"}),)},
        "",
    ),
    (
        "duties-disagree:commander:takes command:SEV-1",
        "duties[2]",
        {
            "duties": (
                duty("commander", "takes command", 300, "declaration", "IR 4.2"),
                duty("commander", "takes command", 300, "detection", "IR 4.3", scope="SEV-2"),
                duty("Commander", "takes  command", 900, "Declaration", "ESC 3"),
                duty("scribe", "takes command", 60, "declaration", "ESC 4"),
            )
        },
        "IR 4.2: within 5 min from declaration; ESC 3: within 15 min from Declaration",
    ),
    (
        "duties-disagree:legal:is told",
        "duties[1]",
        {"duties": (duty("legal", "is told", 0, "suspected", "A", ""), duty("legal", "is told", None, "", "B", ""))},
        "A: at once from suspected; B: no bound",
    ),
    (
        "accepted-unknown:post-vacant:nobody",
        "accepted[0]",
        {"accepted": (Accepted(finding="post-vacant:nobody", reason="r", owner="cto", until="2027-01-01"),)},
        "it may have been mended",
    ),
]


def test_a_family_of_settings_is_known_by_how_it_begins() -> None:
    needs = VendorNeeds(frozenset({"labels.*", "url"}), frozenset(), frozenset())
    assert [name for name in ("labels.team", "url", "labels.a.b") if not needs.knows(name)] == []
    assert [name for name in ("labels", "labels.", "label.x", "url.x") if needs.knows(name)] == []


@pytest.mark.parametrize(("id", "place", "changes", "why"), CASES, ids=[case[0] for case in CASES])
def test_a_finding(id: str, place: str, changes: dict[str, object], why: str) -> None:
    found = {finding.id: finding for finding in check(plan(**changes), NOW, KNOWN).findings}
    assert id in found, sorted(found)
    assert found[id].place == place
    assert why in found[id].why
    assert found[id].what
    assert "hunter2" not in str(found)


def test_the_shared_plan_has_none() -> None:
    report = check(BASE, NOW, KNOWN)
    assert report.findings == () and report.accepted == () and report.assumptions == ()


def test_a_fault_brings_its_own_finding_and_few_others() -> None:
    """One fault is not told over and over."""
    alone = [case for case in CASES if len(check(plan(**case[2]), NOW, KNOWN).findings) == 1]
    assert len(alone) >= len(CASES) - 6, sorted({case[0] for case in CASES} - {case[0] for case in alone})


def test_each_kind_is_tested() -> None:
    folder = Path(str(room.__file__)).parent
    source = "".join(path.read_text() for path in folder.glob("*.py"))
    kinds = set(re.findall(r"Finding\(\s*f?\"([a-z-]+)", source))
    assert len(kinds) > 20
    assert kinds - {case[0].partition(":")[0] for case in CASES} == {"post-left", "rotation-left", "accepted-expired"}


def test_rule_10_whoever_left_holds_nothing() -> None:
    ids = {finding.id for finding in check(BASE, NOW, GONE).findings}
    assert {f"post-left:{id}/cy" for id in ("manager", "director", "cto", "fallback")} <= ids
    assert "rotation-left:commander/cy" in ids
    assert {"step-reaches-nobody:sev1/cto", "step-reaches-nobody:security/ceo"} <= ids
    assert not any(id.startswith("step-reaches-nobody:sev1/commander") for id in ids), "Bo still takes turns"


def test_everybody_of_a_rotation_left() -> None:
    left = Known(people={"ana": LivePerson("ana", left=True)})
    found = {finding.id: finding for finding in check(BASE, NOW, left).findings}
    assert found["column-empty:core/primary"].why.endswith("rotation:primary has nobody")
    assert "rotation-left:primary/ana" in found


def test_a_step_that_a_role_may_take_is_no_finding() -> None:
    changed = plan(**policies(replace(SEV3, steps=(QUIET,))))
    assert check(changed, NOW, KNOWN).findings == ()


def accepting(until: str, finding: str = "post-vacant:cto") -> Plan:
    entry = Accepted(finding=finding, reason="hired in March", owner="director", until=until)
    return plan(**posts(Post(id="cto", deputies=("bo",))), accepted=(entry,))


@pytest.mark.parametrize(("until", "accepted"), [("2026-01-12", True), ("2026-01-13", True), ("2026-01-11", False)])
def test_rule_14_an_accepted_finding_stands_aside_until_its_end(until: str, accepted: bool) -> None:
    report = check(accepting(until), NOW, KNOWN)
    if accepted:
        assert report.findings == ()
        assert [(f.id, entry.owner) for f, entry in report.accepted] == [("post-vacant:cto", "director")]
    else:
        assert {finding.id for finding in report.findings} == {"post-vacant:cto", "accepted-expired:post-vacant:cto"}
        assert report.accepted == ()


def test_the_end_of_an_acceptance_is_a_day_of_the_organisation() -> None:
    """At 10:00 UTC of the 12th it is the 13th already in Kiritimati."""
    organisation = Organisation(name="x", fallback="fallback", time_zone="Pacific/Kiritimati")
    report = check(replace(accepting("2026-01-12"), organisation=organisation), NOW, KNOWN)
    assert "accepted-expired:post-vacant:cto" in {finding.id for finding in report.findings}


def test_rule_9_what_is_not_known_is_said() -> None:
    report = check(BASE, NOW, Known(unset=("env:HOOK",)))
    assert report.findings == ()
    assert [line.split(":")[0] for line in report.assumptions] == [
        "everybody in the plan has a verified contact, and nobody has left",
        "no override, leave or maintenance is entered",
        "every vendor and its settings are right",
        "env",
    ]


def test_ids_are_stable_and_unlike() -> None:
    everything: dict[str, object] = {}
    for _, _, changes, _ in CASES:
        everything |= changes
    first, second = (check(plan(**everything), NOW, KNOWN).findings for _ in range(2))
    ids = [finding.id for finding in first]
    assert ids == [finding.id for finding in second]
    assert len(ids) == len(set(ids)) > 8
