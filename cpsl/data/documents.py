"""Documents as values: what may be stored, and its one text form.

Queries run on the text with SQLite's JSON functions and on the decoded dict with a `predicate` (`tree`). Both give
the same answer only for values that survive the text unchanged, so `checked_document` refuses the others at the
door: NaN and infinities (no JSON), integers beyond 64 bits (no BSON), lone surrogates (no UTF-8) and NUL
(older SQLite cuts a JSON string there).
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

MAX_DEPTH = 100
"""How deep values may nest, as in MongoDB."""

_ID = re.compile("[0-9a-fA-F]{24}")

_Trail = tuple[Any, Any] | None

# json.loads looks for white space and a byte order mark first, which takes longer than a small document.
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def _encoder() -> Callable[[Any], str]:
    """``JSONEncoder.encode`` without making its C part anew each time, nor looking for cycles: none is stored."""
    plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    make = json.encoder.c_make_encoder  # type: ignore[attr-defined]
    if make is None:
        return plain.encode
    text = json.encoder.encode_basestring
    chunks = make(None, plain.default, text, None, ":", ",", False, False, False)
    return lambda value: "".join(chunks(value, 0))


_encode = _encoder()


def checked_value(value: Any, what: str = "document") -> Any:
    """Return a fresh plain copy of `value`: dicts with text keys, lists, text, numbers, booleans and None.

    Tuples become lists and scalar keys become text, as the plain JSON encoder has it (behaviour.md §13.3). Raises
    `TypeError` for what that encoder refuses (datetime, set, bytes …) and `ValueError` for what cannot be
    stored; both name the place inside `what`.
    """
    return _checked(value, what, None, 0)


def checked_document(document: Any) -> dict[str, Any]:
    """Return `checked(document)`; raises `TypeError` as well when it is not a mapping."""
    if not isinstance(document, Mapping):
        raise TypeError(f"a document is a dict, not {_kind(document)}")
    result: dict[str, Any] = checked_value(document)
    return result


def encode(document: Mapping[str, Any]) -> str:
    """Return the JSON text to store: compact, and not escaped to ASCII.

    SQLite before 3.46 compares the keys of a JSON path with the stored text byte by byte, so a key
    written as `\\u00e9` would not be found under its name.
    """
    return _encode(document)


def decode(text: str) -> dict[str, Any]:
    """Return the document stored as `text`."""
    document: dict[str, Any]
    try:
        document = _scan(text, 0)[0]
    except StopIteration:  # white space in front: not written by us
        document = json.loads(text)
    return document


def copy_value(value: Any) -> Any:
    """Return a deep copy of a plain JSON value."""
    if isinstance(value, dict):
        return {key: copy_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy_value(item) for item in value]
    return value


def nesting(value: Any) -> int:
    """Return how many dicts and lists stand inside one another in a plain JSON value: 0 for a scalar."""
    if isinstance(value, dict):
        return 1 + max(map(nesting, value.values()), default=0)
    return 1 + max(map(nesting, value), default=0) if isinstance(value, list) else 0


def whole_number(value: Any) -> int | None:
    """Return a whole number as an int, `2.0` too; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else None


def is_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Say whether an update modified the document: `1`, `1.0` and `true` are different values here."""
    return _encode(before) != _encode(after)


def plain_id(value: Any) -> Any:
    """Return the 24-digit text for `{"$oid": "…"}` and `ObjectID("…")`; anything else unchanged
    (behaviour.md §13.2).
    """
    if isinstance(value, dict) and list(value) == ["$oid"]:
        value = value["$oid"]
    if not isinstance(value, str):
        return value
    if _ID.fullmatch(value):
        return value.lower()
    bare = value.strip()
    if bare[:9].lower() == "objectid(" and bare.endswith(")"):
        bare = bare[9:-1].strip().strip("\"'")
    return bare.lower() if is_id(bare) else value


def is_id(value: Any) -> bool:
    """Say whether a value is a text of 24 hexadecimal digits, as the store's own ids are."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _checked(value: Any, what: str, trail: _Trail, depth: int) -> Any:
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return _text(value, what, trail)
    if isinstance(value, (int, float)):
        return _number(value, what, trail)
    if depth >= MAX_DEPTH:
        raise ValueError(f"{what} nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return _checked_object(value, what, trail, depth)
    if isinstance(value, (list, tuple)):
        return [
            item
            if type(item) is str and item.isascii() and "\0" not in item
            else _checked(item, what, (trail, index), depth + 1)
            for index, item in enumerate(value)
        ]
    raise TypeError(f"{_place(what, trail)} is {_kind(value)}, which JSON cannot hold")


def _checked_object(value: Mapping[Any, Any], what: str, trail: _Trail, depth: int) -> dict[str, Any]:
    """Nearly all keys and most values are plain ASCII text: a call for each would be half the cost of an insert."""
    result: dict[str, Any] = {}
    for key, item in value.items():
        name = key if type(key) is str and key.isascii() and "\0" not in key else _key(key, what, trail)
        plain = type(item) is str and item.isascii() and "\0" not in item
        result[name] = item if plain else _checked(item, what, (trail, key), depth + 1)
    return result


def _text(value: str, what: str, trail: _Trail) -> str:
    # str.__str__ gives the plain text of a subclass such as a str enum, as the encoder does.
    text = value if type(value) is str else str.__str__(value)
    if "\0" in text:
        raise ValueError(f"{_place(what, trail)} holds a NUL character, which cannot be stored")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{_place(what, trail)} is not valid Unicode (a lone surrogate)") from None
    return text


def _number(value: float, what: str, trail: _Trail) -> float:
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"{_place(what, trail)} is an integer beyond 64 bits")
        return int(value)
    if not math.isfinite(value):
        raise ValueError(f"{_place(what, trail)} is {value}, which JSON cannot hold")
    return float(value)


def _key(key: Any, what: str, trail: _Trail) -> str:
    if isinstance(key, str):
        return _text(key, what, (trail, key))
    if key is None or isinstance(key, (bool, int, float)):
        return _encode(key)
    raise TypeError(f"{_place(what, trail)} has {_kind(key)} as a key; JSON keys are text")


def _place(what: str, trail: _Trail) -> str:
    steps: list[str] = []
    while trail is not None:
        trail, step = trail
        steps.append(str(step))
    return f"{what} value at {'.'.join(reversed(steps))!r}" if steps else what


def _kind(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
