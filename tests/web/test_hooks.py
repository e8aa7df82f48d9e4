"""What vendors report back, and the link of a test page: nothing is believed that is not signed."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from tests.web.stage import Stage, form_of
from tocsin.core.instants import later
from tocsin.core.links import MessageLink, sign_message
from tocsin.integrations.base import Settings
from tocsin.integrations.twilio_account import signature

TOKEN = "a-token-of-twilios"
HERE = "http://127.0.0.1:8080"


@pytest.fixture
def phones(stage: Stage) -> Stage:
    """Ana is called over Twilio."""
    stage.edge.app.state.settings = lambda kind, name: Settings({}, {"token": TOKEN})
    for contact in stage.world.engine.heart.around.people()["ana"].contacts:
        stage.world.administer("remove_contact", person="ana", contact=contact.id, reason="a new phone")
    contact = stage.world.add_contact("ana", "twilio_voice")
    stage.world.administer("set_ladder", person="ana", verb="page", ladder=((contact, 0),))
    return stage


def hook(stage: Stage) -> str:
    return stage.ring().message.callback.removeprefix("https://tocsin.example")


def report(stage: Stage, path: str, fields: dict[str, str], token: str = TOKEN):
    client: TestClient = stage.client()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": signature(HERE + path, fields.items(), token),
    }
    return client.post(path, content=urlencode(fields), headers=headers)


def test_the_key_1_acknowledges_as_the_person_who_was_called(phones: Stage) -> None:
    phones.world.alert("Checkout is down", service="web")
    phones.world.settle()
    answer = report(phones, hook(phones), {"CallSid": "CA1", "Digits": "1"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/xml")
    assert "You have it" in answer.text
    assert phones.world.incident().paging.answers[0].by == "ana"
    [fact] = [each.fact for each in phones.world.entries(phones.world.record(1)) if "acknow" in each.fact.kind]
    assert fact.via == "phone"  # type: ignore[attr-defined]
    before = phones.facts()
    assert "You have it" in report(phones, hook(phones), {"CallSid": "CA1", "Digits": "1"}).text
    assert phones.facts() == before, "told twice, it counts once"


def test_the_key_2_passes_on_and_another_key_asks_again(phones: Stage) -> None:
    phones.world.alert("Checkout is down", service="web")
    phones.world.settle()
    path = hook(phones)
    again = report(phones, path, {"Digits": "7"})
    assert "<Gather" in again.text and phones.world.incident().paging.answers == ()
    assert "next person" in report(phones, path, {"Digits": "2"}).text
    phones.world.settle()
    assert phones.world.rang("bo"), "at once"


def test_that_somebody_picked_up_is_no_answer(phones: Stage) -> None:
    """A voicemail does too."""
    phones.world.alert("Checkout is down", service="web")
    phones.world.settle()
    assert report(phones, hook(phones), {"CallStatus": "completed"}).status_code == 200
    assert phones.world.incident().paging.answers == ()
    phones.world.forward(400)
    assert phones.world.rang("bo"), "the ladder goes on"


def test_what_twilio_did_not_sign_changes_nothing(phones: Stage) -> None:
    phones.world.alert("Checkout is down", service="web")
    phones.world.settle()
    path, before = hook(phones), phones.facts()
    assert report(phones, path, {"Digits": "1"}, token="somebody-elses").status_code == 403
    assert phones.client().post(path, data={"Digits": "1"}).status_code == 403
    phones.edge.app.state.settings = lambda kind, name: Settings({}, {})
    assert report(phones, path, {"Digits": "1"}).status_code == 403, "no secret, nobody is let in"
    assert phones.facts() == before


def test_an_address_that_is_not_ours_leads_nowhere(phones: Stage) -> None:
    phones.world.alert("Checkout is down", service="web")
    phones.world.settle()
    path = hook(phones)
    token = path.rpartition("/")[2]
    for other in (path[:-2] + "xx", f"/hooks/twilio/{token}", f"/hooks/pushover/{token}", f"/hooks/nobody/{token}"):
        assert report(phones, other, {"Digits": "1", "acknowledged": "1"}).status_code == 404, other
    assert phones.client().get(path).status_code == 405
    assert phones.world.incident().paging.answers == ()


def test_the_engine_is_away_and_the_caller_is_told(phones: Stage) -> None:
    phones.world.alert("Checkout is down", service="web")
    phones.world.settle()
    phones.door.away = True
    answer = report(phones, hook(phones), {"Digits": "1"})
    assert answer.status_code == 200 and "cannot take your answer" in answer.text and "You have it" not in answer.text


def test_a_late_receipt_of_a_failure_is_written_down(phones: Stage) -> None:
    phones.world.alert("Checkout is down", service="web")
    phones.world.settle()
    assert report(phones, hook(phones), {"CallStatus": "failed"}).status_code == 200
    outcomes = [order.outcome for order in phones.world.incident().paging.orders.values() if order.person == "ana"]
    assert outcomes == ["failed_for_good"]


def test_somebody_who_left_answers_nothing(phones: Stage) -> None:
    phones.world.alert("Checkout is down", service="web")
    phones.world.settle()
    path = hook(phones)
    phones.world.administer("leave", person="ana")
    assert report(phones, path, {"Digits": "1"}).status_code == 404


# ------------------------------------------------------------------------------------------------ test pages


def asked(stage: Stage, channel: str) -> str:
    contact = stage.world.add_contact("ana", channel, verified=False)
    stage.world.administer("test_contact", person="ana", contact=contact)
    stage.world.settle()
    assert stage.ring().message.what == "test"
    return contact


def counts(stage: Stage, contact: str) -> bool:
    known = stage.world.engine.heart.around.people()["ana"].contacts
    return next(each.verified for each in known if each.id == contact)


def test_the_link_of_a_test_page_makes_the_contact_count(stage: Stage) -> None:
    contact, path = asked(stage, "ntfy"), stage.link()
    client = stage.client()
    page = client.get(path)
    assert page.status_code == 200 and "It reached me" in page.text
    assert not counts(stage, contact), "a GET changes nothing: mail scanners follow links"
    assert client.post(path, data={"press": "take"}).status_code == 403, "only from our own page"
    assert "This contact counts" in client.post(path, data=form_of(page.text)).text
    assert counts(stage, contact)


def test_a_changed_or_old_link_verifies_nothing(stage: Stage) -> None:
    contact, path = asked(stage, "ntfy"), stage.link()
    page = stage.client().get(path).text
    assert stage.client().get(path[:-3] + "abc").status_code == 404
    assert stage.client().post(path[:-3] + "abc", data=form_of(page)).status_code == 403, "the form is of another link"
    stage.world.clock.forward(8 * 86_400)
    assert stage.client().get(path).status_code == 404
    assert not counts(stage, contact)


def test_a_link_of_an_incident_is_no_link_of_a_contact(phones: Stage) -> None:
    phones.world.alert("Checkout is down", service="web")
    phones.world.settle()
    token = hook(phones).rpartition("/")[2]
    assert phones.client().get(f"/v/{token}").status_code == 404
    assert phones.client().get(f"/p/{token}").status_code == 404


def test_a_removed_contact_stays_removed(stage: Stage) -> None:
    contact, path = asked(stage, "ntfy"), stage.link()
    page = stage.client().get(path).text
    stage.world.administer("remove_contact", person="ana", contact=contact, reason="a new phone")
    assert stage.client().post(path, data=form_of(page)).status_code in (404, 409)
    assert stage.client().get(path).status_code == 404


def test_the_key_1_makes_a_number_count(phones: Stage) -> None:
    contact = asked(phones, "twilio_voice")
    assert "Nothing was changed" in report(phones, hook(phones), {"Digits": "2"}).text
    assert not counts(phones, contact)
    assert "Pages reach you here" in report(phones, hook(phones), {"Digits": "1"}).text
    assert counts(phones, contact)


def test_acknowledged_in_pushover_is_acknowledged_here(stage: Stage) -> None:
    contact = stage.world.add_contact("ana", "pushover")
    stage.world.administer("set_ladder", person="ana", verb="page", ladder=((contact, 0),))
    stage.world.alert("Checkout is down", service="web")
    stage.world.settle()
    assert stage.client().post(hook(stage), data={"receipt": "r", "acknowledged": "0"}).status_code == 200
    assert stage.world.incident().paging.answers == ()
    assert stage.client().post(hook(stage), data={"receipt": "r", "acknowledged": "1"}).status_code == 200
    assert stage.world.incident().paging.answers[0].by == "ana"


def test_a_report_on_a_message_that_never_was(phones: Stage) -> None:
    until = later(phones.world.clock.now(), 60)
    link = MessageLink("incident:none", "ana", "twilio_voice-1", "no/such/key", until)
    path = f"/hooks/twilio_voice/{sign_message(link, b'pretend secret')}"
    assert report(phones, path, {"CallStatus": "failed"}).status_code == 404
