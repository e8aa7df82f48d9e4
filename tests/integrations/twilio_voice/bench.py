"""Phone calls over Twilio on the bench: what is heard is what the script says."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import parse_qs
from xml.etree import ElementTree

from benches import CANARY, Arrived
from fakes.vendor import VendorBench, body, key
from fakes.web import Reply


class Bench(VendorBench):
    """A stand-in on loopback. No link is spoken."""

    links = False
    replies = {
        "accepted": Reply(201, body=body({"sid": "CA" + "0" * 32, "status": "queued"})),
        "rejected": Reply(400, body=body({"code": 21215, "message": "not allowed", "status": 400})),
        "busy": Reply(429, {"retry-after": "7"}, body({"code": 20429, "status": 429})),
        "broken": Reply(503, body=body({"code": 20503, "status": 503})),
    }
    values = {"account": "AC" + "0" * 32, "from": "+15017122661"}
    secrets = {"token": f"{CANARY}-token"}
    title_limit = 160
    size_limit = 40_000
    address = "+15558675310"
    bad_addresses: ClassVar[dict[str, str]] = {"local": "0301234567", "break": "+15558675310\n", "empty": ""}

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        for seen in self.seen:
            told = {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
            assert len(told["Twiml"]) <= 4_000
            heard = [each.text or "" for each in ElementTree.fromstring(told["Twiml"]).iter("Say")]
            once = heard[: len(heard) // 2]
            assert heard == once * 2, "it is spoken twice"
            found.append(Arrived(key(seen), once[0], "\n".join(once[1:]), seen.body))
        return found
