"""Slack's direct message beyond the battery: the names of its contract, the limits of its blocks, its errors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from benches import NOW, PAGE
from fakes.web import FakeWeb, Reply

from tocsin.integrations.base import Delivery, Link, Message, Settings, Tools
from tocsin.integrations.http import Egress
from tocsin.integrations.slack.channel import CHANNEL, LASTING, LATER

TOOLS = Tools(Egress(["127.0.0.0/8"], most_seconds=5))
NEWER = {"metadata"}
"""Arguments that Slack's frozen document does not have yet."""


def send(web: FakeWeb, message: Message = PAGE) -> Delivery:
    settings = Settings({"url": web.url("/api")}, {"token": "xoxb-1"})
    return CHANNEL.send(message, "U012AB3CD", settings, TOOLS, NOW)


def test_every_argument_is_one_of_slacks_and_every_block_within_its_limits(web: FakeWeb, shared: Path) -> None:
    contracts = shared / "contracts/slack"
    post = json.loads((contracts / "web-api.openapi-v2.json").read_text())["paths"]["/chat.postMessage"]["post"]
    limits = json.loads((contracts / "block-kit-limits.json").read_text())
    links = tuple(Link("x" * 500, f"https://example.com/{n}?{'y' * 480}") for n in range(30))
    send(web, replace(PAGE, title="<&>" * 500, text="<&>" * 5_000, links=links))
    (seen,) = web.seen
    told = json.loads(seen.body)
    assert seen.path == "/api/chat.postMessage"
    assert seen.headers["authorization"] == "Bearer xoxb-1"
    assert seen.headers["content-type"] == "application/json; charset=utf-8"
    assert set(told) - NEWER <= {each["name"] for each in post["parameters"]}
    assert len(told["blocks"]) <= limits["message"]["blocks_max"]
    assert len(told["text"]) <= limits["message"]["text_recommended_max"]
    for block in told["blocks"]:
        assert len(block["text"]["text"]) <= limits[block["type"]]["text_max"]


def test_nobody_is_mentioned_and_no_link_is_disguised(web: FakeWeb) -> None:
    evil = "<!channel> <@U1> <https://evil.example|https://status.example.com>"
    send(web, replace(PAGE, title=evil, text=evil, links=(Link(evil, "https://example.com/?a|b"),)))
    raw = web.seen[0].body.decode()
    assert "<!" not in raw and "<@" not in raw and "<https://evil" not in raw
    assert "<https://example.com/?a%7Cb|&lt;!channel&gt;" in raw


@pytest.mark.parametrize(
    ("reply", "delivery"),
    [
        (
            Reply(200, body=b'{"ok":true,"ts":"1503435956.000247"}'),
            Delivery("accepted", "http_200", "1503435956.000247"),
        ),
        (Reply(200, body=b'{"ok":false,"error":"ratelimited"}'), Delivery("failed_now", "slack_ratelimited")),
        (Reply(200, body=b'{"ok":false,"error":"user_disabled"}'), Delivery("failed_for_good", "slack_user_disabled")),
        (Reply(200, body=b'{"ok":false,"error":"secret words"}'), Delivery("failed_for_good", "slack_refused")),
        (Reply(200, body=b'{"ok":false,"error":["x"]}'), Delivery("failed_for_good", "slack_refused")),
        (Reply(200, body=b"<html>"), Delivery("failed_for_good", "slack_refused")),
        (Reply(503), Delivery("failed_now", "http_503")),
    ],
)
def test_what_slack_says_decides(web: FakeWeb, reply: Reply, delivery: Delivery) -> None:
    web.will(reply)
    assert send(web) == delivery


def test_no_error_is_both_passing_and_lasting() -> None:
    assert not LATER & LASTING
    assert all(len(f"slack_{error}") <= 40 for error in LATER | LASTING)
