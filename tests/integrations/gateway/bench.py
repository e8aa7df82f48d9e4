"""Any provider on the bench: described by settings alone."""

from __future__ import annotations

from typing import ClassVar

from benches import CANARY, Arrived
from fakes.vendor import VendorBench, body, read
from fakes.web import Reply

from tocsin.integrations.base import Settings


class Bench(VendorBench):
    """A provider on loopback that takes JSON."""

    replies = {
        "accepted": Reply(202, body=body({"messages": [{"status": "queued"}]})),
        "rejected": Reply(422, body=body({"error": "no such number"})),
        "busy": Reply(429, {"retry-after": "7"}),
        "broken": Reply(500),
    }
    values = {
        "headers": "Authorization: Key {token}",
        "body": '{{"recipient": "{digits}", "content": "{text}", "reference": "{key}"}}',
    }
    secrets = {"token": f"{CANARY}-token"}
    title_limit = 160
    size_limit = 20_000
    address = "+15558675310"
    bad_addresses: ClassVar[dict[str, str]] = {"local": "0301234567", "break": "+15558675310\n", "empty": ""}

    def at(self, url: str) -> Settings:
        return Settings(dict(self.values), {**self.secrets, "url": url})

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        for seen in self.seen:
            told = read(seen)
            assert told["recipient"] == "15558675310"
            title, _, text = told["content"].partition("\n")
            found.append(Arrived(told["reference"], title, text, seen.body))
        return found
