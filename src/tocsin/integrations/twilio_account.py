"""Twilio's REST API of 2010-04-01: the account, its errors, and the signature of what Twilio reports back.

Shared by the channels `twilio` (text messages) and `twilio_voice` (calls). Source: Twilio's OpenAPI document, its error
pages, and the request validator of its Python library.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.base import Answer, Delivery, Field, Request, Settings
from tocsin.integrations.request import Ask, basic, by_status, form, said, word

API = "https://api.twilio.com"
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32}|[A-Za-z0-9 ]{1,11}|[0-9]{3,8}")
_TOKEN = re.compile(r"[\x21-\x7e]{8,128}")
FIELDS = (
    Field("account", "Account SID", required=True, pattern=_ACCOUNT.pattern, hint="AC... of the account."),
    Field("token", "Auth token", secret=True, required=True, hint="Signs in, and checks what Twilio reports back."),
    Field("url", "API", pattern=r"https?://.+", hint="Another region, or a stand-in.", default=API),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks, and from which number. The token is left out of `repr`."""

    sid: str
    sender: str
    url: str
    token: str = field(repr=False)


def account(settings: Settings) -> Account | Delivery:
    """The account of the settings, or how a send without a whole one ends."""
    sid, sender = settings.values.get("account", ""), settings.values.get("from", "")
    token = settings.secrets.get("token", "")
    if not _ACCOUNT.fullmatch(sid):
        return Delivery("failed_for_good", "bad_account")
    if not _TOKEN.fullmatch(token):
        return Delivery("failed_for_good", "bad_token")
    if not _SENDER.fullmatch(sender):
        return Delivery("failed_for_good", "bad_sender")
    return Account(sid, sender, settings.values.get("url", "") or API, token)


def ask(account: Account, what: str, fields: Sequence[tuple[str, str]]) -> Ask:
    """A form to one of the account's lists: Messages or Calls."""
    url = f"{account.url.rstrip('/')}/2010-04-01/Accounts/{account.sid}/{what}.json"
    return form(url, fields, basic(account.sid, account.token))


def read(answer: Answer, now: Instant) -> Delivery:
    """Twilio's answer: its own number for what went wrong, as 21610 (the person wrote STOP), where it gives one."""
    told = said(answer)
    found = by_status(answer, now, word(told.get("sid")))
    code = told.get("code")
    if found.outcome == "accepted" or not isinstance(code, int) or not 10_000 <= code < 100_000:
        return found
    return Delivery(found.outcome, f"twilio_{code}", retry_after=found.retry_after)


def signature(url: str, fields: Iterable[tuple[str, str]], token: str) -> str:
    """The value of X-Twilio-Signature: HMAC-SHA1 over the address and the sorted fields, each pair once."""
    text = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), text.encode("utf-8", "replace"), "sha1")).decode()


def signed(request: Request, url: str, settings: Settings) -> Mapping[str, str] | Refusal:
    """The fields of a request that Twilio signed, or a refusal. The port is tried both written and left out."""
    token = settings.secrets.get("token", "")
    refused = refuse("not_allowed", "Twilio did not sign this request", where="x-twilio-signature")
    if not token:
        return refused
    try:
        fields = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=False, max_num_fields=200)
    except ValueError:
        return refuse("invalid", "this is no form", where="body")
    shown = request.headers.get("x-twilio-signature", "").encode("utf-8", "replace")
    wanted = [signature(each, fields, token).encode() for each in _addresses(url)]
    if sum(hmac.compare_digest(shown, each) for each in wanted) == 0:
        return refused
    return dict(fields)


def _addresses(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    port = {"https": 443, "http": 80}.get(parts.scheme)
    if parts.port == port:
        return url, url.replace(f":{port}", "", 1)
    if parts.port is None:
        return url, url.replace(parts.netloc, f"{parts.netloc}:{port}", 1)
    return (url,)
