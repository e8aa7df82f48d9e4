"""The signed webhook on the bench."""

from __future__ import annotations

import base64
import json
from typing import ClassVar

from benches import CANARY, Arrived
from fakes.mail import FakeMail
from fakes.web import FakeWeb, Reply, closed_port

from tocsin.integrations.base import Settings, Tools
from tocsin.integrations.http import Egress

SECRET = "whsec_" + base64.b64encode(f"{CANARY}-of-twenty-four-bytes".encode()).decode()
REPLIES = {
    "accepted": Reply(204),
    "rejected": Reply(400, body=b"no"),
    "busy": Reply(429, {"retry-after": "7"}),
    "broken": Reply(503),
    "silent": Reply(manner="hang"),
    "reset": Reply(manner="reset"),
    "unreachable": Reply(),
}


class Bench:
    """A receiver on loopback."""

    cases = tuple(REPLIES)
    title_limit = 300
    size_limit = 20_000
    bad_addresses: ClassVar[dict[str, str]] = {
        "no scheme": "example.com/hook",
        "mail": "mailto:ana@example.com",
        "break": "https://example.com/\r\nX: y",
        "user": "https://ana:canary@example.com/",
        "octal": "http://0177.0.0.1/",
        "empty": "",
    }

    def __init__(self, web: FakeWeb, mail: FakeMail) -> None:
        self._web = web
        self.address = web.url(f"/hook/{CANARY}")
        self.settings = Settings({}, {"secret": SECRET})
        self.tools = Tools(Egress(["127.0.0.0/8"], most_seconds=5))

    def arrange(self, case: str) -> None:
        self._web.will(REPLIES[case])
        if case == "silent":
            self.tools = Tools(Egress(["127.0.0.0/8"], most_seconds=0.2))
        if case == "unreachable":
            self.address = f"http://127.0.0.1:{closed_port()}/{CANARY}"

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        for seen in self._web.seen:
            data = json.loads(seen.body)["data"]
            text = data["text"] + "".join(f"\n{link['label']}: {link['url']}" for link in data["links"])
            found.append(Arrived(seen.headers["webhook-id"], data["title"], text, seen.body))
        return found
