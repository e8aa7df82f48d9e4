"""YAML files as nodes with their places. No implicit types: `no` is the text no, 08:30 is 08:30 (YAML 1.2, failsafe
schema). Tags, anchors that multiply, and files outside the folder are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tocsin.core.refusals import Problem

MOST_FILES = 2_000
MOST_BYTES = 4 * 1024 * 1024
MOST_NODES = 500_000
MOST_DEPTH = 30
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: the file as seen from the folder, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word or a text. `plain` says that it stood without quotes."""

    value: str
    place: Place
    plain: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their places, in the order in which they stand; a key may come twice."""

    items: tuple[tuple[Scalar, Node], ...]
    place: Place


Node = Scalar | Sequence | Mapping


class Composer:
    """Reads the files of one folder; problems gather here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.problems: list[Problem] = []
        self._nodes = 0

    def files(self) -> Iterator[tuple[str, Mapping]]:
        """Each file's top mapping, by name."""
        if not self._folder.is_dir():
            self.problems.append(Problem("there is no such folder", str(self._folder), mend="tocsin init makes one"))
            return
        found = sorted(p for pattern in ("*.yaml", "*.yml") for p in self._folder.rglob(pattern))
        if not found:
            self.problems.append(Problem("the folder holds no *.yaml file", str(self._folder)))
        if len(found) > MOST_FILES:
            self.problems.append(Problem(f"more than {MOST_FILES} files", str(self._folder)))
            return
        for path in found:
            top = self._file(path)
            if top is not None:
                yield top

    def _file(self, path: Path) -> tuple[str, Mapping] | None:
        name = path.relative_to(self._folder).as_posix()
        if not path.resolve().is_relative_to(self._folder.resolve()) or path.is_symlink():
            self.problems.append(Problem("a link that leaves the folder is not followed", name))
            return None
        if path.stat().st_size > MOST_BYTES:
            self.problems.append(Problem(f"the file is larger than {MOST_BYTES} bytes", name))
            return None
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            self.problems.append(Problem("the file is not UTF-8", f"{name}: byte {problem.start}"))
            return None
        return self._top(name, text)

    def _top(self, name: str, text: str) -> tuple[str, Mapping] | None:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            node = self._node(root, name, 0) if root is not None else None
        except yaml.MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
            self.problems.append(Problem(f"this is not YAML: {problem.problem or problem.context}", place))
            return None
        except yaml.YAMLError as problem:
            self.problems.append(Problem(f"this is not YAML: {problem}", name))
            return None
        except _Refused as problem:
            self.problems.append(problem.problem)
            return None
        finally:
            loader.dispose()
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self.problems.append(Problem("a plan file holds keys at its top", str(node.place)))
            return None
        return name, node

    def _node(self, node: Any, name: str, depth: int) -> Node:
        place = Place(name, node.start_mark.line + 1, node.start_mark.column + 1)
        self._nodes += 1
        if self._nodes > MOST_NODES or depth > MOST_DEPTH:
            raise _Refused(Problem("the plan is too large or too deep; do anchors multiply it?", str(place)))
        if not node.tag.startswith("tag:yaml.org,2002:"):
            raise _Refused(
                Problem(f"the tag {node.tag} is not taken", str(place), mend="write the value without a tag")
            )
        if isinstance(node, yaml.ScalarNode):
            return Scalar(node.value, place, node.style is None)
        if isinstance(node, yaml.SequenceNode):
            return Sequence(tuple(self._node(each, name, depth + 1) for each in node.value), place)
        pairs: list[tuple[Scalar, Node]] = []
        for key, value in node.value:
            read = self._node(key, name, depth + 1)
            if not isinstance(read, Scalar):
                raise _Refused(Problem("a key is a word", str(read.place)))
            pairs.append((read, self._node(value, name, depth + 1)))
        return Mapping(tuple(pairs), place)


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
