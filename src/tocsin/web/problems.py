"""Refusals at the API: RFC 9457 problem details, in the words that plan, command and command line use."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from tocsin.core.reasons import sentence
from tocsin.core.refusals import Refusal

STATUS = {
    "not_allowed": 403,
    "not_found": 404,
    "invalid": 422,
    "missing": 422,
    "too_much": 413,
    "unavailable": 503,
}
RETRY = {"retry-after": "5"}


def status_of(refusal: Refusal) -> int:
    """The status of a refusal; what clashes with the record's state is 409."""
    return STATUS.get(refusal.reason, 409)


def body_of(refusal: Refusal, status: int | None = None) -> dict[str, Any]:
    """The problem document."""
    return {
        "type": f"urn:tocsin:refusal:{refusal.reason}",
        "title": sentence(refusal.reason),
        "status": status or status_of(refusal),
        "detail": str(refusal),
        "reason": refusal.reason,
        "problems": [
            {"what": each.what, "where": each.where, "why": each.why, "mend": each.mend} for each in refusal.problems
        ],
    }


def problem(refusal: Refusal, status: int | None = None) -> JSONResponse:
    """The answer to a refused request; `status` where the request itself decides it."""
    status = status or status_of(refusal)
    headers = RETRY if status == 503 else None
    return JSONResponse(body_of(refusal, status), status, headers, media_type="application/problem+json")
