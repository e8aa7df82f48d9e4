"""The plan of the measurements: as many services as asked for, each with a person of its own on call for it.

A person is told no more than one message every so many seconds, so that to measure pages one by one each needs a
person of its own. Alerts without a service of the plan go to `common`, whose on-call is Bo.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STARTS = "2026-01-05"


def service(number: int) -> str:
    """The name of one of the services."""
    return f"svc-{number}"


def person(number: int) -> str:
    """Who is on call for a service."""
    return f"ana-{number}"


def write_plan(folder: Path, services: int = 400, first_after: str = "0s") -> Path:
    """A plan folder. `first_after`: how long after detection the first step is due."""
    numbers = range(services)
    rotations = [_rotation("common", "bo"), *(_rotation(service(n), person(n)) for n in numbers)]
    domains = [{"id": each["id"], "primary": f"rotation:{each['id']}"} for each in rotations]
    plan: dict[str, Any] = {
        "organisation": {"name": "Bench", "fallback": "head"},
        "people": [{"handle": "bo"}, *({"handle": person(n)} for n in numbers)],
        "teams": [{"id": "core", "lead": "head"}],
        "posts": [{"id": "head", "holder": "bo"}],
        "rotations": rotations,
        "domains": domains,
        "services": [{"id": each["id"], "domain": each["id"], "owner": "core"} for each in rotations],
        "severities": [{"id": "sev1", "rank": 1, "title": "SEV-1", "respond_within": "5m"}],
        "mitigations": ["roll-back"],
        "routes": [
            {"id": "quiet", "match": ['quiet="yes"'], "fallback_service": "common", "page": False},
            {"id": "all", "fallback_service": "common"},
        ],
        "policies": [
            {
                "id": "detection",
                "zero": "detection",
                "steps": [{"id": "first", "after": first_after, "page": "domain:primary"}],
                "unanswered": {"every": "1h", "then": [["post:head"]]},
            },
            {"id": "sev1", "zero": "declaration", "severities": "sev1", "steps": [{"id": "one", "page": "post:head"}]},
        ],
        "contact_rule": {"page": [{"channels": ["webhook", "sandbox"]}], "inform": [{"channels": ["webhook"]}]},
    }
    file = folder / "plan" / "plan.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    # JSON is YAML too, and a plan folder reads either.
    file.write_text(json.dumps(plan, indent=1))
    return file.parent


def _rotation(id: str, handle: str) -> dict[str, Any]:
    return {"id": id, "time_zone": "UTC", "people": [handle], "starts": STARTS}
