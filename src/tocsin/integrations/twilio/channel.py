"""Text messages over Twilio. A page that cannot be delivered within ten minutes is dropped there, not shown hours late.

Twilio reports what became of each message: one that is undelivered moves the page on at once.
"""

from __future__ import annotations

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Delivery, Field, Message, Settings, Tools
from tocsin.integrations.phone import number_refusal, short_text
from tocsin.integrations.request import post, reported
from tocsin.integrations.twilio_account import FIELDS, Account, account, ask, read

VALID_FOR = 600
"""Seconds for which Twilio tries (it takes 1 to 36,000)."""


class Twilio:
    """The channel; an address is a phone number."""

    kind = "twilio"
    label = "Text message (Twilio)"
    fields = (
        *FIELDS,
        Field("from", "Sender", required=True, hint="A number of the account, or a messaging service (MG...)."),
    )
    address_label = "Phone number (+14155550100)"
    gives_receipts = True

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this is a phone number."""
        return number_refusal(address)

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """One text to one number."""
        ours = account(settings)
        if isinstance(ours, Delivery):
            return ours
        if self.check_address(address):
            return Delivery("failed_for_good", "bad_address")
        return post(
            tools, ask(ours, "Messages", fields_of(reported(message, tools), address, ours)), message.key, now, read
        )


def fields_of(message: Message, number: str, ours: Account) -> list[tuple[str, str]]:
    """The form of one text."""
    sender = "MessagingServiceSid" if ours.sender.startswith("MG") else "From"
    found = [("To", number), (sender, ours.sender), ("Body", short_text(message)), ("ValidityPeriod", str(VALID_FOR))]
    return [*found, ("StatusCallback", message.callback)] if message.callback else found


CHANNEL = Twilio()
