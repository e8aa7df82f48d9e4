"""Brings documents that a source needs, as a signature's certificate, through the guarded egress and once each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool

from tocsin.integrations.base import Http, HttpError

Fetch = Callable[[str], Awaitable[bytes | None]]
SECONDS = 8.0
MOST_KEPT = 64
MOST_AT_ONCE = 4
"""Requests that wait for a document; the threads that pages read in are not for more."""


async def no_fetch(url: str) -> bytes | None:
    """Nothing is brought: for an edge without a way out."""
    return None


class Fetcher:
    """Keeps what came with status 200, the latest `MOST_KEPT`; the way out is made when it is first needed."""

    def __init__(self, http: Callable[[], Http]) -> None:
        self._make = http
        self._http: Http | None = None
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._waiting = 0

    async def __call__(self, url: str) -> bytes | None:
        """The document at a URL, None when it did not come."""
        if url in self._kept:
            self._kept.move_to_end(url)
            return self._kept[url]
        if self._waiting >= MOST_AT_ONCE:
            return None
        self._waiting += 1
        try:
            found = await run_in_threadpool(self._bring, url)
        finally:
            self._waiting -= 1
        if found is not None:
            self._kept[url] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _bring(self, url: str) -> bytes | None:
        if self._http is None:
            self._http = self._make()
        if self._http.check(url) is not None:
            return None
        try:
            answer = self._http.send("GET", url, {}, seconds=SECONDS)
        except HttpError:
            return None
        return answer.body if answer.status == 200 else None
