"""Finding the app when none is named: the configured one, or the one ``App`` in the folder, without importing it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from cpsl.wording import number_of_choice
from cpsl_cli.config import load_config
from cpsl_cli.errors import UsageError
from cpsl_cli.project import find_project
from cpsl_cli.streams import say


def default_app(folder: Path, *, ask: bool) -> str:
    """The app to open when none is named: the configured one, or the only one in the folder.

    Raises ``UsageError`` when there is none or, without ``ask``, when there are several.
    """
    project = find_project(folder)
    config = load_config(project)
    configured = config.values.get("app")
    if configured:
        from_project = config.origins.get("app") == str(project.config_file)
        return _from_root(project.root, str(configured)) if from_project else str(configured)
    found = find_apps(folder)
    if len(found) == 1:
        say(f"using {found[0]}\n")
        return found[0]
    if not found:
        raise UsageError(f"no app named, and none found in {folder}/*.py: write capsule chat FILE.py.")
    return _pick(found) if ask else _refuse(found)


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


def _from_root(root: Path, entry: str) -> str:
    """A project's configuration means the same from each of its folders."""
    return str(root / entry) if entry.partition(":")[0].endswith(".py") else entry


def _refuse(found: list[str]) -> str:
    names = "".join(f"\n  capsule chat {entry}" for entry in found)
    raise UsageError(f"there are several apps here; name one:{names}")


def _pick(found: list[str]) -> str:
    for number, entry in enumerate(found, 1):
        say(f"  {number}  {entry}\n")
    say("Which one? ")
    answer = sys.stdin.readline().strip()
    chosen = number_of_choice(answer, len(found))
    if chosen:
        return found[chosen - 1]
    return answer if answer in found else _refuse(found)
