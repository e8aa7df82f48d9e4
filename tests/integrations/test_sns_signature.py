"""Amazon SNS: what is signed is taken, everything else is not; nothing is fetched but from SNS, nothing confirmed but
a topic that is listed."""

from __future__ import annotations

import base64
import datetime
import json
import sys
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from event_bodies import alarm

from tocsin.core.instants import parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import registry
from tocsin.integrations.base import FetchingSource, Request, Settings
from tocsin.integrations.cloudwatch.signature import amazon

NOW = parse_instant("2026-01-29T14:24:00Z")
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
CONFIRM = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t-1"
LISTED = Settings({"topics": f"arn:other {TOPIC}"}, {})
BY_TOKEN = Settings({}, {"token": "canary"})


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def pem() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key().public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365))
        .sign(key(), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def signed(said: dict[str, Any], version: str = "2") -> dict[str, Any]:
    """A message as SNS signs it. The order of the fields is the documentation's, written out here on its own."""
    said = {"Timestamp": "2026-01-29T14:20:00.000Z", "SigningCertURL": CERTIFICATE, "SignatureVersion": version, **said}
    said["TopicArn"] = said.get("TopicArn", TOPIC) if said.get("TopicArn") != "arn:t" else TOPIC
    if said["Type"] == "Notification":
        order = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        order = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{said[name]}\n" for name in order if name in said).encode()
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()
    return {**said, "Signature": base64.b64encode(key().sign(text, padding.PKCS1v15(), digest)).decode()}


def firing(version: str = "2", **more: object) -> dict[str, Any]:
    return signed({**alarm("ALARM", "2026-01-29T14:20:00Z"), **more}, version)


def subscription(**more: object) -> dict[str, Any]:
    said = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "m-2",
        "Message": "You have chosen to subscribe",
        "Token": "t-1",
    }
    return signed({**said, "SubscribeURL": CONFIRM, **more})


def ask(said: dict[str, Any], settings: Settings = LISTED, path: str = "/hooks/cloudwatch") -> tuple[object, list[str]]:
    """What comes of a message, and which addresses were fetched for it; each answers."""
    source = registry.source("cloudwatch")
    assert isinstance(source, FetchingSource)
    fetched: dict[str, bytes] = {}
    request = Request(json.dumps(said).encode(), {}, path, NOW, fetched=fetched)
    for _ in range(5):
        url = source.wants(request, settings)
        if not url:
            break
        assert url not in fetched
        fetched[url] = pem() if url.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"
    return source.read(request, settings), list(fetched)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("more", [{}, {"Subject": "ALARM: HighCpu"}], ids=["plain", "with a subject"])
def test_a_signed_message_of_a_listed_topic_is_taken(version: str, more: dict[str, object]) -> None:
    got, fetched = ask(firing(version, **more))
    assert isinstance(got, tuple), str(got)
    assert got[0].firing
    assert fetched == [CERTIFICATE]


def test_a_signed_message_on_a_path_with_a_secret_part_is_taken() -> None:
    got, _ = ask(firing(), BY_TOKEN, "/hooks/cloudwatch/canary")
    assert isinstance(got, tuple), str(got)


