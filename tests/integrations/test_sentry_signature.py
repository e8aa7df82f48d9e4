"""Sentry's signature: HMAC-SHA256 of the raw body under the client secret, the old and the new one while it changes."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from event_bodies import sentry

from tocsin.core.instants import parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import registry
from tocsin.integrations.base import Request, Settings

NOW = parse_instant("2026-01-29T14:24:00Z")
BODY = json.dumps(sentry("created")).encode()
SETTINGS = Settings({}, {"secret": "canary-new canary-old", "token": "canary-token"})


def signature(secret: str, body: bytes = BODY) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def ask(headers: dict[str, str], settings: Settings = SETTINGS, path: str = "/hooks/sentry") -> object:
    return registry.source("sentry").read(Request(BODY, headers, path, NOW), settings)


@pytest.mark.parametrize("secret", ["canary-new", "canary-old"])
def test_either_secret_signs(secret: str) -> None:
    assert isinstance(ask({"sentry-hook-signature": signature(secret)}), tuple)


@pytest.mark.parametrize(
    "shown",
    [signature("other"), signature("canary-new", BODY + b" "), signature("canary-new")[:-1], "", "ü", "\udcff"],
    ids=["secret", "body", "short", "none", "letter", "half"],
)
def test_any_other_signature_is_refused(shown: str) -> None:
    got = ask({"sentry-hook-signature": shown})
    assert isinstance(got, Refusal)
    assert got.reason == "not_allowed"
    assert "canary" not in str(got)


def test_a_wrong_signature_is_refused_even_with_the_token() -> None:
    headers = {"sentry-hook-signature": signature("other"), "authorization": "Bearer canary-token"}
    assert isinstance(ask(headers), Refusal)


def test_the_older_plugin_signs_nothing_and_calls_a_path_with_a_secret_part() -> None:
    assert isinstance(ask({}, path="/hooks/sentry/canary-token"), tuple)


def test_a_signature_without_a_secret_to_check_it_by_proves_nothing() -> None:
    assert isinstance(ask({"sentry-hook-signature": signature("")}, Settings({}, {})), Refusal)
