"""The closed sets of reasons: each name is used by the code, has its sentence, and is written in one way."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

import tocsin
from tocsin.core import reasons

SETS = [cls for cls in vars(reasons).values() if isinstance(cls, type) and issubclass(cls, StrEnum) and cls != StrEnum]
EVERY = [(cls, each) for cls in SETS for each in cls]
CHOSEN_BY_PEOPLE = (reasons.DismissReason, reasons.ManualTrigger)
"""Sets from which people choose: the code takes any of them, and names none."""

CODE = {
    path: path.read_text("utf-8")
    for path in Path(tocsin.__file__).parent.rglob("*.py")
    if path.name != "reasons.py" and "sim" not in path.parts
}


@pytest.mark.parametrize(("cls", "reason"), EVERY, ids=lambda x: str(x) if isinstance(x, StrEnum) else x.__name__)
def test_a_reason_has_a_sentence(cls: type[StrEnum], reason: StrEnum) -> None:
    assert str(reason) in reasons.SENTENCES
    said = reasons.sentence(reason)
    assert said == said.strip() and not said.endswith(".")
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", str(reason))


@pytest.mark.parametrize(("cls", "reason"), EVERY, ids=lambda x: str(x) if isinstance(x, StrEnum) else x.__name__)
def test_a_reason_is_used_by_the_code(cls: type[StrEnum], reason: StrEnum) -> None:
    """One that nothing gives would be a promise that nothing keeps."""
    if cls in CHOSEN_BY_PEOPLE:
        assert any(f"list({cls.__name__})" in text for text in CODE.values())
        return
    used = [path for path, text in CODE.items() if f'"{reason}"' in text or f"{cls.__name__}.{reason.name}" in text]
    assert used, f"nothing says {reason}"


def test_a_word_that_has_no_sentence_is_still_read() -> None:
    assert reasons.sentence("quite_new_reason") == "quite new reason"


def test_every_sentence_belongs_to_a_reason() -> None:
    assert set(reasons.SENTENCES) == {str(each) for _, each in EVERY}


def test_there_are_the_sets_that_the_record_speaks_of() -> None:
    assert {cls.__name__ for cls in SETS} >= {
        "OrderReason", "RoundCause", "SkipReason", "AlertReason", "MuteReason", "DismissReason", "ManualTrigger",
        "RefusalReason",
    }  # fmt: skip
