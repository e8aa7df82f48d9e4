"""Alerts of senders that tell of changes one by one, with no labels of their own: made here by the same rules.

Most such senders' events count in the order in which they come, as their own products count them: an alert starts when
we are told of it and ends when we are told of that, and the sender's own time is kept as an annotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

from tocsin.core.instants import Instant
from tocsin.integrations import alert_parts as parts
from tocsin.integrations.base import Alert

LONGEST_KEY = 512


def told(
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    firing: bool,
    now: Instant,
    *,
    key: str = "",
    url: str = "",
    at: Instant | None = None,
) -> Alert:
    """An alert that fires from `now`, or cleared at `now`; or `at` an earlier instant, where the sender's time counts.

    `key` is the sender's own name for the alert; "" when its labels name it.
    """
    flags: list[str] = []
    since = now if at is None else min(at, now)
    kept = parts.labels_of(labels, flags)
    name = key or (parts.whole_key(labels) if "cut_labels" in flags else "")
    return Alert(
        kept,
        parts.annotations_of(annotations, flags),
        firing,
        since,
        None if firing else since,
        parts.link_of(url, flags),
        plain_key(name),
        tuple(flags),
    )


def plain_key(key: str) -> str:
    """A sender's name for an alert as it is kept: without NUL, and by its digest when it is longer than 512."""
    return key.replace("\0", "\ufffd") if len(key) <= LONGEST_KEY else parts.whole_key({"key": key})


def text_of(value: Any) -> str:
    """A value of JSON as a label holds it: text, true, false or a number; "" for everything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.15g}" if isinstance(value, float) else str(value)[:400]
    return ""


def texts_of(value: Any, prefix: str = "") -> dict[str, str]:
    """The members of an object that a label can hold, by name; {} when it is no object."""
    if not isinstance(value, dict):
        return {}
    pairs = {prefix + name: text_of(inner) for name, inner in cast(dict[str, Any], value).items()}
    return {name: text for name, text in pairs.items() if text}


def labels_of_query(query: str) -> dict[str, str]:
    """Labels that the sender's URL carries behind its `?`, for tools that can name no service: `?service=api`."""
    return {name: value for name, value in parse_qsl(query[:2_048], max_num_fields=64) if name} if query else {}
