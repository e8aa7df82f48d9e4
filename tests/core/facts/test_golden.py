"""Each released kind and version has a golden body: bytes as some release wrote them, read for ever after."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.core.facts.samples import SAMPLES
from tocsin.core import facts as f
from tocsin.core.upcasts import UPCASTS
from tocsin.engine.codec import decode, encode

HERE = Path(__file__).parent
RELEASED = sorted(f.KINDS)


def golden(kind: str, v: int) -> Path:
    """Where the body of a kind and version is kept, as it stands in the column: no newline at its end."""
    return HERE / f"{kind}.v{v}.json"


@pytest.mark.parametrize(("kind", "v"), RELEASED)
def test_a_golden_body_is_read_and_written_again_byte_for_byte(kind: str, v: int) -> None:
    assert golden(kind, v).exists(), f"{kind} version {v} is released without a golden body in tests/core/facts"
    body = golden(kind, v).read_bytes()
    fact = f.KINDS[kind, v]
    sample = SAMPLES[kind, v]
    assert type(sample) is fact
    assert encode(sample) == body
    if (kind, v) not in UPCASTS:
        assert decode(kind, v, body) == sample


@pytest.mark.parametrize(("kind", "v"), RELEASED)
def test_an_example_leaves_no_field_at_its_default(kind: str, v: int) -> None:
    """A field that the example leaves out would be a field whose bytes nobody watches."""
    sample = SAMPLES[kind, v]
    bare = [
        field.name
        for field in dataclasses.fields(sample)  # type: ignore[arg-type]
        if field.default is not dataclasses.MISSING and getattr(sample, field.name) == field.default
    ]
    assert bare == []


def test_there_is_no_golden_body_without_its_kind() -> None:
    """A kind that was released is never taken back: its records are somebody's."""
    kept = {path.name for path in HERE.glob("*.json")}
    assert kept == {golden(kind, v).name for kind, v in RELEASED}
    assert len(kept) >= 61


def test_every_kind_of_fact_is_released() -> None:
    exported = {getattr(f, name) for name in f.__all__ if isinstance(getattr(f, name), type)}
    kinds = {each for each in exported if issubclass(each, f.Fact) and each not in (f.Fact, f.Unknown)}
    assert kinds == set(f.KINDS.values())


def test_a_field_left_out_takes_its_default() -> None:
    """An older writer of the same version may have left out what has a default."""
    assert decode("incident.phase_entered", 1, b'{"by":"ana","phase":"response"}') == f.PhaseEntered("ana", "response")


@pytest.mark.parametrize(
    ("kind", "v", "body"),
    [
        ("incident.foretold", 1, b'{"by":"ana"}'),
        ("incident.noted", 2, b'{"by":"ana","what":"note","words":"x","mood":3}'),
        ("incident.noted", 1, b'{"by":3}'),
        ("incident.noted", 1, b"not json"),
    ],
    ids=["kind", "version", "shape", "bytes"],
)
def test_what_this_version_cannot_read_is_kept_as_it_came(kind: str, v: int, body: bytes) -> None:
    fact = decode(kind, v, body)
    assert fact == f.Unknown(kind, v, body)
    assert encode(fact) == body
