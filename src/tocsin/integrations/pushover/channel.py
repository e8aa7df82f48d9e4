"""Pushover: a page is an emergency there, which rings again each minute for five until it is acknowledged on the phone.

Acknowledged in the app, it is acknowledged here: Pushover reports it to the message's callback address.
"""

from __future__ import annotations

import re

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Answer, Delivery, Field, Message, Settings, Tools
from tocsin.integrations.request import Ask, bad_address, by_status, form, post, reported, said, word
from tocsin.integrations.text import body, cut, fitted, headline, short_links

API = "https://api.pushover.net"
MOST_TITLE, MOST_MESSAGE, MOST_LINKS, MOST_URL, MOST_URL_TITLE = 250, 1_024, 900, 512, 100
AGAIN, FOR = 60, 300
"""Seconds between two rings of an emergency (30 at least), and for how long it rings (10,800 at most)."""
_KEY = re.compile(r"[A-Za-z0-9]{30}")


class Pushover:
    """The channel; an address is a user's or a group's key."""

    kind = "pushover"
    label = "Pushover"
    fields = (
        Field(
            "token",
            "Application token",
            secret=True,
            required=True,
            pattern=r"[A-Za-z0-9]{30}",
            hint="Of the application that you made at Pushover.",
        ),
        Field("url", "API", pattern=r"https?://.+", hint="Only for a stand-in of Pushover.", default=API),
    )
    address_label = "User key (30 letters and digits)"
    gives_receipts = False

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this is a key."""
        if _KEY.fullmatch(address):
            return None
        why = "a key is 30 letters and digits"
        return bad_address("this is no Pushover key", why, "copy the user key from the first page of the app")

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """One message to one key."""
        token = settings.secrets.get("token", "")
        if self.check_address(address):
            return Delivery("failed_for_good", "bad_address")
        if not _KEY.fullmatch(token):
            return Delivery("failed_for_good", "bad_token")
        url = settings.values.get("url", "") or API
        return post(tools, render(reported(message, tools), address, token, url), message.key, now, _read)


def render(message: Message, user: str, token: str, url: str) -> Ask:
    """The request. One link has a place of its own; what is longer or comes after stands in the text."""
    links = short_links(message)
    first = links[0] if links and len(links[0].url) <= MOST_URL else None
    below = ""
    for link in links:
        line = f"\n{link.label}: {link.url}"
        below += line if link is not first and len(below + line) <= MOST_LINKS else ""
    text = fitted(body(message) or headline(message), lambda shorter: len(shorter + below) <= MOST_MESSAGE)
    fields = [
        ("token", token),
        ("user", user),
        ("title", cut(headline(message), MOST_TITLE)),
        ("message", text + below),
        ("timestamp", str(int(message.at) // 1_000_000)),
    ]
    if first is not None:
        fields += [("url", first.url), ("url_title", cut(first.label, MOST_URL_TITLE))]
    if message.verb == "page":
        fields += [("priority", "2"), ("retry", str(AGAIN)), ("expire", str(FOR))]
        fields += [("callback", message.callback)] if message.callback else []
    return form(url.rstrip("/") + "/1/messages.json", fields)


def _read(answer: Answer, now: Instant) -> Delivery:
    """Good is status 200 with `status` 1 in its body; the receipt of an emergency is the vendor's name for it."""
    told = said(answer)
    if answer.status == 200 and told.get("status") != 1:
        return Delivery("failed_for_good", "pushover_refused")
    return by_status(answer, now, word(told.get("receipt")) or word(told.get("request")))


CHANNEL = Pushover()
