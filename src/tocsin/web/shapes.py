"""The shapes of the API's answers, as JSON Schema. Tests hold real answers against them."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
YES: Schema = {"type": "boolean"}
AT: Schema = {"type": "string", "format": "date-time"}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def rows(schema: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": schema}


def thing(description: str = "", **properties: Schema) -> Schema:
    """An object with these names, all of them there. Later versions may add names."""
    said: Schema = {"type": "object", "properties": properties, "required": list(properties)}
    return said | {"description": description} if description else said


def by_name(schema: Schema) -> Schema:
    """An object with names of the plan's or the caller's choosing."""
    return {"type": "object", "additionalProperties": schema}


INCIDENT = thing(
    "An incident as lists show it",
    id=TEXT,
    number=NUMBER,
    label=TEXT,
    title=TEXT,
    severity=maybe(TEXT),
    phase=TEXT,
    state=TEXT,
    service=TEXT,
    domain=TEXT,
    visibility={"type": "string", "enum": ["open", "private"]},
    commander=maybe(TEXT),
    drill=YES,
    opened_at=AT,
    declared_at=maybe(AT),
    acknowledged_at=maybe(AT),
    resolved_at=maybe(AT),
    closed_at=maybe(AT),
    next_at=maybe(AT),
    next_what=TEXT,
)

CHANGE = thing(
    "A change in production that was told of",
    what=TEXT,
    outcome=TEXT,
    service=maybe(TEXT),
    happened_at=AT,
    told_at=AT,
    source=TEXT,
    by=TEXT,
    key=TEXT,
    visibility={"type": "string", "enum": ["open", "private"]},
    title=TEXT,
    url=TEXT,
    author=TEXT,
    revision=TEXT,
    environment=TEXT,
)

ROOM = thing(
    "An incident with its record and what happens next",
    **INCIDENT["properties"],
    proposed=maybe(TEXT),
    ended=maybe(TEXT),
    levels=rows(thing(at=AT, severity=TEXT)),
    milestones=by_name(AT),
    roles=rows(thing(role=TEXT, person=TEXT, since=AT, until=maybe(AT), interim=YES)),
    checklist=by_name(thing(by=TEXT, at=AT, waived=YES)),
    taxonomy=by_name(TEXT),
    impact=by_name({"type": "number"}),
    links=rows(thing(how=TEXT, other=TEXT)),
    next=rows(thing(at=AT, what=TEXT, who=rows(TEXT), reason=TEXT, because=TEXT, words=TEXT)),
    at=AT,
    past=YES,
    ways=rows(thing(verb=TEXT, phase=TEXT, missing=rows(thing(what=TEXT, where=TEXT, mend=TEXT)))),
    questions=rows(thing(id=TEXT, asks=TEXT, proposes=TEXT)),
    changes=rows({"$ref": "#/components/schemas/Change"}),
    timeline=rows(thing(n=NUMBER, at=AT, kind=TEXT, who=TEXT, text=TEXT)),
)

ALERT = thing(
    "An alert with what became of it",
    fingerprint=TEXT,
    group=TEXT,
    incident=maybe(TEXT),
    state={"type": "string", "enum": ["firing", "cleared"]},
    title=TEXT,
    labels=by_name(TEXT),
    annotations=by_name(TEXT),
    url=TEXT,
    starts_at=AT,
    cleared_at=maybe(AT),
    received_at=AT,
    fate=TEXT,
    incident_number=maybe(NUMBER),
)

GROUP = thing(
    "A group of alerts",
    group=TEXT,
    source=TEXT,
    route=TEXT,
    service=TEXT,
    incident=maybe(TEXT),
    opened_at=AT,
    last_at=AT,
    firing=NUMBER,
    total=NUMBER,
    fate=TEXT,
    closed=YES,
)

SHAPES: dict[str, Schema] = {
    "Incident": INCIDENT,
    "Incidents": thing(items=rows({"$ref": "#/components/schemas/Incident"}), next_cursor=maybe(TEXT), at=AT),
    "Room": ROOM,
    "Alert": ALERT,
    "Alerts": thing(items=rows({"$ref": "#/components/schemas/Alert"})),
    "Group": GROUP,
    "Groups": thing(items=rows({"$ref": "#/components/schemas/Group"})),
    "Change": CHANGE,
    "Changes": thing(items=rows({"$ref": "#/components/schemas/Change"})),
    "Told": thing("How many changes were new, and how many were known", taken=NUMBER, known=NUMBER),
    "Done": thing("What a command brought about", id=TEXT, number=NUMBER, label=TEXT, facts=rows(TEXT)),
    "Plan": thing("The plan in force; both null before the first", hash=maybe(TEXT), plan=maybe(TEXT)),
    "Explained": thing(
        "What would become of an alert",
        at=AT,
        route=maybe(TEXT),
        group_by=rows(TEXT),
        service=maybe(TEXT),
        domain=maybe(TEXT),
        severity=maybe(TEXT),
        declares=maybe(TEXT),
        path=maybe(TEXT),
        visibility=TEXT,
        pages=YES,
        steps=rows({"type": "object"}),
    ),
    "Answered": thing(answer={"description": "what the operation answers: an id, or nothing"}),
}
