"""What every page and API route is given: where to read, whom to ask, who calls."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import msgspec

from tocsin.config import Config
from tocsin.core import links
from tocsin.core.instants import Instant
from tocsin.core.plan_json import plan_from_json
from tocsin.core.world import Rules
from tocsin.engine.clock import Clock
from tocsin.store.base import Reading, Store
from tocsin.web.access import Caller, digest, good, token_caller
from tocsin.web.door import DoorClient

SESSION = "tocsin_session"


@dataclass(slots=True)
class Context:
    """The web edge's shared things; one a process."""

    config: Config
    store: Store
    door: DoorClient
    clock: Clock
    tzdata: str = ""
    _rules: dict[str, Rules] = field(default_factory=dict[str, Rules])
    _intake_tokens: dict[str, tuple[Instant, Caller | None]] = field(
        default_factory=dict["str", "tuple[Instant, Caller | None]"]
    )
    _secret: bytes = b""

    def now(self) -> Instant:
        return self.clock.now()

    @property
    def clock_speed(self) -> float:
        """How many of its seconds pass in one: only the demo's clock runs quicker."""
        return float(self.config.clock.partition("*")[2].partition("@")[0] or 1)

    @contextmanager
    def reading(self) -> Generator[Reading]:
        """A snapshot of the store."""
        with self.store.reading() as reading:
            yield reading

    def rules(self, reading: Reading, hash: str) -> Rules | None:
        """Applied rules by hash; None when there are none."""
        known = self._rules.get(hash)
        if known is None:
            body = reading.plan(hash)
            if body is None:
                return None
            known = Rules.of(plan_from_json(body), hash)
            self._rules[hash] = known
        return known

    def live(self, reading: Reading) -> Rules | None:
        """The plan in force, by the last fact of its record."""
        hash = reading.meta("live_plan")
        return self.rules(reading, hash) if hash else None

    def link_secret(self) -> bytes:
        """The secret that signs page links."""
        if not self._secret:
            with self.reading() as reading:
                self._secret = bytes.fromhex(reading.meta("link_secret") or "")
        return self._secret

    def page_link(self, token: str) -> links.PageLink | None:
        """What a page link stands for, while it is good."""
        return links.read(token, self.link_secret(), self.now())

    def message_link(self, token: str) -> links.MessageLink | None:
        """What a message's own address stands for, while it is good and its reader has not left."""
        found = links.read_message(token, self.link_secret(), self.now())
        if found is None:
            return None
        with self.reading() as reading:
            return None if has_left(reading, found.person) else found

    def by_token(self, secret: str) -> Caller | None:
        """Who a bearer token stands for, read anew each time: a revoked one is dead at once."""
        if not secret:
            return None
        with self.reading() as reading:
            caller = token_caller(reading, secret, self.now())
            if caller is None or caller.handle.startswith("token:"):
                return caller
            # A person's token never does more than the person may now.
            return replace(caller, grants=caller.grants & grants_of(reading, caller.handle))

    def by_intake_token(self, secret: str) -> Caller | None:
        """The same for intake, remembered for a second: senders come thousands of times in it."""
        if not secret:
            return None
        now = self.now()
        known = self._intake_tokens.get(secret)
        if known is not None and now < known[0]:
            return known[1]
        if len(self._intake_tokens) > 1_000:
            self._intake_tokens.clear()
        caller = self.by_token(secret)
        self._intake_tokens[secret] = (Instant(now + 1_000_000), caller)
        return caller

    def by_session(self, secret: str) -> Caller | None:
        """Who a session stands for; their grants are read from their record each time."""
        if not secret:
            return None
        with self.reading() as reading:
            row = good(reading.find_session(digest(secret)), self.now())
            if row is None:
                return None
            return Caller(row.handle, grants_of(reading, row.handle), "room")


def grants_of(reading: Reading, handle: str) -> frozenset[str]:
    """What a person may do now, from their record; nothing once they have left."""
    grants: frozenset[str] = frozenset()
    for row in reading.load(f"person:{handle}"):
        if row.kind == "person.permissions_set":
            grants = frozenset(msgspec.json.decode(row.body)["grants"])
        elif row.kind == "person.left":
            grants = frozenset()
    return grants


def has_left(reading: Reading, handle: str) -> bool:
    """Whether a person has left: their links are dead with their sessions."""
    return any(row.kind == "person.left" for row in reading.load(f"person:{handle}"))
