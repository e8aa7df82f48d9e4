"""The HTTP gateway beyond the battery: templates that stay templates, and a second provider that takes over."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from benches import NOW, PAGE
from fakes.web import FakeWeb, Reply, closed_port

from tocsin.integrations.base import Delivery, Message, Settings, Tools
from tocsin.integrations.gateway.channel import CHANNEL
from tocsin.integrations.http import Egress

TOOLS = Tools(Egress(["127.0.0.0/8"], most_seconds=5))
ANA = "+15558675310"


def send(values: dict[str, str], secrets: dict[str, str], message: Message = PAGE) -> Delivery:
    return CHANNEL.send(message, ANA, Settings(values, secrets), TOOLS, NOW)


def test_a_form_with_an_address_of_fields(web: FakeWeb) -> None:
    values = {"type": "application/x-www-form-urlencoded", "body": "to={to}&msg={text}&user={user}&pass={password}"}
    secrets = {"url": web.url("/send?n={digits}&k={key}"), "user": "a&b", "password": "p=w"}
    assert send(values, secrets, replace(PAGE, text="50 % off & more = trouble\nsecond line")).outcome == "accepted"
    (seen,) = web.seen
    told = parse_qs(seen.body.decode(), strict_parsing=True)
    assert told["to"] == [ANA] and told["user"] == ["a&b"] and told["pass"] == ["p=w"]
    assert "50 % off & more = trouble\nsecond line" in told["msg"][0]
    assert parse_qs(urlsplit(seen.path).query)["n"] == ["15558675310"]


def test_an_alert_adds_no_field_of_its_own(web: FakeWeb) -> None:
    """What an alert says is a value in JSON, never a part of its shape, nor a template."""
    evil = '", "to": "+19995550000", "x": "{token} {text} {{'
    send({"body": '{{"to": "{to}", "text": "{text}"}}'}, {"url": web.url(), "token": "t0"}, replace(PAGE, text=evil))
    told = json.loads(web.seen[0].body)
    assert set(told) == {"to", "text"} and told["to"] == ANA
    assert evil in told["text"]


def test_a_get_sends_no_body(web: FakeWeb) -> None:
    assert send({"method": "GET"}, {"url": web.url("/api?to={to}&text={text}")}).code == "first_http_200"
    assert web.seen[0].method == "GET" and web.seen[0].body == b""
    assert parse_qs(urlsplit(web.seen[0].path).query)["to"] == [ANA]


@pytest.mark.parametrize(
    ("values", "url", "code"),
    [
        ({"body": '{{"to": "{phone}"}}'}, "https://a.example/", "bad_body"),
        ({"body": '{"to": "{to}"}'}, "https://a.example/", "bad_body"),
        ({"body": "not json"}, "https://a.example/", "bad_body"),
        ({}, "https://{to}.example/", "bad_url"),
        ({}, "ftp://a.example/", "bad_url"),
        ({"method": "DELETE"}, "https://a.example/", "bad_method"),
        ({"headers": "no colon"}, "https://a.example/", "bad_headers"),
        ({"headers": "X-A: {secret}"}, "https://a.example/", "bad_headers"),
        ({"accepted": "2xx"}, "https://a.example/", "bad_accepted"),
        ({"seconds": "60"}, "https://a.example/", "bad_seconds"),
        ({"type": "text/html"}, "https://a.example/", "bad_type"),
    ],
)
def test_a_description_that_cannot_be_used_names_its_part(values: dict[str, str], url: str, code: str) -> None:
    delivery = send(values, {"url": url})
    assert (delivery.outcome, delivery.code) == ("failed_for_good", f"{code}_of_first")


def test_what_counts_as_accepted_is_the_plans(web: FakeWeb) -> None:
    values = {"accepted": "200 202", "contains": "OK id"}
    web.will(Reply(200, body=b"ERR 113 no credit"), Reply(200, body=b"OK id=7"), Reply(201, body=b"OK id=8"))
    found = [send(values, {"url": web.url()}) for _ in range(3)]
    assert [each.outcome for each in found] == ["failed_for_good", "accepted", "failed_for_good"]
    assert found[0].code == "first_not_accepted"


def two(web: FakeWeb, other: FakeWeb, **values: str) -> Delivery:
    return send({**values}, {"url": web.url("/first"), "second_url": other.url("/second")})


@pytest.fixture
def other():
    server = FakeWeb()
    yield server
    server.close()


@pytest.mark.parametrize(
    ("reply", "outcome", "code"),
    [
        (Reply(500), "failed_now", "first_http_500"),
        (Reply(429, {"retry-after": "900"}), "failed_now", "first_http_429"),
        (Reply(403), "failed_for_good", "first_http_403"),
        (Reply(manner="hang"), "unknown", "first_timeout"),
        (Reply(manner="reset"), "unknown", "first_reset"),
    ],
)
def test_the_second_takes_over_and_both_are_told(
    web: FakeWeb, other: FakeWeb, reply: Reply, outcome: str, code: str
) -> None:
    web.will(reply)
    delivery = two(web, other, seconds="0.2")
    assert (delivery.outcome, delivery.code) == ("accepted", "second_http_200")
    assert [(each.outcome, each.code) for each in delivery.before] == [(outcome, code)]
    warned = b"You may have received this before" in other.seen[0].body
    assert warned == (outcome == "unknown"), "only what may have come is said to come twice"


def test_the_second_is_left_alone_while_the_first_takes_it(web: FakeWeb, other: FakeWeb) -> None:
    assert two(web, other).code == "first_http_200"
    assert other.seen == []


def test_both_fail(web: FakeWeb, other: FakeWeb) -> None:
    web.will(Reply(503, {"retry-after": "30"}))
    other.will(Reply(429, {"retry-after": "7"}))
    delivery = two(web, other)
    assert (delivery.outcome, delivery.code, delivery.retry_after) == ("failed_now", "second_http_429", 7.0)
    other.will(Reply(400))
    assert two(web, other).outcome == "failed_now", "the first may take it yet"
    web.will(Reply(manner="reset"))
    assert two(web, other).outcome == "unknown", "the first may have taken it"


def test_a_broken_first_description_leaves_the_second(web: FakeWeb) -> None:
    secrets = {"url": "nonsense", "second_url": web.url()}
    delivery = send({}, secrets)
    assert delivery.outcome == "accepted"
    assert delivery.before[0].code == "bad_url_of_first"


def test_a_provider_that_is_not_there(web: FakeWeb) -> None:
    delivery = send({}, {"url": f"http://127.0.0.1:{closed_port()}/", "second_url": web.url()})
    assert [each.code for each in (*delivery.before, delivery)] == ["first_connect", "second_http_200"]
