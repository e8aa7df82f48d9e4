"""Alerts in, as plain ASGI in front of everything else: bytes to a source, alerts to the engine, an answer after the
commit. Nothing is accepted that is not on disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal, refuse
from tocsin.engine.door import raw
from tocsin.engine.wire import Alerts, Incoming
from tocsin.integrations.base import Alert, FetchingSource, Request, Settings, Source
from tocsin.integrations.registry import source, sources
from tocsin.web.access import Caller, bearer
from tocsin.web.door import DoorClient, EngineAway
from tocsin.web.fetch import Fetch, no_fetch

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Callers = Callable[[str], Caller | None]
_encode = msgspec.json.Encoder().encode
RETRY_AFTER = 5
REMEMBER = 1_000_000
MOST_FETCHED = 2


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
        fetch: Fetch = no_fetch,
    ) -> None:
        self._door = door
        self._settings = settings
        self._callers = callers
        self._now = now
        self._open = open_to_all
        self._fetch = fetch
        self._fetching: dict[str, FetchingSource] = {}
        self._remembered: dict[str, tuple[Instant, Settings]] = {}
        self._exact: dict[str, Source] = {}
        self._prefixes: list[tuple[str, Source]] = []
        for kind in sources():
            listening = source(kind)
            if isinstance(listening, FetchingSource):
                self._fetching[kind] = listening
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
            await answer(send, 405, "text/plain", b"only POST is taken here\n", ((b"allow", b"POST"),))
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await read_body(headers, receive, listening.max_bytes)
        except TooLarge:
            refused = refuse("too_much", f"the body is larger than {listening.max_bytes} bytes", where="body")
            await self._refused(listening, refused, send)
            return
        caller = self._callers(bearer(headers.get("authorization", "")))
        admitted = self._open or (caller is not None and "send" in caller.grants)
        request = Request(body, headers, scope["path"], self._now(), admitted)
        settings = self._settings_now(listening.kind, request.now)
        if listening.kind in self._fetching:
            request = await self._with_fetched(self._fetching[listening.kind], request, settings)
        found = listening.read(request, settings)
        if isinstance(found, Refusal):
            await self._refused(listening, found, send)
            return
        await self._hand_over(listening, found, send)

    async def _with_fetched(self, listening: FetchingSource, request: Request, settings: Settings) -> Request:
        """The request with what its source wants fetched first, as far as it came."""
        fetched: dict[str, bytes] = {}
        request = replace(request, fetched=fetched)
        for _ in range(MOST_FETCHED):
            url = listening.wants(request, settings)
            found = await self._fetch(url) if url and url not in fetched else None
            if found is None:
                break
            fetched[url] = found
        return request

    def _settings_now(self, kind: str, now: Instant) -> Settings:
        """A source's settings, remembered for a second: senders come thousands of times in it."""
        known = self._remembered.get(kind)
        if known is None or now >= known[0]:
            known = self._remembered[kind] = (Instant(now + REMEMBER), self._settings(kind))
        return known[1]

    async def _hand_over(self, listening: Source, found: tuple[Alert, ...], send: Send) -> None:
        asked = Alerts(listening.kind, [incoming(alert) for alert in found])
        try:
            reply = await self._door.ask("alerts", raw(asked)) if found else msgspec.Raw(b"")
        except EngineAway:
            self._count(listening.kind, "unavailable", len(found))
            retry = ((b"retry-after", str(RETRY_AFTER).encode()),)
            await answer(send, 503, "text/plain", b"not taken: the engine cannot write now; send again\n", retry)
            return
        if isinstance(reply, Refusal):
            await self._refused(listening, reply, send)
            return
        self._count(listening.kind, "accepted", len(found))
        status, kind, body = listening.answer(None)
        await answer(send, status, kind, body)

    async def _refused(self, listening: Source, refused: Refusal, send: Send) -> None:
        self._count(listening.kind, f"refused_{refused.reason}", 1)
        status, kind, body = listening.answer(refused)
        if refused.reason == "unavailable":
            status = 503
        await answer(send, status, kind, body)

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


async def answer(send: Send, status: int, kind: str, body: bytes, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """An answer with its headers."""
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
