"""Push over ntfy, its public server or one's own: a page rings at the highest priority, its link is one tap.

ntfy gives no receipt. On the public server whoever knows a topic reads it: choose a long random one, or give a token
and reserve it. Sent as JSON, whose whole body the server takes up to twice its limit of 4,096 bytes for the message.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Answer, Delivery, Field, Message, Settings, Tools
from tocsin.integrations.request import Ask, bad_address, bearer, by_status, json, post, said, usable, word
from tocsin.integrations.text import body, cut, fitted, headline, short_links

PUBLIC = "https://ntfy.sh"
MOST_BYTES, MOST_MESSAGE, MOST_TITLE, MOST_ACTIONS = 8_000, 4_000, 160, 3
URGENT, USUAL = 5, 3
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Ntfy:
    """The channel; an address is a topic."""

    kind = "ntfy"
    label = "ntfy push"
    fields = (
        Field(
            "url",
            "Server",
            pattern=r"https?://.+",
            hint="Your own server, if you run one.",
            default=PUBLIC,
        ),
        Field("token", "Access token", secret=True, hint="tk_... where the topic may not be written by everybody."),
    )
    address_label = "Topic (letters, digits, hyphen, underscore)"
    gives_receipts = False

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this is a topic's name."""
        if _TOPIC.fullmatch(address):
            return None
        why = "a topic is 1 to 64 letters, digits, hyphens or underscores"
        return bad_address("this is no ntfy topic", why, "write the topic alone, without the server")

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """One message to one topic."""
        token = settings.secrets.get("token", "")
        if self.check_address(address):
            return Delivery("failed_for_good", "bad_address")
        if token and not usable(token):
            return Delivery("failed_for_good", "bad_token")
        url = settings.values.get("url", "") or PUBLIC
        return post(tools, render(message, address, url, bearer(token) if token else {}), message.key, now, _read)


def render(message: Message, topic: str, url: str, headers: dict[str, str]) -> Ask:
    """The request: its text cut until message and body are within the limits."""

    def whole(text: str) -> dict[str, Any]:
        return _body(message, topic, text)

    def fits(text: str) -> bool:
        return len(text.encode()) <= MOST_MESSAGE and len(msgspec.json.encode(whole(text))) <= MOST_BYTES

    return json(url.rstrip("/") + "/", whole(fitted(body(message), fits)), headers)


def _body(message: Message, topic: str, text: str) -> dict[str, Any]:
    links = short_links(message, most=MOST_ACTIONS)
    found: dict[str, Any] = {
        "topic": topic,
        "title": cut(headline(message), MOST_TITLE),
        "message": text or headline(message),
        "priority": URGENT if message.verb == "page" else USUAL,
    }
    if links:
        found["click"] = links[0].url
        found["actions"] = [{"action": "view", "label": link.label, "url": link.url, "clear": True} for link in links]
    return found


def _read(answer: Answer, now: Instant) -> Delivery:
    return by_status(answer, now, word(said(answer).get("id")))


CHANNEL = Ntfy()
