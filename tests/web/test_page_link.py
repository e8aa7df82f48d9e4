"""The link in a page: a GET changes nothing, two buttons answer, without script and on one bar of signal."""

from __future__ import annotations

import pytest

from tests.web.stage import Stage, form_of
from tocsin.core import commands as c
from tocsin.core.links import PageLink, sign
from tocsin.web.pages.page import asset


@pytest.fixture
def ringing(stage: Stage) -> Stage:
    """Ana was just paged."""
    stage.world.alert("Checkout is down", service="web")
    stage.world.settle()
    return stage


def press(stage: Stage, path: str, button: str):
    client = stage.client()
    return client.post(path, data={**form_of(client.get(path).text), "press": button})


def test_it_says_who_what_since_when_and_why(ringing: Stage) -> None:
    ringing.world.clock.forward(90)
    page = ringing.client().get(ringing.link()).text
    for words in ("Checkout is down", "INCIDENT-1", "1 min 30 s ago", "first on call for the domain", "ana", "web"):
        assert words in page
    assert "If nobody answers: bo" in page


def test_a_get_changes_nothing_however_often(ringing: Stage) -> None:
    path, before = ringing.link(), ringing.facts()
    asked = len(ringing.door.asked)
    for _ in range(3):
        assert ringing.client().get(path).status_code == 200
        assert ringing.client().head(path).status_code in (200, 405)
    assert ringing.facts() == before
    assert len(ringing.door.asked) == asked, "the engine was asked nothing"


def test_i_have_it_acknowledges_and_says_so(ringing: Stage) -> None:
    path = ringing.link()
    answer = press(ringing, path, "take")
    assert "You have it" in answer.text and "I have it" not in answer.text
    assert ringing.world.incident().paging.answers[0].by == "ana"
    [fact] = [each.fact for each in ringing.world.entries(ringing.world.record(1)) if "acknow" in each.fact.kind]
    assert fact.via == "link"  # type: ignore[attr-defined]
    ringing.world.forward(400)
    assert ringing.world.rang("bo") == [], "the ladder stopped"


def test_next_person_passes_on_and_says_who_is_asked(ringing: Stage) -> None:
    answer = press(ringing, ringing.link(), "pass")
    assert "You passed it on." in answer.text
    ringing.world.settle()
    assert ringing.world.rang("bo"), "at once"
    assert "Asked now: bo" in ringing.client().get(ringing.link("ana")).text


def test_pressed_twice_it_counts_once(ringing: Stage) -> None:
    path = ringing.link()
    client = ringing.client()
    said = {**form_of(client.get(path).text), "press": "take"}
    for _ in range(2):
        assert client.post(path, data=said).status_code == 200
    assert ringing.facts().count("page.acknowledged") == 1


def test_a_signed_in_reader_answers_too_though_their_mail_program_sent_no_cookie(ringing: Stage) -> None:
    path = ringing.link()
    form = form_of(ringing.client().get(path).text)
    answer = ringing.client("ana").post(path, data={**form, "press": "take"})
    assert answer.status_code == 200 and "You have it" in answer.text


def test_a_changed_or_old_link_says_so_and_does_nothing(ringing: Stage) -> None:
    path = ringing.link()
    for changed in (path[:-2], path[:-1] + ("A" if path[-1] != "A" else "B"), f"{path}x", "/p/x", "/p/ü%20"):
        answer = ringing.client().get(changed)
        assert answer.status_code == 404
        assert "changed on its way, or is too old" in answer.text, changed
    form = form_of(ringing.client().get(path).text)
    ringing.world.clock.forward(7 * 86_400 + 1)
    assert ringing.client().get(path).status_code == 404
    assert ringing.client().post(path, data={**form, "press": "take"}).status_code == 404
    assert "page.acknowledged" not in ringing.facts()


def test_a_link_opens_its_own_incident_for_its_own_person_only(ringing: Stage) -> None:
    ringing.world.act("bo", c.Open(ringing.world.words("another"), "api", "sev3"))
    path = ringing.link()
    client = ringing.client()
    client.get(path)
    assert client.get("/incidents/1", follow_redirects=False).status_code == 303, "it is no session"
    other = PageLink(ringing.world.record(2), "ana", ringing.world.clock.now() + 10**9)  # type: ignore[arg-type]
    forged = sign(other, b"another secret")
    assert client.get(f"/p/{forged}").status_code == 404
    form = form_of(client.get(path).text)["form"]
    real = sign(other, b"pretend secret")
    assert client.post(f"/p/{real}", data={"form": form, "press": "take"}).status_code == 403


@pytest.mark.parametrize("said", [{"press": "take"}, {"press": "take", "form": "0" * 32}])
def test_a_post_without_the_form_is_refused(ringing: Stage, said: dict[str, str]) -> None:
    assert ringing.client().post(ringing.link(), data=said).status_code == 403
    assert "page.acknowledged" not in ringing.facts()


def test_neither_button_is_refused(ringing: Stage) -> None:
    assert press(ringing, ringing.link(), "both").status_code == 422


def test_when_it_is_over_there_is_nothing_to_press(ringing: Stage) -> None:
    path = ringing.link()
    form = form_of(ringing.client().get(path).text)
    ringing.world.act("bo", c.Dismiss("false_positive"))
    page = ringing.client().get(path).text
    assert "It is over" in page and "<button" not in page.partition("<main")[2]
    late = ringing.client().post(path, data={**form, "press": "take"})
    assert late.status_code == 409 and "It is over" in late.text


def test_when_another_has_it_one_may_join(ringing: Stage) -> None:
    ringing.world.forward(301)
    ringing.world.act("bo", c.Acknowledge())
    page = ringing.client().get(ringing.link("ana")).text
    assert "bo has it" in page and "I have it" in page


def test_the_engine_away_is_said_and_the_link_still_shows(ringing: Stage) -> None:
    path = ringing.link()
    client = ringing.client()
    form = form_of(client.get(path).text)
    ringing.door.away = True
    assert client.get(path).status_code == 200
    answer = client.post(path, data={**form, "press": "take"})
    assert answer.status_code == 503 and "Nothing was done" in answer.text


def test_all_of_it_fits_one_bar_of_signal(ringing: Stage) -> None:
    client = ringing.client()
    page = client.get(ringing.link())
    assert len(page.content) < 6_000
    whole = len(page.content) + sum(
        len(client.get(asset(name)).content) for name in ("tocsin.css", "live.js", "bell.svg")
    )
    assert whole < 32_000
    assert "http" not in page.text.partition("<body")[2].replace("https://tocsin.example", ""), "nothing from elsewhere"
