"""Reads a JSON body of alerts into typed structs, and says what is wrong with one that cannot be read.

The policy for odd JSON, the same each time: one UTF-8 byte-order mark is skipped; of keys given twice the last
counts; fields nobody here knows are skipped, whatever they hold; NaN, Infinity, lone surrogates in what is read,
bytes that are not UTF-8, trailing bytes and nesting past the interpreter's limit are refused. Bodies that arrive
compressed are refused too: no monitor sends them, and unpacking is how a small body becomes a large one. The raw
body is the caller's to keep.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, TypeVar, cast

import msgspec

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Problem, Refusal, refuse
from tocsin.integrations.base import Request

T = TypeVar("T")
BOM = b"\xef\xbb\xbf"
MOST_PROBLEMS = 10
MOST_ALERTS = 10_000
STATUS = {
    RefusalReason.NOT_ALLOWED: 401,
    RefusalReason.NOT_FOUND: 404,
    RefusalReason.TOO_MUCH: 413,
    RefusalReason.UNAVAILABLE: 503,
}
_MISSING = re.compile("Object missing required field `(.+)`")
_UNTYPED = msgspec.json.Decoder()


def decode(
    decoder: msgspec.json.Decoder[T], request: Request, most_bytes: int, alerts_at: str | None = None
) -> T | Refusal:
    """The decoded body, or why it cannot be read.

    `alerts_at` is where a list of alerts in the shape of the Prometheus family lies ("" or "alerts"): then each of
    their faults is named. Without it the first fault is, by its path in the body.
    """
    body = request.body
    if len(body) > most_bytes:
        return refuse(
            RefusalReason.TOO_MUCH,
            f"the body has {len(body)} bytes, more than the {most_bytes} read here",
            where="body",
            mend="send fewer alerts in one request",
        )
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return refuse(
            RefusalReason.INVALID,
            "compressed bodies are not read here",
            where="Content-Encoding",
            mend="send the body as it is",
        )
    try:
        return decoder.decode(body.removeprefix(BOM))
    except RecursionError:
        return refuse(RefusalReason.INVALID, "the body is nested too deep", where="body")
    except msgspec.ValidationError as error:
        if alerts_at is None:
            return Refusal(RefusalReason.INVALID, (_first_fault(str(error)),))
        return _wrong_shape(body.removeprefix(BOM), alerts_at, str(error))
    except UnicodeDecodeError:
        return refuse(RefusalReason.INVALID, "the body is not UTF-8", where="body", mend="send JSON in UTF-8")
    except msgspec.DecodeError as error:
        return refuse(
            RefusalReason.INVALID, "the body is not JSON", where="body", why=str(error), mend="send one JSON value"
        )


def too_many(count: int) -> Refusal:
    """The refusal of a body with more alerts than one request may carry."""
    return refuse(
        RefusalReason.TOO_MUCH,
        f"{count} alerts in one request, more than the {MOST_ALERTS} read here",
        where="alerts",
        mend="send them in several requests",
    )


def shaped(value: Any, shape: type[T], at: str) -> T | Refusal:
    """A decoded value in a stricter shape, or the refusal that names its first fault below the place `at`."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        fault = _first_fault(str(error))
        where = at if fault.where == "body" else f"{at}{'' if fault.where.startswith('[') else '.'}{fault.where}"
        return Refusal(RefusalReason.INVALID, (replace(fault, where=where.strip(".")),))


def problem_details(refusal: Refusal) -> tuple[int, str, bytes]:
    """A refusal as problem details (RFC 9457): status, content type and body."""
    status = status_of(refusal)
    problem = {"title": refusal.reason.replace("_", " "), "status": status, "detail": str(refusal)}
    return status, "application/problem+json", msgspec.json.encode(problem)


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal: 400 unless its reason has one of its own."""
    return STATUS.get(cast(RefusalReason, refusal.reason), 400)


def shown(name: str) -> str:
    """A sender's own word as an error shows it: quoted where it is not plain, and cut."""
    word = name if len(name) <= 60 else name[:59] + "…"
    return word if word.replace("_", "").isalnum() and word.isascii() else ascii(word)


def _wrong_shape(body: bytes, alerts_at: str, said: str) -> Refusal:
    """Look again, without types, for everything that has the wrong one: the decoder names only the first."""
    try:
        value: Any = _UNTYPED.decode(body)
    except (RecursionError, ValueError):
        value = None
    problems: list[Problem] = []
    alerts: Any = cast(dict[str, Any], value).get(alerts_at) if alerts_at and isinstance(value, dict) else value
    if alerts_at and not isinstance(value, dict):
        problems.append(Problem(f"expected an object, got {_kind(value)}", "body"))
    elif not isinstance(alerts, list):
        problems.append(Problem(f"expected a list of alerts, got {_kind(alerts)}", alerts_at or "body"))
    else:
        for n, alert in enumerate(cast(list[Any], alerts)):
            problems += _alert_problems(alert, f"{alerts_at}[{n}]", bool(alerts_at))
            if len(problems) >= MOST_PROBLEMS:
                break
    if not problems:
        problems.append(_first_fault(said))
    return Refusal(RefusalReason.INVALID, tuple(problems[:MOST_PROBLEMS]))


def _first_fault(said: str) -> Problem:
    """The decoder's own words (`Expected `str`, got `int` - at `$.payload.summary``) as a problem with its place."""
    what, _, place = said.partition(" - at ")
    where = place.strip("`").removeprefix("$").lstrip(".")
    missing = _MISSING.fullmatch(what)
    if missing:
        return Problem("it is missing", ".".join(part for part in (where, missing[1]) if part), mend="send it")
    # It may repeat what was sent: cut, and without what moves a cursor.
    plain = "".join(letter if letter.isprintable() else "?" for letter in what.replace("`", "")[:120])
    return Problem(plain[:1].lower() + plain[1:], where or "body")


def _alert_problems(alert: Any, where: str, with_status: bool) -> list[Problem]:
    if not isinstance(alert, dict):
        return [Problem(f"expected an object, got {_kind(alert)}", where)]
    fields = cast(dict[str, Any], alert)
    problems = _map_problems(fields.get("labels"), f"{where}.labels")
    if "annotations" in fields and fields["annotations"] is not None:
        problems += _map_problems(fields["annotations"], f"{where}.annotations")
    for name in ("startsAt", "endsAt", "generatorURL"):
        if not isinstance(fields.get(name), str | None):
            problems.append(Problem(f"expected text, got {_kind(fields[name])}", f"{where}.{name}"))
    if with_status and fields.get("status") not in ("firing", "resolved"):
        problems.append(Problem("expected firing or resolved", f"{where}.status"))
    return problems


def _map_problems(value: Any, where: str) -> list[Problem]:
    if not isinstance(value, dict):
        return [Problem(f"expected an object of texts, got {_kind(value)}", where)]
    return [
        Problem(f"expected text, got {_kind(inner)}", f"{where}.{shown(name)}", mend="write it in quotes")
        for name, inner in cast(dict[str, Any], value).items()
        if not isinstance(inner, str)
    ][:MOST_PROBLEMS]


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    kinds: tuple[tuple[type, str], ...] = (
        (dict, "an object"),
        (list, "a list"),
        (str, "text"),
        (bool, "true or false"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "a number")
