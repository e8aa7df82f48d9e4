"""One request to a vendor's API over HTTP, and what its answer means: shared by every channel whose vendor has one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import urlencode

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.answers import delivery, no_answer
from tocsin.integrations.base import Answer, Delivery, HttpError, Message, Tools

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Ask:
    """A POST on its way. Left out of `repr`: everything that may hold a secret or an address."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    kind: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def form(url: str, fields: Sequence[tuple[str, str]], headers: Mapping[str, str] | None = None) -> Ask:
    """A form of fields, in their order."""
    return Ask(url, urlencode(fields, errors="replace").encode(), FORM, headers or {})


def json(url: str, body: Any, headers: Mapping[str, str] | None = None) -> Ask:
    """A JSON body."""
    return Ask(url, msgspec.json.encode(body), JSON, headers or {})


def basic(user: str, password: str) -> dict[str, str]:
    """The header of basic authentication."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """The header that bears a token."""
    return {"authorization": f"Bearer {token}"}


def idempotency(key: str) -> str:
    """The message's key as vendors take it: the same for every attempt, 32 letters."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def usable(secret: str) -> bool:
    """Whether a secret can stand in a header: printable ASCII without spaces, and not empty."""
    return bool(secret) and secret.isascii() and secret.isprintable() and " " not in secret


def post(
    tools: Tools,
    ask: Ask,
    key: str,
    now: Instant,
    read: Callable[[Answer, Instant], Delivery],
    seconds: float = SECONDS,
) -> Delivery:
    """Send it once, and let the vendor's reader say what the answer means."""
    headers = {"content-type": ask.kind, "idempotency-key": idempotency(key), **ask.headers}
    try:
        answer = tools.http.send("POST", ask.url, headers, ask.body, seconds)
    except HttpError as error:
        return no_answer(error)
    return read(answer, now)


def reported(message: Message, tools: Tools) -> Message:
    """The message, without its callback address where the vendor could never reach it: vendors refuse such requests
    whole, and the page with them."""
    away = not message.callback or tools.http.check(message.callback) is not None
    return replace(message, callback="") if away else message


def said(answer: Answer) -> dict[str, Any]:
    """An answer's JSON object; empty where it is none."""
    try:
        found = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def inner(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object within an answer; empty where there is none."""
    found = told.get(name)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def word(value: object, most: int = 64) -> str:
    """A vendor's name for a message, as far as it is one: letters, digits, a few marks."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    fits = 0 < len(text) <= most and text.isascii() and all(letter.isalnum() or letter in "._:-" for letter in text)
    return text if fits else ""


def by_status(answer: Answer, now: Instant, vendor_id: str = "") -> Delivery:
    """What the status alone says."""
    return delivery(answer, now, vendor_id)


def bad_address(what: str, why: str, mend: str) -> Refusal:
    """The refusal of an address, which is not repeated: it may be a secret."""
    return refuse(RefusalReason.INVALID, what, where="address", why=why, mend=mend)
