"""A message as a letter: plain text and HTML that say the same, headers of one line each.

RFC 5322, 2045 to 2047; `Auto-Submitted` of RFC 3834 keeps vacation answers away. `Message-ID` comes from the
message's key, so that a repeat is the same letter to a mail program; `References` threads an incident's letters.
"""

from __future__ import annotations

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from typing import NamedTuple

from tocsin.core.instants import Instant, iso, to_datetime
from tocsin.integrations.base import Link, Message
from tocsin.integrations.text import DRILL, DUPLICATE, clean, cut, headline, one_line, safe_links

LONGEST_SUBJECT = 120
LONGEST_TITLE = 300
LONGEST_TEXT = 10_000
MOST_LINKS = 20
_POLICY = SMTP.clone(max_line_length=78)


class Sender(NamedTuple):
    """Who letters come from: the name that is shown, and the address."""

    name: str
    address: str


def letter(message: Message, sender: Sender, recipient: str, now: Instant) -> bytes:
    """The letter's bytes, lines ended by CRLF, ready to be dot-stuffed."""
    domain = sender.address.rpartition("@")[2]
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(one_line(sender.name), addr_spec=sender.address)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = cut(headline(message), LONGEST_SUBJECT)
    mail["Date"] = to_datetime(now)
    mail["Message-ID"] = f"<{_digest(message.key)}@{domain}>"
    if message.incident:
        mail["References"] = f"<incident-{_digest(message.incident)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.verb == "page":
        mail["Importance"] = "high"
    text, links = cut(clean(message.text), LONGEST_TEXT), safe_links(message)[:MOST_LINKS]
    mail.set_content(_plain(message, text, links), charset="utf-8", cte="quoted-printable")
    mail.add_alternative(_html(message, text, links), subtype="html", charset="utf-8", cte="quoted-printable")
    mail.set_boundary(f"tocsin-{_digest(message.key + 'boundary')}")
    return mail.as_bytes()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _notes(message: Message) -> list[str]:
    drill = f"{DRILL}: this is an exercise." if message.drill else ""
    return [note for note in (drill, DUPLICATE if message.possible_duplicate else "") if note]


def _plain(message: Message, text: str, links: tuple[Link, ...]) -> str:
    parts = [*_notes(message), _title(message), text, *(f"{link.label}:\n{link.url}" for link in links)]
    return "\n\n".join([part for part in parts if part] + [f"-- \n{_foot(message)}"]) + "\n"


def _title(message: Message) -> str:
    return cut(headline(message), LONGEST_TITLE)


def _foot(message: Message) -> str:
    return f"Tocsin, {iso(message.at)}" + (f", to {one_line(message.person)}" if message.person else "")


def _html(message: Message, text: str, links: tuple[Link, ...]) -> str:
    notes = "".join(f"<p><strong>{escape(note)}</strong></p>\n" for note in _notes(message))
    paragraphs = "".join(f"<p>{_lines(block)}</p>\n" for block in text.split("\n\n") if block.strip())
    buttons = "".join(
        f'<p><a href="{escape(link.url)}" style="display:inline-block;padding:10px 16px;border:1px solid #333;'
        f'border-radius:6px;color:#111;text-decoration:none">{escape(link.label)}</a><br>'
        f"<small>{escape(link.url)}</small></p>\n"
        for link in links
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(_title(message))}</title></head>\n"
        '<body style="font:16px/1.5 sans-serif;color:#111;background:#fff">\n'
        f'{notes}<h1 style="font-size:20px">{escape(_title(message))}</h1>\n{paragraphs}{buttons}'
        f"<p><small>{escape(_foot(message))}</small></p>\n</body></html>\n"
    )


def _lines(block: str) -> str:
    return "<br>\n".join(escape(line) for line in block.strip("\n").split("\n"))
