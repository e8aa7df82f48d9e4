"""Push beyond the battery: how loud a page is, and what each vendor's answer means."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from benches import NOW, PAGE
from fakes.web import FakeWeb, Reply

from tocsin.integrations.base import Delivery, Link, Message, Settings, Tools
from tocsin.integrations.http import Egress
from tocsin.integrations.registry import channel

TOOLS = Tools(Egress(["127.0.0.0/8"], most_seconds=5))
ADDRESSES = {"ntfy": "ana", "pushover": "u" * 30, "telegram": "-100200"}
SECRETS = {"ntfy": "", "pushover": "a" * 30, "telegram": "1:abcdefghijkl"}
INFORM = replace(PAGE, verb="inform")


def send(web: FakeWeb, kind: str, message: Message = PAGE) -> Delivery:
    settings = Settings({"url": web.url("")}, {"token": SECRETS[kind]})
    return channel(kind).send(message, ADDRESSES[kind], settings, TOOLS, NOW)


def test_a_page_is_urgent_on_ntfy_and_an_inform_is_not(web: FakeWeb) -> None:
    web.will(Reply(200, body=b'{"id":"x1"}'))
    assert send(web, "ntfy") == Delivery("accepted", "http_200", "x1")
    send(web, "ntfy", INFORM)
    page, inform = (json.loads(seen.body) for seen in web.seen)
    assert (page["priority"], inform["priority"]) == (5, 3)
    assert page["click"] == page["actions"][0]["url"] == "https://tocsin.example.com/p/abc?a=1&b=2"
    assert "authorization" not in web.seen[0].headers


def test_ntfy_takes_three_actions_at_most(web: FakeWeb) -> None:
    send(web, "ntfy", replace(PAGE, links=tuple(Link(f"INCIDENT-{n}", f"https://example.com/{n}") for n in range(20))))
    assert len(json.loads(web.seen[0].body)["actions"]) == 3


def test_a_page_is_an_emergency_at_pushover_within_its_limits(web: FakeWeb) -> None:
    web.will(Reply(200, body=b'{"status":1,"request":"q","receipt":"rrr"}'))
    hook = "https://tocsin.example.com/hooks/pushover/t"
    assert send(web, "pushover", replace(PAGE, callback=hook)).vendor_id == "rrr"
    send(web, "pushover", INFORM)
    page, inform = (dict(parse_qsl(seen.body.decode())) for seen in web.seen)
    assert page["priority"] == "2" and int(page["retry"]) >= 30 and int(page["expire"]) <= 10_800
    assert page["callback"] == hook
    assert not {"priority", "retry", "expire", "callback"} & set(inform)


def test_a_link_too_long_for_its_place_stands_in_pushovers_text(web: FakeWeb) -> None:
    url = "https://example.com/" + "a" * 460
    longer = url + "b" * 60
    send(web, "pushover", replace(PAGE, links=(Link("A", longer[:511]),)))
    send(web, "pushover", replace(PAGE, links=(Link("A", longer[:513]),)))
    fits, not_ = (dict(parse_qsl(seen.body.decode())) for seen in web.seen)
    assert fits["url"] == longer[:511]
    assert "url" not in not_ and not_["message"].endswith(longer[:513])


def test_pushover_says_no_with_status_200(web: FakeWeb) -> None:
    web.will(Reply(200, body=b'{"status":0,"request":"q"}'))
    assert send(web, "pushover") == Delivery("failed_for_good", "pushover_refused")


@pytest.mark.parametrize(
    ("reply", "delivery"),
    [
        (Reply(200, body=b'{"ok":true,"result":{"message_id":7}}'), Delivery("accepted", "http_200", "7")),
        (Reply(200, body=b'{"ok":false}'), Delivery("failed_for_good", "telegram_refused")),
        (Reply(429, body=b'{"ok":false,"parameters":{"retry_after":9}}'), Delivery("failed_now", "http_429", "", 9.0)),
        (Reply(429, {"retry-after": "4"}, b"{}"), Delivery("failed_now", "http_429", "", 4.0)),
        (Reply(404, body=b'{"ok":false,"description":"Not Found"}'), Delivery("failed_for_good", "http_404")),
    ],
)
def test_what_telegram_says_decides(web: FakeWeb, reply: Reply, delivery: Delivery) -> None:
    web.will(reply)
    assert send(web, "telegram") == delivery
    assert web.seen[0].path == "/bot1:abcdefghijkl/sendMessage"
    assert json.loads(web.seen[0].body)["chat_id"] == -100200
