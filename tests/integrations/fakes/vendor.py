"""A vendor's API on loopback, for benches: the same bad days for all, with the vendor's own bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benches import CANARY
from fakes.web import FakeWeb, Reply, Seen, closed_port

from tocsin.integrations.base import Settings, Tools
from tocsin.integrations.http import Egress

LOOPBACK = ["127.0.0.0/8"]


def body(value: object) -> bytes:
    """A JSON body."""
    return json.dumps(value).encode()


class VendorBench:
    """What benches of vendors with an API share: each says its replies and how a request reads."""

    replies: Mapping[str, Reply]
    values: Mapping[str, str] = {}
    secrets: Mapping[str, str] = {}
    where = "url"
    """The setting that names the API; its secret of that name where it has one."""

    def __init__(self, web: FakeWeb, mail: object) -> None:
        self._web = web
        self.tools = Tools(Egress(LOOPBACK, most_seconds=5))
        web.will(self.replies["accepted"])
        self.settings = self.at(web.url("/" + CANARY))

    @property
    def cases(self) -> tuple[str, ...]:
        return ("accepted", "rejected", "busy", "broken", "silent", "reset", "unreachable")

    def at(self, url: str) -> Settings:
        """Settings that lead to this address."""
        return Settings({**self.values, self.where: url}, dict(self.secrets))

    def arrange(self, case: str) -> None:
        usual = {"silent": Reply(manner="hang"), "reset": Reply(manner="reset"), "unreachable": Reply()}
        self._web.will((usual | dict(self.replies))[case])
        if case == "silent":
            self.tools = Tools(Egress(LOOPBACK, most_seconds=0.2))
        if case == "unreachable":
            self.settings = self.at(f"http://127.0.0.1:{closed_port()}/{CANARY}")

    @property
    def seen(self) -> list[Seen]:
        return self._web.seen


def key(seen: Seen) -> str:
    """The idempotency key of a request."""
    return seen.headers["idempotency-key"]


def read(seen: Seen) -> dict[str, Any]:
    """A JSON request's body."""
    return json.loads(seen.body)
