"""E-mail on the bench."""

from __future__ import annotations

from typing import ClassVar

from benches import CANARY, Arrived
from fakes.mail import FakeMail
from fakes.web import FakeWeb, closed_port

from tocsin.integrations.base import Settings, Tools
from tocsin.integrations.http import Egress

STAGES = {
    "accepted": {},
    "rejected": {"RCPT": "550 5.1.1 no such user"},
    "busy": {"RCPT": "451 4.7.1 greylisted"},
    "broken": {"MAIL": "421 4.3.2 shutting down"},
    "silent": {"DATA": "hang"},
    "reset": {"DATA": "drop"},
    "unreachable": {},
}


class Bench:
    """A mail server on loopback."""

    cases = tuple(STAGES)
    title_limit = 120
    size_limit = 300_000
    bad_addresses: ClassVar[dict[str, str]] = {
        "two": "ana@example.com,bo@example.com",
        "break": "ana@example.com\r\nBcc: cy@example.com",
        "no domain": "ana@",
        "name": "Ana <ana@example.com>",
        "space": "ana @example.com",
        "empty": "",
    }

    def __init__(self, web: FakeWeb, mail: FakeMail) -> None:
        self._mail = mail
        self.address = f"{CANARY}@example.com"
        self.settings = self._with(f"{mail.url}&helo={CANARY}.example.com")
        self.tools = Tools(Egress())

    def _with(self, url: str) -> Settings:
        return Settings({"from": "Tocsin <tocsin@example.com>"}, {"url": url})

    def arrange(self, case: str) -> None:
        self._mail.at = dict(STAGES[case])
        if case == "silent":
            self.settings = self._with(f"smtp://127.0.0.1:{self._mail.port}?timeout=0.4")
        if case == "unreachable":
            self.settings = self._with(f"smtp://{CANARY}:{CANARY}@127.0.0.1:{closed_port()}")

    def arrived(self) -> list[Arrived]:
        return [
            Arrived(
                letter.mail["Message-ID"], letter.mail["Subject"], letter.part("plain"), letter.raw, letter.part("html")
            )
            for letter in self._mail.letters
        ]
