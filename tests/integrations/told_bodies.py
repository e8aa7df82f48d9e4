"""Small bodies of our own for the sources that are told of one change at a time, and what is to come of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sent:
    """A request as its sender makes it: the body as JSON, or as it stands."""

    body: Any
    path: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    method: str = "POST"
    query: str = ""

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Case:
    """One way in which a source is called: what fires, what clears the same alert, what says nothing, what is wrong."""

    kind: str
    fires: Sent
    clears: Sent
    labels: Mapping[str, str]
    summary: str
    wrong: Mapping[str, Sent]
    says_nothing: tuple[Sent, ...] = ()


TOKEN = "canary-new"
ENQUEUE = "/v2/enqueue"
PAYLOAD = {
    "summary": "Disk at 99% on db-3",
    "source": "db-3",
    "severity": "critical",
    "class": "disk",
    "custom_details": {"service": "api", "free": "1%", "load": 0.75, "deep": {"a": 1}},
}


def event(action: str = "trigger", **more: Any) -> Sent:
    """An event of PagerDuty's Events API v2; a field given as ... is left out."""
    said = {"routing_key": TOKEN, "event_action": action, "dedup_key": "db-3/disk", "payload": PAYLOAD, **more}
    return Sent({name: value for name, value in said.items() if value is not ...}, ENQUEUE)


def incident(status: Any = "triggered", kind: str = "incident", **more: Any) -> Sent:
    """A webhook of version 3 as PagerDuty sends it."""
    data = {"id": "PGR0VU2", "type": kind, "status": status, "title": "A little bump", "service": {"summary": "API"}}
    said = {"event": {"event_type": "incident.some", "data": data | more}}
    return Sent(said, "/hooks/pagerduty")


def older(status: str, where: str) -> Sent:
    """A webhook of version 2, or of version 1, whose incident lies under data."""
    about = {"id": "PGR0VU2", "status": status, "title": "A little bump", "service": {"name": "API"}}
    one = {"event": "incident.x", "incident": about} if where == "event" else {"type": "x", "data": {"incident": about}}
    return Sent({"messages": [one]}, "/hooks/pagerduty")


GENIE = {"authorization": f"GenieKey {TOKEN}"}
CREATE = {
    "message": "Queue is long",
    "alias": "mq/long",
    "priority": "P1",
    "entity": "mq-1",
    "tags": ["service:api", "loud"],
    "details": {"severity": "sev-1", "length": "9000"},
}


def genie(path: str, body: Any = b"", method: str = "POST", query: str = "") -> Sent:
    """A request of Opsgenie's Alert API."""
    return Sent(body, f"/v2/alerts{path}", GENIE, method, query)


def hook(action: Any, **alert: Any) -> Sent:
    """A webhook as Opsgenie sends it."""
    about = {"alertId": "052652ac", "message": "Queue is long", "priority": "P2", **alert}
    return Sent({"action": action, "alert": about}, "/hooks/opsgenie")


EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "https://monitor.example/rules/7",
    "type": "com.example.alert.fired",
    "subject": "checkout",
    "data": {"severity": "critical", "service": "api", "summary": "Checkout fails"},
}
STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}


def cloud(**more: Any) -> Sent:
    """A structured CloudEvent; an attribute given as ... is left out."""
    said = {name: value for name, value in (EVENT | more).items() if value is not ...}
    return Sent(said, "/hooks/cloudevents", STRUCTURED)


def binary(kind: str = "com.example.alert.fired", data: Any = EVENT["data"], **more: str) -> Sent:
    """The same event in binary mode."""
    names = {f"ce-{name}": str(EVENT[name]) for name in ("specversion", "id", "source", "subject")}
    return Sent(data, "/hooks/cloudevents", {**names, "ce-type": kind, "content-type": "application/json", **more})


def plain(body: Any) -> Sent:
    """A body for the generic source."""
    return Sent(body, "/hooks/generic")


