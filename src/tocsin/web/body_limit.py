"""Bodies of API and pages are bounded before anything is made of them; intake's sources have limits of their own."""

from __future__ import annotations

from typing import Any

from tocsin.core.refusals import refuse
from tocsin.web.intake import Receive, Scope, Send
from tocsin.web.problems import problem

MOST = 256 * 1024
MOST_OF_VENDOR = 4 * 1024 * 1024
"""What vendors tell of changes may hold every commit of a push."""
VENDORS = "/api/v1/changes/"


class BodyLimit:
    """Answers 413 for more bytes than the path takes, declared or counted; reading stops there."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        most = MOST_OF_VENDOR if scope["path"].startswith(VENDORS) else MOST
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if declared.isdigit() and int(declared) > most:
            await self._refuse(scope, receive, send, most)
            return
        # Counted before the application starts: a body without a length must not begin an answer it cannot end.
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most:
                await self._refuse(scope, receive, send, most)
                return
            if not message.get("more_body", False):
                break
        body = b"".join(parts)
        given = False

        async def again() -> dict[str, Any]:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        said = problem(refuse("too_much", f"the body is larger than {most} bytes", where="body"))
        await said(scope, receive, send)  # type: ignore[arg-type]
