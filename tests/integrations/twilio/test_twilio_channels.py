"""Twilio beyond the battery: its own contract, its error numbers, its signature, its reports."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode
from xml.etree import ElementTree

import pytest
from benches import NOW, PAGE
from fakes.web import FakeWeb, Reply
from openapi_schema_validator import OAS30Validator

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Delivery, Heard, Message, Request, Settings, Tools
from tocsin.integrations.http import Egress
from tocsin.integrations.registry import callback, channel
from tocsin.integrations.twilio_account import signature

TOOLS = Tools(Egress(["127.0.0.0/8"], most_seconds=5))
TOKEN = "12345-12345"
HOOK = "https://tocsin.example.com/hooks/twilio/abc"
WITH_HOOK = replace(PAGE, callback=HOOK)
KINDS = {"twilio": "Messages", "twilio_voice": "Calls"}


def settings(web: FakeWeb, sender: str = "+15017122661") -> Settings:
    return Settings({"account": "AC" + "0" * 32, "from": sender, "url": web.url("")}, {"token": TOKEN})


def send(web: FakeWeb, kind: str, message: Message = WITH_HOOK, sender: str = "+15017122661") -> Delivery:
    return channel(kind).send(message, "+15558675310", settings(web, sender), TOOLS, NOW)


def schema(shared: Path, what: str) -> dict[str, Any]:
    document = json.loads((shared / "contracts/twilio/api-v2010.openapi.json").read_text())
    post = document["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{what}.json"]["post"]
    found = post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    # The document leaves a form open; a name that it does not have would be a mistake of ours.
    return {**found, "additionalProperties": False}


def typed(form: bytes, properties: dict[str, Any]) -> dict[str, Any]:
    """A form as the contract's types read it."""
    found: dict[str, Any] = {}
    for name, values in parse_qs(form.decode()).items():
        kind = properties.get(name, {}).get("type")
        found[name] = values if kind == "array" else int(values[0]) if kind == "integer" else values[0]
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", ["page", "inform"])
def test_each_request_is_valid_by_twilios_contract(web: FakeWeb, shared: Path, kind: str, verb: str) -> None:
    assert send(web, kind, replace(WITH_HOOK, verb=verb)).outcome == "accepted"
    (seen,) = web.seen
    assert seen.path == f"/2010-04-01/Accounts/AC{'0' * 32}/{KINDS[kind]}.json"
    wanted = schema(shared, KINDS[kind])
    told = typed(seen.body, wanted["properties"])
    assert [error.message for error in OAS30Validator(wanted).iter_errors(told)] == []
    assert list(OAS30Validator(wanted).iter_errors({**told, "Twmil": "x"})), "the check can fail"
    assert told["StatusCallback"] == HOOK


def test_a_messaging_service_is_named_as_one(web: FakeWeb) -> None:
    send(web, "twilio", sender="MG" + "0" * 32)
    told = dict(parse_qsl(web.seen[0].body.decode()))
    assert told["MessagingServiceSid"] == "MG" + "0" * 32 and "From" not in told
    assert send(web, "twilio_voice", sender="MG" + "0" * 32) == Delivery("failed_for_good", "bad_sender")


def test_twilios_own_number_says_what_went_wrong(web: FakeWeb) -> None:
    web.will(Reply(400, body=b'{"code": 21610, "message": "+1555 has unsubscribed", "status": 400}'))
    assert send(web, "twilio") == Delivery("failed_for_good", "twilio_21610")
    web.will(Reply(429, {"retry-after": "3"}, b'{"code": 20429}'))
    assert send(web, "twilio") == Delivery("failed_now", "twilio_20429", retry_after=3.0)


