"""Words that every channel shares: how a message announces itself, and how text is cut and cleaned."""

from __future__ import annotations

import re
from collections.abc import Callable

from tocsin.integrations.base import Link, Message

DRILL = "DRILL"
DUPLICATE = "You may have received this before: an earlier attempt to send it ended without an answer."
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_UNSEEN_IN_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+"
)


def one_line(text: str) -> str:
    """Text for a place that holds one line: breaks, control and direction marks become single spaces."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def clean(text: str) -> str:
    """Text of several lines: LF between lines, no other control or direction marks."""
    return _UNSEEN_IN_TEXT.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def cut(text: str, limit: int) -> str:
    """Text of at most `limit` characters; what was cut ends in an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"[:limit]


def cut_bytes(text: str, limit: int) -> str:
    """Text of at most `limit` bytes of UTF-8, never cut inside a character; what was cut ends in an ellipsis."""
    body = text.encode("utf-8", "replace")
    if len(body) <= limit:
        return body.decode()
    return body[: max(limit - 3, 0)].decode("utf-8", "ignore").rstrip() + ("…" if limit >= 3 else "")


def headline(message: Message) -> str:
    """The first line in every channel: DRILL, severity and number of the incident, title; one line."""
    number = f"#{message.number}" if message.number else ""
    marks = " ".join(mark for mark in (message.severity, number) if mark)
    title = one_line(message.title)
    return one_line(": ".join(part for part in (DRILL if message.drill else "", marks, title) if part))


def safe_links(message: Message) -> tuple[Link, ...]:
    """The message's links that lead to a web page, labels in one line. Anything but http and https is dropped."""
    return tuple(
        Link(one_line(link.label) or link.url, link.url)
        for link in message.links
        if link.url.lower().startswith(("https://", "http://")) and not re.search(r"[\s\x00-\x20\x7f<>\"]", link.url)
    )


def body(message: Message) -> str:
    """The message's text for a person, with its warning first where it may have been sent before."""
    text = clean(message.text)
    return f"{DUPLICATE}\n\n{text}" if message.possible_duplicate else text


def fitted(text: str, fits: Callable[[str], bool]) -> str:
    """The longest beginning of a text that fits, by bisection; what was cut ends in an ellipsis."""
    if fits(text):
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(cut(text, middle)):
            low = middle
        else:
            high = middle - 1
    return cut(text, low)


def short_links(message: Message, longest: int = 1_000, most: int = 8) -> tuple[Link, ...]:
    """The message's links that a vendor takes: not too long, not too many, labels cut."""
    found = [link for link in safe_links(message) if len(link.url) <= longest]
    return tuple(Link(cut(link.label, 60), link.url) for link in found[:most])


def written(message: Message, most_title: int, fits: Callable[[str], bool]) -> str:
    """One plain text: headline, text, then each link on a line of its own; the text is cut until the whole fits."""
    title = cut(headline(message), most_title)
    links = "".join(f"\n{link.label}: {link.url}" for link in short_links(message))
    text = body(message)
    if text.split("\n", 1)[0] == title:
        text = text.partition("\n")[2]
    whole = fitted(text, lambda shorter: fits(f"{title}\n{shorter}{links}"))
    return f"{title}\n{whole}{links}"
