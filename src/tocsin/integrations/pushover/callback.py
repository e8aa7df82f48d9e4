"""What Pushover reports of an emergency: that it was acknowledged in the app.

Pushover signs nothing: the address itself, which only it was given, is the proof.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.base import Heard, Request, Settings


class PushoverAnswers:
    """An emergency acknowledged on the phone is acknowledged here."""

    kind = "pushover"

    def read(self, request: Request, url: str, settings: Settings) -> Heard | Refusal:
        """Whether it was acknowledged."""
        try:
            fields = parse_qs(request.body.decode(), max_num_fields=50)
        except ValueError:
            return refuse("invalid", "this is no form", where="body")
        return Heard(press="take") if fields.get("acknowledged") == ["1"] else Heard()

    def answer(self, said: str, *, again: bool = False) -> tuple[int, str, bytes]:
        """Pushover reads nothing of it."""
        return 200, "text/plain", b""


CALLBACK = PushoverAnswers()
