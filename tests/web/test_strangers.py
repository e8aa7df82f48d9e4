"""What a stranger may see. Rule 18: a private incident is not there for them, on any surface."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.plans import plan as shared_plan
from tests.web.stage import Stage
from tocsin.core import commands as c
from tocsin.core.links import PageLink, sign
from tocsin.core.plan import Post
from tocsin.store.base import Viewer

SECRET = "Stolen keys in the vault"


@pytest.fixture
def stage(tmp_path: Path):
    """A world where Cy holds no post: nothing pages a stranger."""
    plan = shared_plan()
    posts = tuple(Post(id=each.id, holder="bo") for each in plan.posts)
    rotations = tuple(replace(each, people=("bo",)) if each.id == "commander" else each for each in plan.rotations)
    made = Stage(tmp_path, replace(plan, posts=posts, rotations=rotations))
    yield made
    made.close()


@pytest.fixture
def private(stage: Stage) -> Stage:
    """One open incident, one that came in by a private route, and one that became private."""
    world = stage.world
    world.alert("Plain", service="web")
    world.alert(SECRET, service="vault")
    world.settle()
    world.act("ana", c.Open(world.words(f"{SECRET}, by hand"), "api", "sev1"))
    world.act("ana", c.SetVisibility("private"), 3)
    world.forward(400)
    assert [row.visibility for row in world.rows()] == ["open", "private", "private"]
    assert all("cy" not in world.incident(n).people for n in (1, 2, 3))
    return stage


PAGES = ("/", "/now/live", "/sandbox", "/sandbox/live")
LISTS = ("/api/v1/incidents", "/api/v1/alerts", "/api/v1/groups", "/api/v1/incidents?search=Stolen")


def test_rule_18_lists_searches_and_pages_hide_it(private: Stage) -> None:
    cy, ana = private.client("cy"), private.client("ana")
    for path in (*PAGES, *LISTS):
        answer = cy.get(path)
        assert answer.status_code == 200, path
        for word in (SECRET, "vault", "INCIDENT-2", "INCIDENT-3", '"number":2', '"number":3', "private"):
            assert word not in answer.text, (path, word)
    assert SECRET in ana.get("/").text, "its own people see it"
    assert len(cy.get("/api/v1/incidents").json()["items"]) == 1
    assert len(ana.get("/api/v1/incidents").json()["items"]) == 3


def test_rule_18_it_is_not_found_by_number_label_or_id(private: Stage) -> None:
    cy = private.client("cy")
    record = private.world.record(2).removeprefix("incident:")
    nothing = cy.get("/api/v1/incidents/99", headers={"accept": "application/json"}).json()
    for name in ("2", "INCIDENT-2", record, f"incident:{record}", "3"):
        assert cy.get(f"/incidents/{name}").status_code == 404
        assert cy.get(f"/incidents/{name}/live").status_code == 404
        assert cy.get(f"/incidents/{name}/stream").status_code == 404
        answer = cy.get(f"/api/v1/incidents/{name}", headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()) == (404, nothing), "the same as one that never was"
    responder = private.token("cy", ("view", "respond"))
    assert private.client().post("/api/v1/incidents/2/acknowledge", headers=responder).status_code == 404
    merge = private.client().post("/api/v1/incidents/1/merge", json={"into": "2"}, headers=responder)
    assert merge.status_code == 404
    assert len([kind for kind in private.facts(2) if kind == "incident.absorbed"]) == 0


def test_rule_18_alerts_of_an_incident_that_became_private_are_hidden_with_it(stage: Stage) -> None:
    stage.world.alert("Leaking", service="web")
    stage.world.settle()
    cy = stage.client("cy")
    assert len(cy.get("/api/v1/alerts").json()["items"]) == 1
    stage.world.act("ana", c.SetVisibility("private"))
    assert cy.get("/api/v1/alerts").json()["items"] == []
    assert cy.get("/api/v1/groups").json()["items"] == []
    assert len(stage.client("ana").get("/api/v1/alerts").json()["items"]) == 1


def test_rule_18_counts_and_metrics_leave_it_out(private: Stage) -> None:
    text = private.client().get("/metrics").text
    assert 'tocsin_incidents{state="paging"} 1' in text
    assert 'tocsin_incidents_by_severity{severity=""} 1' in text
    assert "sev1" not in text and SECRET not in text and "vault" not in text
    with private.context.reading() as reading:
        assert sum(reading.counts(Viewer("cy")).values()) == 1
        assert sum(reading.counts(Viewer("ana")).values()) == 3
        assert reading.severities(Viewer("cy")) == {"": 1}


def test_rule_18_a_private_page_says_only_that_it_is_private(private: Stage) -> None:
    world = private.world
    with private.context.reading() as reading:
        row = reading.incident(Viewer("ana"), "2")
    assert row is not None
    for ring in world.rang():
        if ring.message.number == 2:
            assert SECRET not in ring.message.title + ring.message.text
            assert "private incident" in ring.message.title
    token = sign(PageLink(row.record, "ana", world.clock.now() + 10**9), b"pretend secret")  # type: ignore[arg-type]
    page = private.client().get(f"/p/{token}").text
    assert "Private incident" in page and SECRET not in page and "vault" not in page


def test_rule_18_the_grant_private_opens_it_and_losing_it_closes_it(private: Stage) -> None:
    cy = private.client("cy")
    private.world.administer("set_permissions", person="cy", grants=("view", "private"))
    assert SECRET in cy.get("/incidents/2").text
    private.world.administer("set_permissions", person="cy", grants=("view",))
    assert cy.get("/incidents/2").status_code == 404


def test_whoever_may_not_view_reads_nothing_but_their_own(stage: Stage) -> None:
    stage.world.alert("Down", service="web")
    stage.world.settle()
    stage.world.administer("set_permissions", person="cy", grants=())
    cy = stage.client("cy")
    for path in ("/", "/sandbox", "/api/v1/incidents", "/api/v1/alerts", "/api/v1/groups"):
        assert cy.get(path).status_code == 403, path
    assert cy.get("/incidents/1").status_code == 404
    stage.world.administer("set_permissions", person="ana", grants=())
    assert stage.client("ana").get("/incidents/1").status_code == 200, "Ana was paged for it"


def test_nobody_signed_in_sees_no_page(private: Stage) -> None:
    nobody = private.client()
    for path in (*PAGES, "/incidents/1", "/incidents/1/live"):
        answer = nobody.get(path, follow_redirects=False)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in")
    assert nobody.get("/incidents/1/stream", follow_redirects=False).status_code in (303, 404)
    assert nobody.get("/api/v1/incidents").status_code == 401


def test_who_has_left_is_out_at_once(stage: Stage) -> None:
    stage.world.alert("Down", service="web")
    stage.world.settle()
    ana, link = stage.client("ana"), stage.link("ana")
    token = stage.token("ana")
    assert ana.get("/").status_code == 200
    stage.world.administer("leave", person="ana")
    assert ana.get("/", follow_redirects=False).status_code == 303
    assert stage.client().get("/api/v1/incidents", headers=token).status_code == 401
    assert stage.client().get(link).status_code == 404
