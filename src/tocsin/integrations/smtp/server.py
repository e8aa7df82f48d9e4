"""The mail server's address as one URL: smtp://user:password@host:port?starttls=required&ca=/path.pem

`smtp://` (port 587 when a user is given, else 25) encrypts by STARTTLS where the server offers it;
`?starttls=required` insists, `?starttls=off` never does. `smtps://` (port 465) is encrypted from the first byte.
A password never leaves over an open line unless `starttls=off` says so. Certificates are always checked; `ca` names a
private authority's file. `timeout` limits one hand-in (30 s unless said), `helo` is how we greet, `from` who the
letters come from where no setting says it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import parse_qs, unquote, urlsplit

Encryption = Literal["offered", "required", "off", "tls"]
SECONDS = 30.0
_OPTIONS = ("starttls", "ca", "helo", "timeout", "from")


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in, and how. The password is left out of `repr`."""

    host: str
    port: int
    encryption: Encryption
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    helo: str = ""
    seconds: float = SECONDS
    sender: str = ""


def read_server(url: str) -> Server:
    """Read the URL. Raises ValueError in words that never hold the URL, which may carry a password."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        options = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError("the mail server's URL cannot be read: write it like smtp://host:587") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("the mail server's URL starts with smtp:// or smtps:// and a host")
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise ValueError(f"the mail server's URL knows the options {', '.join(_OPTIONS)}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("the mail server's URL needs both user and password, or neither")
    implicit = parts.scheme == "smtps"
    return Server(
        parts.hostname,
        port or (465 if implicit else 587 if user else 25),
        "tls" if implicit else _starttls(options.get("starttls", ["offered"])[-1]),
        user,
        password,
        options.get("ca", [""])[-1],
        options.get("helo", [""])[-1],
        _seconds(options.get("timeout", [str(SECONDS)])[-1]),
        options.get("from", [""])[-1],
    )


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 300:
        raise ValueError("timeout in the mail server's URL is a number of seconds up to 300")
    return seconds


def _starttls(word: str) -> Encryption:
    if word not in ("offered", "required", "off"):
        raise ValueError("starttls in the mail server's URL is offered, required or off")
    return cast(Encryption, word)
