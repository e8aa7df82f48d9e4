"""Alerts in, as plain ASGI in front of everything else: bytes to a source, alerts to the engine, an answer after the
commit. Nothing is accepted that is not on disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.engine.door import raw
from tocsin.engine.wire import Alerts, Incoming
from tocsin.integrations.base import Alert, FetchingSource, Request, Settings, Source, StandIn, path_part, secret_part
from tocsin.integrations.registry import source, sources
from tocsin.web.access import Caller, bearer
from tocsin.web.door import DoorClient, EngineAway, Said
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
AWAY = refuse(RefusalReason.UNAVAILABLE, "nothing was taken: the engine cannot write now", mend="send it again")


class Told(NamedTuple):
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

    def short(self, path: str) -> Source | None:
        """The source of a path whose POST may take the short way: nothing has to be fetched before it is judged."""
        found = self.find(path)
        if found is None or found.kind in self._fetching or "POST" not in self._methods(found):
            return None
        return found

    def _methods(self, listening: Source) -> tuple[str, ...]:
        stand_in = self._stand_ins.get(listening.kind)
        return stand_in.methods if stand_in else ("POST",)

    async def __call__(self, listening: Source, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: read, judged by its source, handed to the engine, answered."""
        methods = self._methods(listening)
        if scope["method"] not in methods:
            allowed = ", ".join(methods).encode()
            await answer(send, Told(405, "text/plain", b"only %b is taken here\n" % allowed, ((b"allow", allowed),)))
            return
        headers = header_map(scope["headers"])
        path, query = scope["path"], scope.get("query_string", b"").decode("latin-1")
        try:
            body = await read_body(headers, receive, listening.max_bytes)
        except TooLarge:
            refused = refuse("too_much", f"the body is larger than {listening.max_bytes} bytes", where="body")
            request = Request(b"", headers, path, self._now(), method=scope["method"], query=query)
            await answer(send, self._told(listening, request, refused, 0))
            return
        request = self._known(listening, Request(body, headers, path, self._now(), False, scope["method"], query))
        settings = self._settings_now(listening, request)
        if listening.kind in self._fetching:
            request = await self._with_fetched(self._fetching[listening.kind], request, settings)
        asked, count = _asked(listening, request, settings)
        try:
            said = await self._door.ask("alerts", asked) if isinstance(asked, msgspec.Raw) else asked
        except EngineAway as away:
            said = away
        await answer(send, self._told(listening, request, said, count))

    def begin(
        self, listening: Source, headers: dict[str, str], path: str, body: bytes, done: Callable[[Told], None]
    ) -> None:
        """The same for a POST that is whole, without a task: `done` is called once, after the commit."""
        request = self._known(listening, Request(body, headers, path, self._now()))
        asked, count = _asked(listening, request, self._settings_now(listening, request))
        if isinstance(asked, msgspec.Raw):
            self._door.call("alerts", asked, lambda said: done(self._told(listening, request, said, count)))
        else:
            done(self._told(listening, request, asked, 0))

    def _known(self, listening: Source, request: Request) -> Request:
        """The request, admitted when it shows a token of ours."""
        known = self._open or self._may_send(
            bearer(request.headers.get("authorization", "")) or secret_part(request.path, listening.paths)
        )
        stand_in = self._stand_ins.get(listening.kind)
        if not known and stand_in is not None:
            known = self._may_send(stand_in.shown(request))
        return replace(request, admitted=True) if known else request

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

    def _told(self, listening: Source, request: Request, said: Said | None, count: int) -> Told:
        """What the sender of `count` alerts is told, counted."""
        if isinstance(said, EngineAway):
            self._count(listening.kind, "unavailable", count)
            return self._answer(listening, request, AWAY)
        if isinstance(said, Refusal):
            self._count(listening.kind, f"refused_{said.reason}", 1)
            return self._answer(listening, request, said)
        self._count(listening.kind, "accepted" if count else "without_alert", count or 1)
        return self._answer(listening, request, None)

    def _answer(self, listening: Source, request: Request, refusal: Refusal | None) -> Told:
        stand_in = self._stand_ins.get(listening.kind)
        more: dict[str, str] = {}
        if stand_in is not None:
            said = stand_in.reply(request, refusal)
            status, kind, body = said.status, said.headers.get("content-type", "application/json"), said.body
            more = {name: value for name, value in said.headers.items() if name != "content-type"}
        else:
            status, kind, body = listening.answer(refusal)
        if refusal is not None and refusal.reason == RefusalReason.UNAVAILABLE:
            status, more = 503, {**more, "retry-after": str(RETRY_AFTER)}
        pairs = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in more.items())
        return Told(status, kind, body, pairs)

    def _count(self, kind: str, outcome: str, count: int) -> None:
        self.counts[kind, outcome] = self.counts.get((kind, outcome), 0) + count


def _asked(listening: Source, request: Request, settings: Settings) -> tuple[msgspec.Raw | Refusal | None, int]:
    """The engine's question of a request and how many alerts it holds; None for a request that holds none."""
    found = listening.read(request, settings)
    if isinstance(found, Refusal):
        return found, 0
    if not found:
        return None, 0
    return raw(Alerts(listening.kind, [incoming(alert) for alert in found])), len(found)


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


def headers_of(told: Told) -> list[tuple[bytes, bytes]]:
    """The headers of an answer."""
    return [
        (b"content-type", told.kind.encode()),
        (b"content-length", str(len(told.body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *told.more,
    ]


async def answer(send: Send, told: Told) -> None:
    """An answer on its way."""
    await send({"type": "http.response.start", "status": told.status, "headers": headers_of(told)})
    await send({"type": "http.response.body", "body": told.body})
