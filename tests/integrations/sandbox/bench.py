"""The sandbox on the bench."""

from __future__ import annotations

from typing import ClassVar

from benches import Arrived
from fakes.mail import FakeMail
from fakes.web import FakeWeb

from tocsin.integrations.base import Settings, Tools
from tocsin.integrations.http import Egress
from tocsin.integrations.sandbox.inbox import MemoryInbox


class Bench:
    """An inbox in memory; it can do nothing but keep."""

    cases = ("accepted",)
    title_limit = 160
    size_limit = 20_000
    bad_addresses: ClassVar[dict[str, str]] = {
        "no kind": "ana",
        "other kind": "fax:ana",
        "upper": "phone:Ana",
        "break": "phone:ana\n",
        "empty": "",
    }

    def __init__(self, web: FakeWeb, mail: FakeMail) -> None:
        self.address = "phone:ana"
        self.settings = Settings({}, {})
        self._inbox = MemoryInbox()
        self.tools = Tools(Egress(), self._inbox)

    def arrange(self, case: str) -> None:
        assert case == "accepted"

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        for kept in self._inbox.messages():
            message = kept.message
            text = message.text + "".join(f"\n{link.label}: {link.url}" for link in message.links)
            copy = Arrived(kept.message.key, message.title, text, f"{message.title}\r\n\r\n{text}".encode())
            found += [copy] * kept.times
        return found
