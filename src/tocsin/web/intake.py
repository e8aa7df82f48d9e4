"""Alerts in, as plain ASGI in front of everything else: bytes to a source, alerts to the engine, an answer after the
commit. Nothing is accepted that is not on disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal, refuse
from tocsin.engine.door import raw
from tocsin.engine.wire import Alerts, Incoming
from tocsin.integrations.base import Alert, Request, Settings, Source
from tocsin.integrations.registry import source, sources
from tocsin.web.access import Caller, bearer
from tocsin.web.door import DoorClient, EngineAway, Said

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Callers = Callable[[str], Caller | None]
_encode = msgspec.json.Encoder().encode
RETRY_AFTER = 5
REMEMBER = 1_000_000


class Answer(NamedTuple):
    """What a sender is told: status, content type, body, and headers beside the usual ones."""

    status: int
    kind: str
    body: bytes
    more: tuple[tuple[bytes, bytes], ...] = ()


class TooLarge(Exception):
    """The body is larger than its source takes."""


def kept(alert: Alert) -> bytes:
    """What is kept of an alert: a line with its title, then the alert as JSON."""
    annotations = dict(alert.annotations)
    labels = dict(alert.labels)
    title = annotations.get("summary") or labels.get("alertname") or alert.key or "alert"
    said = {"labels": labels, "annotations": annotations, "url": alert.url, "key": alert.key}
    return title.replace("\n", " ")[:300].encode("utf-8", "replace") + b"\n" + _encode(said)


def incoming(alert: Alert) -> Incoming:
    """An alert on its way to the engine."""
    return Incoming(alert.labels, alert.firing, alert.starts_at, alert.ends_at, kept(alert), alert.key, alert.flags)


class Intake:
    """The paths on which sources listen."""

    def __init__(
        self,
        door: DoorClient,
        settings: Callable[[str], Settings],
        callers: Callers,
        now: Callable[[], Instant],
        *,
        open_to_all: bool = False,
    ) -> None:
        self._door = door
        self._settings = settings
        self._callers = callers
        self._now = now
        self._open = open_to_all
        self._remembered: dict[str, tuple[Instant, Settings]] = {}
        self._exact: dict[str, Source] = {}
        self._prefixes: list[tuple[str, Source]] = []
        for kind in sources():
            listening = source(kind)
            for path in listening.paths:
                if "{key}" in path:
                    self._prefixes.append((path.partition("{key}")[0], listening))
                else:
                    self._exact[path] = listening
        self.counts: dict[tuple[str, str], int] = {}

    def find(self, path: str) -> Source | None:
        """The source that listens on a path."""
        return self._exact.get(path) or next((s for prefix, s in self._prefixes if path.startswith(prefix)), None)

    async def __call__(self, listening: Source, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: read, judged by its source, handed to the engine, answered."""
        if scope["method"] != "POST":
            only_post = Answer(405, "text/plain", b"only POST is taken here\n", ((b"allow", b"POST"),))
            await answer(send, only_post)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await read_body(headers, receive, listening.max_bytes)
        except TooLarge:
            refused = refuse("too_much", f"the body is larger than {listening.max_bytes} bytes", where="body")
            await answer(send, self._told(listening, refused, 0))
            return
        asked, count = self._ask(listening, headers, scope["path"], body)
        try:
            said = await self._door.ask("alerts", asked) if isinstance(asked, msgspec.Raw) else asked
        except EngineAway as away:
            said = away
        await answer(send, self._told(listening, said, count))

    def begin(
        self, listening: Source, headers: dict[str, str], path: str, body: bytes, done: Callable[[Answer], None]
    ) -> None:
        """The same for a body that is whole, without a task: `done` is called once, after the commit."""
        asked, count = self._ask(listening, headers, path, body)
        if isinstance(asked, msgspec.Raw):
            self._door.call("alerts", asked, lambda said: done(self._told(listening, said, count)))
        else:
            done(self._told(listening, asked, 0))

    def _ask(
        self, listening: Source, headers: dict[str, str], path: str, body: bytes
    ) -> tuple[msgspec.Raw | Refusal | None, int]:
        """The engine's question of a request and how many alerts it holds; None for a request that holds none."""
        caller = self._callers(bearer(headers.get("authorization", "")))
        admitted = self._open or (caller is not None and "send" in caller.grants)
        request = Request(body, headers, path, self._now(), admitted)
        found = listening.read(request, self._settings_now(listening.kind, request.now))
        if isinstance(found, Refusal):
            return found, 0
        if not found:
            return None, 0
        return raw(Alerts(listening.kind, [incoming(alert) for alert in found])), len(found)

    def _settings_now(self, kind: str, now: Instant) -> Settings:
        """A source's settings, remembered for a second: senders come thousands of times in it."""
        known = self._remembered.get(kind)
        if known is None or now >= known[0]:
            known = self._remembered[kind] = (Instant(now + REMEMBER), self._settings(kind))
        return known[1]

    def _told(self, listening: Source, said: Said | None, count: int) -> Answer:
        """What the sender of `count` alerts is told, counted."""
        if isinstance(said, EngineAway):
            self._count(listening.kind, "unavailable", count)
            retry = ((b"retry-after", str(RETRY_AFTER).encode()),)
            return Answer(503, "text/plain", b"not taken: the engine cannot write now; send again\n", retry)
        if isinstance(said, Refusal):
            self._count(listening.kind, f"refused_{said.reason}", 1)
            status, kind, body = listening.answer(said)
            return Answer(503 if said.reason == "unavailable" else status, kind, body)
        self._count(listening.kind, "accepted", count)
        return Answer(*listening.answer(None))

    def _count(self, kind: str, outcome: str, count: int) -> None:
        self.counts[kind, outcome] = self.counts.get((kind, outcome), 0) + count


async def read_body(headers: dict[str, str], receive: Receive, most: int) -> bytes:
    """A request's body. Raises TooLarge before more than `most` bytes are held."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise TooLarge
    message = await receive()
    body = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > most:
            raise TooLarge
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise TooLarge
    return b"".join(parts)


def headers_of(given: Answer) -> list[tuple[bytes, bytes]]:
    """The headers of an answer."""
    return [
        (b"content-type", given.kind.encode()),
        (b"content-length", str(len(given.body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *given.more,
    ]


async def answer(send: Send, given: Answer) -> None:
    """An answer on its way."""
    await send({"type": "http.response.start", "status": given.status, "headers": headers_of(given)})
    await send({"type": "http.response.body", "body": given.body})
