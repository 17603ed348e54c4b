"""Sort specifications, and sorting of plain dicts in MongoDB's order (API.md §13.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cpsl.data.errors import FilterError
from cpsl.data.ordering import EMPTY_ARRAY_KEY, MISSING, Key, key
from cpsl.data.paths import Path, split, terminals

MOST = 2**62
"""The largest limit and number of documents to skip: together they stay within 64 bits."""

MAX_LEVELS = 32
"""How many fields a sort may name, as in MongoDB."""

SortSpec = Mapping[str, int] | Sequence[Any] | str | None
"""What callers write: `{"x": -1}`, `[("x", -1), ("y", 1)]`, `["-x", "y"]`, `"-x"`, or None."""


@dataclass(frozen=True)
class SortKey:
    """One level of a sort."""

    path: Path
    descending: bool = False


def parse_sort(spec: SortSpec, *, id_alias: bool = False) -> tuple[SortKey, ...]:
    """Return the levels of a sort, first the one that decides most; none for None and empty specifications.

    `id_alias` as in `filters.parse_filter`.
    Raises `FilterError` (a `ValueError`) for a direction other than 1 or -1, a field without a name or
    one said twice, and too many of them.
    """
    keys = tuple(_level("_id" if id_alias and field == "id" else field, direction) for field, direction in _pairs(spec))
    if len(keys) > MAX_LEVELS:
        raise FilterError(f"a sort has at most {MAX_LEVELS} fields, not {len(keys):,}")
    if len({level.path for level in keys}) < len(keys):
        raise FilterError("a sort names a field twice")
    return keys


def checked_count(value: Any, what: str) -> int:
    """Return `value` if it can be a limit or a number of documents to skip.

    Raises `FilterError` (a `ValueError`) for anything but a whole number from 0 up to what SQLite can count.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        shown = repr(value) if not isinstance(value, int) or abs(value) <= MOST else "a number beyond that"
        raise FilterError(f"{what} is a whole number from 0 to {MOST}, not {shown}")
    return value


def sort_documents(documents: Iterable[Mapping[str, Any]], keys: Sequence[SortKey]) -> list[Mapping[str, Any]]:
    """Return the documents in order.

    Ties stay in the order given, or in its reverse when the first level descends: that is the order in
    which an index is read, so sorting here and in SQL gives the same list.
    """
    given = list(documents)
    return ordered(reversed(given) if keys and keys[0].descending else given, keys)


def ordered(values: Iterable[Any], keys: Sequence[SortKey]) -> list[Any]:
    """Return values (documents, or elements of an array) in order, ties as given."""
    result = list(values)
    for level in reversed(keys):
        result.sort(key=partial(sort_value, level=level), reverse=level.descending)
    return result


def sort_value(document: Any, level: SortKey) -> Key:
    """Return the ordered key of one document: of an array its least element, or its greatest when
    descending.
    """
    found = [each for end, expands in terminals(document, level.path) for each in _elements(end, expands)]
    return (max if level.descending else min)(found, default=key(MISSING))


def _elements(end: Any, expands: bool) -> list[Key]:
    if not expands or not isinstance(end, list):
        return [key(end)]
    return [key(item) for item in end] or [EMPTY_ARRAY_KEY]


def _pairs(spec: SortSpec) -> Iterable[tuple[Any, Any]]:
    if spec is None:
        return ()
    if not isinstance(spec, (str, Mapping, list, tuple)):
        raise FilterError(f"a sort is the name of a field, a list of them or {{field: 1 or -1}}, not {spec!r}")
    if not spec:
        return ()
    if isinstance(spec, str):
        return [_signed(part) for part in spec.split(",")]
    if isinstance(spec, Mapping):
        return spec.items()
    if len(spec) == 2 and isinstance(spec[0], str) and spec[1] in (1, -1):
        return [(spec[0], spec[1])]
    return [_pair(item) for item in spec]


def _pair(item: Any) -> tuple[Any, Any]:
    if isinstance(item, str):
        return _signed(item)
    if isinstance(item, (list, tuple)) and len(item) == 2:
        return item[0], item[1]
    raise FilterError(f"a sort level is a name or a pair (name, 1 or -1), not {item!r}")


def _signed(text: str) -> tuple[str, int]:
    text = text.strip()
    return (text[1:], -1) if text.startswith("-") else (text.removeprefix("+"), 1)


def _level(field: Any, direction: Any) -> SortKey:
    if not isinstance(field, str) or not field or field.startswith("$"):
        raise FilterError(f"a sort needs the name of a field, not {field!r}")
    if isinstance(direction, bool) or direction not in (1, -1):
        raise FilterError(f"sort direction of {field!r} is 1 or -1, not {direction!r}")
    return SortKey(split(field), direction == -1)
