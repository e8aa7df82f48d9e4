"""Phone calls over Twilio: the page is spoken twice, and a key answers it: 1 takes it, 2 passes it to the next person.

A voicemail answers calls too: only a pressed key is an answer, never that somebody picked up.
"""

from __future__ import annotations

from html import escape

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Delivery, Field, Message, Settings, Tools
from tocsin.integrations.phone import number_refusal
from tocsin.integrations.request import post, reported
from tocsin.integrations.text import body, cut, fitted, headline
from tocsin.integrations.twilio_account import FIELDS, Account, account, ask, read

MOST_TWIML, MOST_TITLE, MOST_TEXT = 4_000, 160, 500
RINGS_FOR, WAIT = 45, 8
"""Seconds that it rings, before most voicemails; seconds to press a key after the words."""
KEYS = "Press 1 to take it. Press 2 for the next person."
TEST_KEY = "Press 1 to confirm that pages reach you at this number."


class TwilioVoice:
    """The channel; an address is a phone number."""

    kind = "twilio_voice"
    label = "Phone call (Twilio)"
    fields = (*FIELDS, Field("from", "Caller", required=True, hint="A number of the account that can call."))
    address_label = "Phone number (+14155550100)"
    gives_receipts = True

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this is a phone number."""
        return number_refusal(address)

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """One call to one number."""
        ours = account(settings)
        if isinstance(ours, Delivery):
            return ours
        if not ours.sender.startswith("+"):
            return Delivery("failed_for_good", "bad_sender")
        if self.check_address(address):
            return Delivery("failed_for_good", "bad_address")
        fields = fields_of(reported(message, tools), address, ours)
        return post(tools, ask(ours, "Calls", fields), message.key, now, read)


def fields_of(message: Message, number: str, ours: Account) -> list[tuple[str, str]]:
    """The form of one call."""
    found = [("To", number), ("From", ours.sender), ("Twiml", script(message)), ("Timeout", str(RINGS_FOR))]
    if message.callback:
        found += [("StatusCallback", message.callback), ("StatusCallbackEvent", "completed")]
    return found


def script(message: Message) -> str:
    """What is spoken, twice, as TwiML; each time a key may be pressed, where there is somebody to hear it."""
    text = fitted(cut(body(message), MOST_TEXT), lambda shorter: len(_script(message, shorter)) <= MOST_TWIML)
    return _script(message, text)


def _script(message: Message, text: str) -> str:
    asks = message.verb == "page" and message.callback
    keys = TEST_KEY if message.what == "test" else KEYS
    words = _say(cut(headline(message), MOST_TITLE)) + _say(text) + (_say(keys) if asks else "")
    if asks:
        start = f'<Gather numDigits="1" timeout="{WAIT}" action="{escape(message.callback)}">'
        return f"<Response>{start}{words}</Gather>{start}{words}</Gather></Response>"
    return f'<Response>{words}<Pause length="1"/>{words}</Response>'


def _say(text: str) -> str:
    return f"<Say>{escape(text, quote=False)}</Say>" if text.strip() else ""


CHANNEL = TwilioVoice()
