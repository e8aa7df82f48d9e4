"""Pushover on the bench."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import parse_qs

from benches import CANARY, Arrived
from fakes.vendor import VendorBench, body, key
from fakes.web import Reply


class Bench(VendorBench):
    """A stand-in on loopback."""

    replies = {
        "accepted": Reply(200, body=body({"status": 1, "request": "647d2300-702c", "receipt": "r" * 30})),
        "rejected": Reply(400, body=body({"status": 0, "user": "invalid", "errors": ["user identifier is invalid"]})),
        "busy": Reply(429, {"retry-after": "7"}, body({"status": 0})),
        "broken": Reply(500),
    }
    secrets = {"token": CANARY.ljust(30, "x")}
    title_limit = 250
    size_limit = 20_000
    address = CANARY.ljust(30, "u")
    bad_addresses: ClassVar[dict[str, str]] = {
        "short": "abc",
        "mail": "ana@example.com",
        "break": "u" * 30 + "\n",
        "empty": "",
    }

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        for seen in self.seen:
            told = {name: values[0] for name, values in parse_qs(seen.body.decode(), keep_blank_values=True).items()}
            assert len(told["message"]) <= 1_024
            links = f"\n{told['url_title']}: {told['url']}" if "url" in told else ""
            found.append(Arrived(key(seen), told["title"], told["message"] + links, seen.body))
        return found
