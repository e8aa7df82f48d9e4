"""What Twilio reports of a call: the key that was pressed, and whether the call could be made at all."""

from __future__ import annotations

from html import escape

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Heard, Request, Settings
from tocsin.integrations.twilio_account import signed


class TwilioCalls:
    """Pressed keys and ended calls. That a call was picked up, or was not, is no answer and no failure."""

    kind = "twilio_voice"

    def read(self, request: Request, url: str, settings: Settings) -> Heard | Refusal:
        """A key, or how the call ended, once its signature is right."""
        fields = signed(request, url, settings)
        if isinstance(fields, Refusal):
            return fields
        digits = fields.get("Digits")
        if digits is not None:
            return Heard(press="take" if digits == "1" else "pass" if digits == "2" else "?")
        if fields.get("CallStatus") == "failed":
            return Heard("failed_for_good", "call_failed")
        if fields.get("CallStatus") in ("busy", "no-answer", "completed"):
            return Heard("accepted", f"call_{fields['CallStatus'].replace('-', '_')}")
        return Heard()

    def answer(self, said: str, *, again: bool = False) -> tuple[int, str, bytes]:
        """What is spoken back; where another key may be pressed, it is waited for at the same address."""
        words = f"<Say>{escape(said, quote=False)}</Say>" if said else ""
        inner = f'<Gather numDigits="1" timeout="8">{words}</Gather>' if again else words
        return 200, "text/xml", f"<Response>{inner}</Response>".encode()


CALLBACK = TwilioCalls()
