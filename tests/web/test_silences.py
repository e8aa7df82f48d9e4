"""Silences on the page, over our API and over Alertmanager's: what they hid, for whom, and when they end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.stage import MONDAY, RESPONDER, Stage
from tocsin.core.instants import iso, later

HOUR = 3600
V1, V2 = "/api/v1/silences", "/api/v2/silences"
AM = {
    "matchers": [{"name": "service", "value": "api", "isRegex": False, "isEqual": True}],
    "startsAt": iso(MONDAY),
    "endsAt": iso(later(MONDAY, HOUR)),
    "createdBy": "bo",
    "comment": "noisy",
}


def made(stage: Stage, **more: Any) -> str:
    asked = {"matchers": ['service="api"'], "end": iso(later(MONDAY, HOUR)), "reason": "new disks"} | more
    answer = stage.client().post(V1, json=asked, headers=stage.token())
    assert answer.status_code == 201, answer.text
    return answer.json()["answer"]


def listed(stage: Stage, handle: str = "ana", **query: Any) -> list[dict[str, Any]]:
    answer = stage.client().get(V1, headers=stage.token(handle), params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_silence_is_listed_with_owner_reason_end_review_and_what_it_hid(stage: Stage) -> None:
    id = made(stage)
    stage.world.alert(service="api")
    stage.world.alert("Slow", service="api")
    stage.world.alert(service="web")
    stage.world.forward(60)
    [item] = listed(stage, "cy")
    assert item["id"] == id
    assert (item["owner"], item["reason"], item["state"]) == ("ana", "new disks", "active")
    assert item["end"] == item["review"] == item["covers_until"] == iso(later(MONDAY, HOUR))
    assert (item["hides"], item["hid"], item["review_due"]) == (2, 2, False)
    stage.world.alert("Slow", service="api", firing=False)
    assert [(each["hides"], each["hid"]) for each in listed(stage)] == [(1, 2)]
    stage.world.forward(2 * HOUR)
    assert listed(stage) == []
    [item] = listed(stage, expired=True)
    assert (item["state"], item["hides"], item["hid"]) == ("expired", 0, 2)


def test_what_it_hid_of_a_private_service_stays_private(stage: Stage) -> None:
    made(stage, matchers=['alertname="Leak"'])
    stage.world.alert("Leak", service="vault")
    stage.world.settle()
    assert [each["hid"] for each in listed(stage, "cy")] == [0]
    handle = stage.token("bo", (*RESPONDER, "private"))
    stage.world.administer("set_permissions", person="bo", grants=(*RESPONDER, "private"))
    assert [each["hid"] for each in stage.client().get(V1, headers=handle).json()["items"]] == [1]


def test_a_silence_without_an_end_is_refused_and_names_the_field(stage: Stage) -> None:
    answer = stage.client().post(V1, json={"matchers": ['a="b"'], "reason": "x"}, headers=stage.token())
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json()["problems"]] == ["end"]


def test_a_stranger_may_look_and_not_silence(stage: Stage) -> None:
    id = made(stage)
    client = stage.client()
    asked = {"matchers": ['a="b"'], "reason": "x", "end": iso(later(MONDAY, HOUR))}
    assert client.post(V1, json=asked, headers=stage.token("cy")).status_code == 403
    assert client.post(f"{V1}/{id}/end", headers=stage.token("cy")).status_code == 403
    assert client.get(V1).status_code == 401
    page = stage.client("cy").get("/silences").text
    assert "new disks" in page and "Silence alerts" not in page and "End it now" not in page


def test_it_is_ended_over_the_api(stage: Stage) -> None:
    id = made(stage)
    assert stage.client().post(f"{V1}/{id}/end", headers=stage.token("bo")).status_code == 200
    assert listed(stage) == []
    assert stage.client().post(f"{V1}/none/end", headers=stage.token()).status_code == 404


def form_of(page: str) -> str:
    return page.partition('name="form" value="')[2].partition('"')[0]


def test_a_person_makes_and_ends_one_on_the_page(stage: Stage) -> None:
    client = stage.client("ana")
    token = form_of(client.get("/silences").text)
    said = {"form": token, "matchers": 'service="api"\nalertname=~"D.*"', "reason": "<b>disks</b>", "end": "2h"}
    answer = client.post("/silences", data=said, follow_redirects=True)
    assert answer.status_code == 200
    assert "&lt;b&gt;disks&lt;/b&gt;" in answer.text and "service=&#34;api&#34;" in answer.text
    [item] = listed(stage)
    assert (item["matchers"], item["end"]) == (['service="api"', 'alertname=~"D.*"'], iso(later(MONDAY, 2 * HOUR)))
    answer = client.post(f"/silences/{item['id']}/end", data={"form": token}, follow_redirects=True)
    assert "expired" in answer.text
    assert listed(stage) == []


def test_the_page_says_what_is_wrong_and_keeps_what_was_written(stage: Stage) -> None:
    client = stage.client("ana")
    token = form_of(client.get("/silences").text)
    said = {"form": token, "matchers": 'service="api"', "reason": "disks", "end": "soon"}
    answer = client.post("/silences", data=said)
    assert answer.status_code == 409
    assert "is no end" in answer.text and 'value="disks"' in answer.text
    assert client.post("/silences", data=said | {"form": "forged"}).status_code == 403
    weekly = said | {"end": "2026-02-01 10:00", "days": ["monday"], "daily_from": "22:00", "daily_to": "06:00"}
    assert client.post("/silences", data=weekly, follow_redirects=True).status_code == 200
    assert listed(stage)[0]["days"] == ["monday"]


# ------------------------------------------------------------------------------------------- Alertmanager's API


def test_alertmanager_s_tools_make_list_show_and_end_one(stage: Stage) -> None:
    client, head = stage.client(), stage.token()
    answer = client.post(V2, json=AM, headers=head)
    assert answer.status_code == 200, answer.text
    id = answer.json()["silenceID"]
    [said] = client.get(V2, headers=head).json()
    assert said == client.get(f"/api/v2/silence/{id}", headers=head).json()
    assert {name: said[name] for name in ("comment", "createdBy", "matchers")} == {
        name: AM[name] for name in ("comment", "createdBy", "matchers")
    }
    assert (said["id"], said["status"]) == (id, {"state": "active"})
    assert client.delete(f"/api/v2/silence/{id}", headers=head).status_code == 200
    assert client.get(V2, headers=head).json()[0]["status"] == {"state": "expired"}
    assert client.get(V2, headers=head, params={"expired": "false"}).json() == []


def test_an_update_takes_the_place_of_the_one_before(stage: Stage) -> None:
    client, head = stage.client(), stage.token()
    first = client.post(V2, json=AM, headers=head).json()["silenceID"]
    second = client.post(V2, json=AM | {"id": first, "comment": "still"}, headers=head).json()["silenceID"]
    assert second != first
    states = {each["id"]: each["status"]["state"] for each in client.get(V2, headers=head).json()}
    assert states == {first: "expired", second: "active"}
    assert client.post(V2, json=AM | {"id": "00000000-0000-0000-0000-000000000000"}, headers=head).status_code == 404


def test_filters_are_matchers(stage: Stage) -> None:
    client, head = stage.client(), stage.token()
    client.post(V2, json=AM, headers=head)
    for text, count in (('service="api"', 1), ('service=~"a.*"', 1), ('service!="api"', 0), ('team="x"', 0)):
        assert len(client.get(V2, headers=head, params={"filter": text}).json()) == count, text
    assert client.get(V2, headers=head, params={"filter": "nothing"}).status_code == 400
    assert client.get(V2, headers=head, params={"filter": 'a=~"("'}).status_code == 400


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"matchers": []}, 400),
        ({"matchers": ["x"]}, 400),
        ({"matchers": [{"name": "a", "value": "(", "isRegex": True}]}, 400),
        ({"matchers": [{"name": "a", "value": "", "isRegex": False}]}, 400),
        ({"endsAt": "tomorrow"}, 400),
        ({"endsAt": None}, 400),
        ({"endsAt": iso(MONDAY)}, 400),
        ({"comment": 7}, 400),
        ({"comment": ""}, 400),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_in_alertmanager_s_way(stage: Stage, change: dict[str, Any], status: int) -> None:
    answer = stage.client().post(V2, json=AM | change, headers=stage.token())
    assert answer.status_code == status
    assert isinstance(json.loads(answer.text), str)
    assert stage.client().get(V2, headers=stage.token()).json() == []


def test_nobody_and_strangers_make_none(stage: Stage) -> None:
    assert stage.client().post(V2, json=AM).status_code == 401
    assert stage.client().get(V2).status_code == 401
    assert stage.client().post(V2, json=AM, headers=stage.token("cy")).status_code == 403
