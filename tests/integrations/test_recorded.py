"""Every body that was recorded of a sender: read with the expected state, or refused by the name of a field."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from recorded import Row, outcome_of, rows

from tocsin.core.instants import parse_instant
from tocsin.integrations import registry
from tocsin.integrations.base import Request, Settings

NOW = parse_instant("2026-01-29T14:24:00Z")
UNSIGNED = {"cloudwatch": Settings({"signature": "off"}, {})}
"""Settings under which a source reads what nobody signed, where it needs any."""
NEVER = {"trigger": "clears", "resolve": "fires"}
"""What may not come of a body whose kind the sender's own state word gives away."""


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)
def test_a_recorded_body_is_read_as_the_table_says(row: Row, shared: Path) -> None:
    source = registry.source(row.source)
    path = next(path for path in reversed(source.paths) if "{" not in path)
    raw = (shared / "data" / "webhook-payloads" / row.file).read_bytes()
    got = source.read(Request(raw, {}, path, NOW, admitted=True), UNSIGNED.get(row.source, Settings({}, {})))
    assert outcome_of(got) == row.outcome


def test_no_body_of_a_sender_is_left_out_and_none_says_the_contrary(shared: Path) -> None:
    outcomes = {row.file: row.outcome for row in rows()}
    folders = {file.partition("/")[0] for file in outcomes}
    with (shared / "data" / "webhook-payloads" / "expected.csv").open() as lines:
        expected = {row["file"]: row for row in csv.DictReader(lines)}
    assert {file for file in expected if file.partition("/")[0] in folders} == set(outcomes)
    for file, outcome in outcomes.items():
        want = expected[file]
        assert NEVER.get(want["kind"], "?") not in outcome, file
        assert want["kind"] not in NEVER or outcome != "no alert", file
        for word, count in (("fires", want["firing"]), ("clears", want["resolved"])):
            said = f"{word} {count}" if int(count or 0) > 1 else word
            assert not count or (said in outcome) is (int(count) > 0), file


def test_each_sender_of_the_table_has_a_source() -> None:
    assert {row.source for row in rows()} <= set(registry.sources())
    assert len(rows()) >= 37