BUMP = {"alertname": "A little bump", "pagerduty_service": "API"}
LONG = {"alertname": "Queue is long"}
FAILS = {"source": "https://monitor.example/rules/7", "subject": "checkout", "severity": "critical", "service": "api"}
GONE = "com.example.alert.resolved"
SAID = {"alertname": "Disk full", "service": "api", "severity": "high", "labels": {"disk": "sda", "n": 3, "x": None}}
CASES: Mapping[str, Case] = {
    "pagerduty event": Case(
        "pagerduty",
        event(),
        event("resolve", payload=...),
        {"alertname": "disk", "severity": "critical", "source": "db-3", "class": "disk", "service": "api"},
        "Disk at 99% on db-3",
        {
            "routing_key": event(routing_key=...),
            "event_action": event("shout"),
            "dedup_key": event("resolve", dedup_key=...),
            "payload": event(payload=...),
            "payload.summary": event(payload={**PAYLOAD, "summary": " "}),
            "payload.severity": event(payload={**PAYLOAD, "severity": "bad"}),
            "payload.source": event(payload={"summary": "x", "severity": "info"}),
        },
        (event("acknowledge", payload=...),),
    ),
    "pagerduty webhook 3": Case(
        "pagerduty",
        incident(),
        incident("resolved"),
        BUMP,
        "A little bump",
        {
            "event.data.status": incident("melted"),
            "event.data.id": incident(id=None),
            "event": Sent({}, "/hooks/pagerduty"),
            "event.event_type": Sent({"event": {}}, "/hooks/pagerduty"),
            "messages": Sent({"messages": {}}, "/hooks/pagerduty"),
            "messages[0].event": Sent({"messages": [{}]}, "/hooks/pagerduty"),
            "messages[0].data.incident.id": Sent({"messages": [{"type": "x"}]}, "/hooks/pagerduty"),
        },
        (incident(kind="incident_note"), incident(None, "service")),
    ),
    "pagerduty webhook 2": Case(
        "pagerduty", older("acknowledged", "event"), older("resolved", "event"), BUMP, "A little bump", {}
    ),
    "pagerduty webhook 1": Case(
        "pagerduty", older("triggered", "data"), older("resolved", "data"), BUMP, "A little bump", {}
    ),
    "opsgenie by alias": Case(
        "opsgenie",
        genie("", CREATE),
        genie("/mq/long/close", query="identifierType=alias"),
        {**LONG, "priority": "P1", "entity": "mq-1", "service": "api", "severity": "sev-1"},
        "Queue is long",
        {
            "message": genie("", {"alias": "x"}),
            "priority": genie("", {"message": "x", "priority": "P9"}),
            "tags": genie("", {"message": "x", "tags": "loud"}),
            "details": genie("", {"message": "x", "details": []}),
            "identifierType": genie("/7/close", query="identifierType=tiny"),
            "path": genie("/7/snooze"),
        },
        (
            genie("/7/acknowledge", {"user": "cy"}),
            genie("/mq/message", {"message": "y"}, "PUT", "identifierType=alias"),
            genie("/requests/052652ac-create-1", method="GET"),
        ),
    ),
    "opsgenie deleted": Case(
        "opsgenie", genie("", CREATE), genie("/mq/long", b"", "DELETE", "identifierType=alias"), LONG,
        "Queue is long", {"path": genie("", method="GET")},
    ),
    "opsgenie webhook": Case(
        "opsgenie",
        hook("Create"),
        hook("Close"),
        {**LONG, "priority": "P2"},
        "Queue is long",
        {
            "action": hook(17),
            "alert": Sent({"action": "Create"}, "/hooks/opsgenie"),
            "alert.alertId": hook("Create", alertId=""),
        },
        (hook("AddNote"), hook("RemoveTags")),
    ),
    "cloudevents structured": Case(
        "cloudevents",
        cloud(),
        cloud(type=GONE, id="2"),
        {**FAILS, "alertname": "com.example.alert.fired"},
        "Checkout fails",
        {
            "specversion": cloud(specversion="0.2"),
            "id": cloud(id=...),
            "source": cloud(source=""),
            "type": cloud(type=7),
            "$.data.state or $.data.status or $.type": cloud(type="com.example.push"),
            "data_base64": cloud(data=..., data_base64="%%"),
        },
    ),
    "cloudevents in base64": Case(
        "cloudevents",
        cloud(data=..., data_base64="eyJzdW1tYXJ5IjogIkNoZWNrb3V0IGZhaWxzIn0="),
        cloud(type=GONE),
        {"subject": "checkout"},
        "Checkout fails",
        {},
    ),
    "cloudevents binary": Case(
        "cloudevents", binary(), binary(GONE, data=b""), FAILS, "Checkout fails", {"type": binary("")}
    ),
    "generic": Case(
        "generic",
        plain({**SAID, "summary": "Disk sda is full"}),
        plain({**SAID, "state": "resolved"}),
        {"alertname": "Disk full", "service": "api", "severity": "high", "disk": "sda", "n": "3"},
        "Disk sda is full",
        {
            "$.alertname or $.title or $.name or $.summary or $.message": plain({"x": 1}),
            "$.state or $.status or $.action": plain({**SAID, "state": "wobbly"}),
            "body": plain(17),
            "body[1]": plain([SAID, 17]),
        },
    ),
}  # fmt: skip
