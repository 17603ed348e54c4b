"""An object is whole after its constructor: nobody outside its file gives it what it works with later."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import cpsl
import cpsl_cli

PACKAGES = [Path(str(package.__file__)).parent for package in (cpsl, cpsl_cli)]
Sources = Mapping[str, str]

# What is assigned from another file all the same, and why.
EXCEPTIONS = {
    ("cpsl_cli/streams.py", "stderr"): "that of the module sys",
    ("cpsl_cli/streams.py", "stdout"): "that of the module sys",
    ("cpsl_cli/chat/conditions.py", "last"): "ids are counted on from where a conversation stands: state, no wiring",
    ("cpsl_cli/repl/prompt.py", "document"): "the text of prompt_toolkit's buffer",
    ("cpsl_cli/replay/junit.py", "text"): "the text of an XML element",
}


def product() -> dict[str, str]:
    """The text of each file of the product, by its path from the package's folder on."""
    return {
        file.relative_to(package.parent).as_posix(): file.read_text(encoding="utf-8")
        for package in PACKAGES
        for file in sorted(package.rglob("*.py"))
    }


@cache
def tree(text: str) -> ast.Module:
    return ast.parse(text)


def attributes(sources: Sources) -> dict[str, set[str]]:
    """The attributes that classes of the product have, and in which files those classes stand."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for file, text in sources.items():
        for node in ast.walk(tree(text)):
            if isinstance(node, ast.ClassDef):
                for name in _declared(node):
                    found[name].add(file)
    return found


def _declared(node: ast.ClassDef) -> Iterator[str]:
    for inner in node.body:
        if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
            yield inner.target.id
    for target, _ in _assigned(node):
        if isinstance(target.value, ast.Name) and target.value.id in ("self", "cls"):
            yield target.attr


def _assigned(tree: ast.AST) -> Iterator[tuple[ast.Attribute, ast.expr | None]]:
    """Each attribute that is assigned to below that node, and the annotation if there is one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node, None
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
            yield node.target, node.annotation


def given_later(sources: Sources, within: str = "") -> set[tuple[str, str]]:
    """File and attribute of each assignment to an object of the product from outside the file of its class.

    :param within: the folder whose files are looked through.
    """
    known = attributes(sources)
    return {
        (file, target.attr)
        for file, text in sources.items()
        if file.startswith(within)
        for target, _ in _assigned(tree(text))
        if not (isinstance(target.value, ast.Name) and target.value.id in ("self", "cls"))
        and target.attr in known
        and file not in known[target.attr]
    }


def open_slots(sources: Sources) -> set[tuple[str, str]]:
    """File and name of each public attribute that is a callable with some default, for others to replace."""
    return {
        (file, target.attr)
        for file, text in sources.items()
        for target, annotation in _assigned(tree(text))
        if annotation and "Callable[" in ast.unparse(annotation) and not target.attr.startswith("_")
    }


def test_the_command_gives_nothing_to_an_object_after_its_constructor() -> None:
    """In ``cpsl`` declarations are filled by decorators, one after the other."""
    assert given_later(product(), within="cpsl_cli/") == set(EXCEPTIONS)


def test_no_object_has_an_open_slot_for_a_callback() -> None:
    assert open_slots(product()) == set()


GUARD = "class Guard:\n    def __init__(self) -> None:\n        self.on_end: Callable[[], object] = lambda: None\n"


@pytest.mark.parametrize(
    "line",
    [
        "guard.on_end = store.close",
        "self.guard.on_end = store.close",
        "guards[0].on_end, other = store.close, 1",
        "guard.on_end += store.close",
    ],
)
def test_an_assignment_from_another_file_is_found(line: str) -> None:
    assert given_later({"guard.py": GUARD, "launch.py": line}) == {("launch.py", "on_end")}


def test_what_a_class_does_itself_and_what_is_no_class_of_ours_is_not_meant() -> None:
    assert given_later({"guard.py": GUARD + "Guard().on_end = print\n", "launch.py": "sys.stdout = stream\n"}) == set()


def test_a_slot_is_found() -> None:
    assert open_slots({"guard.py": GUARD}) == {("guard.py", "on_end")}
    assert open_slots({"guard.py": GUARD.replace("self.on_end", "self._on_end")}) == set()
