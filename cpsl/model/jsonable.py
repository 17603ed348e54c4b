"""The JSON boundary of ``session.data``: what any Python value becomes when it is stored (API.md §10)."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import math
from typing import Any

_DEEPEST = 300
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def to_json(value: Any, known: str | None = None) -> str:
    """Compact JSON text of any value; never an error. ``known`` is a text it may well be, already checked.

    The fast encoder serves plain data. Its result is trusted only if it reads back equal: it would
    spell the key ``True`` as ``true`` where the rule is ``str(key)``.
    """
    try:
        text = _encode(value)
        if text == known:
            return text
        if json.loads(text) == value and text.isprintable():
            return text
    except (TypeError, ValueError, RecursionError):
        pass
    text = json.dumps(to_jsonable(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")


def to_jsonable(value: Any, _inside: tuple[int, ...] = ()) -> Any:
    """The plain JSON form: keys are str, tuples and sets lists, non-finite floats None, bytes text,
    enums their value, dates ISO text, dataclasses and Pydantic models objects, the rest ``str(value)``.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if id(value) in _inside or len(_inside) > _DEEPEST:
        return str(value)
    inside = (*_inside, id(value))
    if isinstance(value, dict):
        return {str(key): to_jsonable(item, inside) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_jsonable(item, inside) for item in value]
    if isinstance(value, (set, frozenset)):
        return [to_jsonable(item, inside) for item in _ordered(value)]
    return _scalar(value, inside)


def _ordered(items: set[Any] | frozenset[Any]) -> list[Any]:
    """Sets in an order that does not depend on the hash seed, so that a replay stores the same text."""
    try:
        return sorted(items)
    except TypeError:
        return sorted(items, key=repr)


def _scalar(value: Any, inside: tuple[int, ...]) -> Any:
    if isinstance(value, enum.Enum):
        return to_jsonable(value.value, inside)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (int, str)):
        return int(value) if isinstance(value, int) else str.__str__(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return to_jsonable(fields, inside)
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return to_jsonable(dump(), inside)
    return str(value)


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What turns ``before`` into ``after`` by top-level key: the keys to set, and those to unset."""
    changed = {key: item for key, item in after.items() if key not in before or not same(before[key], item)}
    return changed, tuple(key for key in before if key not in after)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal *as JSON*: ``1``, ``1.0`` and ``true`` differ, as does key order."""
    return one is other or json.dumps(one) == json.dumps(other)
