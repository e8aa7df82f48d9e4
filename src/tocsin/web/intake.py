"""Alerts in, as plain ASGI in front of everything else: bytes to a source, alerts to the engine, an answer after the
commit. Nothing is accepted that is not on disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.engine.door import raw
from tocsin.engine.wire import Alerts, Incoming
from tocsin.integrations.base import Alert, FetchingSource, Request, Settings, Source, StandIn, path_part, secret_part
from tocsin.integrations.registry import source, sources
from tocsin.web.access import Caller, bearer
from tocsin.web.door import DoorClient, EngineAway
from tocsin.web.fetch import Fetch, no_fetch

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Callers = Callable[[str], Caller | None]
Vendors = Callable[[str, str], Settings]
_encode = msgspec.json.Encoder().encode
RETRY_AFTER = 5
REMEMBER = 1_000_000
MOST_REMEMBERED = 1_000
MOST_FETCHED = 2
NOTHING: Mapping[str, str] = {}
AWAY = refuse(RefusalReason.UNAVAILABLE, "nothing was taken: the engine cannot write now", mend="send it again")


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
        settings: Vendors,
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
        self._remembered: dict[tuple[str, str], tuple[Instant, Settings]] = {}
        self._exact: dict[str, Source] = {}
        self._prefixes: list[tuple[str, Source]] = []
        self._stand_ins: dict[str, StandIn] = {}
        self._named: set[str] = set()
        for kind in sources():
            listening = source(kind)
            if isinstance(listening, StandIn):
                self._stand_ins[kind] = listening
            if isinstance(listening, FetchingSource):
                self._fetching[kind] = listening
            for path in listening.paths:
                if "{id}" in path:
                    self._named.add(kind)
                if "{" in path:
                    self._prefixes.append((path.partition("{")[0], listening))
                else:
                    self._exact[path] = listening
        self.counts: dict[tuple[str, str], int] = {}

    def find(self, path: str) -> Source | None:
        """The source that listens on a path."""
        return self._exact.get(path) or next((s for prefix, s in self._prefixes if path.startswith(prefix)), None)

    async def __call__(self, listening: Source, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: read, judged by its source, handed to the engine, answered."""
        stand_in = self._stand_ins.get(listening.kind)
        methods = stand_in.methods if stand_in else ("POST",)
        if scope["method"] not in methods:
            allowed = ", ".join(methods)
            await answer(send, 405, "text/plain", f"only {allowed} is taken here\n".encode(), {"allow": allowed})
            return
        headers = header_map(scope["headers"])
        path, query = scope["path"], scope.get("query_string", b"").decode("latin-1")
        try:
            body = await read_body(headers, receive, listening.max_bytes)
        except TooLarge:
            refused = refuse("too_much", f"the body is larger than {listening.max_bytes} bytes", where="body")
            request = Request(b"", headers, path, self._now(), method=scope["method"], query=query)
            await self._refused(listening, request, refused, send)
            return
        known = self._open or self._may_send(
            bearer(headers.get("authorization", "")) or secret_part(path, listening.paths)
        )
        request = Request(body, headers, path, self._now(), known, scope["method"], query)
        if stand_in is not None and not known and self._may_send(stand_in.shown(request)):
            request = replace(request, admitted=True)
        settings = self._settings_now(listening, request)
        if listening.kind in self._fetching:
            request = await self._with_fetched(self._fetching[listening.kind], request, settings)
        found = listening.read(request, settings)
        if isinstance(found, Refusal):
            await self._refused(listening, request, found, send)
            return
        await self._hand_over(listening, request, found, send)

    def _may_send(self, shown: str) -> bool:
        """Whether it is a token of ours with the grant. It stands in the header, or in the path for senders that can
        only be given a URL, or where a vendor's own API has it."""
        caller = self._callers(shown)
        return caller is not None and "send" in caller.grants

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

    def _settings_now(self, listening: Source, request: Request) -> Settings:
        """A source's settings, remembered for a second: senders come thousands of times in it."""
        id = path_part(request.path, listening.paths, "id") if listening.kind in self._named else ""
        known = self._remembered.get((listening.kind, id))
        if known is None or request.now >= known[0]:
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.clear()
            known = Instant(request.now + REMEMBER), self._settings(listening.kind, id)
            self._remembered[listening.kind, id] = known
        return known[1]

    async def _hand_over(self, listening: Source, request: Request, found: tuple[Alert, ...], send: Send) -> None:
        if not found:
            self._count(listening.kind, "without_alert", 1)
            await self._answer(listening, request, None, send)
            return
        asked = Alerts(listening.kind, [incoming(alert) for alert in found])
        try:
            reply = await self._door.ask("alerts", raw(asked))
        except EngineAway:
            self._count(listening.kind, "unavailable", len(found))
            await self._answer(listening, request, AWAY, send)
            return
        if isinstance(reply, Refusal):
            await self._refused(listening, request, reply, send)
            return
        self._count(listening.kind, "accepted", len(found))
        await self._answer(listening, request, None, send)

    async def _refused(self, listening: Source, request: Request, refused: Refusal, send: Send) -> None:
        self._count(listening.kind, f"refused_{refused.reason}", 1)
        await self._answer(listening, request, refused, send)

    async def _answer(self, listening: Source, request: Request, refusal: Refusal | None, send: Send) -> None:
        stand_in = self._stand_ins.get(listening.kind)
        if stand_in is not None:
            said = stand_in.reply(request, refusal)
            status, kind, body = said.status, said.headers.get("content-type", "application/json"), said.body
            more = {name: value for name, value in said.headers.items() if name != "content-type"}
        else:
            status, kind, body = listening.answer(refusal)
            more = {}
        if refusal is not None and refusal.reason == RefusalReason.UNAVAILABLE:
            status, more = 503, {**more, "retry-after": str(RETRY_AFTER)}
        await answer(send, status, kind, body, more)

    def _count(self, kind: str, outcome: str, count: int) -> None:
        self.counts[kind, outcome] = self.counts.get((kind, outcome), 0) + count


def header_map(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name. One sent twice holds both, joined by a comma (RFC 9110, 5.2): two signatures are
    then no signature, whichever came last."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    if len(headers) == len(pairs):
        return headers
    joined: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


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


async def answer(send: Send, status: int, kind: str, body: bytes, more: Mapping[str, str] = NOTHING) -> None:
    """An answer with its headers."""
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *((name.encode("latin-1"), value.encode("latin-1")) for name, value in more.items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
