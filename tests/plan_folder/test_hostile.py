"""The reader against folders that were written to hurt: one problem in its place, bounded work, and no plan."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.plan_folder import Reading, read_folder
from tocsin.plan_folder.nodes import MOST_BYTES, MOST_DEPTH, MOST_FILES
from tocsin.plan_folder.values import MOST_PROBLEMS

Folder = Callable[..., Reading]
HEAD = "organisation: {name: Example}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Writes files, by name, and reads the folder."""

    def write(*texts: str | bytes, **named: str | bytes) -> Reading:
        files = {f"{i}.yaml": text for i, text in enumerate(texts)}
        for name, text in (files | {f"{name}.yaml": text for name, text in named.items()}).items():
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_folder(tmp_path)

    return write


def told(reading: Reading) -> list[tuple[str, str]]:
    assert reading.plan is None
    return [(problem.where, problem.what) for problem in reading.problems]


@pytest.mark.parametrize(
    ("name", "text", "where", "what"),
    [
        (
            "a tag that builds an object",
            "roles: !!python/object/apply:os.system []",
            "0.yaml:1:8",
            "the tag 'tag:yaml.org",
        ),
        ("a tag of one's own", "people: !include other.yaml", "0.yaml:1:9", "the tag '!include' is not taken"),
        ("a tag of YAML's own", "organisation:\n  name: !!binary aGk=", "0.yaml:2:9", "the tag"),
        ("two documents", HEAD + "---\npeople: []", "0.yaml:2:1", "a plan file holds one document"),
        ("a tab", "organisation:\n\tname: x", "0.yaml:2:1", "this is not YAML"),
        ("a colon too many", "organisation: a: b", "0.yaml:1:16", "this is not YAML"),
        ("an open quote", 'organisation: {name: "x', "0.yaml:1:", "this is not YAML"),
        ("an alias to nothing", "organisation: *here", "0.yaml:1:15", "the alias 'here' leads nowhere"),
        ("an alias inside itself", "people: &all [*all]", "0.yaml:1:15", "the alias 'all' leads nowhere"),
        ("a key that is a list", "? [a, b]\n: c", "0.yaml:1:3", "a key is a word"),
        ("a merge key", "organisation: {name: x, <<: {time_zone: UTC}}", "0.yaml:1:25", "the key '<<' is not taken"),
        ("a list at the top", "- people", "0.yaml:1:1", "a plan file holds keys at its top"),
        ("a word at the top", "people", "0.yaml:1:1", "a plan file holds keys at its top"),
        ("a NUL", HEAD + "people:\n- {handle: a\0}", "0.yaml:3:13", "this is not YAML"),
        ("an escape sign", HEAD + "roles: [{id: é\x1b[31m}]", "0.yaml:2:15", "this is not YAML"),
        ("not UTF-8", HEAD.encode() + "# Zürich".encode("latin-1"), "0.yaml:2:4", "the file is not UTF-8"),
        ("UTF-16", HEAD.encode("utf-16"), "0.yaml:1:1", "the file is not UTF-8"),
        ("deep brackets", "a: " + "[" * 200_000, "0.yaml:1:", f"nested more than {MOST_DEPTH} deep"),
        ("deep braces", "a: " + "{b: " * 100_000, "0.yaml:1:", f"nested more than {MOST_DEPTH} deep"),
        ("deep dashes", "- " * 100_000, "0.yaml:1:", f"nested more than {MOST_DEPTH} deep"),
        (
            "deep keys",
            "\n".join(" " * i + "a:" for i in range(2_000)),
            "0.yaml:",
            f"nested more than {MOST_DEPTH} deep",
        ),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) and len(value) < 30 else "",
)
def test_a_file_that_is_no_plan_is_told_in_its_place(
    folder: Folder, name: str, text: str | bytes, where: str, what: str
) -> None:
    problems = told(folder(text))
    assert problems[0][0].startswith(where), problems
    assert problems[0][1].startswith(what), problems
    assert len(problems) <= 2