def test_a_page_asks_for_a_key_and_an_inform_for_none(web: FakeWeb) -> None:
    send(web, "twilio_voice")
    send(web, "twilio_voice", replace(WITH_HOOK, verb="inform"))
    page, inform = (ElementTree.fromstring(parse_qs(seen.body.decode())["Twiml"][0]) for seen in web.seen)
    assert [each.get("action") for each in page.iter("Gather")] == [HOOK, HOOK]
    assert "Press 1 to take it" in ElementTree.tostring(page, "unicode")
    assert not list(inform.iter("Gather")) and "Press" not in ElementTree.tostring(inform, "unicode")


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_that_twilio_cannot_reach_is_left_out(web: FakeWeb, kind: str) -> None:
    """Twilio refuses a request whose callback leads nowhere: without the receipt the page still goes out."""
    tools = Tools(Egress(["127.0.0.1"], most_seconds=5))
    message = replace(PAGE, callback="http://10.0.0.7:8080/hooks/twilio/abc")
    assert channel(kind).send(message, "+15558675310", settings(web), tools, NOW).outcome == "accepted"
    assert "10.0.0.7" not in web.seen[0].body.decode() and b"Gather" not in web.seen[0].body


def test_known_signatures(shared: Path) -> None:
    vectors = json.loads((shared / "contracts/twilio/samples/signature-vectors.json").read_text())
    checked = 0
    for each in vectors["vectors"]:
        form = each.get("form") or each.get("form_multi") or {}
        pairs = [
            (name, value) for name, found in form.items() for value in ([found] if isinstance(found, str) else found)
        ]
        assert signature(each["url"], pairs, vectors["auth_token"]) == each["signature"]
        checked += 1
    assert checked >= 4


def report(
    kind: str, fields: dict[str, str], *, token: str = TOKEN, url: str = HOOK, seen_as: str = HOOK
) -> Heard | Refusal:
    headers = {"x-twilio-signature": signature(url, fields.items(), token)}
    request = Request(urlencode(fields).encode(), headers, "/hooks/twilio/abc", NOW)
    return callback(kind).read(request, seen_as, Settings({}, {"token": TOKEN}))


def test_a_receipt_needs_its_signature(shared: Path) -> None:
    sample = json.loads((shared / "contracts/twilio/samples/message-status-callback.form.json").read_text())
    fields = {name: value for name, value in sample.items() if name != "$comment"}
    assert report("twilio", fields) == Heard("accepted", "delivered")
    assert isinstance(report("twilio", fields, token="another-token"), Refusal)
    assert isinstance(report("twilio", fields, url="https://evil.example.com/hooks/twilio/abc"), Refusal)
    with_port = HOOK.replace(".com/", ".com:443/")
    assert report("twilio", fields, url=with_port) == Heard("accepted", "delivered"), "Twilio may sign the port"
    bare = Request(b"MessageStatus=delivered", {}, "/", NOW)
    assert isinstance(callback("twilio").read(bare, HOOK, Settings({}, {"token": TOKEN})), Refusal)
    assert isinstance(callback("twilio").read(bare, HOOK, Settings({}, {})), Refusal), "no token, nobody is let in"


@pytest.mark.parametrize(
    ("fields", "heard"),
    [
        ({"MessageStatus": "sent"}, Heard()),
        ({"MessageStatus": "undelivered", "ErrorCode": "30005"}, Heard("failed_for_good", "twilio_30005")),
        ({"MessageStatus": "failed", "ErrorCode": "x; drop"}, Heard("failed_for_good", "failed")),
        ({}, Heard()),
    ],
)
def test_what_a_texts_report_means(fields: dict[str, str], heard: Heard) -> None:
    assert report("twilio", fields) == heard


@pytest.mark.parametrize(
    ("fields", "heard"),
    [
        ({"Digits": "1"}, Heard(press="take")),
        ({"Digits": "2"}, Heard(press="pass")),
        ({"Digits": "9"}, Heard(press="?")),
        ({"CallStatus": "no-answer"}, Heard("accepted", "call_no_answer")),
        ({"CallStatus": "failed"}, Heard("failed_for_good", "call_failed")),
        ({"CallStatus": "in-progress"}, Heard()),
    ],
)
def test_what_a_calls_report_means(fields: dict[str, str], heard: Heard) -> None:
    assert report("twilio_voice", fields) == heard


def test_what_is_spoken_back_is_well_formed() -> None:
    status, kind, body = callback("twilio_voice").answer("It's <over> & done.", again=True)
    (gather,) = ElementTree.fromstring(body)
    assert (status, kind, gather.tag, gather[0].text) == (200, "text/xml", "Gather", "It's <over> & done.")
    assert ElementTree.fromstring(callback("twilio_voice").answer("")[2]).tag == "Response"
