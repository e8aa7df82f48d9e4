"""YAML files as nodes with their places. No implicit types: `no` is the text no, 08:30 is 08:30 (YAML 1.2); nothing,
~ and null are nothing. Tags, merge keys, anchors that multiply, and files outside the folder are refused.

Built from the parser's events without recursion: composing a file of nothing but opening brackets ends the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tocsin.core.refusals import Problem

MOST_FILES = 2_000
MOST_BYTES = 4 * 1024 * 1024
MOST_NODES = 500_000
MOST_DEPTH = 30
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HINTS = {
    "tab": "indent with spaces",
    "cannot start any token": "indent with spaces; put text that begins with a sign in quotes",
    "mapping values are not allowed": "put text that holds a colon and a space in quotes",
    "unexpected end of stream": "close the quotes",
    "expected <document start>": "write one document a file, without ---",
}


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

    @property
    def empty(self) -> bool:
        """Nothing stands here, or null or ~ without quotes."""
        return self.plain and self.value in ("", "null", "~")


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
    """Reads the files of one folder; problems gather here. `whole` says that every file could be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.problems: list[Problem] = []
        self.whole = True
        self.nodes = 0

    def problem(self, what: str, where: str, why: str = "", mend: str = "") -> None:
        """A file that cannot be read, whole or in part."""
        self.whole = False
        self.problems.append(Problem(what, where, why, mend))

    def files(self) -> Iterator[tuple[str, Mapping]]:
        """Each file's top mapping, by name."""
        if not self._folder.is_dir():
            self.problem("there is no such folder", str(self._folder), mend="tocsin init makes one")
            return
        found = sorted(p for pattern in ("*.yaml", "*.yml") for p in self._folder.rglob(pattern))
        if not found:
            self.problem("the folder holds no *.yaml file", str(self._folder), mend="tocsin init makes one that does")
        if len(found) > MOST_FILES:
            self.problem(f"more than {MOST_FILES} files", str(self._folder))
            return
        for path in found:
            if self.nodes > MOST_NODES:
                return
            top = self._file(path)
            if top is not None:
                yield top

    def _file(self, path: Path) -> tuple[str, Mapping] | None:
        name = path.relative_to(self._folder).as_posix()
        if path.is_symlink() or not path.resolve().is_relative_to(self._folder.resolve()):
            return self.problem("a link is not followed", name, mend="put the file itself here")
        if not path.is_file():
            return None if path.is_dir() else self.problem("this is no file", name)
        try:
            if path.stat().st_size > MOST_BYTES:
                return self.problem(f"the file is larger than {MOST_BYTES} bytes", name, mend="spread it over several")
            body = path.read_bytes()
        except OSError as problem:
            return self.problem("the file cannot be read", name, problem.strerror or "")
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            why = f"byte {problem.start} is {body[problem.start]:#04x}"
            return self.problem("the file is not UTF-8", _at(name, body, problem.start), why, "save it as UTF-8")
        return self._top(name, text)

    def _top(self, name: str, text: str) -> tuple[str, Mapping] | None:
        loader = _Loader(text)
        try:
            node = _Tree(self, name).read(loader)
        except yaml.MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
            words = problem.problem or problem.context or ""
            mend = next((hint for sign, hint in _HINTS.items() if sign in words), "")
            return self.problem("this is not YAML", place, words, mend)
        except yaml.reader.ReaderError as problem:
            sign = ord(problem.character) if isinstance(problem.character, str) else problem.character
            place = _at(name, text.encode(), problem.position)
            return self.problem("this is not YAML", place, f"the sign {sign:#04x} may not stand here", "leave it out")
        except _Refused as refused:
            self.whole = False
            self.problems.append(refused.problem)
            return None
        finally:
            loader.dispose()
        if node is None or (isinstance(node, Scalar) and node.empty):
            return None
        if not isinstance(node, Mapping):
            return self.problem(
                "a plan file holds keys at its top", str(node.place), mend="as organisation: or people:"
            )
        return name, node


def _at(name: str, body: bytes, position: int) -> str:
    before = body[:position]
    line_start = before.rfind(b"\n") + 1
    return f"{name}:{before.count(10) + 1}:{len(before[line_start:].decode('utf-8', 'replace')) + 1}"


@dataclass(slots=True)
class _Open:
    """A list or a mapping whose end has not come."""

    place: Place
    pairs: bool
    anchor: str | None
    begun: int
    items: list[Any] = field(default_factory=list[Any])
    key: Scalar | None = None

    def closed(self) -> Node:
        return Mapping(tuple(self.items), self.place) if self.pairs else Sequence(tuple(self.items), self.place)


class _Tree:
    """The nodes of one file, from the parser's events."""

    def __init__(self, composer: Composer, name: str) -> None:
        self._composer = composer
        self._name = name
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._root: Node | None = None
        self._documents = 0

    def read(self, loader: Any) -> Node | None:
        """The top node; None of an empty file. Raises yaml.YAMLError, _Refused."""
        while loader.check_event():
            self._take(loader.get_event())
        return self._root

    def _take(self, event: Any) -> None:
        place = Place(self._name, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            self._begin(event, place, 0)
            node = Scalar(event.value, place, not event.style)
            self._keep(event.anchor, node, 1)
            self._put(node)
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self._begin(event, place, 1)
            pairs = isinstance(event, yaml.MappingStartEvent)
            self._open.append(_Open(place, pairs, event.anchor, self._composer.nodes))
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            done = self._open.pop()
            node = done.closed()
            self._keep(done.anchor, node, self._composer.nodes - done.begun + 1)
            self._put(node)
        elif isinstance(event, yaml.AliasEvent):
            self._put(self._alias(event.anchor or "", place))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Refused(Problem("a plan file holds one document", str(place), mend="put the rest in a file"))

    def _begin(self, event: Any, place: Place, deeper: int) -> None:
        self._count(1, place)
        if len(self._open) + deeper > MOST_DEPTH:
            raise _Refused(Problem(f"nested more than {MOST_DEPTH} deep", str(place)))
        if event.tag is not None:
            mend = "write the value without a tag"
            self._composer.problem(f"the tag {event.tag[:60]!r} is not taken", str(place), mend=mend)

    def _count(self, more: int, place: Place) -> None:
        self._composer.nodes += more
        if self._composer.nodes > MOST_NODES:
            why = "aliases count as often as they are used"
            raise _Refused(Problem(f"the plan has more than {MOST_NODES} values", str(place), why))

    def _keep(self, anchor: str | None, node: Node, size: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, size)

    def _alias(self, anchor: str, place: Place) -> Node:
        known = self._anchors.get(anchor)
        if known is None:
            inside = any(each.anchor == anchor for each in self._open)
            why = "it stands inside its own anchor" if inside else "no anchor of that name comes before it"
            raise _Refused(Problem(f"the alias {anchor[:60]!r} leads nowhere", str(place), why))
        self._count(known[1], place)
        return known[0]

    def _put(self, node: Node) -> None:
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        if not parent.pairs:
            parent.items.append(node)
        elif parent.key is None:
            if not isinstance(node, Scalar):
                raise _Refused(Problem("a key is a word", str(node.place)))
            parent.key = node
        else:
            if parent.key.plain and parent.key.value == "<<":
                why = "YAML 1.2 has no merge keys"
                self._composer.problem("the key '<<' is not taken", str(parent.key.place), why, "write the keys out")
            else:
                parent.items.append((parent.key, node))
            parent.key = None


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
