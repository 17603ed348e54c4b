"""Finding the app when none is named: the one ``App`` in the folder, without importing anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def find_apps(folder: Path) -> list[str]:
    """Entry points (``file.py:symbol``) of the apps assigned at the top level of the folder's files.

    Where there are none, the files that make one in some other way, or cannot be read as Python just now:
    loading one says what is wrong with it.
    """
    sources = {file.name: source for file in sorted(folder.glob("*.py")) if b"cpsl" in (source := _source(file))}
    found = [f"{name}:{symbol}" for name, source in sources.items() for symbol in _symbols(source)]
    return found or [name for name, source in sources.items() if b"App(" in source]


def _source(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _symbols(source: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in tree.body:
        target = _assigned(node)
        if target and _makes_app(getattr(node, "value", None)):
            yield target


def _assigned(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    return None


def _makes_app(value: ast.expr | None) -> bool:
    if not isinstance(value, ast.Call):
        return False
    name = value.func
    return (isinstance(name, ast.Attribute) and name.attr == "App") or (isinstance(name, ast.Name) and name.id == "App")
