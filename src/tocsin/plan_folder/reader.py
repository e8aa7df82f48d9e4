"""A plan folder, whole: files merged, values read, references followed. Nothing half: a plan, or every problem."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin

from tocsin.core.plan import Integration, Plan, Service
from tocsin.core.plan_faults import TARGETS, rings
from tocsin.core.plan_json import plan_hash
from tocsin.core.refusals import Problem
from tocsin.plan_folder.nodes import Composer, Mapping, Node, Place, Scalar, Sequence
from tocsin.plan_folder.values import BAD, MOST_PROBLEMS, Reader, TooMany, hints_of, near, shown

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
    "heartbeats",
    "rotations",
    "policies",
    "paths",
    "audiences",
    "integrations",
)
ANY_ORDER = ("people", "posts", "teams", "accepted", "duties")
"""Lists whose order says nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder came to: a plan, or None with problems. `places`: a path, as rotations.primary, to its place."""

    plan: Plan | None
    places: Map[str, Place]
    problems: tuple[Problem, ...]

    @property
    def hash(self) -> str:
        return plan_hash(self.plan) if self.plan else ""

    def place(self, path: str) -> Place | None:
        """Where a path of the plan stands, or the nearest thing around it: policies.sev1.steps[0], duties[2]."""
        while path and path not in self.places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places.get(path)


def read_folder(folder: Path) -> Reading:
    """Read a folder of *.yaml files. Layout, order of files and comments change nothing of the plan's hash."""
    composer = Composer(folder)
    reader = Reader()
    values: dict[str, Any] = {}
    try:
        tops = _merge(list(composer.files()), reader)
        values |= {name: _section(reader, name, nodes) for name, nodes in tops.items()}
        _whole(reader, values, tops, composer, folder)
    except TooMany:
        composer.problem(f"more than {MOST_PROBLEMS} problems", str(folder), "the rest is not told")
    problems = tuple(sorted([*composer.problems, *reader.problems], key=lambda problem: _sortable(problem.where)))
    if problems:
        return Reading(None, reader.places, problems)
    return Reading(Plan(**values), reader.places, ())


def _whole(
    reader: Reader,
    values: dict[str, Any],
    tops: dict[str, list[tuple[Scalar, Node]]],
    composer: Composer,
    folder: Path,
) -> None:
    """What shows only once every file is read: a file that could not be may hold what others name."""
    if composer.whole:
        if "organisation" not in tops:
            mend = "write organisation: {name: ...} into one of the files"
            reader.problems.append(Problem("the plan needs an organisation", str(folder), mend=mend))
        _follow(reader, values)
    _structure(reader, values)
    _secrets(reader, values.get("integrations") or ())


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
                reader.problem(f"{shown(key.value)} is no part of a plan", key.place, near(key.value, list(hints)))
                continue
            if isinstance(node, Scalar) and node.empty:
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
        else:
            reader.problem("a list is needed here", node.place, "begin each item with a dash")
    read = [(each, reader.value(_inner(hint), each, f"{name}[{i}]")) for i, each in enumerate(items)]
    if name in NAMED:
        _named(reader, name, read)
    good = [(i, value) for i, (_, value) in enumerate(read) if value is not BAD]
    if name in ANY_ORDER:
        good.sort(key=lambda each: repr(each[1]))
        _reorder(reader, name, [i for i, _ in good])
    return tuple(value for _, value in good)


def _reorder(reader: Reader, name: str, order: list[int]) -> None:
    """Paths by position follow a list that was sorted."""
    old = {path: place for path, place in reader.places.items() if path.startswith(f"{name}[")}
    for path in old:
        del reader.places[path]
    now = {before: after for after, before in enumerate(order)}
    for path, place in old.items():
        position, _, rest = path[len(name) + 1 :].partition("]")
        if int(position) in now:
            reader.places[f"{name}[{now[int(position)]}]{rest}"] = place


def _inner(hint: Any) -> Any:
    return hint.__args__[0]


def _named(reader: Reader, name: str, read: list[tuple[Node, Any]]) -> None:
    """Places by id, and ids that come twice."""
    key = KEYS.get(name, "id")
    ids = [getattr(value, key) if value is not BAD else _id_of(node, key) for node, value in read]
    first: dict[str, Place] = {}
    for (node, _), id in zip(read, ids, strict=True):
        if id is not None and id in first:
            mend = "give one of them another name"
            reader.problem(f"{shown(id)} comes twice in {name}", node.place, mend, f"first at {first[id]}")
        elif id is not None:
            first[id] = node.place
    reader.known[name] = set(first)
    for path, place in list(reader.places.items()):
        if path.startswith(f"{name}["):
            position, _, rest = path[len(name) + 1 :].partition("]")
            id = ids[int(position)]
            if id is not None:
                reader.places.setdefault(f"{name}.{id}{rest}", place)


def _id_of(node: Node, key: str) -> str | None:
    """The id of an entry that could not be read, so that references to it are not told as well."""
    if isinstance(node, Mapping):
        return next((v.value for k, v in node.items if k.value == key and isinstance(v, Scalar)), None)
    return None


def _follow(reader: Reader, values: dict[str, Any]) -> None:
    """References that lead nowhere."""
    known = {name: reader.known.get(name, set()) for name in NAMED}
    for into, word, place in reader.references:
        if word not in known[into]:
            reader.problem(f"{shown(word)} is not among the {into}", place, near(word, sorted(known[into])))
    for target, place in reader.targets:
        into = TARGETS.get(target.kind)
        if into is not None and target.name not in known[into]:
            reader.problem(f"{target} names nothing among the {into}", place, near(target.name, sorted(known[into])))


def _structure(reader: Reader, values: dict[str, Any]) -> None:
    """Services that need one another in a ring, and columns of a domain that name a column."""
    services: tuple[Service, ...] = values.get("services") or ()
    for ring in rings({service.id: service for service in services}):
        place = reader.places[f"services.{ring[-2]}.depends_on"]
        reader.problem(f"services depend on one another in a ring: {' -> '.join(ring)}", place)
    for domain in values.get("domains") or ():
        for column in ("primary", "secondary", "expert", "management"):
            for target in getattr(domain, column):
                if target.kind == "domain":
                    what = "a column of a domain names people, posts and rotations, and no other column"
                    reader.problem(what, reader.places[f"domains.{domain.id}.{column}"])


def _secrets(reader: Reader, integrations: tuple[Integration, ...]) -> None:
    for i, each in enumerate(integrations):
        for name, reference in each.secrets.items():
            if not reference.startswith(("env:", "file:")):
                place = reader.places.get(f"integrations[{i}].secrets.{name}", reader.places[f"integrations.{each.id}"])
                # The value is not repeated: it may be the secret itself.
                reader.problem(
                    f"the secret {shown(name)} stands in the plan", place, "write env:NAME or file:PATH instead"
                )
