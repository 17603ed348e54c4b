"""A filter as a tree of values.

`filters` and `lookups` build it, `evaluate` runs it over dicts, `sql` compiles it. Operands are plain
JSON values (`documents.checked`). An empty `And` matches everything, an empty `Or` nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cpsl.data.paths import Path

Comparison = Literal["eq", "gt", "gte", "lt", "lte"]


@dataclass(frozen=True)
class And:
    """Every child matches."""

    children: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Or:
    """Some child matches."""

    children: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Not:
    """The child does not match."""

    child: "Node"


@dataclass(frozen=True)
class Compare:
    """Some value at `path` is in the operand's kind and stands in this relation to it; null equals
    missing.
    """

    path: Path
    op: Comparison
    value: Any


@dataclass(frozen=True)
class In:
    """Some value at `path` equals one of `values`."""

    path: Path
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Regex:
    """Some text at `path` contains a match; `options` is a subset of "imsx"."""

    path: Path
    pattern: str
    options: str = ""


@dataclass(frozen=True)
class Exists:
    """The path leads somewhere, if only to null."""

    path: Path


@dataclass(frozen=True)
class Size:
    """An array at `path` has exactly `size` elements."""

    path: Path
    size: int


@dataclass(frozen=True)
class TypeIs:
    """Some value at `path` has one of the BSON type names."""

    path: Path
    names: tuple[str, ...]


@dataclass(frozen=True)
class ElemMatch:
    """Some element of an array at `path` matches `child`.

    `bare`: the child's leaves have the empty path and look at the element itself; otherwise the element
    must be an object (or an array, whose fields are its indices) and the child is a filter on it.
    """

    path: Path
    child: "Node"
    bare: bool


Leaf = Compare | In | Regex | Exists | Size | TypeIs | ElemMatch
Node = And | Or | Not | Leaf

EVERYTHING = And()
NOTHING = Or()


def filtered_fields(node: Node) -> Iterator[str]:
    """Yield the undotted fields that a filter asks about."""
    if isinstance(node, (And, Or)):
        for child in node.children:
            yield from filtered_fields(child)
    elif isinstance(node, Not):
        yield from filtered_fields(node.child)
    elif len(node.path) == 1:
        yield node.path[0]
