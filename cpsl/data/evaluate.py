"""The filter tree over plain dicts, with MongoDB's documented semantics.

The SQL compiler leaves to this module whatever SQL cannot say exactly; a property test holds the two
together.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from cpsl.data.dialect import compile_regex
from cpsl.data.ordering import MISSING, ComparisonClass, key, kind
from cpsl.data.paths import candidates, terminals
from cpsl.data.tree import And, Compare, ElemMatch, Exists, In, Node, Not, Or, Regex, Size, TypeIs

Predicate = Callable[[Any], bool]
"""Takes a document (or, under `$elemMatch`, an element) and says whether it matches."""


def matches(node: Node, document: Mapping[str, Any]) -> bool:
    """Say whether the document matches; for many documents make one `matcher`."""
    return matcher(node)(document)


def matcher(node: Node) -> Predicate:
    """Return the tree as one predicate. Documents are plain JSON dicts (`documents.checked`)."""
    return _MATCHERS[type(node)](node)


def _and(node: And) -> Predicate:
    parts = [matcher(child) for child in node.children]
    return lambda value: all(part(value) for part in parts)


def _or(node: Or) -> Predicate:
    parts = [matcher(child) for child in node.children]
    return lambda value: any(part(value) for part in parts)


def _not(node: Not) -> Predicate:
    part = matcher(node.child)
    return lambda value: not part(value)


def _some(path: tuple[str, ...], test: Predicate) -> Predicate:
    return lambda value: any(test(item) for item in candidates(value, path))


def _compare(node: Compare) -> Predicate:
    return _some(node.path, _relation(node))


def _relation(node: Compare) -> Predicate:
    wanted = key(node.value)
    if node.op == "eq":
        return lambda item: key(item) == wanted
    holds = _RELATIONS[node.op]
    bracket = kind(node.value)
    return lambda item: kind(item) is bracket and holds(key(item), wanted)


_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def _in(node: In) -> Predicate:
    wanted = frozenset(key(value) for value in node.values)
    return _some(node.path, lambda item: key(item) in wanted)


def _regex(node: Regex) -> Predicate:
    search = compile_regex(node.pattern, node.options).search
    return _some(node.path, lambda item: isinstance(item, str) and search(item) is not None)


def _exists(node: Exists) -> Predicate:
    return lambda value: any(end is not MISSING for end, _ in terminals(value, node.path))


def _arrays(path: tuple[str, ...], test: Callable[[list[Any]], bool]) -> Predicate:
    return lambda value: any(isinstance(end, list) and test(end) for end, _ in terminals(value, path))


def _size(node: Size) -> Predicate:
    return _arrays(node.path, lambda items: len(items) == node.size)


def _elem_match(node: ElemMatch) -> Predicate:
    part = matcher(node.child)
    if node.bare:
        return _arrays(node.path, lambda items: any(part(item) for item in items))
    return _arrays(node.path, lambda items: any(_as_object(item, part) for item in items))


def _as_object(item: Any, part: Predicate) -> bool:
    # An array is a BSON object whose fields are its indices, and $elemMatch takes it as one.
    if isinstance(item, list):
        item = {str(index): each for index, each in enumerate(item)}
    return isinstance(item, dict) and part(item)


def _type_is(node: TypeIs) -> Predicate:
    wanted = frozenset(node.names)
    return _some(node.path, lambda item: not wanted.isdisjoint(_type_names(item)))


def _type_names(item: Any) -> tuple[str, ...]:
    bracket = kind(item)
    if bracket is not ComparisonClass.NUMBER:
        return () if item is MISSING else (_TYPES[bracket],)
    if isinstance(item, float):
        return ("double", "number")
    return ("int" if -(2**31) <= item < 2**31 else "long", "number")


_TYPES = {
    ComparisonClass.NULL: "null",
    ComparisonClass.TEXT: "string",
    ComparisonClass.OBJECT: "object",
    ComparisonClass.ARRAY: "array",
    ComparisonClass.BOOLEAN: "bool",
}

_MATCHERS: dict[type, Callable[[Any], Predicate]] = {
    And: _and,
    Or: _or,
    Not: _not,
    Compare: _compare,
    In: _in,
    Regex: _regex,
    Exists: _exists,
    Size: _size,
    ElemMatch: _elem_match,
    TypeIs: _type_is,
}
