"""A plan folder, whole: files merged, values read, references followed. Nothing half: a plan, or every problem."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin

from tocsin.core.plan import Integration, Plan, Service
from tocsin.core.plan_json import plan_hash
from tocsin.core.refusals import Problem
from tocsin.plan_folder.nodes import Composer, Mapping, Node, Place, Scalar, Sequence
from tocsin.plan_folder.values import BAD, Reader, hints_of, near

KEYS = {"people": "handle"}
NAMED = (
    "people",
    "posts",
    "teams",
    "domains",
    "services",
    "severities",
    "triage",
    "phases",
    "roles",
    "routes",
    "rotations",
    "policies",
    "paths",
    "audiences",
    "integrations",
)
TARGETS = {"person": "people", "post": "posts", "rotation": "rotations", "next": "rotations", "role": "roles"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder came to: a plan, or None with problems. `places`: a path, as rotations.primary, to its place."""

    plan: Plan | None
    places: Map[str, Place]
    problems: tuple[Problem, ...]

    @property
    def hash(self) -> str:
        return plan_hash(self.plan) if self.plan else ""


def read_folder(folder: Path) -> Reading:
    """Read a folder of *.yaml files. Layout, order of files and comments change nothing of the plan's hash."""
    composer = Composer(folder)
    reader = Reader()
    tops = _merge(list(composer.files()), reader)
    reader.problems[:0] = composer.problems
    values = {name: _section(reader, name, nodes) for name, nodes in tops.items()}
    if "organisation" not in values and not composer.problems:
        reader.problems.append(
            Problem("the plan needs an organisation", str(folder), mend="organisation:\n  name: ...")
        )
    _follow(reader, values)
    ordered = tuple(sorted(reader.problems, key=lambda problem: _sortable(problem.where)))
    if ordered or any(value is BAD for value in values.values()):
        return Reading(None, reader.places, ordered)
    return Reading(Plan(**values), reader.places, ())


def _sortable(where: str) -> tuple[str, int, int]:
    file, _, rest = where.partition(":")
    line, _, column = rest.partition(":")
    return file, int(line) if line.isdigit() else 0, int(column) if column.isdigit() else 0


def _merge(files: list[tuple[str, Mapping]], reader: Reader) -> dict[str, list[tuple[Scalar, Node]]]:
    """The nodes of each key of the plan, over all files: lists add up, single things are stated once."""
    hints = hints_of(Plan)
    found: dict[str, list[tuple[Scalar, Node]]] = {}
    for _, top in files:
        for key, node in reader.unique(top):
            if key.value not in hints:
                reader.problem(f"{key.value!r} is no part of a plan", key.place, near(key.value, list(hints)))
                continue
            before = found.setdefault(key.value, [])
            if before and get_origin(hints[key.value]) is not tuple:
                reader.problem(f"{key.value!r} is stated twice", key.place, why=f"first at {before[0][0].place}")
                continue
            before.append((key, node))
    return found


def _section(reader: Reader, name: str, nodes: list[tuple[Scalar, Node]]) -> Any:
    hint = hints_of(Plan)[name]
    if get_origin(hint) is not tuple:
        return reader.value(hint, nodes[0][1], name)
    items: list[Node] = []
    for _, node in nodes:
        if isinstance(node, Sequence):
            items += node.items
        elif not (isinstance(node, Scalar) and node.value == ""):
            reader.problem("a list is needed here", node.place, "begin each item with a dash")
    read = [(each, reader.value(_inner(hint), each, f"{name}[{i}]")) for i, each in enumerate(items)]
    if name in NAMED:
        _named(reader, name, read)
    good = [value for _, value in read if value is not BAD]
    return tuple(sorted(good, key=_key) if name in ("people", "posts", "teams", "accepted", "duties") else good)


def _key(value: Any) -> str:
    return repr(value)


def _inner(hint: Any) -> Any:
    return hint.__args__[0]


def _named(reader: Reader, name: str, read: list[tuple[Node, Any]]) -> None:
    """Places by id, and ids that come twice."""
    first: dict[str, Place] = {}
    for node, value in read:
        id = getattr(value, KEYS.get(name, "id"), None) if value is not BAD else _id_of(node, KEYS.get(name, "id"))
        if id is None:
            continue
        if id in first:
            reader.problem(
                f"{id!r} comes twice in {name}",
                node.place,
                why=f"first at {first[id]}",
                mend="give one of them another name",
            )
        first.setdefault(id, node.place)
        reader.places.setdefault(f"{name}.{id}", node.place)


def _id_of(node: Node, key: str) -> str | None:
    """The id of an entry that could not be read, so that references to it are not told as well."""
    if isinstance(node, Mapping):
        return next((v.value for k, v in node.items if k.value == key and isinstance(v, Scalar)), None)
    return None


def _follow(reader: Reader, values: dict[str, Any]) -> None:
    """References that lead nowhere, cycles of services, and secrets that stand in the plan."""
    known = {name: {path.split(".", 1)[1] for path in reader.places if path.startswith(f"{name}.")} for name in NAMED}
    for into, word, place in reader.references:
        if word not in known[into]:
            reader.problem(f"{word!r} is not among the {into}", place, near(word, sorted(known[into])))
    for target, place in reader.targets:
        into = TARGETS.get(target.kind)
        if into is not None and target.name not in known[into]:
            reader.problem(f"{target} names nothing among the {into}", place, near(target.name, sorted(known[into])))
    services: tuple[Service, ...] = values.get("services") or ()
    _cycles(reader, {service.id: service for service in services})
    _secrets(reader, values.get("integrations") or ())


def _cycles(reader: Reader, services: dict[str, Service]) -> None:
    done: set[str] = set()
    for start in services:
        path: list[str] = []
        at: str | None = start
        while at is not None and at in services and at not in done and at not in path:
            path.append(at)
            at = next((each for each in services[at].depends_on if each not in done), None)
        if at is not None and at in path:
            ring = " -> ".join([*path[path.index(at) :], at])
            reader.problem(f"services depend on one another in a ring: {ring}", reader.places[f"services.{at}"])
        done.update(path)


def _secrets(reader: Reader, integrations: tuple[Integration, ...]) -> None:
    for i, each in enumerate(integrations):
        for name, reference in each.secrets.items():
            if not reference.startswith(("env:", "file:")):
                place = reader.places.get(f"integrations[{i}].secrets.{name}", reader.places[f"integrations.{each.id}"])
                # The value is not repeated: it may be the secret itself.
                reader.problem(f"the secret {name!r} stands in the plan", place, "write env:NAME or file:PATH instead")
