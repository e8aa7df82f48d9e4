"""Sending threads: they call vendors and touch nothing else. What comes back waits until the engine's turn."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refused
from tocsin.engine.send import Parcel
from tocsin.integrations.base import Delivery, Settings, Tools
from tocsin.integrations.registry import channel

log = logging.getLogger("tocsin.send")
THREADS = 16


class ThreadPost:
    """Hands parcels to channels in a pool of threads."""

    def __init__(
        self,
        settings: Callable[[str], Settings],
        tools: Tools,
        now: Callable[[], Instant],
        wake: Callable[[], None],
        threads: int = THREADS,
    ) -> None:
        self._settings = settings
        self._tools = tools
        self._now = now
        self._wake = wake
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="send")
        self._flying = 0
        self._back: deque[tuple[Parcel, Delivery]] = deque()

    def room(self) -> int:
        """How many more parcels may be handed over now."""
        return self._threads - self._flying

    def submit(self, parcel: Parcel) -> None:
        """Hand a parcel over."""
        self._flying += 1
        self._pool.submit(self._send, parcel)

    def _send(self, parcel: Parcel) -> None:
        try:
            to = channel(parcel.channel)
            delivery = to.send(parcel.message, parcel.address, self._settings(parcel.channel), self._tools, self._now())
        except Refused:
            delivery = Delivery("failed_for_good", "no_such_channel")
        except Exception as problem:
            # A channel promises to raise nothing; one that does must not take the page with it.
            log.error("channel %s raised %s", parcel.channel, type(problem).__name__)
            delivery = Delivery("failed_now", "channel_raised")
        self._back.append((parcel, delivery))
        self._wake()

    def returned(self) -> list[tuple[Parcel, Delivery]]:
        """What came back since the last time."""
        found: list[tuple[Parcel, Delivery]] = []
        while self._back:
            found.append(self._back.popleft())
        self._flying -= len(found)
        return found

    def close(self) -> None:
        """Let what is under way end."""
        self._pool.shutdown(wait=True)
