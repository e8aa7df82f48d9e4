"""Reads alerts out of any JSON by a mapping that the plan writes: each part of an alert is found by a path.

A path is `$` and steps into the body: `.name`, `["any name"]`, `[0]`. Several may stand with ` or ` between them: the
first that finds a text, a number, true or false counts. What does not begin with `$` is taken as it stands. There
are no filters, wild cards or expressions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.alert_body import MOST_ALERTS, shown, too_many
from tocsin.integrations.base import Alert, Field
from tocsin.integrations.event_parts import text_of, texts_of, told

FIRING = "firing fired fire alerting alarm trigger triggered open opened active problem critical error warning down"
RESOLVED = "resolved resolve ok closed close cleared clear recovered recovery normal inactive up"
_STEP = re.compile(r"""\.([A-Za-z_][\w-]*)|\["([^"\\]*)"\]|\['([^'\\]*)'\]|\[(\d{1,6})\]""")

Step = str | int
Path = tuple[Step, ...]
Json = Mapping[str, Any]


class BadPath(Exception):
    """A setting that is no path; says which and why."""


@dataclass(frozen=True, slots=True)
class Found:
    """One alert as the mapping found it, before it is one."""

    labels: dict[str, str]
    annotations: dict[str, str]
    firing: bool
    key: str
    url: str


def fields(defaults: Mapping[str, str]) -> tuple[Field, ...]:
    """The settings of a source that maps, each with what it is without one."""
    said = {
        "alerts": ("Where the list of alerts is", "A path; the whole body when it is left out."),
        "alertname": ("Name of the alert", "What is wrong, the same words each time it is."),
        "summary": ("Title", "One line for people."),
        "description": ("Description", ""),
        "state": ("State", "A body where it is not found fires."),
        "firing_when": ("States that fire", "Words; any other state then clears, unless resolved_when says which."),
        "resolved_when": ("States that clear", "Words; any other state then fires, unless firing_when says which."),
        "key": ("The sender's own name for the alert", "The same when it fires and when it clears; else its labels."),
        "url": ("Link", ""),
        "labels": ("An object whose members become labels", ""),
        "labels.*": ("One label, by name", 'As labels.severity: $.data.level, or labels.team: "payments".'),
        "annotations.*": ("One annotation, by name", "As annotations.runbook_url: $.links[0]."),
    }
    words = {"firing_when": FIRING, "resolved_when": RESOLVED}
    return tuple(
        Field(name, label, hint=hint or "A path.", default=defaults.get(name, words.get(name, "")))
        for name, (label, hint) in said.items()
    )


def read(body: Any, given: Mapping[str, str], defaults: Mapping[str, str]) -> list[Found] | Refusal:
    """What the mapping finds in a body, or the refusal that names the path where nothing is. `given` stands over
    `defaults`."""
    rules = {**defaults, **{name: text for name, text in given.items() if text.strip()}}
    try:
        items = _items(body, rules.get("alerts", ""))
        if isinstance(items, Refusal):
            return items
        if len(items) > MOST_ALERTS:
            return too_many(len(items))
        found: list[Found] = []
        for item in items:
            one = _one(item, rules, given)
            if isinstance(one, Refusal):
                return one
            found.append(one)
        return found
    except BadPath as error:
        return refuse(RefusalReason.INVALID, str(error), where="mapping", mend="mend the plan's integration")


def alert_of(
    found: Found, now: Instant, lacking: Mapping[str, str], under: str = "", at: Instant | None = None
) -> Alert:
    """The alert of what was found. `lacking` are labels for what the body does not say.

    `under` is the plan's integration, where there is one: a label, and it keeps two senders with the same keys apart.
    """
    key = f"{under}/{found.key}" if found.key and under else found.key
    labels = {**lacking, **found.labels, **({"integration": under} if under else {})}
    return told(labels, found.annotations, found.firing, now, key=key, url=found.url, at=at)


@lru_cache(maxsize=1_024)
def compiled(setting: str) -> tuple[Path | str, ...]:
    """The paths and literal words of a setting. Raises BadPath."""
    parts = [part.strip() for part in setting.split(" or ")] if setting.startswith("$") else [setting]
    return tuple(_path(part) if part.startswith("$") else part for part in parts)


