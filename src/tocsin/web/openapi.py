"""The API's own description (OpenAPI 3.1): commands as their classes say, refusals as they are written."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tocsin.core.commands import Command
from tocsin.core.facts import Words
from tocsin.core.instants import Instant
from tocsin.core.reasons import RefusalReason
from tocsin.web import shapes
from tocsin.web.problems import STATUS
from tocsin.web.reading import MOST_NAME, MOST_WORDS, required

Schema = dict[str, Any]
REFUSED = {
    400: "the body is no JSON",
    401: "nobody known calls",
    403: "the caller may not do this",
    404: "there is no such thing, or the caller may not see it",
    409: "it clashes with what is so",
    413: "the body is too large",
    422: "something is missing or wrong; each problem is named",
    503: "the engine or the record cannot be asked now; Retry-After says when to try again",
}


def schema_of(hint: Any) -> Schema:
    """How a value of a hint is written in JSON."""
    kinds = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return {"anyOf": [schema_of(each) for each in kinds]}
    if hint is type(None):
        return {"type": "null"}
    if hint is Words:
        return {"type": "string", "minLength": 1, "maxLength": MOST_WORDS}
    if hint is Instant:
        return {"type": "string", "format": "date-time"}
    if get_origin(hint) is tuple:
        inner = get_args(kinds[0])
        if inner:
            return {"type": "object", "additionalProperties": schema_of(inner[1])}
        return {"type": "array", "items": schema_of(kinds[0])}
    plain = {str: "string", bool: "boolean", int: "integer", float: "number"}
    said: Schema = {"type": plain[hint]}
    return said | {"maxLength": MOST_NAME} if hint is str else said


def taking(hints: Mapping[str, Any], needed: tuple[str, ...]) -> Schema:
    """A request body of named values."""
    schema: Schema = {
        "type": "object",
        "properties": {name: schema_of(hint) for name, hint in hints.items()},
        "additionalProperties": False,
    }
    if needed:
        schema["required"] = list(needed)
    return {"requestBody": {"required": bool(needed), "content": {"application/json": {"schema": schema}}}}


def command_body(cls: type[Command]) -> Schema:
    """A command's request body, and the header that makes a repeat harmless."""
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "the same key again gets the same answer and has no second effect",
        "schema": {"type": "string", "maxLength": 200},
    }
    return taking(get_type_hints(cls), required(cls)) | {"parameters": [key]}


def about(cls: type[Command]) -> str:
    """What a command asks for, in its own words."""
    return (inspect.getdoc(cls) or cls.__name__).partition("\n")[0]


def answering(name: str, *, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """A route's good answer, by the name of its shape."""
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {status: {"description": "done", "content": {"application/json": {"schema": schema}}}}


def document(app: FastAPI) -> Schema:
    """The whole document; made once."""
    if app.openapi_schema is None:
        said = get_openapi(title=app.title, version=app.version, routes=app.routes, openapi_version="3.1.0")
        said["info"]["description"] = "Commands and lists of Tocsin. Refusals are RFC 9457 problem documents."
        said["components"] = {
            "schemas": shapes.SHAPES | {"Problem": _problem()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        }
        said["security"] = [{"token": []}]
        for methods in said["paths"].values():
            for operation in methods.values():
                _with_refusals(operation, has_body="requestBody" in operation)
        app.openapi_schema = said
    return app.openapi_schema


def _with_refusals(operation: Schema, *, has_body: bool) -> None:
    for status, words in REFUSED.items():
        if has_body or status not in (400, 413):
            schema = {"$ref": "#/components/schemas/Problem"}
            content = {"application/problem+json": {"schema": schema}}
            operation["responses"][str(status)] = {"description": words, "content": content}
    operation["responses"]["503"]["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
    operation["responses"]["401"]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}


def _problem() -> Schema:
    text: Schema = {"type": "string"}
    one = {"type": "object", "properties": dict.fromkeys(("what", "where", "why", "mend"), text)}
    return {
        "type": "object",
        "description": "RFC 9457. `reason` is one of a closed set; `problems` names everything that is wrong at once.",
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer", "enum": sorted({*STATUS.values(), *REFUSED, 500})},
            "detail": text,
            "reason": {"type": "string", "enum": [str(each) for each in RefusalReason]},
            "problems": {"type": "array", "items": one},
        },
        "required": ["type", "title", "status", "detail", "reason", "problems"],
    }