FORGED = {
    "another text": {"Message": json.dumps({"AlarmName": "Other", "NewStateValue": "ALARM"})},
    "another subject": {"Subject": "added"},
    "another instant": {"Timestamp": "2026-01-29T14:21:00.000Z"},
    "another version": {"SignatureVersion": "1"},
    "an unknown version": {"SignatureVersion": "3"},
    "no signature": {"Signature": ""},
    "no base64": {"Signature": "%%%"},
    "letters beyond": {"Signature": "ü"},
    "another signature": {"Signature": base64.b64encode(b"x" * 256).decode()},
    "no certificate": {"SigningCertURL": ""},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_what_was_changed_after_signing_is_refused(change: dict[str, str]) -> None:
    got, _ = ask({**firing(), **change})
    assert isinstance(got, Refusal)
    assert got.reason == "not_allowed"


def test_another_certificate_is_refused() -> None:
    source = registry.source("cloudwatch")
    for other in (b"", b"-----BEGIN CERTIFICATE-----\n", b"\xff" * 100):
        raw = json.dumps(firing()).encode()
        got = source.read(Request(raw, {}, "/hooks/cloudwatch", NOW, fetched={CERTIFICATE: other}), LISTED)
        assert isinstance(got, Refusal)
        assert got.reason == "not_allowed"


def test_a_signed_message_of_another_topic_is_a_stranger() -> None:
    got, fetched = ask(firing(TopicArn="arn:aws:sns:eu-west-1:999:alarms"))
    assert isinstance(got, Refusal)
    assert got.reason == "not_allowed"
    assert fetched == []


def test_an_object_as_message_is_never_taken_for_signed() -> None:
    got, _ = ask({**firing(), "Message": {"AlarmName": "x", "NewStateValue": "ALARM"}})
    assert isinstance(got, Refusal)


ELSEWHERE = [
    "http://sns.eu-west-1.amazonaws.com/a.pem",
    "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
    "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
    "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
    "https://x@sns.eu-west-1.amazonaws.com/a.pem",
    "https://evil.example\\@sns.eu-west-1.amazonaws.com/a.pem",
    "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
    "https://bucket.s3.amazonaws.com/a.pem",
    "https://sns.evil.example#.eu-west-1.amazonaws.com/a.pem",
    "https://sns.eu/west.amazonaws.com/a.pem",
    "https://169.254.169.254/a.pem",
    "https://[::1]/a.pem",
    "https://[/a.pem",
    "file:///etc/passwd.pem",
    "https://sns.eu-west-1.amazonaws.com/a\n.pem",
    "x" * 5_000,
]


@pytest.mark.parametrize("url", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_a_certificate_is_fetched_from_sns_alone(url: str) -> None:
    assert not amazon(url)
    got, fetched = ask({**firing(), "SigningCertURL": url})
    assert isinstance(got, Refusal)
    assert got.problems[0].where == "SigningCertURL"
    assert fetched == []


@pytest.mark.parametrize("path", ["/a.txt", "/a.pem?x=1", "/"])
def test_only_a_certificate_is_fetched(path: str) -> None:
    got, fetched = ask({**firing(), "SigningCertURL": f"https://sns.eu-west-1.amazonaws.com{path}"})
    assert isinstance(got, Refusal)
    assert fetched == []


def test_a_subscription_to_a_listed_topic_is_confirmed_once() -> None:
    got, fetched = ask(subscription())
    assert got == ()
    assert fetched == [CERTIFICATE, CONFIRM]


def test_a_subscription_to_any_other_topic_is_refused_by_its_field_and_not_confirmed() -> None:
    got, fetched = ask(subscription(), BY_TOKEN, "/hooks/cloudwatch/canary")
    assert isinstance(got, Refusal)
    assert got.problems[0].where == "TopicArn"
    assert fetched == [CERTIFICATE]


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&TopicArn=" + TOPIC,
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:other",
        "https://evil.example/?Action=ConfirmSubscription&TopicArn=" + TOPIC,
        "",
    ],
    ids=["another action", "another topic", "another host", "nowhere"],
)
def test_a_subscription_is_confirmed_at_sns_and_for_its_own_topic_alone(url: str) -> None:
    got, fetched = ask(subscription(SubscribeURL=url))
    assert isinstance(got, Refusal)
    assert got.problems[0].where == "SubscribeURL"
    assert fetched == [CERTIFICATE]


def test_a_forged_subscription_fetches_nothing_but_the_certificate() -> None:
    got, fetched = ask({**subscription(), "Token": "t-2"})
    assert isinstance(got, Refusal)
    assert fetched == [CERTIFICATE]


def test_the_end_of_a_subscription_is_taken() -> None:
    got, _ = ask(subscription(Type="UnsubscribeConfirmation"))
    assert got == ()


def test_what_could_not_be_fetched_is_asked_for_again() -> None:
    """503: SNS sends again by itself."""
    source = registry.source("cloudwatch")
    for said, fetched in ((firing(), {}), (subscription(), {CERTIFICATE: pem()})):
        got = source.read(Request(json.dumps(said).encode(), {}, "/hooks/cloudwatch", NOW, fetched=fetched), LISTED)
        assert isinstance(got, Refusal)
        assert source.answer(got)[0] == 503


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request(json.dumps(firing()).encode(), {}, "/hooks/cloudwatch", NOW, fetched={CERTIFICATE: pem()})
    for name in [each for each in sys.modules if each.partition(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, name, None)
    got = registry.source("cloudwatch").read(request, LISTED)
    assert isinstance(got, Refusal)
    assert got.reason == "unavailable"
    assert "tocsin[sns]" in str(got)
