"""Text messages over Twilio on the bench."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import parse_qs

from benches import CANARY, Arrived
from fakes.vendor import VendorBench, body, key
from fakes.web import Reply


class Bench(VendorBench):
    """A stand-in on loopback."""

    replies = {
        "accepted": Reply(201, body=body({"sid": "SM" + "0" * 32, "status": "queued"})),
        "rejected": Reply(400, body=body({"code": 21610, "message": "unsubscribed", "status": 400})),
        "busy": Reply(429, {"retry-after": "7"}, body({"code": 20429, "status": 429})),
        "broken": Reply(503, body=body({"code": 20503, "status": 503})),
    }
    values = {"account": "AC" + "0" * 32, "from": "+15017122661"}
    secrets = {"token": f"{CANARY}-token"}
    title_limit = 160
    size_limit = 20_000
    address = "+15558675310"
    bad_addresses: ClassVar[dict[str, str]] = {
        "local": "0301234567",
        "words": "ana",
        "spaces": "+1 555 867 5310",
        "break": "+15558675310\n",
        "empty": "",
    }

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        for seen in self.seen:
            told = {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
            assert len(told["Body"]) <= 1_600
            title, _, text = told["Body"].partition("\n")
            found.append(Arrived(key(seen), title, text, seen.body))
        return found
