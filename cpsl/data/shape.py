"""The shape of a filter: what stays the same when only its values change.

Queries of one shape have one SQL text, so that is made once and the values are put into their places. Only simple
filters have a shape here: comparisons of fields with texts, numbers, booleans and null.
"""

import math
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from cpsl.data.conditions import exact
from cpsl.data.documents import plain_id
from cpsl.data.scope import SCOPE_COLUMNS, Scope

_SIGNS = frozenset(("$eq", "$gt", "$gte", "$lt", "$lte"))
# What these mean depends on the values or on the collection.
_OTHERS = frozenset(("id", "", *SCOPE_COLUMNS.values()))
_MOST_FIELDS = 30
_TEXT, _NUMBER = "text", "number"
# No value can be mistaken for a stand-in: no document's text begins with it, and numbers this large are no shape's.
_STAND_IN_TEXT = "\ufdd0"
_STAND_IN_NUMBER = 2**62


class FilterShape(NamedTuple):
    """The key that filters of one shape share, and the values of one of them in the key's order."""

    key: tuple[tuple[str, str, Any], ...]
    values: list[Any]


def shape_of(filter: Any) -> FilterShape | None:
    """Return the filter's shape, or None if it has none. Never raises: whoever parses the filter does."""
    key: list[tuple[str, str, Any]] = []
    values: list[Any] = []
    if filter is not None and (type(filter) is not dict or len(filter) > _MOST_FIELDS):
        return None
    for name, operand in (filter or {}).items():
        if type(name) is not str or name in _OTHERS or name[0] == "$":
            return None
        signs = operand if type(operand) is dict else {"$eq": operand}
        for sign, value in signs.items():
            if sign not in _SIGNS:
                return None
            if type(value) is str:
                if not value.isascii() or "\0" in value:
                    return None
                values.append(plain_id(value) if name == "_id" else value)
                key.append((name, sign, _TEXT))
            elif value is None or type(value) is bool:
                key.append((name, sign, value))
            elif _is_plain_number(value):
                values.append(value)
                key.append((name, sign, _NUMBER))
            else:
                return None
        if not signs:
            return None
    return FilterShape(tuple(key), values)


def _is_plain_number(value: Any) -> bool:
    if type(value) is int:
        return -_STAND_IN_NUMBER < value < _STAND_IN_NUMBER
    return type(value) is float and math.isfinite(value) and exact(value)


def stand_in_filter(shape: FilterShape) -> dict[str, Any]:
    """Return a filter of the shape with a stand-in for each value, which `slots` finds again."""
    filter: dict[str, Any] = {}
    count = 0
    for name, sign, value in shape.key:
        operand = value
        if value in (_TEXT, _NUMBER):
            operand = f"{_STAND_IN_TEXT}{count}" if value == _TEXT else _STAND_IN_NUMBER + count
            count += 1
        filter.setdefault(name, {})[sign] = operand
    return filter


def stand_in_scope(scope: Scope | None) -> Scope | None:
    """Return the scope with a stand-in for whom it is."""
    return scope and Scope(scope.column, f"{_STAND_IN_TEXT}-1")


class Slots:
    """The parameters of a statement, made for any filter of a shape."""

    def __init__(self, params: Sequence[Hashable]) -> None:
        self._places = [(_place(param), param) for param in params]

    def filled(self, values: Sequence[Any], scope: Scope | None) -> list[Any]:
        """The parameters for these values and this scope."""
        whom = scope.value if scope else None
        return [fixed if place is None else whom if place < 0 else values[place] for place, fixed in self._places]


def _place(param: Any) -> int | None:
    """Where the value for a stand-in is found (-1: the scope's), or None for a constant."""
    if type(param) is str and param.startswith(_STAND_IN_TEXT):
        return int(param[1:])
    if type(param) is int and param >= _STAND_IN_NUMBER:
        return param - _STAND_IN_NUMBER
    return None
