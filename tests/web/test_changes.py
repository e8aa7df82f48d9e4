"""Changes (rule 26): told by programs, listed for who may see them, shown in the room of what came after."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.web.stage import Stage
from tests.web.test_api import holds
from tocsin.core.instants import iso, later

V1 = "/api/v1"


@pytest.fixture
def program(stage: Stage) -> TestClient:
    """A pipeline with a token that may send."""
    client = stage.client()
    client.headers.update({"accept": "application/json", **stage.token("token:ci", ("send",), "ci")})
    return client


@pytest.fixture
def ana(stage: Stage) -> TestClient:
    client = stage.client()
    client.headers.update({"accept": "application/json", **stage.token()})
    return client


def tell(program: TestClient, **said: Any) -> Any:
    answer = program.post(f"{V1}/changes", json={"what": "deployment", "title": "v2", "service": "api", **said})
    assert answer.status_code == 201, answer.text
    return answer.json()


def listed(client: TestClient, **asked: str) -> list[dict[str, Any]]:
    answer = client.get(f"{V1}/changes", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_change_is_told_once_and_listed(stage: Stage, program: TestClient, ana: TestClient) -> None:
    at = iso(later(stage.world.clock.now(), -600))
    said = {"key": "build-7", "url": "https://ci.example/7", "author": "bo", "revision": "abc", "happened_at": at}
    assert tell(program, **said) == {"taken": 1, "known": 0}
    assert tell(program, **said) == {"taken": 0, "known": 1}
    assert tell(program, **said, outcome="failed") == {"taken": 1, "known": 0}
    seen = listed(ana)
    assert [(each["outcome"], each["service"], each["happened_at"]) for each in seen] == [
        ("failed", "api", at),
        ("seen", "api", at),
    ]
    assert seen[0]["url"] == "https://ci.example/7"
    document = ana.get(f"{V1}/openapi.json").json()
    for each in seen:
        holds(document, "Change", each)


def test_the_list_is_cut_by_service_and_by_span(stage: Stage, program: TestClient, ana: TestClient) -> None:
    now = stage.world.clock.now()
    for hours, service in ((0, "api"), (1, "web"), (2, "api"), (30, "api")):
        tell(program, service=service, title=f"{hours} h ago", happened_at=iso(later(now, -3600 * hours)))
    tell(program, service="nobody-knows", title="elsewhere")
    assert {each["title"] for each in listed(ana)} == {"0 h ago", "1 h ago", "2 h ago", "elsewhere"}
    assert [each["title"] for each in listed(ana, service="api")] == ["0 h ago", "2 h ago"]
    assert [each["title"] for each in listed(ana, limit="1", service="web")] == ["1 h ago"]
    before = listed(ana, until=iso(later(now, -5400)))
    assert [each["title"] for each in before] == ["2 h ago"]
    assert [each["service"] for each in listed(ana) if each["title"] == "elsewhere"] == [None]


def test_a_private_change_is_shown_to_who_may_read_all_that_is_private(
    stage: Stage, program: TestClient, ana: TestClient
) -> None:
    tell(program, title="rotate the stolen key", visibility="private")
    assert listed(ana) == []
    auditor = stage.client()
    auditor.headers.update({"accept": "application/json", **stage.token("bo", ("view", "private"), "auditor")})
    stage.world.administer("set_permissions", person="bo", grants=("view", "private"))
    assert [each["title"] for each in listed(auditor)] == ["rotate the stolen key"]
    assert [each["title"] for each in listed(auditor, service="api")] == ["rotate the stolen key"]


def test_the_room_shows_what_was_changed_before_it(stage: Stage, program: TestClient, ana: TestClient) -> None:
    now = stage.world.clock.now()
    for minutes, title in ((130, "too long ago"), (90, "<b>v1</b>"), (10, "v2 of it")):
        tell(program, title=title, happened_at=iso(later(now, -60 * minutes)), url="https://ci.example/8")
    tell(program, service="web", title="of something else")
    tell(program, title="a secret of api", visibility="private")
    opened = ana.post(f"{V1}/incidents", json={"title": "it is slow", "service": "api"}).json()
    stage.world.forward(60)
    tell(program, title="after it")
    room = ana.get(f"{V1}/incidents/{opened['id']}").json()
    assert [each["title"] for each in room["changes"]] == ["v2 of it", "<b>v1</b>"]
    holds(ana.get(f"{V1}/openapi.json").json(), "Room", room)
    page = stage.client("ana").get(f"/incidents/{opened['number']}").text
    assert "Changes before it" in page
    assert "v2 of it" in page
    assert "&lt;b&gt;v1" in page
    assert "<b>v1" not in page
    for hidden in ("too long ago", "of something else", "a secret of api", "after it"):
        assert hidden not in page


def test_a_room_without_changes_says_so(stage: Stage, ana: TestClient) -> None:
    number = ana.post(f"{V1}/incidents", json={"title": "it is slow", "service": "api"}).json()["number"]
    assert "None were told of" in stage.client("ana").get(f"/incidents/{number}").text


WRONG = {
    "an odd kind": ({"what": "prayer"}, "what"),
    "an odd outcome": ({"outcome": "maybe"}, "outcome"),
    "an odd visibility": ({"visibility": "half"}, "visibility"),
    "a script": ({"url": "javascript:alert(1)"}, "url"),
    "no instant": ({"happened_at": "soon"}, "happened_at"),
    "a NUL": ({"title": "a\0b"}, "title"),
    "an unknown name": ({"servce": "api"}, "servce"),
    "a number": ({"title": 7}, "title"),
}


@pytest.mark.parametrize(("said", "where"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_by_its_field(program: TestClient, said: dict[str, Any], where: str) -> None:
    answer = program.post(f"{V1}/changes", json={"what": "deployment", "title": "v2", **said})
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json()["problems"]] == [where]


def test_who_may_not_send_tells_nothing(stage: Stage, ana: TestClient, program: TestClient) -> None:
    body = {"what": "deployment", "title": "v2"}
    assert ana.post(f"{V1}/changes", json=body).status_code == 403
    assert stage.client().post(f"{V1}/changes", json=body).status_code == 401
    assert program.get(f"{V1}/changes").status_code == 403
    assert listed(ana) == []


def test_a_vendor_tells_in_its_own_words(stage: Stage, program: TestClient, ana: TestClient) -> None:
    commit = {"message": "Fix it", "url": "https://git.example/c"}
    repository = {"name": "api", "full_name": "org/api", "default_branch": "main"}
    body = {"ref": "refs/heads/main", "after": "abc", "repository": repository, "head_commit": commit}
    event = {"x-github-event": "push"}
    answer = program.post(f"{V1}/changes/github", json=body, headers=event)
    assert (answer.status_code, answer.json()) == (201, {"taken": 1, "known": 0})
    assert [(each["source"], each["title"], each["service"]) for each in listed(ana)] == [("github", "Fix it", "api")]
    assert (
        program.post(f"{V1}/changes/github", json={"zen": "x"}, headers={"x-github-event": "ping"}).status_code == 201
    )
    assert program.post(f"{V1}/changes/github", json={}, headers=event).status_code == 422
    assert program.post(f"{V1}/changes/gitea", json=body).status_code == 404
    stranger = stage.client()
    for path in ("github", "gitlab", "argocd", "argocd/canary"):
        assert stranger.post(f"{V1}/changes/{path}", json=body, headers=event).status_code == 401
    assert ana.post(f"{V1}/changes/github", json=body, headers=event).status_code == 401
    assert program.post(f"{V1}/changes/github", content=b" " * (5 << 20), headers=event).status_code == 413


def test_an_erased_change_says_so(stage: Stage, program: TestClient, ana: TestClient) -> None:
    tell(program, title="names somebody")
    with stage.world.store.reading() as reading:
        [ref] = reading.payloads("change:api")
    stage.world.administer("erase", record="change:api", ref=ref, reason="asked_for")
    assert [each["title"] for each in listed(ana)] == ["(erased)"]
