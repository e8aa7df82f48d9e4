"""REST: commands, lists, refusals, and the document that describes them."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from openapi_schema_validator import OAS31Validator
from starlette.testclient import TestClient

from tests.web.stage import MONDAY, Stage
from tocsin.core import commands as c
from tocsin.core.commands import VERBS
from tocsin.core.instants import iso
from tocsin.web.administration import OFFERED
from tocsin.web.body_limit import MOST

V1 = "/api/v1"


@pytest.fixture
def api(stage: Stage) -> TestClient:
    """A program with Ana's token."""
    client = stage.client()
    client.headers.update({"accept": "application/json", **stage.token()})
    return client


def opened(api: TestClient, **more: Any) -> str:
    answer = api.post(f"{V1}/incidents", json={"title": "it is slow", "service": "api", **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def holds(document: dict[str, Any], name: str, value: Any) -> None:
    """A real answer has the shape that the document promises, and names nothing that it does not."""
    schema = {**document["components"]["schemas"][name], "components": document["components"]}
    jsonschema.validate(value, schema, jsonschema.Draft202012Validator)
    known = document["components"]["schemas"][name].get("properties", {})
    assert set(value) <= set(known), set(value) - set(known)


def test_the_document_is_valid_and_whole(api: TestClient) -> None:
    document = api.get(f"{V1}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for verb in VERBS:
        assert f"{V1}/incidents/{{id}}/{verb}" in document["paths"]
    for what in OFFERED:
        assert f"{V1}/admin/{what}" in document["paths"]
    names: list[str] = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            names.append(operation["operationId"])
            assert operation["summary"], path
            refused = {"401", "403", "404", "409", "422", "503"} | ({"400", "413"} if method == "post" else set())
            assert refused <= set(operation["responses"]), (path, refused - set(operation["responses"]))
            assert any(status.startswith("2") for status in operation["responses"])
            for each in _schemas(operation):
                OAS31Validator.check_schema(each)
    assert len(names) == len(set(names))
    for each in document["components"]["schemas"].values():
        OAS31Validator.check_schema(each)
    for found in _references(document):
        assert found.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def _schemas(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        here = [node["schema"]] if isinstance(node.get("schema"), dict) else []
        return here + [found for each in node.values() for found in _schemas(each)]
    return [found for each in node for found in _schemas(each)] if isinstance(node, list) else []


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        here = [node["$ref"]] if "$ref" in node else []
        return here + [found for each in node.values() for found in _references(each)]
    return [found for each in node for found in _references(each)] if isinstance(node, list) else []


def test_real_answers_have_the_shapes_of_the_document(stage: Stage, api: TestClient) -> None:
    document = api.get(f"{V1}/openapi.json").json()
    stage.world.alert("Down", service="api")
    stage.world.settle()
    stage.world.act("ana", c.Declare("sev1"))
    stage.world.act("ana", c.SetImpact((("users", 3.0),)))
    stage.world.act("ana", c.LinkTo("https://example.com", "address"))
    listed = api.get(f"{V1}/incidents").json()
    holds(document, "Incidents", listed)
    holds(document, "Incident", listed["items"][0])
    holds(document, "Room", api.get(f"{V1}/incidents/1").json())
    alerts = api.get(f"{V1}/alerts").json()
    holds(document, "Alert", alerts["items"][0])
    holds(document, "Group", api.get(f"{V1}/groups").json()["items"][0])
    holds(document, "Done", api.post(f"{V1}/incidents/1/note", json={"what": "note", "words": "so"}).json())
    refused = api.post(f"{V1}/incidents/1/note", json={})
    holds(document, "Problem", refused.json())
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_list_is_paged_by_cursor_without_gap_or_repeat(stage: Stage, api: TestClient) -> None:
    for n in range(7):
        opened(api, title=f"number {n}")
        stage.world.clock.forward(1)
    seen: list[int] = []
    cursor = None
    for _ in range(10):
        answer = api.get(f"{V1}/incidents", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["number"] for item in answer["items"]]
        opened(api, title="one that came between")
        stage.world.clock.forward(1)
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert api.get(f"{V1}/incidents", params={"cursor": "nonsense"}).status_code == 422


def test_items_hold_what_scripts_rely_on(api: TestClient) -> None:
    opened(api, severity="sev2")
    [item] = api.get(f"{V1}/incidents").json()["items"]
    assert (item["title"], item["severity"], item["phase"]) == ("it is slow", "sev2", "response")
    assert item["opened_at"] == iso(MONDAY)


def test_the_same_command_id_has_one_effect(stage: Stage, api: TestClient) -> None:
    opened(api)
    headers = {"Idempotency-Key": "once"}
    first = api.post(f"{V1}/incidents/1/note", json={"what": "note", "words": "hello"}, headers=headers)
    again = api.post(f"{V1}/incidents/1/note", json={"what": "note", "words": "hello"}, headers=headers)
    assert first.json() == again.json()
    assert stage.facts().count("incident.noted") == 1
    other = stage.token("bo", name="other")
    api.post(f"{V1}/incidents/1/note", json={"what": "note", "words": "hello"}, headers={**headers, **other})
    assert stage.facts().count("incident.noted") == 2, "another caller's key is another wish"


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_command_refuses_what_it_does_not_know_by_name(api: TestClient, verb: str) -> None:
    opened(api)
    answer = api.post(f"{V1}/incidents/1/{verb}", json={"surprise": 1})
    assert answer.status_code == 422
    assert "surprise" in [each["where"] for each in answer.json()["problems"]]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[1]", 422),
        (b'"text"', 422),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"what": "note", "words": ' + b"1" * 400 + b"}", 422),
        (json.dumps({"what": "no\x00te", "words": "x"}).encode(), 422),
        (b'{"what": "note", "words": "\\ud800"}', 400),
        (json.dumps({"what": "x" * 600, "words": "x"}).encode(), 422),
        (json.dumps({"what": "note", "words": "x" * 20_001}).encode(), 422),
        (json.dumps({"what": "note", "words": "x" * (MOST + 1)}).encode(), 413),
    ],
)
def test_a_bad_body_is_a_problem_and_no_fault(stage: Stage, api: TestClient, body: bytes, status: int) -> None:
    opened(api)
    answer = api.post(f"{V1}/incidents/1/note", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert "incident.noted" not in stage.facts()


@pytest.mark.parametrize("figures", ['{"users": NaN}', '{"users": "nan"}', '{"users": "inf"}', '{"users": -1}', "{}"])
def test_a_figure_is_a_number(stage: Stage, api: TestClient, figures: str) -> None:
    opened(api)
    content = f'{{"figures": {figures}}}'.encode()
    answer = api.post(f"{V1}/incidents/1/impact", content=content)
    assert answer.status_code in (400, 422), answer.text
    assert api.get(f"{V1}/incidents/1").status_code == 200, "the record is readable still"


def test_a_body_without_a_length_is_counted(stage: Stage, api: TestClient) -> None:
    opened(api)
    answer = api.post(f"{V1}/incidents/1/note", content=iter([b"x" * 65_536] * 8))
    assert answer.status_code == 413


@pytest.mark.parametrize("name", ["²", "٣", "INCIDENT-99", "%00", "a" * 180, "99999999999999999999", "incident:x"])
def test_an_odd_name_is_not_found(api: TestClient, name: str) -> None:
    assert api.get(f"{V1}/incidents/{name}").status_code == 404
    assert api.post(f"{V1}/incidents/{name}/acknowledge").status_code == 404
    assert api.get(f"{V1}/incidents", params={"search": name}).status_code == 200


def test_unknown_addresses_and_methods_are_problems(api: TestClient) -> None:
    for answer, status in (
        (api.get(f"{V1}/nothing"), 404),
        (api.delete(f"{V1}/incidents"), 405),
        (api.post(f"{V1}/incidents/1/fly", json={}), 404),
        (api.post(f"{V1}/admin/apply_plan", json={}), 404),
    ):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["problems"][0]["what"]


def test_nobody_known_is_told_how_to_say_who_calls(stage: Stage, api: TestClient) -> None:
    for headers in ({"authorization": ""}, {"authorization": "Bearer wrong"}, {"authorization": "Basic YTpi"}):
        answer = api.get(f"{V1}/incidents", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    secret = stage.access("token", "ana", ("view",), "short", life=5)
    known = {"authorization": f"Bearer {secret}"}
    assert api.get(f"{V1}/incidents", headers=known).status_code == 200
    stage.world.clock.forward(6)
    assert api.get(f"{V1}/incidents", headers=known).status_code == 401, "an expired token is nobody's"


def test_a_session_reads_but_does_not_write_over_the_api(stage: Stage) -> None:
    browser = stage.client("ana")
    assert browser.get(f"{V1}/incidents").status_code == 200
    assert browser.post(f"{V1}/incidents", json={"title": "x", "service": "api"}).status_code == 401


def test_a_token_does_only_what_it_was_given(stage: Stage, api: TestClient) -> None:
    opened(api)
    sender = stage.token("", ("send",), "sender")
    assert api.get(f"{V1}/incidents", headers=sender).status_code == 403
    assert api.get(f"{V1}/alerts", headers=sender).status_code == 403
    assert api.get(f"{V1}/incidents/1", headers=sender).status_code == 404
    looker = stage.token("cy", ("view",), "looker")
    assert api.get(f"{V1}/incidents/1", headers=looker).status_code == 200
    assert api.post(f"{V1}/incidents/1/acknowledge", headers=looker).status_code == 403
    assert api.post(f"{V1}/incidents", json={"title": "x", "service": "api"}, headers=looker).status_code == 403


def test_administration_says_what_is_wrong_with_an_argument(stage: Stage, api: TestClient) -> None:
    answer = api.post(f"{V1}/admin/set_override", json={"rotation": "primary", "person": "bo", "start": "soon"})
    assert answer.status_code == 422
    assert {each["where"] for each in answer.json()["problems"]} == {"start", "end", "reason"}
    body = {"person": "ana", "channel": "webhook", "address": "https://phone.example/new"}
    added = api.post(f"{V1}/admin/add_contact", json=body)
    assert added.status_code == 200 and added.json()["answer"].startswith("webhook-")
    refused = api.post(f"{V1}/admin/leave", json={"person": "bo"})
    assert refused.status_code == 403, "others' things need the grant people"
    injected = api.post(f"{V1}/admin/leave", json={"person": "bo", "actor": {"handle": "bo"}})
    assert injected.status_code == 422


def test_an_incident_is_led_through_its_phases_over_the_api(stage: Stage, api: TestClient) -> None:
    id = opened(api)

    def act(verb: str, **body: Any) -> None:
        answer = api.post(f"{V1}/incidents/{id}/{verb}", json=body)
        assert answer.status_code == 200, (verb, answer.text)

    act("triage", answers={"degraded": True})
    act("declare", severity="sev3", reason="one customer only")
    act("phase", phase="investigation")
    act("mitigate", way="roll-back", risk="low", words="back to the version before")
    act("phase", phase="mitigation")
    act("end-mitigation", worked=True)
    act("phase", phase="resolution")
    stage.world.clock.forward(901)
    missing = api.post(f"{V1}/incidents/{id}/resolve")
    assert missing.status_code == 422
    for item in ("quiet", "fixed"):
        act("tick", item=item)
    act("correct", milestone="impact_start", at="2026-01-12T09:58:00Z", words="from the graph")
    act("resolve")
    act("close")
    said = api.get(f"{V1}/incidents/{id}").json()
    assert said["ended"] == "closed"
    assert said["milestones"]["impact_start"] == "2026-01-12T09:58:00Z"
    assert any("one customer only" in each["text"] for each in said["timeline"])


def test_away_is_503_with_when_to_try_again(stage: Stage, api: TestClient) -> None:
    opened(api)
    stage.door.away = True
    answer = api.post(f"{V1}/incidents/1/acknowledge")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "Nothing was done" in answer.text
    assert api.get(f"{V1}/incidents/1").status_code == 200, "what can be read is read"
