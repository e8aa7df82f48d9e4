"""Slack on the bench."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, ClassVar

from benches import CANARY, Arrived
from fakes.vendor import VendorBench, body, read
from fakes.web import Reply


class Bench(VendorBench):
    """A stand-in on loopback; what it shows is what Slack would show."""

    replies = {
        "accepted": Reply(200, body=body({"ok": True, "channel": "D1", "ts": "1503435956.000247"})),
        "rejected": Reply(200, body=body({"ok": False, "error": "channel_not_found"})),
        "busy": Reply(429, {"retry-after": "7"}, body({"ok": False, "error": "ratelimited"})),
        "broken": Reply(200, body=body({"ok": False, "error": "internal_error"})),
    }
    secrets = {"token": f"xoxb-{CANARY}"}
    title_limit = 150
    size_limit = 40_000
    address = "U0CANARY"
    bad_addresses: ClassVar[dict[str, str]] = {"name": "@ana", "room": "C012345", "break": "U0123\n", "empty": ""}

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        for seen in self.seen:
            told = read(seen)
            title, *parts = [_shown(block) for block in told["blocks"]]
            key = told["metadata"]["event_payload"]["key"]
            found.append(Arrived(key, title, "\n".join(parts), seen.body))
        return found


def _shown(block: dict[str, Any]) -> str:
    text = block["text"]["text"]
    if block["text"]["type"] == "mrkdwn":
        text = re.sub(r"<([^<>|]+)\|([^<>]*)>", r"\2: \1", text)
    assert not re.search("[<>]", text), "everything that could be a mention is escaped"
    return unescape(text)
