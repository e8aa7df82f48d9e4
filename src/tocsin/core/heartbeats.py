"""Heartbeats: which alerts are beats, until when silence is well, and the alert that silence raises."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping

from tocsin.core.instants import Instant, later
from tocsin.core.plan import Plan
from tocsin.core.plan_heartbeats import Heartbeat
from tocsin.core.refusals import Problem
from tocsin.core.world import Matches

SOURCE = "heartbeat"
MISSED = "HeartbeatMissed"
Labels = tuple[tuple[str, str], ...]


def due_by(heartbeat: Heartbeat, since: Instant) -> Instant:
    """When the next beat has to be there, after one at `since`."""
    return later(since, heartbeat.period + heartbeat.grace)


def labels_of(heartbeat: Heartbeat) -> Labels:
    """The labels of the alert that its silence raises."""
    said = {"alertname": MISSED, "heartbeat": heartbeat.id}
    if heartbeat.service:
        said["service"] = heartbeat.service
    if heartbeat.severity:
        said["severity"] = heartbeat.severity
    return tuple(sorted(said.items()))


def words_of(heartbeat: Heartbeat) -> str:
    """The title of that alert."""
    return f"No heartbeat of {heartbeat.title or heartbeat.id}"


class Listener:
    """Knows beats among alerts; remembers answers by the labels that matchers mention."""

    def __init__(self, plan: Plan, matches: Matches, most: int = 5_000) -> None:
        self._heartbeats = tuple(each for each in plan.heartbeats if each.alert)
        self._matches = matches
        self._most = most
        self._memo: dict[tuple[str | None, ...], tuple[str, ...]] = {}
        self._mentioned = sorted({matcher.label for each in self._heartbeats for matcher in each.alert})

    def beats(self, labels: Labels) -> tuple[str, ...]:
        """The heartbeats that an alert with these labels is a beat of; almost always none."""
        if not self._heartbeats:
            return ()
        said = dict(labels)
        short = tuple(said.get(label) for label in self._mentioned)
        found = self._memo.get(short)
        if found is None:
            if len(self._memo) >= self._most:
                self._memo.clear()
            found = self._memo[short] = tuple(each.id for each in self._heartbeats if self._is_beat(each, said))
        return found

    def _is_beat(self, heartbeat: Heartbeat, labels: Mapping[str, str]) -> bool:
        return all(self._matches(matcher, labels.get(matcher.label, "")) for matcher in heartbeat.alert)


def deaf(plan: Plan) -> Iterator[Problem]:
    """Heartbeats that would take alerts for beats which nobody meant: one label at least has to have a value."""
    for each in plan.heartbeats:
        if each.alert and not any(matcher.operator == "=" and matcher.value for matcher in each.alert):
            what = "its matchers name no value, so that many an alert would be taken for its beat"
            yield Problem(what, f"heartbeats.{each.id}.alert", mend='name one, as alertname="Watchdog"')


def key_of(id: str, secret: bytes) -> str:
    """The last part of a heartbeat's own address: whoever knows it may beat, and do nothing else."""
    mac = hmac.new(secret, f"heartbeat|{id}".encode("utf-8", "replace"), hashlib.sha256)
    return f"{id}.{mac.hexdigest()[:32]}"


def read_key(key: str, secret: bytes) -> str | None:
    """The heartbeat of a key, or None when it is not ours."""
    id = key.partition(".")[0]
    given, ours = (each.encode("utf-8", "replace") for each in (key, key_of(id, secret)))
    return id if hmac.compare_digest(given, ours) else None
