"""Failed sign-ins, counted by name and caller: who guesses waits, and nobody locks somebody else out for long."""

from __future__ import annotations

from tocsin.core.instants import Instant, later

WINDOW = 300.0
MOST_OF_PAIR = 10
"""Tries at one name from one address."""
MOST_OF_ONE = 100
"""Tries at one name, or from one address, altogether."""
MOST_KEPT = 10_000


class Tries:
    """Each try is counted before its password is looked at, and forgotten when it was right."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], list[Instant]] = {}

    def begin(self, name: str, caller: str, now: Instant) -> bool:
        """Whether this try may go on; then it counts."""
        keys = self._keys(name, caller)
        for key in keys:
            self._at[key] = [at for at in self._at.get(key, ()) if later(at, WINDOW) > now]
        pair, *ones = (len(self._at[key]) for key in keys)
        if pair >= MOST_OF_PAIR or max(ones) >= MOST_OF_ONE:
            return False
        for key in keys:
            self._at[key].append(now)
        if len(self._at) > MOST_KEPT:
            self._at = {key: kept for key, kept in self._at.items() if kept and later(kept[-1], WINDOW) > now}
        return True

    def right(self, name: str, caller: str) -> None:
        """The password was right: the pair starts anew, and the try itself counts no more."""
        pair, *ones = self._keys(name, caller)
        self._at.pop(pair, None)
        for key in ones:
            if self._at.get(key):
                self._at[key].pop()

    @staticmethod
    def _keys(name: str, caller: str) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
        return (name, caller), (name, ""), ("", caller)
