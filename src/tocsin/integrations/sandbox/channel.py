"""Pretend phones and rooms inside the product, so that a demo, a drill and a first try need no account anywhere.

An address is a kind and a name: `phone:ana`, `room:inc-12`. A message is accepted when the inbox has kept it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.base import Delivery, Field, Message, Settings, Tools
from tocsin.integrations.text import DUPLICATE, clean, cut, headline, safe_links

MOST_TITLE = 160
MOST_TEXT = 4_000
_ADDRESS = re.compile(r"(phone|room):[a-z0-9][a-z0-9._-]{0,63}")


class Sandbox:
    """The channel; the process hands the inbox in with the tools."""

    kind = "sandbox"
    label = "Sandbox"
    fields: tuple[Field, ...] = ()
    address_label = "Pretend phone or room (phone:ana, room:inc-12)"
    gives_receipts = False

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this names a pretend phone or room."""
        if _ADDRESS.fullmatch(address):
            return None
        return refuse(
            RefusalReason.INVALID,
            "this is no address in the sandbox",
            where="address",
            why="it is phone: or room: and a name of lower-case letters, digits, full stop, hyphen and underscore",
            mend="write it like phone:ana",
        )

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """Put the message, as a phone would show it, into the inbox; the same key put twice is kept once."""
        if tools.inbox is None:
            return Delivery("failed_for_good", "no_inbox")
        if self.check_address(address):
            return Delivery("failed_for_good", "bad_address")
        return Delivery("accepted", "kept", tools.inbox.put(address, shown(message), now))


def shown(message: Message) -> Message:
    """The message as it appears: DRILL and a possible duplicate said in words, within the limits."""
    text = clean(message.text)
    if message.possible_duplicate:
        text = f"{DUPLICATE}\n\n{text}"
    return replace(
        message, title=cut(headline(message), MOST_TITLE), text=cut(text, MOST_TEXT), links=safe_links(message)
    )


CHANNEL = Sandbox()