def value_at(body: Any, path: Path) -> Any:
    """What lies at a path; None when nothing does."""
    for step in path:
        if isinstance(step, str) and isinstance(body, dict):
            body = cast(dict[str, Any], body).get(step)
        elif isinstance(step, int) and isinstance(body, list) and step < len(cast(list[Any], body)):
            body = cast(list[Any], body)[step]
        else:
            return None
    return body


def _path(text: str) -> Path:
    steps: list[Step] = []
    at = 1
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise BadPath(f"{shown(text)} is no path: its part from {shown(text[at:])} is no step")
        name = next((part for part in step.groups()[:3] if part is not None), None)
        steps.append(int(step[4]) if name is None else name)
        at = step.end()
    return tuple(steps)


def _items(body: Any, setting: str) -> list[Any] | Refusal:
    value = body
    if setting:
        paths = [path for path in compiled(setting) if isinstance(path, tuple)]
        value = next((found for path in paths if (found := value_at(body, path)) is not None), None)
        if value is None:
            return refuse(RefusalReason.INVALID, "there are no alerts here", where=setting)
    items = cast(list[Any], value) if isinstance(value, list) else [value]
    wrong = next((n for n, item in enumerate(items) if not isinstance(item, dict)), None)
    if wrong is not None:
        at = setting or "body"
        where = f"{at}[{wrong}]" if isinstance(value, list) else at
        return refuse(RefusalReason.INVALID, "expected an object", where=where)
    return items


def _one(item: Json, rules: Mapping[str, str], given: Mapping[str, str]) -> Found | Refusal:
    name = _text(item, rules.get("alertname", ""))
    if not name:
        return refuse(
            RefusalReason.INVALID,
            "nothing names the alert",
            where=rules.get("alertname", "alertname"),
            mend="send it, or map alertname to what is sent",
        )
    firing = _firing(item, rules, given)
    if isinstance(firing, Refusal):
        return firing
    labels = _object(item, rules.get("labels", "")) | _family(item, rules, "labels.") | {"alertname": name}
    annotations = _family(item, rules, "annotations.")
    annotations |= {which: _text(item, rules.get(which, "")) for which in ("summary", "description")}
    return Found(labels, annotations, firing, _text(item, rules.get("key", "")), _text(item, rules.get("url", "")))


def _firing(item: Json, rules: Mapping[str, str], given: Mapping[str, str]) -> bool | Refusal:
    """Whether a state fires: the plan's words first; with words for one of the two alone, all others are the other."""
    setting = rules.get("state", "")
    state = _text(item, setting).casefold()
    if not state:
        return True
    last = state.rpartition(".")[2]
    fires, clears = (_words(given.get(name, "")) for name in ("firing_when", "resolved_when"))
    if fires or clears:
        known = {**dict.fromkeys(clears, False), **dict.fromkeys(fires, True)}
        other = None if fires and clears else not fires
    else:
        known = {**dict.fromkeys(_words(RESOLVED), False), **dict.fromkeys(_words(FIRING), True)}
        other = None
    found = known.get(state, known.get(last, other))
    if found is None:
        return refuse(
            RefusalReason.INVALID,
            f"the state is {shown(state)}, which neither fires nor clears",
            where=setting,
            mend="name it under firing_when or resolved_when",
        )
    return found


def _words(text: str) -> list[str]:
    return text.replace(",", " ").casefold().split()


def _text(item: Json, setting: str) -> str:
    for part in compiled(setting) if setting else ():
        text = part if isinstance(part, str) else text_of(value_at(item, part))
        if text.strip():
            return text
    return ""


def _object(item: Json, setting: str) -> dict[str, str]:
    paths = [part for part in compiled(setting) if isinstance(part, tuple)] if setting else []
    nothing: dict[str, str] = {}
    return next((texts for path in paths if (texts := texts_of(value_at(item, path)))), nothing)


def _family(item: Json, rules: Mapping[str, str], prefix: str) -> dict[str, str]:
    family = {name.removeprefix(prefix): text for name, text in rules.items() if name.startswith(prefix)}
    return {name: text for name, setting in family.items() if (text := _text(item, setting))}
