"""The source tree as the house's rules see it: modules, what they import, how long they are."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"


@dataclass(frozen=True)
class Module:
    """One file: its dotted name, its path, its tree, and the dotted names that it imports."""

    name: str
    path: Path
    tree: ast.Module
    imports: frozenset[str]
    lines: int

    @property
    def room(self) -> str:
        """core, store, engine...: the second part of the name."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else parts[0]


def _imported(tree: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, "imports name the whole path"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


@cache
def modules() -> dict[str, Module]:
    """Every module of the package, by dotted name."""
    found: dict[str, Module] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        text = path.read_text("utf-8")
        tree = ast.parse(text, str(path))
        found[name] = Module(name, path, tree, _imported(tree), text.count("\n"))
    return found


def inside(module: Module) -> frozenset[str]:
    """The modules of the package that a module imports."""
    return frozenset(name for name in module.imports if name in modules() and name != module.name)


def functions() -> list[tuple[str, int]]:
    """Every function by module and name, with its length in lines, decorators and docstring left out."""
    found: list[tuple[str, int]] = []
    for module in modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                body = node.body
                if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1:
                    body = body[1:]
                start = body[0].lineno - 1
                found.append((f"{module.name}.{node.name}", (node.end_lineno or start) - start + 1))
    return found


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that the repository holds or is about to hold."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return tuple(ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file())
