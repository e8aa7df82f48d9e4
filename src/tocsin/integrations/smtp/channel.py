"""E-mail. The acknowledge link stands in text and HTML alike; following it changes nothing by itself."""

from __future__ import annotations

from email.utils import getaddresses

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Delivery, Field, Message, Settings, Tools
from tocsin.integrations.smtp.address import read_address
from tocsin.integrations.smtp.letter import Sender, letter
from tocsin.integrations.smtp.server import read_server
from tocsin.integrations.smtp.transport import hand_in
from tocsin.integrations.text import one_line


class Smtp:
    """The channel; an address is one bare mail address."""

    kind = "smtp"
    label = "E-mail"
    fields = (
        Field(
            "url",
            "Mail server",
            secret=True,
            required=True,
            pattern=r"smtps?://.+",
            hint="smtp://user:password@host:587 or smtps://host; ?starttls=required insists on encryption, "
            "?starttls=off never encrypts, ?ca=FILE trusts a private authority, ?helo=NAME is how we "
            "greet, ?timeout=SECONDS limits one hand-in.",
        ),
        Field(
            "from",
            "Sender",
            hint="Who the letters come from, as Tocsin <tocsin@example.com>; may stand in the URL instead, as "
            "?from=tocsin@example.com.",
        ),
    )
    address_label = "E-mail address"
    gives_receipts = False

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this is one mail address."""
        read = read_address(address)
        return read if isinstance(read, Refusal) else None

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """One letter to one recipient."""
        recipient = read_address(address)
        if isinstance(recipient, Refusal):
            return Delivery("failed_for_good", "bad_address")
        try:
            server = read_server(settings.secrets.get("url", ""))
        except ValueError:
            return Delivery("failed_for_good", "bad_url")
        sender = _sender(settings.values.get("from", "") or server.sender)
        if sender is None:
            return Delivery("failed_for_good", "bad_sender")
        return hand_in(server, sender.address, recipient, letter(message, sender, recipient, now))


def _sender(text: str) -> Sender | None:
    """The one sender that a setting names, as `Tocsin <tocsin@example.com>` or as a bare address."""
    found = getaddresses([text])
    address = read_address(found[0][1]) if len(found) == 1 and text == one_line(text) else None
    return Sender(found[0][0], address) if isinstance(address, str) else None


CHANNEL = Smtp()
