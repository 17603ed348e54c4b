"""The JSON boundary of ``session.data``: what any Python value becomes when it is stored (behaviour.md §10)."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import marshal
import math
import re
from typing import Any

from cpsl.wording import class_name, text_of

_DEEPEST = 300
# Python refuses to spell larger numbers in decimal (4300 digits).
_LARGEST_INT_BITS = 14_000
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
# json.dumps with options makes an encoder anew at each call.
_encode_any = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(value: Any, known: str | None = None) -> str:
    """Compact JSON text of any value; never an error. ``known`` is a text it may well be, already checked.

    The fast encoder serves plain data. Its result is trusted only if it reads back equal: it would
    spell the key ``True`` as ``true`` where the rule is ``str(key)``. ``marshal`` refuses whatever is not
    exactly a built-in type, such as an enum used as a key, which only looks like one to the encoder.
    """
    try:
        text = _encode(value)
        if text == known:
            return text
        plain = dict(value) if isinstance(value, dict) else value
        if json.loads(text) == plain and text.isprintable() and marshal.dumps(plain):
            return text
    except KeyboardInterrupt:
        raise
    except BaseException:
        pass
    return compact(to_jsonable(value))


def compact(value: Any) -> str:
    """Compact JSON text of a plain JSON value, which UTF-8 can hold: lone surrogates are escapes in it."""
    text = _encode_any(value)
    return text if text.isascii() else _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def to_jsonable(value: Any, _inside: tuple[int, ...] = ()) -> Any:
    """The plain JSON form: keys are str, tuples and sets lists, non-finite floats None, bytes text,
    enums their value, dates ISO text, dataclasses and Pydantic models objects, the rest ``str(value)``.
    """
    if value is None or type(value) in (bool, str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if id(value) in _inside or len(_inside) > _DEEPEST:
        return _words(value)
    try:
        return _converted(value, (*_inside, id(value)))
    except KeyboardInterrupt:
        raise
    except BaseException:  # a method of the app's own class raised, maybe SystemExit
        return _words(value)


def _converted(value: Any, inside: tuple[int, ...]) -> Any:
    if isinstance(value, dict):
        return {_words(key): to_jsonable(item, inside) for key, item in value.items()}
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
    if isinstance(value, int):
        return int(value) if value.bit_length() < _LARGEST_INT_BITS else hex(value)
    if isinstance(value, str):
        return str.__str__(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return to_jsonable(fields, inside)
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return to_jsonable(_dumped(dump), inside)
    return _words(value)


def _dumped(dump: Any) -> Any:
    try:
        return dump(mode="json")
    except TypeError:  # a class of the app's own, with the method but not Pydantic's options
        return dump()


def _words(value: Any) -> str:
    text = text_of(value)
    return f"<{class_name(value)} without a readable text>" if text is None else text


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What turns ``before`` into ``after`` by top-level key: the keys to set, and those to unset."""
    changed = {key: item for key, item in after.items() if key not in before or not same(before[key], item)}
    return changed, tuple(key for key in before if key not in after)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal *as JSON*: ``1``, ``1.0`` and ``true`` differ, as does key order."""
    return one is other or json.dumps(one) == json.dumps(other)
