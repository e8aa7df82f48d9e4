"""Two plans compared: as they are written, and in what they do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plans import DETECTION, SEV1, SEV2, SEV3, M, plan, targets
from tocsin.core.behaviour import Case, Move, Moved
from tocsin.core.explain import compare, explain, timeline, world_of
from tocsin.core.instants import parse_instant
from tocsin.core.plan import (
    ContactRule,
    Domain,
    Limits,
    Path,
    Person,
    Plan,
    Rotation,
    Route,
    Rung,
    Service,
    Severity,
    Step,
)
from tocsin.core.plan_diff import written

NOW = parse_instant("2026-01-12T10:00:00Z")
BASE = plan()
MINUTES = 60.0


def moved(old: Plan, new: Plan) -> tuple[Moved, ...]:
    return compare(old, new, NOW)


def policies(*changed: object) -> dict[str, object]:
    return {"policies": tuple({each.id: each for each in (*BASE.policies, *changed)}.values())}  # type: ignore[attr-defined]


def with_step(policy: object, id: str, **changes: object) -> object:
    steps = tuple(replace(step, **changes) if step.id == id else step for step in policy.steps)  # type: ignore[attr-defined]
    return replace(policy, steps=steps)  # type: ignore[type-var]


def told(changes: dict[str, object]) -> list[tuple[str, str, str, str]]:
    return [(c.path, c.what, c.before, c.after) for c in written(BASE, plan(**changes))]


def moves(changes: dict[str, object], old: Plan = BASE) -> list[tuple[str, str, tuple[str, ...], tuple[Move, ...]]]:
    return [(m.severity, m.path, m.domains, m.moves) for m in moved(old, plan(**changes))]


def test_the_same_plan_differs_in_nothing() -> None:
    assert written(BASE, plan()) == () and moved(BASE, plan()) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"people": (*BASE.people[:2], Person(handle="dee", time_zone="Europe/Paris"))},
            [
                ("people.cy", "removed", "{handle: cy}", ""),
                ("people.dee", "added", "", "{handle: dee, time_zone: Europe/Paris}"),
            ],
        ),
        (
            policies(with_step(SEV1, "next", after=120, when="open")),
            [
                ("policies.sev1.steps.next.after", "changed", "5 min", "2 min"),
                ("policies.sev1.steps.next.when", "changed", "no_command", "open"),
            ],
        ),
        (
            policies(with_step(SEV1, "told", inform=targets("post:director", "post:cto"))),
            [("policies.sev1.steps.told.inform", "changed", "[post:director]", "[post:director, post:cto]")],
        ),
        (
            policies(replace(SEV2, unanswered=None)),
            [("policies.sev2.unanswered", "changed", "{then: [[domain:secondary], [post:manager]]}", "-")],
        ),
        ({"limits": Limits(flaps=5)}, [("limits.flaps", "changed", "3", "5")]),
        (
            {
                "routes": (
                    BASE.routes[1],
                    BASE.routes[0],
                    replace(BASE.routes[2], match=(M('service=~"w.*"'),)),
                    BASE.routes[3],
                )
            },
            [
                ("routes.web.match", "changed", '[service="web"]', '[service=~"w.*"]'),
                ("routes", "reordered", "secret, quiet, web, all", "quiet, secret, web, all"),
            ],
        ),
        (
            {"taxonomy": {"root_cause": ("unknown",), "impact": ("none",)}},
            [
                ("taxonomy.root_cause", "changed", "[code-bug, unknown]", "[unknown]"),
                ("taxonomy.impact", "added", "-", "[none]"),
            ],
        ),
        (
            {
                "contact_rule": replace(
                    BASE.contact_rule, page=(BASE.contact_rule.page[0], Rung(after=60, channels=("smtp",)))
                )
            },  # type: ignore[union-attr,type-var]
            [("contact_rule.page[1].after", "changed", "2 min", "1 min")],
        ),
        (
            {"contact_rule": None},
            [
                (
                    "contact_rule",
                    "changed",
                    (
                        "{page: [{channels: [webhook]}, {after: 2 min, channels: [smtp]}], "
                        "inform: [{channels: [smtp, webhook]}, {channels: [webhook]}]}"
                    ),
                    "-",
                )
            ],
        ),
        (
            {"cadence": BASE.cadence[1:]},
            [("cadence.sev1/executives", "removed", "{severity: sev1, audience: executives, active: 30 min}", "")],
        ),
        (
            {"mitigations": ("restart", "roll-back")},
            [("mitigations", "changed", "[roll-back, restart]", "[restart, roll-back]")],
        ),
        (
            {"severities": (replace(BASE.severities[0], confirm_below=False, title=""), *BASE.severities[1:])},
            [
                ("severities.sev1.title", "changed", "SEV-1", "-"),
                ("severities.sev1.confirm_below", "changed", "true", "false"),
            ],
        ),
    ],
)
def test_what_is_written_differently(changes: dict[str, object], expected: list[tuple[str, ...]]) -> None:
    assert told(changes) == expected


def test_a_step_that_comes_sooner_moves_that_step_alone() -> None:
    found = moves(policies(with_step(SEV1, "next", after=120)))
    assert found == [("sev1", "", ("core",), (Move("page", "cy", "sev1/next", (300.0,), (120.0,)),))]


def test_a_page_that_becomes_an_inform() -> None:
    changed = with_step(SEV1, "director", page=(), inform=targets("post:director"))
    ((severity, _, _, found),) = moves(policies(changed))
    assert severity == "sev1"
    by_step = {(move.verb, move.step): (move.before, move.after) for move in found}
    assert by_step["page", "sev1/director"] == ((600.0,), ())
    assert by_step["inform", "sev1/director"] == ((), (600.0,))


def test_another_holder_moves_every_case_in_which_the_post_is_named() -> None:
    posts = tuple(replace(post, holder="bo") if post.id == "cto" else post for post in BASE.posts)
    found = {
        (severity, path): {(m.person, m.step) for m in each} for severity, path, _, each in moves({"posts": posts})
    }
    assert {("cy", "sev1/executives"), ("bo", "sev1/executives")} <= found["sev1", ""]
    assert ("sev2", "") not in found and ("", "") not in found


def test_domains_that_move_alike_are_told_once() -> None:
    base = {
        "domains": (*BASE.domains, Domain(id="web", primary=targets("person:bo"), secondary=targets("person:ana"))),
        "services": (*BASE.services, Service(id="shop", domain="web", owner="core")),
    }
    old = plan(**base)
    found = moves(base | policies(with_step(SEV1, "next", after=120)), old)
    assert [(severity, domains) for severity, _, domains, _ in found] == [("sev1", ("core", "web"))]


def test_a_new_severity_and_a_lost_domain() -> None:
    new = Severity(id="sev0", rank=1, title="SEV-0", respond_within=60)
    steps = (Step(id="all", page=targets("person:ana")),)
    extra = replace(SEV3, id="sev0", severities=("sev0",), steps=steps)
    found = moves({"severities": (new, *BASE.severities)} | policies(extra))
    assert found == [("sev0", "", ("core",), (Move("page", "ana", "sev0/all", (), (0.0,)),))]
    lost = moves(
        {
            "domains": (Domain(id="other", primary=targets("person:bo")),),
            "services": (Service(id="api", domain="other"),),
        }
    )
    told_of = {(severity, domains) for severity, _, domains, _ in lost}
    assert ("sev1", ("core",)) in told_of and ("", ("other",)) in told_of


def test_a_path_is_a_case_of_its_own() -> None:
    changed = plan(paths=(Path(id="security", policy="security", decisions=("suspected", "confirmed")),))
    assert moved(BASE, changed) == (), "its privacy moves nobody"
    policy = BASE.policies[-1]
    found = moves(policies(with_step(policy, "on-call", after=300)))
    assert [(severity, path) for severity, path, _, _ in found] == [("", "security")]


def test_only_words_move_nobody() -> None:
    people = tuple(replace(person, name=person.handle.title()) for person in BASE.people)
    assert told({"people": people}) and moves({"people": people}) == []


def test_the_timeline_says_when_nobody_can_be_asked() -> None:
    empty = plan(
        rotations=(Rotation(id="primary", time_zone="UTC", people=(), starts="2026-01-05"), *BASE.rotations[1:])
    )
    found = timeline(world_of(empty), Case("core"), NOW, 60.0)
    assert [(line.after, line.verb, line.person, line.step) for line in found][:2] == [
        (0.0, "page", "", "detection/first"),
        (0.0, "page", "cy", "detection/held-fallback"),
    ]


def test_an_alert_without_a_route_is_explained_as_it_would_be_led() -> None:
    """It has no domain; the fallback post hears of it (the engine opens an incident for it as well)."""
    lost = plan(routes=(Route(id="web", match=(M('service="web"'),), service="web"),))
    found = explain("test", {"alertname": "x"}, world_of(lost), NOW, 600.0)
    assert found.routed is None
    people = {person for each in found.steps if each.duty.what == "page" for person in each.duty.who}
    assert people == {"cy"}


def test_a_muted_alert_and_one_that_pages_nobody_bring_nothing() -> None:
    found = explain("test", {"alertname": "x", "severity": "info"}, world_of(BASE), NOW, 600.0)
    assert found.routed is not None and found.routed.route.id == "quiet" and found.steps == ()


def test_the_contact_rule_says_over_what_people_are_reached() -> None:
    rule = ContactRule(page=(Rung(channels=("phone",)),), inform=(Rung(channels=("smtp",)),))
    found = explain("test", {"service": "api"}, world_of(plan(contact_rule=rule)), NOW, 60.0)
    channels = {fact.channel for each in found.steps for fact in each.duty.facts if fact.kind == "page.ordered"}  # type: ignore[attr-defined]
    assert channels == {"phone"}


def test_nobody_is_asked_twice_by_a_loop() -> None:
    """Two hours of silence come to an end: each instant is asked a few times, not for ever."""
    for severity in ("", "sev1", "sev2", "sev3"):
        found = timeline(world_of(BASE), Case("core", severity), NOW, 7200.0)
        assert len(found) < 60
        assert max((line.after for line in found), default=0.0) >= (0 if severity == "sev3" else 100 * MINUTES)
    assert DETECTION.unanswered is not None
