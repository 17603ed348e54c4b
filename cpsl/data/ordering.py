"""MongoDB's order and equality of values, on plain JSON values.

Across kinds: empty array (only as a sort key), null and missing, numbers, text, objects, arrays,
booleans. Inside a kind: numbers by value whatever their type, text by code point, objects field by field
(kind, then name, then value), arrays element by element, and the shorter first.
"""

from enum import IntEnum
from typing import Any, Final

Key = tuple[Any, ...]


class ComparisonClass(IntEnum):
    """The comparison classes; values compare only within one (type bracketing), and sort by these numbers."""

    NULL = 0
    NUMBER = 1
    TEXT = 2
    OBJECT = 3
    ARRAY = 4
    BOOLEAN = 5


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What a path leads to when nothing is there; compares as null."""

EMPTY_ARRAY_KEY: Final[Key] = (-1,)
"""The sort key of an empty array: before null."""

_KINDS: dict[type, ComparisonClass] = {
    type(None): ComparisonClass.NULL,
    _Missing: ComparisonClass.NULL,
    bool: ComparisonClass.BOOLEAN,
    int: ComparisonClass.NUMBER,
    float: ComparisonClass.NUMBER,
    str: ComparisonClass.TEXT,
    dict: ComparisonClass.OBJECT,
    list: ComparisonClass.ARRAY,
}


def kind(value: Any) -> ComparisonClass:
    """Return the comparison class of a plain JSON value or MISSING."""
    return _KINDS[type(value)]


def key(value: Any) -> Key:
    """Return a hashable tuple: equal for equal values, ordered as MongoDB orders them."""
    bracket = _KINDS[type(value)]
    if bracket is ComparisonClass.NULL:
        return (0,)
    if bracket is ComparisonClass.OBJECT:
        return (3, tuple((*_field_head(name, item), key(item)) for name, item in value.items()))
    if bracket is ComparisonClass.ARRAY:
        return (4, tuple(key(item) for item in value))
    return (int(bracket), value)


def equal_values(left: Any, right: Any) -> bool:
    """Say whether two values are the same to a query: `1` is `1.0`, is not `true`; field order counts."""
    return key(left) == key(right)


def _field_head(name: str, value: Any) -> tuple[int, str]:
    return int(_KINDS[type(value)]), name
