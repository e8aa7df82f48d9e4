"""Signing in: passwords, one-time links, sessions; forms that prove themselves; headers on everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from tests.web.stage import PASSWORD, Stage, form_of
from tocsin.core import commands as c
from tocsin.core.instants import Instant
from tocsin.web.context import SESSION
from tocsin.web.pages.page import own_address
from tocsin.web.throttle import MOST_OF_ONE, MOST_OF_PAIR, WINDOW, Tries

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def with_password(stage: Stage) -> None:
    stage.world.administer("set_password", handle="ana", hashed=QUICK.hash(PASSWORD))


def sign_in(client: TestClient, password: str = PASSWORD, handle: str = "ana", **more: str):
    form = form_of(client.get("/sign-in").text)["form"]
    said = {"form": form, "handle": handle, "password": password, **more}
    return client.post("/sign-in", data=said, follow_redirects=False)


def test_the_right_password_opens_a_session_that_the_store_knows_only_by_digest(stage: Stage) -> None:
    with_password(stage)
    client = stage.client()
    answer = sign_in(client, to="/incidents/7")
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/7")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
    secret = client.cookies[SESSION]
    with stage.context.reading() as reading:
        kept = reading.list_sessions("ana")
    assert kept and all(secret != row.digest for row in kept)
    assert client.get("/").status_code == 200


def test_a_secure_address_makes_secure_cookies_and_headers(tmp_path: Path) -> None:
    stage = Stage(tmp_path, public_url="https://tocsin.example")
    with_password(stage)
    answer = sign_in(stage.client())
    assert "secure" in answer.headers["set-cookie"].lower()
    assert answer.headers["strict-transport-security"]
    stage.close()


@pytest.mark.parametrize(("handle", "password"), [("ana", "wrong"), ("nobody", PASSWORD), ("", ""), ("ana\x00", "x")])
def test_a_wrong_name_and_a_wrong_password_say_the_same(stage: Stage, handle: str, password: str) -> None:
    with_password(stage)
    client = stage.client()
    answer = sign_in(client, password, handle)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert SESSION not in client.cookies


def test_guessing_is_slowed_and_a_right_password_then_waits_too(stage: Stage) -> None:
    with_password(stage)
    client = stage.client()
    form = form_of(client.get("/sign-in").text)["form"]
    codes = [
        client.post("/sign-in", data={"form": form, "handle": "ana", "password": "no"}).status_code
        for _ in range(MOST_OF_PAIR + 1)
    ]
    assert codes == [401] * MOST_OF_PAIR + [429]
    assert sign_in(client).status_code == 429
    stage.world.clock.forward(WINDOW + 1)
    assert sign_in(client).status_code == 303


def test_one_address_cannot_lock_somebody_out_from_another() -> None:
    tries = Tries()
    now = Instant(0)
    assert sum(tries.begin("ana", "10.0.0.1", now) for _ in range(500)) == MOST_OF_PAIR
    assert tries.begin("ana", "10.0.0.2", now)
    assert sum(tries.begin(f"name-{n}", "10.0.0.3", now) for n in range(500)) == MOST_OF_ONE
    tries.right("ana", "10.0.0.2")
    assert tries.begin("ana", "10.0.0.2", now)


def test_a_one_time_link_works_once_and_a_get_uses_nothing_up(stage: Stage) -> None:
    secret = stage.access("invitation", "ana")
    client = stage.client()
    for _ in range(3):
        page = client.get(f"/sign-in/{secret}")
        assert page.status_code == 200 and "Welcome" in page.text
    said = {"form": form_of(page.text)["form"]}
    short = client.post(f"/sign-in/{secret}", data={**said, "password": "short"})
    assert short.status_code == 422, "and the link is good still"
    opened = client.post(f"/sign-in/{secret}", data={**said, "password": PASSWORD}, follow_redirects=False)
    assert opened.status_code == 303
    assert client.get("/").status_code == 200
    other = stage.client()
    assert other.get(f"/sign-in/{secret}").status_code == 404
    again = other.post(f"/sign-in/{secret}", data={"form": form_of(other.get("/sign-in").text)["form"]})
    assert again.status_code == 404
    assert sign_in(other).status_code == 303, "the password that was chosen"


def test_an_old_invitation_is_dead(stage: Stage) -> None:
    secret = stage.access("invitation", "ana", life=60)
    stage.world.clock.forward(61)
    assert stage.client().get(f"/sign-in/{secret}").status_code == 404


def test_signing_out_ends_the_session_on_the_server(stage: Stage) -> None:
    client = stage.client("ana")
    secret = client.cookies[SESSION]
    form = form_of(client.get("/").text)["form"]
    assert client.post("/sign-out", data={"form": form}, follow_redirects=False).status_code == 303
    thief = stage.client()
    thief.cookies.set(SESSION, secret)
    assert thief.get("/", follow_redirects=False).status_code == 303


def test_a_session_ends_with_its_time(stage: Stage) -> None:
    client = stage.client("ana")
    stage.world.clock.forward(3601)
    answer = client.get("/incidents/1", follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?to=/incidents/1"


@pytest.mark.parametrize(
    ("to", "goes"),
    [
        ("/incidents/7", "/incidents/7"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_goes_on_to_an_address_of_ours(to: str, goes: str) -> None:
    assert own_address(to) == goes


FORMS = ("/incidents", "/incidents/1/acknowledge", "/sign-out", "/sign-in")


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_its_token_is_refused(stage: Stage, path: str) -> None:
    stage.world.alert("Down", service="web")
    stage.world.settle()
    client = stage.client("ana")
    before = stage.facts()
    for said in ({}, {"form": ""}, {"form": "0" * 32}, {"form": "ü"}, form_of(stage.client("bo").get("/").text)):
        answer = client.post(path, data={**said, "title": "x", "service": "api"}, follow_redirects=False)
        assert answer.status_code == 403, (path, said)
    assert stage.facts() == before
    assert client.get("/").status_code == 200, "and nobody was signed out"


@pytest.mark.parametrize(
    "header", [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
)
def test_a_form_from_elsewhere_is_refused_even_with_its_token(stage: Stage, header: tuple[str, str]) -> None:
    stage.world.alert("Down", service="web")
    stage.world.settle()
    client = stage.client("ana")
    form = form_of(client.get("/").text)
    answer = client.post("/incidents/1/acknowledge", data=form, headers=dict([header]))
    assert answer.status_code == 403
    assert "page.acknowledged" not in stage.facts()


def test_a_form_behind_a_proxy_may_come_from_the_public_address(tmp_path: Path) -> None:
    stage = Stage(tmp_path, public_url="https://tocsin.example")
    stage.world.alert("Down", service="web")
    stage.world.settle()
    client = stage.client("ana")
    form = form_of(client.get("/").text)
    answer = client.post("/incidents/1/acknowledge", data=form, headers={"origin": "https://tocsin.example"})
    assert answer.status_code == 200
    assert "page.acknowledged" in stage.facts()
    stage.close()


def test_every_answer_carries_its_headers(stage: Stage) -> None:
    stage.world.alert("Down", service="web")
    stage.world.settle()
    ana = stage.client("ana")
    paths = ("/", "/sign-in", "/incidents/1", "/incidents/99", "/nothing", "/healthz", "/metrics", stage.link())
    for path in (*paths, "/api/v1/incidents", "/api/v1/openapi.json", "/static/tocsin.css"):
        headers = ana.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store", path
    page = ana.get("/").text
    css = page.partition('href="/static/tocsin.css?')[2].partition('"')[0]
    assert "immutable" in ana.get(f"/static/tocsin.css?{css}").headers["cache-control"]


def test_no_page_holds_anything_inline(stage: Stage) -> None:
    stage.world.act("ana", c.Open(stage.world.words('<script>alert(1)</script><b onclick="x()">'), "api", "sev1"))
    ana = stage.client("ana")
    for path in ("/", "/incidents/1", "/sandbox", "/sign-in"):
        text = ana.get(path).text
        assert "<script>" not in text and " style=" not in text and "<style" not in text, path
        assert "onclick=&#34;" in text or "onclick=" not in text
    assert "&lt;script&gt;alert(1)" in ana.get("/incidents/1").text
