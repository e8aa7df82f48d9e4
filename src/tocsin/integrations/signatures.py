"""Signatures of senders, over the raw bytes of a request: HMAC in hex, compared in constant time.

A secret's text may hold several, separated by spaces: while one is being changed, the old and the new one are good.
One that holds spaces itself counts whole as well, as GitHub's own example does.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from tocsin.core.instants import SECOND, Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import refuse

TOLERANCE = 300
"""Seconds that a signed timestamp may lie before or after our clock."""
NOT_SIGNED = refuse(
    RefusalReason.NOT_ALLOWED,
    "the request is not signed by the sender",
    where="signature",
    why="its signature is missing, wrong or too old",
    mend="give the sender and the plan the same secret",
)
"""The same words whatever was wrong: nobody learns how near a guess was."""


def signed_by(secrets: str, signed: bytes, shown: Sequence[str], algorithm: str = "sha256") -> bool:
    """Whether one of the signatures in lower-case hex was made with one of the secrets. Every pair is compared."""
    keys = dict.fromkeys((secrets, *secrets.split())) if secrets.strip() else ()
    wanted = [hmac.digest(key.encode(), signed, algorithm).hex().encode() for key in keys]
    given = [each.encode("utf-8", "replace") for each in shown]
    return sum(hmac.compare_digest(one, other) for one in given for other in wanted) > 0


def fresh(timestamp: str, now: Instant) -> bool:
    """Whether a timestamp in whole unix seconds lies within the tolerance of `now`; what is no number does not."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    return abs(int(timestamp) - now / SECOND) <= TOLERANCE
