"""The incident room without a script: every action is a form, and a refusal loses nothing that was typed."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from tests.web.stage import Stage, form_of
from tocsin.core import commands as c
from tocsin.core.commands import VERBS


@pytest.fixture
def room(stage: Stage) -> TestClient:
    """Ana in the room of an incident that pages her."""
    stage.world.alert("Down", service="web")
    stage.world.settle()
    return stage.client("ana")


def press(client: TestClient, verb: str, number: int = 1, /, **fields: str):
    page = client.get(f"/incidents/{number}").text
    names = {name.replace("__", "."): value for name, value in fields.items()}
    return client.post(f"/incidents/{number}/{verb}", data={**form_of(page), **names})


def test_it_is_led_from_page_to_close_by_buttons(stage: Stage, room: TestClient) -> None:
    steps: list[tuple[str, dict[str, str]]] = [
        ("acknowledge", {}),
        ("triage", {"answers__out": "no", "answers__degraded": "yes"}),
        ("declare", {"severity": "sev3", "reason": "only one customer"}),
        ("severity", {"severity": "sev2"}),
        ("take-role", {"role": "scribe"}),
        ("offer-role", {"role": "communications", "person": "bo"}),
        ("note", {"what": "hypothesis", "words": "a deploy"}),
        ("update", {"audience": "executives", "words": "we are on it", "link": "https://example.com/1"}),
        ("phase", {"phase": "investigation"}),
        ("mitigate", {"way": "restart", "risk": "low", "words": "off and on", "minutes": "5", "approved_by": "bo"}),
        ("phase", {"phase": "mitigation"}),
        ("end-mitigation", {"worked": "true", "words": "errors fell"}),
        ("phase", {"phase": "resolution"}),
        ("phase", {"phase": "mitigation", "reason": "it is back"}),
        ("phase", {"phase": "resolution"}),
        ("tick", {"item": "fixed", "done": "true"}),
        ("waive", {"item": "quiet", "words": "the alert is broken"}),
        ("impact", {"figure": "users affected", "value": "1200"}),
        ("classify", {"field": "root_cause", "value": "code-bug"}),
        ("correct", {"milestone": "impact_start", "at": "2026-01-12T09:58", "words": "from the graph"}),
        ("link", {"how": "address", "other": "https://example.com/graph"}),
        ("escalate", {"target": "post:manager", "verb": "inform", "reason": "several_teams"}),
    ]
    for verb, fields in steps:
        answer = press(room, verb, **fields)
        assert answer.status_code == 200, (verb, re.findall(r'id="refused".*?</section>', answer.text, re.DOTALL))
    stage.world.forward(901)
    assert press(room, "phase", phase="post_incident").status_code == 200
    assert press(room, "close").status_code == 200
    state = stage.world.incident()
    assert state.ended == "closed" and state.impact == {"users affected": 1200.0}
    assert state.taxonomy == {"root_cause": "code-bug"}
    page = room.get("/incidents/1?whole=1").text
    for words in ("a deploy", "only one customer", "the alert is broken", "off and on", "2026-01-12 09:58:00 UTC"):
        assert words in page
    assert "b-acknowledge" not in page and "b-close" not in page


def test_every_command_has_its_form_in_some_room(stage: Stage, room: TestClient) -> None:
    """No action is left to the command line alone."""
    seen: set[str] = set()

    def look() -> None:
        seen.update(re.findall(r'action="/incidents/1/([a-z-]+)"', room.get("/incidents/1").text))

    look()
    stage.world.act("bo", c.OfferRole("scribe", "ana"))
    stage.world.act("ana", c.Declare("sev2"))
    look()
    stage.world.act("ana", c.StartPath("security"))
    stage.world.act("ana", c.EnterPhase("investigation"))
    stage.world.act("ana", c.StartMitigation("restart", "low", stage.world.words("x")))
    look()
    stage.world.act("ana", c.EnterPhase("mitigation"))
    stage.world.act("ana", c.EndMitigation(True))
    stage.world.act("ana", c.EnterPhase("resolution"))
    look()
    stage.world.act("ana", c.TickItem("quiet"))
    stage.world.act("ana", c.TickItem("fixed"))
    stage.world.forward(901)
    stage.world.act("ana", c.Resolve())
    look()
    # Resolving is entering the sixth phase, by the same button as the others.
    assert seen == set(VERBS) - {"resolve"}


def test_a_refusal_says_all_and_keeps_what_was_typed(stage: Stage, room: TestClient) -> None:
    stage.world.act("ana", c.Triage((("out", True),)))
    answer = press(room, "declare", severity="sev3")
    assert answer.status_code == 409
    assert "is below what triage proposes" in answer.text and 'id="refused"' in answer.text
    assert re.search(r'<details id="d-declare" open', answer.text)
    assert re.search(r'<option value="sev3" selected', answer.text)
    words = 'long words "with" <marks>'
    answer = press(room, "correct", milestone="impact_start", at="2027-01-01T00:00", words=words)
    assert answer.status_code == 409 and "lies ahead" in answer.text
    assert 'value="long words &#34;with&#34; &lt;marks&gt;"' in answer.text
    assert "incident.declared" not in stage.facts()


def test_pressed_twice_it_counts_once_and_pressed_anew_it_counts_again(stage: Stage, room: TestClient) -> None:
    said = {**form_of(room.get("/incidents/1").text), "what": "note", "words": "hello"}
    for _ in range(2):
        room.post("/incidents/1/note", data=said)
    assert stage.facts().count("incident.noted") == 1
    press(room, "note", what="note", words="hello")
    assert stage.facts().count("incident.noted") == 2


def test_what_happens_next_is_said_with_its_reason(stage: Stage, room: TestClient) -> None:
    page = room.get("/incidents/1").text
    assert "Page: bo" in page and "nobody had answered in time" in page and "in 5 min" in page
    stage.world.act("ana", c.Declare("sev1"))
    page = room.get("/incidents/1").text
    assert "Update" in page and "an update is nearly due" in page


def test_merging_goes_on_in_the_other(stage: Stage, room: TestClient) -> None:
    stage.world.act("bo", c.Open(stage.world.words("the real one"), "api", "sev2"))
    assert press(room, "merge", into="INCIDENT-2").status_code == 200
    page = room.get("/incidents/1").text
    assert "It goes on in" in page
    assert press(room, "merge", 2, into="INCIDENT-99").status_code == 409


def test_offered_roles_are_accepted_or_refused(stage: Stage, room: TestClient) -> None:
    stage.world.act("bo", c.OfferRole("scribe", "ana"))
    assert "Accept: scribe" in room.get("/incidents/1").text
    press(room, "take-role", role="scribe")
    assert stage.world.incident().holder("scribe") == "ana"
    stage.world.act("bo", c.OfferRole("communications", "ana"))
    press(room, "end-role", role="communications", person="ana")
    assert stage.world.incident().offers == ()


def test_who_may_only_look_is_shown_no_button(stage: Stage) -> None:
    stage.world.act("ana", c.Open(stage.world.words("small"), "api", "sev3"))
    cy = stage.client("cy")
    page = cy.get("/incidents/1").text
    assert "small" in page and "<button" not in page.partition("<main")[2]
    refused = cy.post("/incidents/1/acknowledge", data=form_of(cy.get("/").text))
    assert refused.status_code in (403, 409)
    assert "page.acknowledged" not in stage.facts()[3:]
    assert "Declare an incident" not in cy.get("/").text


def test_declaring_from_the_first_page(stage: Stage) -> None:
    ana = stage.client("ana")
    said = {**form_of(ana.get("/").text), "title": "إخفاق في الدفع", "service": "api", "severity": "sev2"}
    answer = ana.post("/incidents", data=said)
    assert answer.status_code == 200 and "إخفاق في الدفع" in answer.text
    again = ana.post("/incidents", data=said)
    assert again.url == answer.url, "pressed twice, opened once"
    assert ana.post("/incidents", data={**said, "service": "nothing"}).status_code == 422


def test_a_long_record_is_shown_from_its_end(stage: Stage, room: TestClient) -> None:
    for n in range(100):
        stage.world.act("ana", c.Note("note", stage.world.words(f"line number {n}")))
    page = room.get("/incidents/1").text
    assert "line number 99" in page and "line number 10<" not in page
    assert re.search(r"Show \d+ earlier lines", page)
    assert "line number 0" in room.get("/incidents/1?whole=1").text


def test_the_first_page_answers_what_goes_on(stage: Stage, room: TestClient) -> None:
    stage.world.act("ana", c.Declare("sev1"))
    stage.world.alert("Info", severity="info")
    page = room.get("/").text
    for words in ("SEV-1", "Down", "INCIDENT-1", "On call", "primary", "On the record, pages nobody", "Engine", "well"):
        assert words in page, words
    with stage.context.reading() as reading:
        plan = reading.meta("live_plan") or ""
    assert plan[:12] in page
    assert page.index("SEV-1") < page.index("On call")
