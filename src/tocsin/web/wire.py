"""HTTP for intake with no task a request: a whole POST to a source's path is begun as its last byte is parsed and
answered as the engine's answer comes. Everything else, and whatever is unusual, goes the ASGI way below.

uvicorn makes a task, an event and some ten dictionaries a request, more than reading an alert costs; its parser,
keep-alive, pipelining and graceful stop are used as they are.
"""

from __future__ import annotations

import asyncio
import logging
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tocsin.integrations.base import Source
from tocsin.web.intake import Intake, Told, header_map, headers_of

log = logging.getLogger("tocsin.web")
BROKEN = Told(500, "text/plain", b"Internal Server Error")


class Whole:
    """One request under way; to uvicorn a cycle like its own, as far as it looks at one."""

    __slots__ = ("disconnected", "keep_alive", "listening", "message_event", "parts", "response_complete")

    def __init__(self, listening: Source, message_event: asyncio.Event) -> None:
        self.listening = listening
        self.message_event = message_event
        self.parts: list[bytes] = []
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False


class IntakeHttp(HttpToolsProtocol):
    """One connection."""

    intake: Intake
    """Set by `protocol`, for all connections of a server."""
    _whole: Whole | None = None
    """The request whose bytes come in now, when it goes the short way."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection."""
        super().connection_made(transport)
        self._unheard = asyncio.Event()  # Nobody waits for it: what goes the short way comes whole.

    def on_headers_complete(self) -> None:
        """Choose the way."""
        listening = self._short()
        if listening is None:
            super().on_headers_complete()
        else:
            self._whole = self.cycle = Whole(listening, self._unheard)  # type: ignore[assignment]

    def _short(self) -> Source | None:
        """The source of a request that may go the short way: HTTP/1.1 that stays open, a length that the source takes,
        nothing asked first, and no earlier request unanswered."""
        parser = self.parser
        assert parser is not None
        if parser.get_method() != b"POST" or b"%" in self.url or b"?" in self.url or self.expect_100_continue:
            return None
        if self.cycle and not self.cycle.response_complete:
            return None
        listening = self.intake.short(self.url.decode("latin-1"))
        length = next((value for name, value in self.headers if name == b"content-length"), b"")
        if listening is None or not length.isdigit() or int(length) > listening.max_bytes:
            return None
        plain = parser.get_http_version() == "1.1" and parser.should_keep_alive()
        return listening if plain and not parser.should_upgrade() else None

    def on_body(self, body: bytes) -> None:
        """Some of the body; never more than the length that was declared."""
        if self._whole is None:
            super().on_body(body)
        else:
            self._whole.parts.append(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        whole, self._whole = self._whole, None
        if whole is None:
            super().on_message_complete()
            return
        headers = header_map(self.headers)
        path, body = self.url.decode("latin-1"), b"".join(whole.parts)
        try:
            self.intake.begin(whole.listening, headers, path, body, lambda given: self._answer(whole, given))
        except Exception:
            log.exception("a request to %s failed", whole.listening.kind)
            self._answer(whole, BROKEN)

    def _answer(self, whole: Whole, given: Told) -> None:
        if whole.disconnected or whole.response_complete:
            return
        whole.response_complete = True
        self.transport.write(written(given, tuple(self.server_state.default_headers), whole.keep_alive))
        if not whole.keep_alive:
            self.transport.close()
        self.on_response_complete()


@lru_cache(maxsize=32)
def written(given: Told, usual: tuple[tuple[bytes, bytes], ...], keep_alive: bool) -> bytes:
    """An answer as it goes out, with the server's usual headers. Within a second most answers are the same."""
    lines = [b"%b: %b\r\n" % pair for pair in (*usual, *headers_of(given))]
    if not keep_alive:
        lines.append(b"connection: close\r\n")
    return b"".join((STATUS_LINE[given.status], *lines, b"\r\n", given.body))


def protocol(intake: Intake) -> type[IntakeHttp]:
    """The protocol of a server's connections."""
    bound: dict[str, Any] = {"intake": intake}
    return type("BoundIntakeHttp", (IntakeHttp,), bound)
