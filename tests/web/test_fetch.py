"""What a source needs fetched: brought once, only through the guarded way out, and a request waits for no more."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping

from starlette.testclient import TestClient

from tests.web.stage import Stage
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.base import Answer, HttpError, Settings
from tocsin.web.fetch import MOST_AT_ONCE, MOST_KEPT, Fetcher
from tocsin.web.server import edge

CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/1.pem"
TOPIC = "arn:aws:sns:eu-west-1:1:alarms"
MESSAGE = {
    "Type": "Notification",
    "MessageId": "m-1",
    "Message": "{}",
    "TopicArn": TOPIC,
    "Timestamp": "2026-01-12T10:00:00Z",
    "SignatureVersion": "2",
    "Signature": "eA==",
    "SigningCertURL": CERTIFICATE,
}


class FakeHttp:
    """A way out that answers by plan."""

    def __init__(self, status: int = 200, body: bytes = b"found", error: str = "", closed: bool = False) -> None:
        self.status, self.body, self.error, self.closed = status, body, error, closed
        self.asked: list[str] = []

    def check(self, url: str) -> Refusal | None:
        return refuse("not_allowed", "closed") if self.closed else None

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", seconds: float = 15.0
    ) -> Answer:
        self.asked.append(f"{method} {url}")
        if self.error:
            raise HttpError(self.error)
        return Answer(self.status, {}, self.body)


def test_what_came_is_kept_and_the_way_out_is_made_when_it_is_needed() -> None:
    http = FakeHttp()
    made: list[FakeHttp] = []
    fetcher = Fetcher(lambda: (made.append(http), http)[1])
    assert made == []
    assert [asyncio.run(fetcher("https://a.example/")) for _ in range(3)] == [b"found"] * 3
    assert http.asked == ["GET https://a.example/"]
    assert len(made) == 1


def test_what_did_not_come_is_asked_for_again() -> None:
    for http in (FakeHttp(404), FakeHttp(302), FakeHttp(error="timeout")):
        fetcher = Fetcher(lambda http=http: http)
        assert [asyncio.run(fetcher("https://a.example/")) for _ in range(2)] == [None, None]
        assert len(http.asked) == 2


def test_a_closed_address_is_never_called() -> None:
    http = FakeHttp(closed=True)
    assert asyncio.run(Fetcher(lambda: http)("https://10.0.0.1/")) is None
    assert http.asked == []


def test_only_a_few_wait_at_once_and_the_others_are_asked_to_come_again() -> None:
    let_go, begun = threading.Event(), threading.Semaphore(0)

    class Slow(FakeHttp):
        def send(self, *asked: object, **more: object) -> Answer:
            begun.release()
            assert let_go.wait(20)
            return Answer(200, {}, b"found")

    async def ask() -> list[bytes | None]:
        fetcher = Fetcher(Slow)
        first = [asyncio.create_task(fetcher(f"https://a.example/{n}")) for n in range(MOST_AT_ONCE)]
        for _ in first:
            assert await asyncio.to_thread(begun.acquire, timeout=20)
        more = await fetcher("https://a.example/more")
        let_go.set()
        later = await asyncio.gather(*first)
        return [more, *later, await fetcher("https://a.example/more")]

    assert asyncio.run(ask()) == [None, *[b"found"] * MOST_AT_ONCE, b"found"]


def test_only_the_latest_are_kept() -> None:
    http = FakeHttp()
    fetcher = Fetcher(lambda: http)
    for n in range(MOST_KEPT + 1):
        asyncio.run(fetcher(f"https://a.example/{n}"))
    asyncio.run(fetcher("https://a.example/0"))
    assert http.asked.count("GET https://a.example/0") == 2
    assert http.asked.count(f"GET https://a.example/{MOST_KEPT}") == 1


def test_a_signed_message_has_its_certificate_fetched_and_a_stranger_nothing(stage: Stage) -> None:
    for topics, body, asked in (
        (TOPIC, b"no certificate", [f"GET {CERTIFICATE}"]),
        ("arn:other", b"", []),
        ("", b"", []),
    ):
        http = FakeHttp(body=body)
        assert (posted(stage, http, topics), http.asked) == (401, asked)


def test_without_its_certificate_it_is_asked_to_come_again(stage: Stage) -> None:
    assert posted(stage, FakeHttp(error="connect"), TOPIC) == 503


def posted(stage: Stage, http: FakeHttp, topics: str) -> int:
    """The status that answers the message, where these topics are listed."""
    app = edge(stage.context, lambda kind, name: Settings({"topics": topics}, {}), Fetcher(lambda: http))
    return TestClient(app).post("/hooks/cloudwatch", content=json.dumps(MESSAGE)).status_code
