"""Keyword lookups: `filter(total__gt=10)` as the Mongo filter it stands for (behaviour.md §13.3)."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cpsl.data.documents import plain_id
from cpsl.data.query_errors import FilterError, unknown

Term = tuple[str, Any]
"""A field and its condition: a plain value, or a dict of operators."""


def compile_lookups(lookups: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Mongo filter for keyword lookups.

    `field=v` and `field__exact=v` are equality; `field__ne|gt|gte|lt|lte|in|nin` the operators; `contains`,
    `startswith` and `endswith` are literal and ignore case. `id` and `_id` both mean `_id` (LOCAL: the
    hosted runtime drops `_id` silently, so that `filter(_id=x).delete()` deletes everything).

    Raises `FilterError` (a `ValueError`) for an unknown operator, more than one `__`, another name
    beginning with `_`, or a list operator without a list; `TypeError` for a text operator without text.
    """
    return combine(_term(name, value) for name, value in lookups.items())


def combine(terms: Iterable[Term]) -> dict[str, Any]:
    """Return one filter in which every term holds.

    Conditions on one field share a dict as long as no operator is said twice; what is left over goes into
    `$and`.
    """
    merged: dict[str, Any] = {}
    rest: list[dict[str, Any]] = []
    for field, condition in terms:
        if field not in merged:
            merged[field] = condition
        elif (both := _merge(merged[field], condition)) is not None:
            merged[field] = both
        else:
            rest.append({field: condition})
    return {**merged, "$and": rest} if rest else merged


def contains(text: str) -> dict[str, str]:
    """Return the condition "contains this text, whatever its case"."""
    return _pattern(re.escape(text))


def _term(name: str, value: Any) -> Term:
    field, _, operator = name.partition("__") if not name.startswith("_id") else _id_parts(name)
    if field.startswith("_") or not field:
        raise FilterError(f"lookup {name!r}: names beginning with '_' are reserved; use id for _id")
    if "__" in operator:
        raise FilterError(f"lookup {name!r}: one '__' only, between field and operator")
    if "__" in name and operator not in _LOOKUPS:
        raise FilterError(unknown(f"lookup on {field!r}:", operator, _LOOKUPS))
    if field == "id":
        field, value = "_id", _plain_ids(value)
    return field, _LOOKUPS[operator or "exact"](name, value)


def _id_parts(name: str) -> tuple[str, str, str]:
    field, sign, operator = name[1:].partition("__")
    return (field, sign, operator) if field == "id" else (name, "", "")


def _plain_ids(value: Any) -> Any:
    return [plain_id(item) for item in value] if isinstance(value, (list, tuple)) else plain_id(value)


def _operator(sign: str) -> Callable[[str, Any], Any]:
    return lambda name, value: {sign: value}


def _list_operator(sign: str) -> Callable[[str, Any], Any]:
    def condition(name: str, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise FilterError(f"lookup {name!r} needs a list, not {value!r}")
        return {sign: list(value)}

    return condition


def _text_operator(before: str, after: str) -> Callable[[str, Any], Any]:
    def condition(name: str, value: Any) -> Any:
        if not isinstance(value, str):
            raise TypeError(f"lookup {name!r} needs text, not {value!r}")
        return _pattern(before + re.escape(value) + after)

    return condition


def _pattern(pattern: str) -> dict[str, str]:
    return {"$regex": pattern, "$options": "i"}


def _merge(left: Any, right: Any) -> dict[str, Any] | None:
    left, right = _as_operators(left), _as_operators(right)
    return None if left.keys() & right.keys() else {**left, **right}


def _as_operators(condition: Any) -> dict[str, Any]:
    if isinstance(condition, dict) and condition and all(name.startswith("$") for name in condition):
        return condition
    return {"$eq": condition}


_LOOKUPS: dict[str, Callable[[str, Any], Any]] = {
    "exact": lambda name, value: value,
    "ne": _operator("$ne"),
    "gt": _operator("$gt"),
    "gte": _operator("$gte"),
    "lt": _operator("$lt"),
    "lte": _operator("$lte"),
    "in": _list_operator("$in"),
    "nin": _list_operator("$nin"),
    "contains": _text_operator("", ""),
    "startswith": _text_operator("^", ""),
    "endswith": _text_operator("", "$"),
}
