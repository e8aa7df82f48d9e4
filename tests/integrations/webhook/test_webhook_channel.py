"""The signed webhook beyond the battery: Standard Webhooks to the letter."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest
from benches import NOW, PAGE
from fakes.web import FakeWeb, Reply
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.instants import SECOND, Instant, later
from tocsin.integrations.answers import retry_after
from tocsin.integrations.base import Delivery, Link, Message, Settings, Tools
from tocsin.integrations.http import Egress
from tocsin.integrations.webhook.channel import CHANNEL, render
from tocsin.integrations.webhook.signature import message_id, read_secrets, sign, verify

NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
TOOLS = Tools(Egress(["127.0.0.0/8"], most_seconds=5))


def send(web: FakeWeb, message: Message = PAGE, secret: str = NEW, now: Instant = NOW) -> Delivery:
    return CHANNEL.send(message, web.url(), Settings({}, {"secret": secret}), TOOLS, now)


def test_the_request_is_signed_as_the_specification_says(web: FakeWeb) -> None:
    assert send(web).outcome == "accepted"
    (seen,) = web.seen
    assert seen.method == "POST"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["webhook-id"] == "incident:0190/round.1/ana/mail".replace(".", "%2E")
    assert seen.headers["webhook-timestamp"] == str(NOW // SECOND)
    assert verify(read_secrets(NEW), seen.headers, seen.body, NOW)


def test_both_secrets_sign_while_one_is_changed(web: FakeWeb) -> None:
    send(web, secret=f"{NEW} {OLD}")
    (seen,) = web.seen
    assert len(seen.headers["webhook-signature"].split(" ")) == 2
    for holder in (NEW, OLD):
        assert verify(read_secrets(holder), seen.headers, seen.body, NOW)
    assert not verify((b"x" * 24,), seen.headers, seen.body, NOW)


def test_the_timestamp_is_the_attempts_and_the_id_the_messages(web: FakeWeb) -> None:
    send(web)
    send(web, now=later(NOW, 600))
    first, again = web.seen
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert int(again.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 600
    assert first.headers["webhook-signature"] != again.headers["webhook-signature"]
    assert first.body == again.body


def test_the_body_has_type_timestamp_and_data(web: FakeWeb) -> None:
    send(web, replace(PAGE, verb="inform", what="update_late"))
    body = json.loads(web.seen[0].body)
    assert set(body) == {"type", "timestamp", "data"}
    assert body["type"] == "tocsin.inform.update_late"
    assert body["timestamp"] == "2026-01-29T14:23:00Z"
    assert body["data"] == {
        "key": PAGE.key,
        "title": "SEV-1 #12: Payments fail for half of the customers",
        "text": PAGE.text,
        "severity": "SEV-1",
        "incident": "0190",
        "number": 12,
        "person": "ana",
        "drill": False,
        "possible_duplicate": False,
        "links": [{"label": "I have it", "url": "https://tocsin.example.com/p/abc?a=1&b=2"}],
        "data": {"service": "payments"},
        "cut": False,
    }


@pytest.mark.parametrize(
    ("verb", "what", "want"),
    [("page", "page", "tocsin.page"), ("inform", "", "tocsin.inform"), ("page", "a b/ü", "tocsin.page.a_b__")],
)
def test_the_type_is_dotted_words(verb: str, what: str, want: str) -> None:
    assert json.loads(render(replace(PAGE, verb=verb, what=what)))["type"] == want


@given(
    st.text(st.characters(), max_size=40_000 // 16).map(lambda text: text * 16),
    st.text(max_size=500),
    st.dictionaries(st.text(max_size=80), st.text(max_size=900), max_size=50),
    st.lists(st.text(max_size=80), max_size=12),
)
def test_any_body_is_json_under_20_kB(text: str, title: str, data: dict[str, str], labels: list[str]) -> None:
    links = tuple(Link(label, f"https://example.com/{'a' * 900}") for label in labels)
    written = render(replace(PAGE, text=text, title=title, data=data, links=links, possible_duplicate=True))
    body = json.loads(written)
    assert len(written) < 20_000
    assert body["data"]["key"] == PAGE.key
    assert len(body["data"]["links"]) == min(len(labels), 8)


ENDINGS = {
    "accepted": [200, 201, 202, 204, 299],
    "failed_now": [408, 425, 429, 500, 501, 502, 503, 504, 520, 599],
    "failed_for_good": [300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 451],
}
STATUS = {status: outcome for outcome, statuses in ENDINGS.items() for status in statuses}


@pytest.mark.parametrize(("status", "outcome"), STATUS.items())
def test_each_status_has_its_outcome(web: FakeWeb, status: int, outcome: str) -> None:
    web.will(Reply(status, body=b"" if status in (204, 304) else b"canary"))
    delivery = send(web)
    assert delivery == Delivery(outcome, f"http_{status}")  # type: ignore[arg-type]
    assert len(web.seen) == 1


WAITS = {
    "seconds": ("7", 7.0),
    "zero": ("0", 0.0),
    "spaces": (" 30 ", 30.0),
    "more than a day": ("999999", 86_400.0),
    "very long": ("9" * 400, 86_400.0),
    "date": (formatdate(NOW // SECOND + 90, usegmt=True), 90.0),
    "date in the past": (formatdate(NOW // SECOND - 90, usegmt=True), 0.0),
    "date without zone": ("Thu, 29 Jan 2026 14:25:00", 60.0),
    "far date": ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
    "words": ("soon", None),
    "fraction": ("1.5", None),
    "below zero": ("-5", None),
    "other digits": ("٣", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("value", "want"), WAITS.values(), ids=WAITS)
def test_retry_after_is_read(value: str, want: float | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == want


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_a_receiver_asks_for_is_handed_on(web: FakeWeb, status: int) -> None:
    web.will(Reply(status, {"Retry-After": "120"}))
    assert send(web) == Delivery("failed_now", f"http_{status}", retry_after=120.0)


@pytest.mark.parametrize(
    "secret",
    ["", " ", "whsec_", "whsec_!!!", "whsec_" + base64.b64encode(b"x" * 23).decode(),
     "whsec_" + base64.b64encode(b"x" * 65).decode(), f"{NEW} broken", "ü"],
)  # fmt: skip
def test_a_bad_secret_sends_nothing(web: FakeWeb, secret: str) -> None:
    assert send(web, secret=secret) == Delivery("failed_for_good", "bad_secret")
    assert web.seen == []


def test_a_closed_address_fails_for_good() -> None:
    closed = Tools(Egress())
    settings = Settings({}, {"secret": NEW})
    assert CHANNEL.send(PAGE, "http://127.0.0.1/", settings, closed, NOW) == Delivery(
        "failed_for_good", "address_refused"
    )
    refusal = CHANNEL.check_address("http://127.0.0.1/", closed)
    assert refusal is not None
    assert refusal.reason == "not_allowed"
    assert CHANNEL.check_address("http://127.0.0.1/") is None, "the shape alone is good"


class TestVectors:
    def test_the_reference_vectors(self, shared: Path) -> None:
        known = json.loads((shared / "contracts" / "standard-webhooks" / "signature-vectors.json").read_text())
        assert len(known["vectors"]) >= 3
        for vector in known["vectors"]:
            headers = {name: vector[name] for name in known["headers"]}
            at = Instant(int(vector["webhook-timestamp"]) * SECOND)
            assert verify(read_secrets(vector["secret"]), headers, vector["body"].encode(), at) is vector["valid"]

    def test_our_signature_is_the_references(self, shared: Path) -> None:
        known = json.loads((shared / "contracts" / "standard-webhooks" / "signature-vectors.json").read_text())
        vector = known["vectors"][0]
        ours = sign(
            read_secrets(vector["secret"]),
            vector["webhook-id"],
            int(vector["webhook-timestamp"]),
            vector["body"].encode(),
        )
        assert ours == vector["webhook-signature"]

    def test_the_collected_vectors(self, shared: Path) -> None:
        collected = json.loads((shared / "data" / "webhook-signatures" / "vectors.json").read_text())
        ours = [vector for vector in collected if vector["scheme"] == "standard-webhooks"]
        assert ours
        for vector in ours:
            headers = {name.lower(): value for name, value in vector["headers"].items()}
            now = Instant(vector["now"] * SECOND)
            assert verify(read_secrets(vector["secret"]), headers, vector["body"].encode(), now) is vector["valid"]


class TestVerify:
    KEYS = read_secrets(NEW)
    BODY = b'{"a": 1}'

    def headers(self, **changed: str) -> dict[str, str]:
        made = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(NOW // SECOND),
            "webhook-signature": sign(self.KEYS, "msg_1", NOW // SECOND, self.BODY),
        }
        return made | {name.replace("_", "-"): value for name, value in changed.items()}

    def test_what_was_signed_is_taken(self) -> None:
        assert verify(self.KEYS, self.headers(), self.BODY, NOW)

    @pytest.mark.parametrize("seconds", [-301, 301, 600, -600])
    def test_an_old_or_early_timestamp_is_not(self, seconds: float) -> None:
        assert not verify(self.KEYS, self.headers(), self.BODY, later(NOW, seconds))

    @pytest.mark.parametrize("seconds", [-300, -1, 0, 300])
    def test_five_minutes_either_way_are(self, seconds: float) -> None:
        assert verify(self.KEYS, self.headers(), self.BODY, later(NOW, seconds))

    @pytest.mark.parametrize(
        "changed",
        [{"webhook_id": "msg_2"}, {"webhook_id": ""}, {"webhook_timestamp": ""}, {"webhook_timestamp": "1e9"},
         {"webhook_timestamp": "-1"}, {"webhook_timestamp": "9" * 400}, {"webhook_signature": ""},
         {"webhook_signature": "v1"}, {"webhook_signature": "v1,"}, {"webhook_signature": "v1,x"},
         {"webhook_signature": "v2,x"}, {"webhook_signature": "v1,\udcff"}, {"webhook_signature": ",,, ,"}],
        ids=str,
    )  # fmt: skip
    def test_a_bent_header_is_a_no_and_no_error(self, changed: dict[str, str]) -> None:
        assert not verify(self.KEYS, self.headers(**changed), self.BODY, NOW)

    def test_missing_headers_are_a_no(self) -> None:
        assert not verify(self.KEYS, {}, self.BODY, NOW)

    def test_another_body_is_a_no(self) -> None:
        assert not verify(self.KEYS, self.headers(), self.BODY + b" ", NOW)

    def test_upper_case_base64_is_a_no(self) -> None:
        bent = self.headers()["webhook-signature"].upper()
        assert not verify(self.KEYS, self.headers(webhook_signature=bent), self.BODY, NOW)


@given(st.text(min_size=1, max_size=400), st.text(min_size=1, max_size=400))
def test_an_id_holds_no_full_stop_and_is_one_keys_alone(one: str, other: str) -> None:
    made = message_id(one)
    assert "." not in made
    assert made.isascii()
    assert made.isprintable()
    assert 0 < len(made) <= 256
    assert (made == message_id(other)) == (one == other)
