"""A filter as a tree of values, each of which says what it means: with MongoDB's documented semantics.

`filters` and `lookups` build it, `sql` compiles it. The compiler leaves to `predicate` whatever SQL cannot say
exactly; a property test holds the two together. Operands are plain JSON values (`documents.checked_value`).
"""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cpsl.data.dialect import compile_regex
from cpsl.data.ordering import MISSING, ComparisonClass, key, kind
from cpsl.data.paths import Path, candidates, terminals

Comparison = Literal["eq", "gt", "gte", "lt", "lte"]

Predicate = Callable[[Any], bool]
"""Takes a document of plain JSON (or, under `$elemMatch`, an element) and says whether it matches."""


@dataclass(frozen=True)
class And:
    """Every child matches; without any, everything does."""

    children: tuple["Node", ...] = ()

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        parts = [child.predicate() for child in self.children]
        return lambda value: all(part(value) for part in parts)


@dataclass(frozen=True)
class Or:
    """Some child matches; without any, nothing does."""

    children: tuple["Node", ...] = ()

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        parts = [child.predicate() for child in self.children]
        return lambda value: any(part(value) for part in parts)


@dataclass(frozen=True)
class Not:
    """The child does not match."""

    child: "Node"

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        part = self.child.predicate()
        return lambda value: not part(value)


@dataclass(frozen=True)
class Compare:
    """Some value at `path` is in the operand's kind and stands in this relation to it; null equals
    missing.
    """

    path: Path
    op: Comparison
    value: Any

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        wanted = key(self.value)
        if self.op == "eq":
            return _some(self.path, lambda item: key(item) == wanted)
        holds, bracket = _RELATIONS[self.op], kind(self.value)
        return _some(self.path, lambda item: kind(item) is bracket and holds(key(item), wanted))


@dataclass(frozen=True)
class In:
    """Some value at `path` equals one of `values`."""

    path: Path
    values: tuple[Any, ...]

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        wanted = frozenset(key(value) for value in self.values)
        return _some(self.path, lambda item: key(item) in wanted)


@dataclass(frozen=True)
class Regex:
    """Some text at `path` contains a match; `options` is a subset of "imsx"."""

    path: Path
    pattern: str
    options: str = ""

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        search = compile_regex(self.pattern, self.options).search
        return _some(self.path, lambda item: isinstance(item, str) and search(item) is not None)


@dataclass(frozen=True)
class Exists:
    """The path leads somewhere, if only to null."""

    path: Path

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        return lambda value: any(end is not MISSING for end, _ in terminals(value, self.path))


@dataclass(frozen=True)
class Size:
    """An array at `path` has exactly `size` elements."""

    path: Path
    size: int

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        return _some_array(self.path, lambda items: len(items) == self.size)


@dataclass(frozen=True)
class TypeIs:
    """Some value at `path` has one of the BSON type names."""

    path: Path
    names: tuple[str, ...]

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        wanted = frozenset(self.names)
        return _some(self.path, lambda item: not wanted.isdisjoint(_type_names(item)))


@dataclass(frozen=True)
class ElemMatch:
    """Some element of an array at `path` matches `child`.

    `bare`: the child's leaves have the empty path and look at the element itself; otherwise the element
    must be an object (or an array, whose fields are its indices) and the child is a filter on it.
    """

    path: Path
    child: "Node"
    bare: bool

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        part = self.child.predicate()
        if self.bare:
            return _some_array(self.path, lambda items: any(part(item) for item in items))
        return _some_array(self.path, lambda items: any(_matches_as_object(item, part) for item in items))


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


_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}

_TYPES = {
    ComparisonClass.NULL: "null",
    ComparisonClass.TEXT: "string",
    ComparisonClass.OBJECT: "object",
    ComparisonClass.ARRAY: "array",
    ComparisonClass.BOOLEAN: "bool",
}


def _some(path: Path, test: Predicate) -> Predicate:
    return lambda value: any(test(item) for item in candidates(value, path))


def _some_array(path: Path, test: Callable[[list[Any]], bool]) -> Predicate:
    return lambda value: any(isinstance(end, list) and test(end) for end, _ in terminals(value, path))


def _matches_as_object(item: Any, part: Predicate) -> bool:
    # An array is a BSON object whose fields are its indices, and $elemMatch takes it as one.
    if isinstance(item, list):
        item = {str(index): each for index, each in enumerate(item)}
    return isinstance(item, dict) and part(item)


def _type_names(item: Any) -> tuple[str, ...]:
    bracket = kind(item)
    if bracket is not ComparisonClass.NUMBER:
        return () if item is MISSING else (_TYPES[bracket],)
    if isinstance(item, float):
        return ("double", "number")
    return ("int" if -(2**31) <= item < 2**31 else "long", "number")
