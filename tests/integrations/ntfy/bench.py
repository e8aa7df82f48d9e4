"""ntfy on the bench."""

from __future__ import annotations

from typing import ClassVar

from benches import CANARY, Arrived
from fakes.vendor import VendorBench, body, key, read
from fakes.web import Reply


class Bench(VendorBench):
    """A server on loopback."""

    replies = {
        "accepted": Reply(200, body=body({"id": "aBcD12", "event": "message", "topic": "ana"})),
        "rejected": Reply(403, body=body({"code": 40301, "http": 403, "error": "forbidden"})),
        "busy": Reply(429, {"retry-after": "7"}, body({"code": 42901, "http": 429})),
        "broken": Reply(507),
    }
    secrets = {"token": f"tk_{CANARY}"}
    title_limit = 160
    size_limit = 8_192
    address = f"ana-{CANARY}"
    bad_addresses: ClassVar[dict[str, str]] = {
        "url": "https://ntfy.sh/ana",
        "space": "a b",
        "break": "ana\n",
        "empty": "",
    }

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        for seen in self.seen:
            told = read(seen)
            links = "".join(f"\n{each['label']}: {each['url']}" for each in told.get("actions", ()))
            found.append(Arrived(key(seen), told["title"], told["message"] + links, seen.body))
        return found
