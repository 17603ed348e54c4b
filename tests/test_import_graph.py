"""No circles among the files, so that each can be read, tested and moved with only what stands below it.

Every import statement counts: those for type checkers and those within functions too. What is imported by a name that
is put together while the program runs is not seen, nor that a module's package is loaded before it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("cpsl", "cpsl_cli", "benchmarks")

Graph = dict[str, dict[str, int]]
"""By module: the modules that it imports, each with the line of one such import."""


def import_graph(root: Path, packages: tuple[str, ...]) -> Graph:
    """How the files of these packages, which lie in the folder, import each other."""
    files = {_module(file.relative_to(root)): file for name in packages for file in sorted((root / name).rglob("*.py"))}
    graph: Graph = {}
    for module, file in files.items():
        package = module if file.name == "__init__.py" else module.rpartition(".")[0]
        tree = ast.parse(file.read_text(encoding="utf-8"))
        graph[module] = {name: line for name, line in _imports(tree, package, files) if name != module}
    return graph


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.Module, package: str, known: Collection[str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package)
            names = [f"{origin}.{alias.name}" for alias in node.names]
            found = [name if name in known else origin for name in names]
        else:
            continue
        yield from ((name, node.lineno) for name in found if name in known)


def circle(graph: Graph) -> str:
    """One circle, a line for each import that is a part of it; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        along = error.args[1][::-1]
        return "\n".join(
            f"{importer}:{graph[importer][imported]} imports {imported}" for importer, imported in pairwise(along)
        )
    return ""


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = import_graph(ROOT, PACKAGES)
    assert {"cpsl.runtime.app", "cpsl_cli.main", "benchmarks.harness"} <= graph.keys()
    assert circle(graph) == ""


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("import shop.orders", 1),
        ("import shop.orders as bought", 1),
        ("from shop import orders", 1),
        ("from shop.orders import ORDER", 1),
        ("from . import orders", 1),
        ("from .orders import ORDER", 1),
        ("def late():\n    from shop.orders import ORDER", 2),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.orders import ORDER", 3),
        ("try:\n    import shop.orders\nexcept ImportError:\n    pass", 2),
    ],
)
def test_a_circle_is_seen_and_named(statement: str, line: int, tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("from shop.orders import ORDER\n", encoding="utf-8")
    (package / "orders.py").write_text("import json\nfrom shop.prices import PRICE\nORDER = PRICE\n", encoding="utf-8")
    (package / "prices.py").write_text("from shop import taxes\nPRICE = taxes\n", encoding="utf-8")
    (package / "taxes.py").write_text("TAX = 1\n", encoding="utf-8")
    assert circle(import_graph(tmp_path, ("shop",))) == ""

    (package / "taxes.py").write_text(f"{statement}\n", encoding="utf-8")
    assert set(circle(import_graph(tmp_path, ("shop",))).splitlines()) == {
        "shop.orders:2 imports shop.prices",
        "shop.prices:1 imports shop.taxes",
        f"shop.taxes:{line} imports shop.orders",
    }
