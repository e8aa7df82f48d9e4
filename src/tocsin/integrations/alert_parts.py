"""The parts of an alert as monitors of the Prometheus family write them: labels, annotations, instants, links.

What is odd is mended by a stated rule and named by a flag, never lost: an alert that cannot be dated still pages.
The usual alert takes the short way; every rule costs only the alert that needs it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from tocsin.core.instants import EARLIEST, EPOCH, LATEST, MINUTE, SECOND, Instant

ZERO = "0001-01-01T00:00:00Z"
"""Go's zero time: how Prometheus and Alertmanager write "not known"."""
AHEAD = 5 * MINUTE * SECOND
"""Microseconds that a sender's clock may run before ours until its start is taken for wrong."""
MOST_LABELS = 64
LONGEST_NAME = 1_024
"""The least of the three: what is shorter in all has nothing too long in it."""
LONGEST_LABEL = 2_048
LONGEST_ANNOTATION = 8_192
LONGEST_LINK = 4_096
KEPT_FIRST = ("alertname", "severity", "service", "team", "namespace", "cluster", "instance", "job")
"""Of too many labels these stay before all others, which follow in alphabetical order."""

Pairs = tuple[tuple[str, str], ...]
_LONGEST_INSTANT = 40
_MICROSECOND = timedelta(microseconds=1)


def labels_of(raw: Mapping[str, str], flags: list[str]) -> Pairs:
    """Labels sorted by name, without empty ones (an empty label is no label). Flags: cut_labels, mended_text."""
    return _pairs(raw, LONGEST_LABEL, "cut_labels", flags)


def annotations_of(raw: Mapping[str, str] | None, flags: list[str]) -> Pairs:
    """Annotations sorted by name, without empty ones. Flags: cut_annotations, mended_text."""
    return _pairs(raw, LONGEST_ANNOTATION, "cut_annotations", flags) if raw else ()


def whole_key(raw: Mapping[str, str]) -> str:
    """A name for labels that were cut, so that two alerts which differ only in what was cut stay two."""
    digest = hashlib.sha256()
    for name, value in sorted(raw.items()):
        if value:
            for part in (name.encode("utf-8", "replace"), value.encode("utf-8", "replace")):
                digest.update(len(part).to_bytes(8, "big") + part)
    return f"cut:{digest.hexdigest()[:32]}"


def start_of(text: str | None, now: Instant, flags: list[str]) -> Instant:
    """When the alert began. Not given: `now`. Before 1970, past our clock by 5 min, unreadable: `now`, clamped_start.

    An instant without a zone is read as UTC and flagged clamped_start; nanoseconds are cut to microseconds.
    """
    if not text:
        return now
    micros, odd = _instant(text) if len(text) <= _LONGEST_INSTANT else (None, True)
    if micros is None or micros < EARLIEST or micros > now + AHEAD:
        flags.append("clamped_start")
        return now
    if odd:
        flags.append("clamped_start")
    return Instant(micros)


def end_of(text: str | None, flags: list[str]) -> Instant | None:
    """When the alert ends or ended; None for not known. Past 2099: LATEST. That and what is unreadable: clamped_end."""
    if not text or text == ZERO:
        return None
    micros, odd = _instant(text) if len(text) <= _LONGEST_INSTANT else (None, True)
    if micros is None or odd or not EARLIEST <= micros <= LATEST:
        flags.append("clamped_end")
    if micros is None or micros < EARLIEST:
        return None
    return Instant(min(micros, LATEST))


def link_of(text: str | None, flags: list[str]) -> str:
    """The sender's link when it leads to a web page, else "" and the flag dropped_link (CVE-2023-40577)."""
    if not text:
        return ""
    if text.startswith(("http://", "https://")) and len(text) <= LONGEST_LINK and text.isprintable():
        return text
    flags.append("dropped_link")
    return ""


def _pairs(raw: Mapping[str, str], longest: int, flag: str, flags: list[str]) -> Pairs:
    items = sorted(raw.items())
    text = "".join([*raw, *raw.values()])
    if len(text) > LONGEST_NAME or len(items) > MOST_LABELS or "" in raw.values() or "" in raw or "\0" in text:
        return _mended(items, longest, flag, flags)
    return tuple(items)


def _mended(items: list[tuple[str, str]], longest: int, flag: str, flags: list[str]) -> Pairs:
    """The rules for what is odd: empty values go, NUL becomes U+FFFD, long values end in …, too many are cut."""
    kept = [(name, value) for name, value in items if name and value and len(name) <= LONGEST_NAME]
    cut = any(not name or len(name) > LONGEST_NAME for name, value in items if value)
    if len(kept) > MOST_LABELS:
        rank = {name: n for n, name in enumerate(KEPT_FIRST)}
        kept = sorted(sorted(kept, key=lambda pair: (rank.get(pair[0], len(rank)), pair[0]))[:MOST_LABELS])
        cut = True
    if any(len(value) > longest for _, value in kept):
        kept = [(name, value if len(value) <= longest else value[: longest - 1] + "…") for name, value in kept]
        cut = True
    if any("\0" in name or "\0" in value for name, value in kept):
        kept = [(name.replace("\0", "\ufffd"), value.replace("\0", "\ufffd")) for name, value in kept]
        flags.append("mended_text")
    if cut:
        flags.append(flag)
    return tuple(kept)


@lru_cache(maxsize=1_024)
def _instant(text: str) -> tuple[int | None, bool]:
    """Microseconds since 1970 and whether the text was odd; (None, True) for what cannot be read."""
    if len(text) < 19 or text[7] != "-" or text[10] not in "Tt ":
        return None, True
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None, True
    if moment.tzinfo is None:
        return (moment - EPOCH.replace(tzinfo=None)) // _MICROSECOND, True
    return (moment - EPOCH) // _MICROSECOND, False