def test_a_bomb_of_aliases_is_counted_as_it_would_grow(folder: Folder) -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 10)}]" for i in range(9)]
    problems = told(folder("\n".join(rows)))
    assert len(problems) == 1
    assert problems[0][1] == "the plan has more than 500000 values"
    assert problems[0][0].startswith("0.yaml:6:"), "at the row that goes too far, before the rest is built"


def test_an_anchor_used_twice_is_a_way_to_write(folder: Folder) -> None:
    reading = folder(HEAD + "people:\n- {handle: ana, hours: &late {start: '12:00'}}\n- {handle: bo, hours: *late}\n")
    assert reading.problems == ()
    assert reading.plan is not None and {person.hours.start for person in reading.plan.people} == {"12:00"}


def test_a_file_too_large_and_files_too_many(folder: Folder, tmp_path: Path) -> None:
    assert told(folder("# " + "x" * MOST_BYTES)) == [("0.yaml", f"the file is larger than {MOST_BYTES} bytes")]
    for i in range(MOST_FILES):
        (tmp_path / f"more-{i}.yaml").touch()
    assert told(folder(HEAD))[0][1] == f"more than {MOST_FILES} files"


def test_problems_without_end_come_to_an_end(folder: Folder) -> None:
    problems = told(folder("\n".join(f"key{i}: 1" for i in range(5_000))))
    assert len(problems) == MOST_PROBLEMS + 1
    assert f"more than {MOST_PROBLEMS} problems" in {what for _, what in problems}


def test_a_long_word_is_cut_and_its_signs_are_escaped(folder: Folder) -> None:
    reading = folder('organisation: {name: x, time_zone: "' + "\\e" * 40 + "x" * 1_000_000 + '"}')
    (problem,) = reading.problems
    assert len(str(problem)) < 400
    assert "\x1b" not in str(problem)


def test_links_folders_and_pipes_are_not_read(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("people: [{handle: mallory}]")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    assert told(folder(HEAD)) == [
        ("gone.yaml", "a link is not followed"),
        ("link.yaml", "a link is not followed"),
        ("pipe.yaml", "this is no file"),
    ]


def test_no_folder_no_file_and_nothing_in_it(folder: Folder, tmp_path: Path) -> None:
    assert told(read_folder(tmp_path / "gone")) == [(str(tmp_path / "gone"), "there is no such folder")]
    assert told(read_folder(tmp_path)) == [(str(tmp_path), "the folder holds no *.yaml file")]
    assert told(folder("", "# only words\n", "---\n", "~")) == [(str(tmp_path), "the plan needs an organisation")]


def test_a_file_that_cannot_be_read_makes_no_noise_elsewhere(folder: Folder) -> None:
    """The people may stand in the broken file, so the rotation's are not said to be unknown."""
    rotation = "rotations: [{id: primary, time_zone: UTC, people: [ana], starts: 2026-01-05, weeks: none}]"
    problems = told(folder("people: [{handle: ana}", rotation))
    assert [where.partition(":")[0] for where, _ in problems] == ["0.yaml", "1.yaml"]
    assert problems[1] == ("1.yaml:1:85", "'none' is no whole number")


def test_a_byte_order_mark_and_other_line_ends_are_taken(folder: Folder) -> None:
    reading = folder(b"\xef\xbb\xbforganisation:\r\n  name: Example\r\npeople:\r\n- {handle: Ana}\r\n")
    assert told(reading) == [("0.yaml:4:12", "'Ana' is no short name")]


NAUGHTY = [
    "",
    "undefined",
    "NULL",
    "\\",
    "1E+02",
    "0x0",
    "Infinity",
    "'; DROP TABLE users",
    "<script>",
    "../../etc/passwd",
    "%s%n",
    "{{7*7}}",
    "ÅÍÎÏ",
    "\u202eabc",
    "田中さん",
    "😍",
    "🇺🇸",
    "\u200b",
    "Ṱ̺̺̕o͞ ̷",
    "${HOME}",
    "() { 0; }",
]


@pytest.mark.parametrize("word", NAUGHTY)
def test_a_naughty_name_is_kept_as_it_was_written(folder: Folder, word: str) -> None:
    reading = folder(f"organisation: {{name: {json.dumps(word, ensure_ascii=False)}}}")
    assert reading.plan is not None and reading.plan.organisation.name == word
