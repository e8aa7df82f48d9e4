"""The house's walls: who may import whom (docs/why/house.md), no cycle, no long chain, a core without a world."""

from __future__ import annotations

import ast
from functools import cache

import pytest
from tests.house.test_sizes import RATCHET
from tests.house.tree import Module, inside, modules

MAY: dict[str, tuple[str, ...]] = {
    "tocsin": (),
    "core": ("core",),
    "store": ("store", "core"),
    "integrations": ("integrations", "core", "tocsin"),
    "engine": ("engine", "core", "store.base", "integrations.base", "integrations.registry"),
    "web": (
        "web",
        "engine",
        "store.base",
        "core",
        "integrations.base",
        "integrations.registry",
        "config",
        "matching",
        "tocsin",
    ),
    "cli": (
        "cli",
        "app",
        "record",
        "demo",
        "config",
        "engine",
        "store.base",
        "store.urls",
        "core",
        "integrations.registry",
        "plan_folder",
        "matching",
    ),
    "sim": ("sim", "engine", "store", "integrations.base", "core"),
    "demo": ("app", "config", "core", "engine.clock", "sim", "store.base", "store.urls", "web.access", "web.views"),
    "record": ("app", "core", "engine", "store", "matching"),
    "plan_folder": ("plan_folder", "core", "matching"),
    "plans": (),
    "matching": ("core",),
    "config": ("core",),
}
"""What each room may import, by the start of the name inside the package. `app` alone knows every room."""

CORE_LIBRARY = {
    "__future__",
    "base64",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "hmac",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "types",
    "typing",
    "zoneinfo",
}
"""Of the standard library, what has no clock, no chance and no input or output; `zoneinfo` is the one exception."""

CLOCKS = {"now", "utcnow", "today", "fromtimestamp"}
LONGEST_CHAIN = 8


def _allowed(module: Module, name: str) -> bool:
    short = name.removeprefix("tocsin.")
    if name == "tocsin" or name.startswith("tocsin.__"):
        short = "tocsin"
    return any(short == prefix or short.startswith(f"{prefix}.") for prefix in MAY[module.room])


@pytest.mark.parametrize("room", sorted(MAY))
def test_a_room_imports_only_what_it_may(room: str) -> None:
    here = [module for module in modules().values() if module.room == room]
    assert here or room == "plans", f"there is no room {room}"
    wrong = [
        f"{module.name} imports {name}"
        for module in here
        for name in sorted(inside(module))
        if not _allowed(module, name)
    ]
    assert wrong == []


def test_every_module_belongs_to_a_room() -> None:
    assert {module.room for module in modules().values()} <= {*MAY, "app"}


def test_a_vendor_imports_no_other_vendor() -> None:
    vendors = {name.split(".")[2] for name, m in modules().items() if name.count(".") >= 3 and m.room == "integrations"}
    assert {"smtp", "webhook", "sandbox", "alertmanager", "prometheus"} <= vendors
    wrong = [
        f"{module.name} imports {name}"
        for module in modules().values()
        if module.room == "integrations" and (mine := module.name.split(".")[2:3]) and mine[0] in vendors
        for name in inside(module)
        if name.startswith("tocsin.integrations.") and name.split(".")[2] in vendors - set(mine)
    ]
    assert wrong == []


def test_nobody_but_the_stores_imports_a_database_driver() -> None:
    drivers = {"sqlite3", "pysqlite3", "psycopg", "psycopg_pool"}
    users = {module.name for module in modules().values() if {name.split(".")[0] for name in module.imports} & drivers}
    assert users <= {"tocsin.store.sqlite", "tocsin.store.postgres"}


def test_the_core_has_no_clock_no_chance_and_no_world() -> None:
    wrong: list[str] = []
    for module in modules().values():
        if module.room != "core":
            continue
        outside = {name.split(".")[0] for name in module.imports} - CORE_LIBRARY - {"tocsin"}
        wrong += [f"{module.name} imports {name}" for name in sorted(outside)]
        if "zoneinfo" in module.imports and module.name != "tocsin.core.calendars":
            wrong.append(f"{module.name} knows zones; only core/calendars.py may")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                wrong.append(f"{module.name}:{node.lineno} asks a clock (.{node.func.attr})")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("open", "print"):
                wrong.append(f"{module.name}:{node.lineno} calls {node.func.id}()")
    assert wrong == []


@cache
def _loaded(name: str) -> frozenset[str]:
    """What a module imports when it is loaded: imports inside functions and for types alone are left out."""
    module = modules()[name]
    found: set[str] = set()

    def visit(body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                names = {f"{node.module}.{alias.name}" for alias in node.names}
                found.update(names & modules().keys() or {node.module} & modules().keys())
            elif isinstance(node, ast.Import):
                found.update({alias.name for alias in node.names} & modules().keys())
            elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                visit(node.orelse)
            elif isinstance(node, (ast.If, ast.Try, ast.ClassDef)):
                visit(node.body)

    visit(module.tree.body)
    return frozenset(found - {name})


def test_no_import_goes_in_a_circle_and_no_chain_is_long() -> None:
    depth: dict[str, int] = {}
    on_the_way: list[str] = []

    def measure(name: str) -> int:
        """How many files of its own room a module stands on, itself counted."""
        assert name not in on_the_way, f"a circle of imports: {' -> '.join([*on_the_way, name])}"
        if name not in depth:
            on_the_way.append(name)
            below = [each for each in _loaded(name) if not name.startswith(f"{each}.")]
            inner = {each: measure(each) for each in below}
            on_the_way.pop()
            room = modules()[name].room
            depth[name] = 1 + max((inner[each] for each in below if modules()[each].room == room), default=0)
        return depth[name]

    for name in modules():
        measure(name)
    longest = {room: max(d for n, d in depth.items() if modules()[n].room == room) for room in {*MAY, "app"}}
    over = {room: chain for room, chain in longest.items() if chain > RATCHET["chains"].get(room, LONGEST_CHAIN)}
    assert over == {}
    assert {room: longest[room] for room in RATCHET["chains"]} == RATCHET["chains"], "the ratchet turns: lower it"
