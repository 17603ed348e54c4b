"""A text search finds one definition: no public name stands twice in the product."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cpsl
import cpsl_cli

PACKAGES = [Path(str(package.__file__)).parent for package in (cpsl, cpsl_cli)]

# The hosted surface has them twice, and they keep their names here.
TWICE = {"Chat", "Column", "Image"}
MOST_FILES_OF_A_NAME = 2
METAPHORS = {
    "aside", "before", "corner", "fresh", "frozen", "given", "ground", "holdings", "late", "live", "net", "outlet",
    "retold", "said", "scene", "seat", "standing", "standstill", "tape", "told", "worlds",
}  # fmt: skip


def files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(package.rglob("*.py"))


def definitions() -> dict[str, list[str]]:
    """The public classes and functions of each module, by name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in files():
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name[0] != "_":
                found[node.name].append(f"{file}:{node.lineno}")
    return found


def test_no_public_class_or_function_stands_twice() -> None:
    twice = {name: places for name, places in definitions().items() if len(places) > 1}
    assert {name: places for name, places in twice.items() if name not in TWICE} == {}
    assert set(twice) == TWICE


def test_no_file_name_stands_more_than_twice() -> None:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in files():
        if file.name != "__init__.py":
            found[file.name].append(str(file))
    assert {name: places for name, places in found.items() if len(places) > MOST_FILES_OF_A_NAME} == {}


def test_no_file_is_named_after_a_metaphor() -> None:
    assert {file.stem for file in files()} & METAPHORS == set()
