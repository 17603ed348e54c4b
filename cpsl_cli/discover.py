"""Finding the app when none is named: the one ``App`` in the folder, without importing anything (UX A3)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def find_apps(folder: Path) -> list[str]:
    """Entry points (``file.py:symbol``) of the apps assigned at the top level of the folder's files."""
    return [f"{file.name}:{symbol}" for file in sorted(folder.glob("*.py")) for symbol in _symbols(file)]


def _symbols(file: Path) -> Iterator[str]:
    try:
        source = file.read_bytes()
        tree = ast.parse(source) if b"cpsl" in source else ast.Module([], [])
    except (OSError, SyntaxError, ValueError):
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
