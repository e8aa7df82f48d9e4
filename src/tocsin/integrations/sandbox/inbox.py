"""The sandbox's inbox in memory, for one process: bounded, newest last, safe to use from several threads."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from tocsin.core.instants import Instant
from tocsin.integrations.base import Message


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it lies in the inbox: its name there, where it went, when it came, and how often."""

    name: str
    address: str
    message: Message
    at: Instant
    times: int = 1


class MemoryInbox:
    """Keeps the last `most` messages; a repeat of one is counted, not kept twice."""

    def __init__(self, most: int = 1_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def put(self, address: str, message: Message, now: Instant) -> str:
        """Keep a message and give its name here; the same key put again gives the same name."""
        name = hashlib.sha256(f"{address}\n{message.key}".encode("utf-8", "replace")).hexdigest()[:24]
        with self._lock:
            before = self._kept.pop(name, None)
            self._kept[name] = Kept(name, address, message, now, before.times + 1 if before else 1)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return name

    def messages(self, address: str = "") -> tuple[Kept, ...]:
        """What came, oldest first: all of it, or what came to one address."""
        with self._lock:
            return tuple(kept for kept in self._kept.values() if address in ("", kept.address))
