"""Phone numbers, and what a telephone takes: a short text, or words that can be spoken."""

from __future__ import annotations

import re

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Message
from tocsin.integrations.request import bad_address
from tocsin.integrations.text import written

MOST_TITLE, MOST_TEXT = 160, 640
"""A text goes in parts of 67 to 153 letters, each paid for: four to nine of them are enough to wake somebody."""
LONGEST_SMS = 1_600
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


def number_refusal(address: str) -> Refusal | None:
    """Why this is no phone number in E.164, or None."""
    if _NUMBER.fullmatch(address):
        return None
    why = "a number is written with + and the country, digits only (E.164)"
    return bad_address("this is no phone number", why, "write it like +14155550100")


def short_text(message: Message) -> str:
    """The message as one text: headline, text, links; links are never cut, and a text is let grow to keep them."""
    links = sum(len(link.url) + 64 for link in message.links[:8])
    most = min(LONGEST_SMS, MOST_TEXT + links)
    return written(message, MOST_TITLE, lambda whole: len(whole) <= most)
