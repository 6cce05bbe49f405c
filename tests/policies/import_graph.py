"""Import graph of the product code, read from its syntax: nothing is imported."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("schemas", "infra", "models", "streams", "retrain")


@dataclass(frozen=True, slots=True)
class Imported:
    """One import. ``name``: a module of ours, or the top-level module of a package. ``late``:
    within a function.
    """

    name: str
    late: bool


Graph = Mapping[str, frozenset[str]]


@cache
def product() -> Mapping[str, tuple[Imported, ...]]:
    """Module → its imports outside of the standard library, those for type checking left out."""
    paths = {_name(path): path for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    return {
        name: tuple(
            found
            for imported, late in _imports(ast.parse(path.read_text(encoding="utf8")), late=False)
            for found in _resolved(imported, paths.keys(), late)
        )
        for name, path in sorted(paths.items())
    }


def ours(imports: Mapping[str, Iterable[Imported]], *, late: bool) -> Graph:
    """Module → modules of ours that it imports, with or without the imports within functions."""
    return {
        name: frozenset(
            each.name
            for each in found
            if each.name in imports and each.name != name and (late or not each.late)
        )
        for name, found in imports.items()
    }


def cycles(graph: Graph) -> list[list[str]]:
    """Modules that import one another, directly or through others: the strongly connected
    components of more than one (Tarjan 1972).
    """
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        path.append(name)
        for other in sorted(graph[name]):
            if other not in number:
                visit(other)
            if other in path:
                low[name] = min(low[name], low[other])
        if low[name] == number[name]:
            component = path[path.index(name) :]
            del path[path.index(name) :]
            if len(component) > 1:
                found.append(sorted(component))

    for name in graph:
        if name not in number:
            visit(name)
    return found


def third_party(start: Iterable[str]) -> dict[str, str]:
    """Top-level modules of packages that are imported where these modules are, and by which."""
    imports, reached, waiting = product(), set[str](), list(start)
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        waiting += [above for above in _packages(name) if above in imports]
        for each in imports[name]:
            if each.late:
                continue
            if each.name in imports:
                waiting.append(each.name)
            else:
                found.setdefault(each.name, name)
    return found


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _packages(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _imports(node: ast.AST, *, late: bool) -> Iterator[tuple[str, bool]]:
    """(``module`` or ``module.attribute``, whether within a function)."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from ((f"{child.module}.{alias.name}", late) for alias in child.names)
        elif not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, late=late or function)


def _resolved(imported: str, known: Iterable[str], late: bool) -> Iterator[Imported]:
    top = imported.partition(".")[0]
    if top in sys.stdlib_module_names:
        return
    if top not in ROOMS:
        yield Imported(top, late)
        return
    while imported not in known:
        imported = imported.rpartition(".")[0]
    yield Imported(imported, late)
