"""The schema for editors takes what the reader takes, and refuses what it refuses, as far as a schema can tell."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.plan_folder.test_words import GOOD, REFUSED

from tocsin.core import plan as plan_room
from tocsin.core.plan import Plan
from tocsin.plan_folder.reference import page
from tocsin.plan_folder.schema import schema

PLANS = Path(__file__).parents[2] / "src" / "tocsin" / "plans"
VALIDATOR = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def as_an_editor_reads(node: Any) -> Any:
    """YAML 1.2's core schema: what an editor that knows the schema makes of a file."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: as_an_editor_reads(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [as_an_editor_reads(each) for each in node.value]
    word = node.value
    if node.style not in (None, ""):
        return word
    if word in ("", "~", "null"):
        return None
    if word in ("true", "false"):
        return word == "true"
    if re.fullmatch(r"[-+]?\d+", word):
        return int(word)
    return float(word) if re.fullmatch(r"[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?", word) else word


def document(text: str) -> Any:
    return as_an_editor_reads(yaml.compose(text, Loader=yaml.CSafeLoader))


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema())) == schema()


@pytest.mark.parametrize("path", sorted(PLANS.rglob("*.yaml")), ids=lambda path: str(path.relative_to(PLANS)))
def test_the_plans_that_come_along_pass(path: Path) -> None:
    assert [error.json_path for error in VALIDATOR.iter_errors(document(path.read_text()))] == []


def test_a_part_of_a_plan_passes() -> None:
    assert VALIDATOR.is_valid({"people": [{"handle": "ana"}]})
    assert VALIDATOR.is_valid({"people": None, "limits": {"flaps": 3}})
    assert VALIDATOR.is_valid({})


TOLD_BY_THE_READER_ALONE = (
    "'999999w'",
    "'0s'",
    "the value's double quotes",
    "the pattern is not RE2",
    "rotation:primry",
    "is no time zone",
    "'2026-02-30'",
    "'1.0'",
    "'anna'",
)


@pytest.mark.parametrize(("field", "word", "what"), [case[:3] for case in REFUSED])
def test_what_the_reader_refuses_fails(field: tuple[str, str], word: str, what: str) -> None:
    section, template = field
    text = "".join(f"{name}: {words}\n" for name, words in (GOOD | {section: template.format(word)}).items())
    fails = not VALIDATOR.is_valid(document(text))
    assert fails or any(sign in what for sign in TOLD_BY_THE_READER_ALONE), what


@pytest.mark.parametrize(
    "bad",
    [
        {"peopel": []},
        {"people": [{"name": "Ana"}]},
        {"people": [{"handle": "ana", "teem": "x"}]},
        {"people": {"handle": "ana"}},
        {"organisation": {}},
        {"policies": [{"id": "p", "zero": "dawn"}]},
        [],
        "people",
    ],
)
def test_a_bad_plan_fails(bad: Any) -> None:
    assert not VALIDATOR.is_valid(bad)


def entries() -> list[type]:
    return [
        cls
        for cls in vars(plan_room).values()
        if isinstance(cls, type)
        and dataclasses.is_dataclass(cls)
        and cls.__module__.startswith(plan_room.__name__)
        and cls.__module__ != f"{plan_room.__name__}_words"
    ]


def test_each_field_has_its_sentence_in_schema_and_reference() -> None:
    text = page()
    kinds = schema()["$defs"]
    assert len(entries()) > 25
    for cls in entries():
        assert (cls.__doc__ and " ".join(cls.__doc__.split()) in text) or cls is Plan
        for field in dataclasses.fields(cls):
            assert field.metadata["doc"], f"{cls.__name__}.{field.name} says nothing"
            assert f"| `{field.name}` |" in text
    described = [p["description"] for kind in (schema(), *kinds.values()) for p in kind["properties"].values()]
    assert len(described) == sum(len(dataclasses.fields(cls)) for cls in entries())
    assert all(described)


def test_a_link_of_the_reference_leads_to_its_heading() -> None:
    text = page()
    headings = {line[3:].replace(" ", "-") for line in text.splitlines() if line.startswith("## ")}
    links = set(re.findall(r"\(#([a-z-]+)\)", text))
    assert links and links <= headings
