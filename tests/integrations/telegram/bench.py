"""Telegram on the bench."""

from __future__ import annotations

from typing import ClassVar

from benches import CANARY, Arrived
from fakes.vendor import VendorBench, body, key, read
from fakes.web import Reply


class Bench(VendorBench):
    """A Bot API on loopback."""

    replies = {
        "accepted": Reply(200, body=body({"ok": True, "result": {"message_id": 77}})),
        "rejected": Reply(403, body=body({"ok": False, "error_code": 403, "description": "bot was blocked"})),
        "busy": Reply(429, body=body({"ok": False, "error_code": 429, "parameters": {"retry_after": 7}})),
        "broken": Reply(502),
    }
    secrets = {"token": f"123456:{CANARY}-{CANARY}"}
    title_limit = 160
    size_limit = 40_000
    address = "4711"
    bad_addresses: ClassVar[dict[str, str]] = {"name": "@ana", "zero": "0", "break": "4711\n", "empty": ""}

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        for seen in self.seen:
            told = read(seen)
            assert "parse_mode" not in told, "nothing in the text is markup"
            assert len(told["text"].encode("utf-16-le")) // 2 <= 4_096
            title, _, text = told["text"].partition("\n")
            found.append(Arrived(key(seen), title, text, seen.body))
        return found
