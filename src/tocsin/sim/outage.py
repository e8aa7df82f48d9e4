"""The outage of 2026-01-29 (spec sheet 5): a connection pool runs out, told scene by scene.

What is played is what was recorded: each scene has its minute, who acts, and the command. Who that is comes from
the record: the person whom the plan paged, whoever the plan puts in command. The demo plays it over HTTP on a quicker
clock; a story plays it in the pretend world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tocsin.core.incident.checklist import open_items
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, later, parse_instant
from tocsin.core.oncall.roster import who
from tocsin.core.plan import Plan
from tocsin.core.plan_words import parse_target
from tocsin.core.world import Override, World

DAY = "2026-01-29"
BEGIN = parse_instant(f"{DAY}T14:22:00Z")


@dataclass(frozen=True, slots=True)
class Scene:
    """At a wall time a part (see `Cast`) does something: `verb` is a command's word, alert, clear or tick-all."""

    at: str
    part: str
    verb: str
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def instant(self) -> Instant:
        return parse_instant(f"{DAY}T{self.at}Z")


ALERTS: tuple[dict[str, dict[str, str]], ...] = (
    {
        "labels": {
            "alertname": "HighErrorRate",
            "service": "api-gateway",
            "severity": "critical",
            "region": "eu-west-1",
        },
        "annotations": {"summary": "45 % of API requests fail", "description": "errors were 0.1 % an hour ago"},
    },
    {
        "labels": {
            "alertname": "LowAvailability",
            "service": "api-gateway",
            "severity": "critical",
            "region": "eu-west-1",
        },
        "annotations": {"summary": "Availability of the API is 55 %", "description": "the objective is 99.9 %"},
    },
)

SCENES: tuple[Scene, ...] = (
    Scene("14:24:00", "prometheus", "alert"),
    Scene("14:28:00", "first", "acknowledge"),
    Scene("14:28:30", "first", "note", {"what": "note", "words": "On it. Deploy at 14:15, traffic up since 14:20."}),
    Scene("14:31:00", "first", "triage", {"answers": "all"}),
    Scene(
        "14:32:00", "first", "note", {"what": "finding", "words": "The database's connection pool is at 100 of 100."}
    ),
    Scene(
        "14:35:00",
        "first",
        "declare",
        {"severity": "sev2", "reason": "Half of the requests still work, and the cause is known: kept at SEV-2."},
    ),
    Scene("14:37:00", "commander", "take-role", {"role": "commander"}),
    Scene("14:37:30", "commander", "tick-all"),
    Scene("14:38:00", "commander", "phase", {"phase": "investigation"}),
    Scene(
        "14:38:20",
        "commander",
        "mitigate",
        {"way": "roll-back", "risk": "low", "words": "Roll the 14:15 deploy back", "estimate": 300},
    ),
    Scene("14:40:00", "communications", "take-role", {"role": "communications"}),
    Scene(
        "14:40:30",
        "communications",
        "update",
        {
            "audience": "status-page",
            "words": "We see elevated errors on the API since 14:23 UTC and are working on it.",
            "link": "https://status.example.com/incidents/1",
        },
    ),
    Scene("14:42:00", "first", "end-mitigation", {"worked": False, "words": "The migration is not reversible."}),
    Scene(
        "14:43:00",
        "commander",
        "escalate",
        {
            "target": "expert",
            "verb": "page",
            "reason": "expertise_missing",
            "words": "The pool is exhausted; can it grow?",
        },
    ),
    Scene("14:45:00", "expert", "acknowledge"),
    Scene("14:45:30", "expert", "note", {"what": "hypothesis", "words": "Three queries a request at 850/s need 102."}),
    Scene("14:46:00", "commander", "tick-all"),
    Scene(
        "14:47:00",
        "expert",
        "mitigate",
        {
            "way": "configuration",
            "risk": "medium",
            "words": "Pool 100 to 500, then restart",
            "estimate": 300,
            "back_out": "Set it back to 100",
            "watched": "errors, connections, latency",
        },
    ),
    Scene("14:48:00", "commander", "phase", {"phase": "mitigation"}),
    Scene("14:52:00", "expert", "end-mitigation", {"worked": True, "words": "Health checks pass."}),
    Scene("14:52:30", "commander", "phase", {"phase": "resolution"}),
    Scene("14:55:00", "commander", "note", {"what": "finding", "words": "Errors are at 5 % and falling."}),
    Scene("15:00:00", "prometheus", "clear"),
    Scene("15:05:00", "commander", "tick-all"),
    Scene(
        "15:05:30",
        "communications",
        "update",
        {
            "audience": "status-page",
            "words": "The API works again since 15:00 UTC; we keep watching.",
            "link": "https://status.example.com/incidents/1",
        },
    ),
    Scene(
        "15:08:30", "first", "impact", {"figures": {"users": 1200, "users_percent": 15, "dollars": 2500, "tickets": 18}}
    ),
    Scene("15:10:00", "commander", "resolve"),
    Scene("15:29:00", "commander", "tick-all"),
    Scene("15:30:00", "commander", "close"),
)


