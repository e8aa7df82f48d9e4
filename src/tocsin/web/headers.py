"""Headers that every answer carries: nothing inline, nothing framed, nothing guessed (ASVS 5.0, 3.4)."""

from __future__ import annotations

from typing import Any

from tocsin.web.intake import Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
SECURE = (b"strict-transport-security", b"max-age=31536000")


class SecurityHeaders:
    """Adds them to each answer."""

    def __init__(self, app: Any, *, secure: bool = False) -> None:
        self._app = app
        self._headers = (*HEADERS, SECURE) if secure else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                more = [pair for pair in self._headers if pair[0] not in known]
                if b"cache-control" not in known:
                    # Files of ours are asked for by their content's name; everything else may be somebody's own.
                    named = scope["path"].startswith("/static/") and bool(scope["query_string"])
                    more.append((b"cache-control", b"public, max-age=31536000, immutable" if named else b"no-store"))
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self._app(scope, receive, with_headers)
