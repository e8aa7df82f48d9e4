"""What the plan says of a provider: an address, headers and a body with named fields, and what counts as accepted.

Templates are logic-less: `{to}` and the other names of `NAMES` stand for their values, written as the place asks (an
address's parts percent-encoded, a form's too, JSON's within quotes); `{{` and `}}` are braces. Nothing else is special.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec

from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Settings
from tocsin.integrations.network import read_url

NAMES = ("to", "digits", "text", "title", "severity", "number", "key", "token", "user", "password", "from")
"""`digits` is the number without its plus; `token`, `user` and `password` come from the secrets."""
METHODS = ("POST", "PUT", "GET")
LONGEST = 15.0
_FIELD = re.compile(r"\{\{|\}\}|\{([a-z]*)\}|[{}]")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}: [\x20-\x7e]{1,1000}")
_STATUSES = re.compile(r"[1-5][0-9]{2}(-[1-5][0-9]{2})?( [1-5][0-9]{2}(-[1-5][0-9]{2})?)*")


class BadTemplate(ValueError):
    """A description that cannot be used; `code` says which part, as bad_body. Holds nothing of its text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Provider:
    """One way out, as described. Its templates and values are left out of `repr`."""

    method: str
    kind: str
    seconds: float
    statuses: tuple[range, ...]
    contains: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)


def provider(settings: Settings, prefix: str) -> Provider | None:
    """The provider whose settings begin with the prefix, or None where none is described. Raises BadTemplate."""

    def value(name: str, default: str = "") -> str:
        return settings.values.get(prefix + name, "") or default

    url = settings.secrets.get(prefix + "url", "")
    if not url:
        return None
    method, kind = value("method", "POST"), value("type", "application/json")
    if method not in METHODS:
        raise BadTemplate("bad_method")
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", kind):
        raise BadTemplate("bad_type")
    named = {name: settings.secrets.get(prefix + name, "") for name in ("token", "user", "password")}
    found = Provider(
        method=method,
        kind=kind,
        seconds=_seconds(value("seconds", "8")),
        statuses=_statuses(value("accepted", "200-299")),
        contains=value("contains"),
        url=url,
        headers=_headers(value("headers")),
        body=value("body") if method == "GET" else value("body", DEFAULT_BODY),
        values=named | {"from": value("from")},
    )
    _try(found)
    return found


DEFAULT_BODY = '{{"to": "{to}", "text": "{text}"}}'


def _try(found: Provider) -> None:
    """Fill each template once with nothing in it, so that a bad one is known before it is needed."""
    nothing: dict[str, str] = dict.fromkeys(NAMES, "1")
    if isinstance(read_url(address(found, nothing)), Refusal):
        raise BadTemplate("bad_url")
    body_of(found, nothing)
    for _, text in found.headers:
        fill(text, nothing, str, "bad_headers")


def address(found: Provider, values: Mapping[str, str]) -> str:
    """The address to call: values percent-encoded, so that none changes where it leads. Raises BadTemplate."""
    host = re.match(r"https?://[^/?#]*", found.url)
    if host is None or "{" in host[0]:
        raise BadTemplate("bad_url")
    return fill(found.url, values, lambda text: quote(text, safe=""), "bad_url")


def body_of(found: Provider, values: Mapping[str, str]) -> bytes:
    """The body, values written as its type asks. Raises BadTemplate."""
    if found.kind == "application/x-www-form-urlencoded":
        return fill(found.body, values, lambda text: quote(text, safe=""), "bad_body").encode()
    if found.kind.endswith(("/json", "+json")):
        body = fill(found.body, values, lambda text: msgspec.json.encode(text).decode()[1:-1], "bad_body").encode()
        try:
            if body:
                msgspec.json.decode(body)
        except msgspec.DecodeError:
            raise BadTemplate("bad_body") from None
        return body
    if found.kind == "text/plain":
        return fill(found.body, values, str, "bad_body").encode("utf-8", "replace")
    raise BadTemplate("bad_type")


def fill(template: str, values: Mapping[str, str], escape: Callable[[str], str], code: str) -> str:
    """A template with its fields filled. Raises BadTemplate for an unknown name and a lone brace."""

    def one(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        if found[1] not in NAMES:
            raise BadTemplate(code)
        return escape(values.get(found[1], ""))

    return _FIELD.sub(one, template)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= LONGEST:
        raise BadTemplate("bad_seconds")
    return found


def _statuses(text: str) -> tuple[range, ...]:
    if not _STATUSES.fullmatch(text):
        raise BadTemplate("bad_accepted")
    pairs = [(part.partition("-")[0], part.rpartition("-")[2]) for part in text.split(" ")]
    return tuple(range(int(low), int(high) + 1) for low, high in pairs)


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not all(_HEADER.fullmatch(line) for line in lines) or len(lines) > 20:
        raise BadTemplate("bad_headers")
    return tuple((line.partition(": ")[0].lower(), line.partition(": ")[2]) for line in lines)
