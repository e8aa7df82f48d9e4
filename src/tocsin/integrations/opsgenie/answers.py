"""Opsgenie's answers: accepted with a request's id, the outcome of a request, errors by field."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from tocsin.core.instants import Instant, iso
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal
from tocsin.integrations.alert_body import status_of
from tocsin.integrations.base import Request
from tocsin.integrations.opsgenie import api

TOOK = 0.0
"""Seconds: a source has no clock, and the specification's default is 0."""
_REQUEST = re.compile(r"([0-9a-f-]{36})-([a-z]{3,20})-([0-9]{13,17})")
_ACTIONS = {"create": "Create", "close": "Close", "delete": "Delete", "acknowledge": "Acknowledge"}


def plain(refusal: Refusal | None) -> tuple[int, str, bytes]:
    """The answer without a request at hand: status, content type and body."""
    if refusal is None:
        return 202, "application/json", msgspec.json.encode({"result": "Request will be processed", "took": TOOK})
    status = status_of(refusal)
    errors = {problem.where or "request": str(problem) for problem in refusal.problems}
    if refusal.reason == RefusalReason.INVALID and "body" not in errors:
        status = 422
    identity = hashlib.sha256(str(refusal).encode()).hexdigest()[:32]
    said: dict[str, Any] = {"message": str(refusal), "took": TOOK, "requestId": identity}
    return status, "application/json", msgspec.json.encode(said | ({"errors": errors} if status == 422 else {}))


def of(request: Request) -> tuple[int, bytes]:
    """The answer to a request that was taken: status and body."""
    _, verb = api.parts_of(request)
    if request.method == "GET":
        return _outcome(verb)
    word = verb or ("delete" if request.method == "DELETE" else "create")
    known = api.id_of(request)
    # An id that is not of our making may be of any length and hold anything: the request's id has a form of its own.
    identity = f"{api.id_from(known)}-{word}-{request.now}"
    said = {"result": "Request will be processed", "took": TOOK, "requestId": identity}
    return 202, msgspec.json.encode(said)


def _outcome(identity: str) -> tuple[int, bytes]:
    """What came of a request. 202 was said after the commit, so an id of ours stands for a request that is done."""
    found = _REQUEST.fullmatch(identity)
    if found is None:
        said: dict[str, Any] = {"message": "Request not found", "took": TOOK, "requestId": identity[:100]}
        return 404, msgspec.json.encode(said)
    data = {
        "success": True,
        "isSuccess": True,
        "action": _ACTIONS.get(found[2], found[2].capitalize()),
        "processedAt": iso(Instant(int(found[3]))),
        "status": f"{_ACTIONS.get(found[2], found[2].capitalize())} was taken",
        "alertId": found[1],
    }
    return 200, msgspec.json.encode({"data": data, "took": TOOK, "requestId": identity})
