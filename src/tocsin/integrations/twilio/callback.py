"""What Twilio reports of a text message: delivered, or never to be, with its number for why (30003 to 30008...)."""

from __future__ import annotations

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Heard, Request, Settings
from tocsin.integrations.twilio_account import signed


class TwilioTexts:
    """Receipts. Those of an early state say nothing new: they may come in any order."""

    kind = "twilio"

    def read(self, request: Request, url: str, settings: Settings) -> Heard | Refusal:
        """A receipt, once its signature is right."""
        fields = signed(request, url, settings)
        if isinstance(fields, Refusal):
            return fields
        status, number = fields.get("MessageStatus", ""), fields.get("ErrorCode", "")
        if status in ("delivered", "read"):
            return Heard("accepted", "delivered")
        if status in ("undelivered", "failed", "canceled"):
            known = number.isascii() and number.isdigit() and len(number) == 5
            return Heard("failed_for_good", f"twilio_{number}" if known else status)
        return Heard()

    def answer(self, said: str, *, again: bool = False) -> tuple[int, str, bytes]:
        """Nothing is asked back."""
        return 204, "text/plain", b""


CALLBACK = TwilioTexts()
