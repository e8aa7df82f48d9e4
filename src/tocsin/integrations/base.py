"""What every vendor's folder promises. A vendor is added by adding its folder; nothing else is edited.

`channel.py` holds one `CHANNEL` (sends to a person), `source.py` one `SOURCE` (alerts come in), `change.py` one
`CHANGE` (changes come in), `callback.py` one `CALLBACK` (what a vendor reports back of a message). None knows the
store, the engine or the web; each is given what it needs. `tests/integrations` runs one battery over all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from tocsin.core.instants import EARLIEST, Instant
from tocsin.core.refusals import Refusal

Outcome = Literal["accepted", "failed_now", "failed_for_good", "unknown"]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a vendor: the settings form, the plan's check and the reference are drawn from it."""

    name: str
    label: str
    secret: bool = False
    required: bool = False
    pattern: str = ""
    hint: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Something the reader can open or press: what it says and where it leads."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """A filled message, the same for every channel; each renders it within its own limits.

    `key` is the outbox key and the vendor's idempotency key. `drill` puts DRILL on it, `possible_duplicate`
    says that it may have been sent before. Text is plain: each channel escapes for its own language. `callback` is the
    signed address at which the vendor may report on this message and hand its answer in; "" where there is none.
    """

    key: str
    verb: str
    what: str
    title: str
    text: str
    links: tuple[Link, ...] = ()
    severity: str = ""
    incident: str = ""
    number: int = 0
    person: str = ""
    at: Instant = EARLIEST
    drill: bool = False
    possible_duplicate: bool = False
    data: Mapping[str, str] | None = None
    callback: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of a send. `code` is a short machine word (as smtp_550, http_429, timeout): never the vendor's text.

    `retry_after` is in seconds, where the vendor said so. `before` are other ways tried first within the same attempt,
    oldest first: each goes on the record too.
    """

    outcome: Outcome
    code: str = ""
    vendor_id: str = ""
    retry_after: float | None = None
    before: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """A vendor's settings as the plan and the process give them, secrets resolved. Never printed."""

    values: Mapping[str, str]
    secrets: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Settings({sorted(self.values)}, secrets={sorted(self.secrets)})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a web server answered: status, lower-case header names, and the body as far as the size limit let it in."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


class HttpError(Exception):
    """No answer came. `code` is a short machine word (as dns, connect, tls, timeout, address_refused).

    `sent` says whether the request may have reached the other side; `lasting` whether trying again is idle.
    Never holds the address: addresses of webhooks are secrets.
    """

    def __init__(self, code: str, *, sent: bool = False, lasting: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.sent = sent
        self.lasting = lasting


class Http(Protocol):
    """The one way out over HTTP (`http.Egress`): network rules, time limit and size limit are its own affair."""

    def check(self, url: str) -> Refusal | None:
        """Why this URL may never be called, judged without a look-up; None when it may be tried."""
        ...

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", seconds: float = 15.0
    ) -> Answer:
        """One request, one answer, no redirect followed. Raises HttpError when no answer came."""
        ...


class Inbox(Protocol):
    """The sandbox's pretend phones and rooms."""

    def put(self, address: str, message: Message, now: Instant) -> str:
        """Keep a message and give its name here; the same key put again gives the same name."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What the process hands to every channel: made once at the edge, shared by all sending threads."""

    http: Http
    inbox: Inbox | None = None


class Channel(Protocol):
    """Sends one message to one address. Called from a pool of threads; keeps nothing between calls.

    `check_address` judges an address when it is entered: its shape alone, or, with the tools at hand, also whether
    this process may reach it. `send` returns what came of it and raises nothing.
    """

    kind: str
    label: str
    fields: tuple[Field, ...]
    address_label: str
    gives_receipts: bool

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None: ...
    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery: ...


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as a source read it. `key` is the sender's own name for it, when it has one; else labels name it.

    `ends_at` lies ahead for "fires until", None for "fires, end not known"; a cleared alert always has one.
    `flags` name what was mended while reading (clamped_start, ends_before_start, cut_labels).
    """

    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    firing: bool
    starts_at: Instant
    ends_at: Instant | None = None
    url: str = ""
    key: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """An inbound request as a source sees it: raw bytes, lower-case header names, the query without its `?`.

    `admitted`: the edge has already established who calls, by a token of ours. Otherwise the source asks for the
    secret in its own settings, and refuses when there is none. `fetched`: what the edge brought for a `FetchingSource`,
    by URL.
    """

    body: bytes
    headers: Mapping[str, str]
    path: str
    now: Instant
    admitted: bool = False
    method: str = "POST"
    query: str = ""
    fetched: Mapping[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a vendor reported on one message: a receipt (`outcome`, with `code`), a press of its reader, or neither.

    `press` is take or pass; "?" for a key that means nothing. `outcome` is accepted for delivered, failed_for_good for
    what will never be.
    """

    outcome: Literal["", "accepted", "failed_for_good"] = ""
    code: str = ""
    press: Literal["", "take", "pass", "?"] = ""


