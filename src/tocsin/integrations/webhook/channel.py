"""A signed webhook to any address, by Standard Webhooks: what a company's own tools understand.

`webhook-id` is the message's key, the same over all attempts, so that a receiver can tell a repeat; the timestamp is
the attempt's. 2xx is success; redirects are not followed and count as failure (specification); 408, 425, 429 and 5xx
may be tried again, at the time that `Retry-After` names (RFC 9110); 410 and the rest are for good.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tocsin.core.instants import SECOND, Instant, iso
from tocsin.core.refusals import Refusal
from tocsin.integrations.answers import delivery, no_answer
from tocsin.integrations.base import Delivery, Field, HttpError, Message, Settings, Tools
from tocsin.integrations.network import read_url
from tocsin.integrations.text import DUPLICATE, clean, cut, headline, one_line, safe_links
from tocsin.integrations.webhook.signature import message_id, read_secrets, sign

MOST_BYTES = 19_999
MOST_TITLE = 300
MOST_LINKS = 8
LONGEST_URL = 1_000
MOST_DATA = 40
SECONDS = 20.0
"""Specification: time out after 15 to 30 s."""


class Webhook:
    """The channel; an address is the URL that is called."""

    kind = "webhook"
    label = "Signed webhook"
    fields = (
        Field(
            "secret",
            "Signing secret",
            secret=True,
            required=True,
            pattern=r"whsec_[A-Za-z0-9+/=]{32,88}( whsec_[A-Za-z0-9+/=]{32,88})*",
            hint="whsec_ and base64 of 24 to 64 random bytes; while it is being changed, the new and the old one "
            "with a space between: both sign.",
        ),
    )
    address_label = "URL (https://...)"
    gives_receipts = False

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this is a URL that can be called; with the tools, also whether it lies in a closed network."""
        if tools is not None:
            return tools.http.check(address)
        target = read_url(address)
        return target if isinstance(target, Refusal) else None

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """One POST. An answer that never came after the request had left is `unknown`."""
        try:
            keys = read_secrets(settings.secrets.get("secret", ""))
        except ValueError:
            return Delivery("failed_for_good", "bad_secret")
        body = render(message)
        identity, timestamp = message_id(message.key), now // SECOND
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(keys, identity, timestamp, body),
        }
        try:
            answer = tools.http.send("POST", address, headers, body, SECONDS)
        except HttpError as error:
            return no_answer(error)
        return delivery(answer, now)


def render(message: Message) -> bytes:
    """The body: `type`, `timestamp` of the event, and `data`; under 20 kB of JSON, its text cut to fit."""
    text = clean(message.text)
    if message.possible_duplicate:
        text = f"{DUPLICATE}\n\n{text}"
    written = msgspec.json.encode(_body(message, text, _extras(message), was_cut=False))
    if len(written) <= MOST_BYTES:
        return written
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if len(msgspec.json.encode(_body(message, cut(text, middle), {}, was_cut=True))) <= MOST_BYTES:
            low = middle
        else:
            high = middle - 1
    return msgspec.json.encode(_body(message, cut(text, low), {}, was_cut=True))


def _extras(message: Message) -> dict[str, str]:
    pairs = list((message.data or {}).items())[:MOST_DATA]
    return {cut(one_line(name), 60): cut(clean(value), 500) for name, value in pairs}


def _links(message: Message) -> list[dict[str, str]]:
    links = [link for link in safe_links(message) if len(link.url) <= LONGEST_URL][:MOST_LINKS]
    return [{"label": cut(link.label, 60), "url": link.url} for link in links]


def _type(message: Message) -> str:
    words = (message.verb,) if message.what in ("", message.verb) else (message.verb, message.what)
    return ".".join(("tocsin", *(re.sub(r"[^A-Za-z0-9_.]", "_", word)[:60] for word in words)))


def _body(message: Message, text: str, extras: dict[str, str], *, was_cut: bool) -> dict[str, Any]:
    return {
        "type": _type(message),
        "timestamp": iso(message.at),
        "data": {
            "key": cut(message.key, 500),
            "title": cut(headline(message), MOST_TITLE),
            "text": text,
            "severity": cut(one_line(message.severity), 60),
            "incident": cut(message.incident, 100),
            "number": message.number,
            "person": cut(message.person, 100),
            "drill": message.drill,
            "possible_duplicate": message.possible_duplicate,
            "links": _links(message),
            "data": extras,
            "cut": was_cut,
        },
    }


CHANNEL = Webhook()