class Stage(Protocol):
    """Where the outage is played."""

    def send(self, alerts: tuple[dict[str, dict[str, str]], ...], *, firing: bool) -> None: ...
    def act(self, person: str, verb: str, body: Mapping[str, Any]) -> str | None: ...
    def incident(self) -> tuple[Incident, World] | None: ...
    def wait_until(self, at: Instant) -> bool: ...


class Cast:
    """Who plays which part, as the plan and the record have it."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def person(self, part: str, state: Incident, world: World, now: Instant) -> str | None:
        """The handle of a part; None when the plan has nobody for it."""
        found = self._known.get(part) or getattr(self, f"_{part}")(state, world, now)
        if found is not None:
            self._known[part] = found
        return found

    def _first(self, state: Incident, world: World, now: Instant) -> str | None:
        calls = sorted(state.paging.calls.values(), key=lambda call: call.began)
        return calls[0].person if calls else None

    def _commander(self, state: Incident, world: World, now: Instant) -> str | None:
        called = [call.person for call in state.paging.calls.values() if call.asks == "commander"]
        return called[0] if called else self._on(("commander",), world.live.plan, world.overrides, now)

    def commander_on_call(self, plan: Plan, now: Instant) -> str | None:
        """Whom the plan has in command at an instant."""
        return self._on(("commander",), plan, {}, now)

    def _communications(self, state: Incident, world: World, now: Instant) -> str | None:
        return self._on(("communications",), world.live.plan, world.overrides, now)

    def _expert(self, state: Incident, world: World, now: Instant) -> str | None:
        return self._on(("database",), world.live.plan, world.overrides, now)

    def _on(
        self, words: tuple[str, ...], plan: Plan, overrides: Mapping[str, tuple[Override, ...]], now: Instant
    ) -> str | None:
        """Whoever a rotation or a post of that name puts there; nobody plays two parts."""
        taken = set(self._known.values())
        people: list[str] = []
        for rotation in plan.rotations:
            if any(word in rotation.id for word in words):
                people += who(rotation, overrides.get(rotation.id, ()), now).people
        people += [post.holder for post in plan.posts if post.holder and any(word in post.id for word in words)]
        return next((person for person in people if person not in taken), None)


def play(stage: Stage, told: Any = None) -> list[tuple[Scene, str]]:
    """Play every scene in its minute; answers what was refused, which is nothing when the plan is VirtEngine's."""
    cast = Cast()
    refused: list[tuple[Scene, str]] = []
    for scene in SCENES:
        if not stage.wait_until(scene.instant):
            break
        refused += [(scene, problem) for problem in _play(scene, stage, cast)]
        if told is not None:
            told(scene)
    return refused


def _play(scene: Scene, stage: Stage, cast: Cast) -> list[str]:
    if scene.verb in ("alert", "clear"):
        stage.send(ALERTS, firing=scene.verb == "alert")
        return []
    seen = stage.incident()
    if seen is None:
        return ["no incident is there to act in"]
    state, world = seen
    person = cast.person(scene.part, state, world, scene.instant)
    if person is None:
        return [f"the plan has nobody for {scene.part}"]
    if scene.verb == "tick-all":
        done = [stage.act(person, "tick", {"item": item.id}) for item in open_items(state, world)]
        return [problem for problem in done if problem]
    problem = stage.act(person, scene.verb, _body(scene, state, world, cast))
    return [problem] if problem else []


def _body(scene: Scene, state: Incident, world: World, cast: Cast) -> dict[str, Any]:
    body = dict(scene.body)
    if body.get("answers") == "all":
        # The service counts as fully out for all users, so triage proposes SEV-1 (conflict 113).
        body["answers"] = {world.rules.plan.triage[0].id: True} if world.rules.plan.triage else {}
    if body.get("target") == "expert":
        expert = cast.person("expert", state, world, scene.instant)
        body["target"] = str(parse_target(f"person:{expert}")) if expert else "domain:expert"
    return body


def end() -> Instant:
    """A minute after the last scene."""
    return later(SCENES[-1].instant, 60)
