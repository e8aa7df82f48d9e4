"""Reads a file of alerts for explaining: an Alertmanager webhook, an API-v2 body, or plain labels."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tocsin.cli import show

MOST_BYTES = 8 * 1024 * 1024
FORMS = 'an Alertmanager webhook body, an API-v2 body, or labels as {"alertname": "..."}'


@dataclass(frozen=True, slots=True)
class FiledAlert:
    """An alert of a file: its source's kind, its labels, and whether it fires."""

    source: str
    labels: dict[str, str]
    firing: bool = True


def read(path: str) -> list[FiledAlert]:
    """The alerts of a file; a lone hyphen reads the input. Raises show.Failure saying what cannot be read and where."""
    try:
        body = sys.stdin.buffer.read(MOST_BYTES + 1) if path == "-" else _file(path)
    except OSError as problem:
        raise show.Failure(f"{show.plain(path)} cannot be read: {problem.strerror}") from problem
    if len(body) > MOST_BYTES:
        raise show.Failure(f"{show.plain(path)} is larger than {MOST_BYTES} bytes")
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        raise show.Failure(f"{show.plain(path)} is no JSON ({problem}). Write {FORMS}") from problem
    found = _alerts(value, path)
    if not found:
        raise show.Failure(f"{show.plain(path)} holds no alert. Write {FORMS}")
    return found


def _file(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _alerts(value: Any, path: str) -> list[FiledAlert]:
    if isinstance(value, list):
        return [_one(each, "prometheus", path, f"[{i}]") for i, each in enumerate(cast("list[Any]", value))]
    if isinstance(value, dict):
        document = cast("dict[str, Any]", value)
        if isinstance(document.get("alerts"), list):
            return [
                _one(each, "alertmanager", path, f"alerts[{i}]")
                for i, each in enumerate(cast("list[Any]", document["alerts"]))
            ]
        if isinstance(document.get("labels"), dict):
            return [_one(document, "alertmanager", path, "")]
        return [FiledAlert("alertmanager", _labels(document, path, ""))] if document else []
    raise show.Failure(f"{show.plain(path)} holds no alert. Write {FORMS}")


def _one(value: Any, source: str, path: str, where: str) -> FiledAlert:
    document = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if not isinstance(document.get("labels"), dict):
        raise show.Failure(f"{show.plain(path)}: {where or 'the alert'} has no labels. Write {FORMS}")
    return FiledAlert(source, _labels(document["labels"], path, where), document.get("status") != "resolved")


def _labels(value: dict[str, Any], path: str, where: str) -> dict[str, str]:
    for name, text in value.items():
        if not isinstance(text, str):
            at = f"{where}.labels" if where else "labels"
            raise show.Failure(f"{show.plain(path)}: {at}.{show.plain(name)} is no text. Write it in quotes")
    return {name: text for name, text in value.items() if text}
