"""The Alert API as Opsgenie's own specification has it: what a request does, to which alert."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Literal
from urllib.parse import parse_qs

import msgspec

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations.alert_body import decode
from tocsin.integrations.alert_parts import KEPT_FIRST
from tocsin.integrations.base import Alert, Request
from tocsin.integrations.event_parts import text_of, texts_of, told

CLEARS = frozenset({("POST", "close"), ("DELETE", "")})
TAKEN = frozenset(
    {
        ("POST", "acknowledge"),
        ("POST", "unacknowledge"),
        ("POST", "notes"),
        ("PUT", "message"),
        ("PUT", "description"),
        ("PUT", "priority"),
    }
)
"""What is answered as Opsgenie does, and changes nothing here."""
LABELS = frozenset(KEPT_FIRST) - {"alertname"}
_OURS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Create(msgspec.Struct, gc=False):
    """A new alert; the rest of what may be said is skipped."""

    message: str
    alias: str | None = None
    description: str | None = None
    entity: str | None = None
    source: str | None = None
    priority: Literal["P1", "P2", "P3", "P4", "P5"] | None = None
    tags: list[str] | None = None
    details: dict[str, Any] | None = None
    note: str | None = None


class Named(msgspec.Struct, gc=False):
    """The alias alone, to answer by."""

    alias: Any = None


_CREATE = msgspec.json.Decoder(Create)
_NAMED = msgspec.json.Decoder(Named)


def read(request: Request, most_bytes: int) -> tuple[Alert, ...] | Refusal:
    """The alert that a request creates or closes; none for what is taken and changes nothing, and for questions."""
    identifier, verb = parts_of(request)
    if request.method == "GET":
        return () if identifier == "requests" and verb else _unknown(request)
    if request.method == "POST" and not identifier and not verb:
        return _create(request, most_bytes)
    if not identifier or (request.method, verb) not in CLEARS | TAKEN:
        return _unknown(request)
    if type_of(request) not in ("id", "alias"):
        return refuse(
            RefusalReason.INVALID, "only id and alias are known here", where="identifierType", mend="name it by alias"
        )
    if (request.method, verb) in TAKEN:
        return ()
    return (told({"alertname": "closed"}, {}, False, request.now, key=id_of(request)),)


def parts_of(request: Request) -> tuple[str, str]:
    """The identifier and the verb of a path below /v2/alerts; "" for what is not there.

    The path comes decoded, and an alias may hold slashes: of a POST and a PUT the last part is the verb.
    """
    below = request.path.removeprefix("/v2/alerts").removeprefix("/").removesuffix("/")
    if request.method == "GET":
        identifier, _, verb = below.partition("/")
    elif request.method == "DELETE":
        identifier, verb = below, ""
    else:
        identifier, _, verb = below.rpartition("/")
    return identifier, verb


def type_of(request: Request) -> str:
    """What the identifier of a path is: id unless the query says otherwise."""
    return parse_qs(request.query[:2_048], max_num_fields=64).get("identifierType", ["id"])[-1].lower()


def id_of(request: Request) -> str:
    """The id of the alert that a request is about, made from its alias: the same each time it is asked."""
    identifier, _ = parts_of(request)
    if identifier:
        return identifier if type_of(request) == "id" else id_from(identifier)
    alias = alias_of(request)
    return id_from(alias) if alias else _uuid(b"%d " % request.now + request.body)


def alias_of(request: Request) -> str:
    """The alias that a new alert brings; "" when it brings none."""
    try:
        return text_of(_NAMED.decode(request.body.removeprefix(b"\xef\xbb\xbf")).alias)
    except (ValueError, RecursionError):
        return ""


def id_from(alias: str) -> str:
    """The id that belongs to an alias; an id of ours is its own alias, as for an alert that brought none."""
    return alias if _OURS.fullmatch(alias) else _uuid(alias.encode("utf-8", "replace"))


def _create(request: Request, most_bytes: int) -> tuple[Alert, ...] | Refusal:
    said = decode(_CREATE, request, most_bytes)
    if isinstance(said, Refusal):
        return said
    if not said.message.strip():
        return refuse(RefusalReason.INVALID, "it is empty", where="message", mend="say what is wrong")
    details = texts_of(said.details)
    tags = said.tags or []
    marked = dict(tag.split(":", 1) for tag in tags if tag.partition(":")[0] in LABELS and ":" in tag)
    labels = {name: value for name, value in (marked | details).items() if name in LABELS}
    labels |= {
        "alertname": said.message,
        "priority": said.priority or "P3",
        "source": said.source or "",
        "entity": said.entity or "",
    }
    annotations = {name: value for name, value in details.items() if name not in LABELS}
    annotations |= {
        "summary": said.message,
        "description": said.description or "",
        "tags": ", ".join(tags),
        "note": said.note or "",
        "alias": said.alias or "",
    }
    return (told(labels, annotations, True, request.now, key=id_of(request)),)


def _uuid(of: bytes) -> str:
    """A UUID of version 8 (RFC 9562) by digest."""
    hexed = hashlib.sha256(of).hexdigest()
    return f"{hexed[:8]}-{hexed[8:12]}-8{hexed[13:16]}-8{hexed[17:20]}-{hexed[20:32]}"


def _unknown(request: Request) -> Refusal:
    return refuse(
        RefusalReason.NOT_FOUND,
        f"{request.method} is not taken at this path",
        where="path",
        mend="alerts are created, closed, acknowledged and deleted here; the rest of the API is not",
    )