class Callback(Protocol):
    """Reads what a vendor reports to a message's callback address. Pure: no I/O, no clock.

    `read` gets the request and the whole public address it was sent to, and refuses one that the vendor did not sign.
    `answer` is what this vendor expects: status, content type and body; `said` is one spoken sentence on what came of
    a press, "" where none was made. `again` asks for another press.
    """

    kind: str

    def read(self, request: Request, url: str, settings: Settings) -> Heard | Refusal: ...
    def answer(self, said: str, *, again: bool = False) -> tuple[int, str, bytes]: ...


class Source(Protocol):
    """Reads a sender's request into alerts, or refuses it naming the field at fault. Pure: no I/O, no clock.

    `paths` are where it listens, each relative to the server; `{key}` in one stands for a secret path part, `{id}`
    for the plan's integration whose settings are meant, any other name in braces for a part of the vendor's own.
    `answer` gives status, content type and body that this sender expects.
    """

    kind: str
    label: str
    fields: tuple[Field, ...]
    paths: tuple[str, ...]
    max_bytes: int

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal: ...
    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]: ...


@runtime_checkable
class StandIn(Protocol):
    """What a source has besides when it stands in for a vendor's own API: senders need only another URL.

    `methods` are those it takes; it is asked to read a request of any of them, and one that brings no alert is read
    as none. `shown` is the token a request shows, wherever this vendor's senders put it. `reply` is the answer to
    this very request; `answer` is not asked then.
    """

    methods: tuple[str, ...]

    def shown(self, request: Request) -> str: ...
    def reply(self, request: Request, refusal: Refusal | None) -> Answer: ...


def secret_part(path: str, templates: tuple[str, ...]) -> str:
    """The part of a path that stands where a template of the source says `{key}`; "" where none does."""
    return path_part(path, templates, "key")


def path_part(path: str, templates: tuple[str, ...], name: str) -> str:
    """The part of a path that stands where a template says `{name}`; "" where none fits or the part is empty."""
    if path in templates:
        return ""  # The usual way: nothing in it varies.
    parts = path.split("?", 1)[0].strip("/").split("/")
    place = f"{{{name}}}"
    for template in templates:
        names = template.strip("/").split("/")
        if len(names) != len(parts) or place not in names:
            continue
        if all(name.startswith("{") or name == part for name, part in zip(names, parts, strict=True)):
            return parts[names.index(place)]
    return ""


@runtime_checkable
class FetchingSource(Source, Protocol):
    """A source that needs a document before it can judge a request, as the certificate of a signature.

    `wants` names the next URL that is not among `request.fetched` yet, "" for none. The edge brings it through the
    guarded egress, a few a request, and asks again; what did not come is missing when `read` is called.
    """

    def wants(self, request: Request, settings: Settings) -> str: ...


@dataclass(frozen=True, slots=True)
class Change:
    """A change in production as a sender told of it. `what` and `outcome` are words of `core/changes.py`; `service` is
    the sender's own name, "" for none; `happened_at` None is now; `key` names it, so that it is written once."""

    what: str
    title: str
    outcome: str = "seen"
    service: str = ""
    happened_at: Instant | None = None
    key: str = ""
    url: str = ""
    author: str = ""
    revision: str = ""
    environment: str = ""


class ChangeSource(Protocol):
    """Reads a sender's request into changes, or refuses it naming the field at fault. Pure: no I/O, no clock.

    It listens at `/api/v1/changes/KIND`, and with a secret part behind that; what tells of no change is none.
    """

    kind: str
    label: str
    fields: tuple[Field, ...]

    def read(self, request: Request, settings: Settings) -> tuple[Change, ...] | Refusal: ...
