"""Sort specifications, and sorting of plain dicts in MongoDB's order (behaviour.md §13.3)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

from cpsl.data.documents import whole_number
from cpsl.data.ordering import EMPTY_ARRAY_KEY, MISSING, Key, key
from cpsl.data.paths import Path, path_components
from cpsl.data.query_errors import FilterError

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

    A whole double such as `2.0` is one. Raises `FilterError` (a `ValueError`) for anything but a whole number from 0 up
    to what SQLite can count.
    """
    if type(value) is int and 0 <= value <= MOST:
        return value
    number = whole_number(value)
    if number is None or not 0 <= number <= MOST:
        shown = repr(value) if not isinstance(value, int) or abs(value) <= MOST else "a number beyond that"
        raise FilterError(f"{what} is a whole number from 0 to {MOST}, not {shown}")
    return number


def sort_documents(documents: Iterable[Mapping[str, Any]], keys: Sequence[SortKey]) -> list[Mapping[str, Any]]:
    """Return the documents in order.

    Ties stay in the order given, or in its reverse when the first level descends: that is the order in
    which an index is read, so sorting here and in SQL gives the same list.
    """
    given = list(documents)
    return sort_items(reversed(given) if keys and keys[0].descending else given, keys)


def sort_items(values: Iterable[Any], keys: Sequence[SortKey]) -> list[Any]:
    """Return values in order, ties as given."""
    levels = tuple(keys)
    return _in_order(values, levels, lambda value: sort_values(value, levels))


def ordered_elements(items: Iterable[Any], keys: Sequence[SortKey]) -> list[Any]:
    """Return the elements of an array as `$push` sorts them: what stands at a path is compared as a whole, an array
    as an array.
    """
    levels = tuple(keys)
    return _in_order(items, levels, lambda item: tuple(key(_standing_at(item, level.path)) for level in levels))


def sort_values(document: Any, levels: tuple[SortKey, ...]) -> tuple[Key, ...]:
    """Return the ordered key of one document for each level.

    Of an array counts the least element, or the greatest when descending. Levels that lead through one array take
    their values from one element of it: the one that is first by the levels in turn.
    """
    return _first(tuple((document, level.path) for level in levels), tuple(level.descending for level in levels))


def _in_order(
    values: Iterable[Any], levels: tuple[SortKey, ...], key_of: Callable[[Any], tuple[Key, ...]]
) -> list[Any]:
    result = [(key_of(value), value) for value in values]
    for place, level in reversed(list(enumerate(levels))):
        result.sort(key=lambda pair: pair[0][place], reverse=level.descending)
    return [value for _, value in result]


_Place = tuple[Any, Path | None]
"""A value and the path that is left; no path at all for a value that is compared as it is."""


def _first(places: Sequence[_Place], descending: Sequence[bool]) -> tuple[Key, ...]:
    """Return the keys at the places; those inside one array are of its first element by these directions."""
    keys: dict[int, Key] = {}
    arrays: dict[int, tuple[list[Any], dict[int, Path]]] = {}
    for number, place in enumerate(places):
        value, rest = _walked(*place)
        if rest is None:
            keys[number] = EMPTY_ARRAY_KEY if value is _EMPTY else key(value)
        else:
            arrays.setdefault(id(value), (value, {}))[1][number] = rest
    for items, inside in arrays.values():
        directions = [descending[number] for number in inside]
        each = (_first([_stepped(item, rest) for rest in inside.values()], directions) for item in items or (_EMPTY,))
        keys.update(zip(inside, reduce(partial(_former, directions), each), strict=True))
    return tuple(keys[number] for number in range(len(places)))


def _former(descending: Sequence[bool], left: tuple[Key, ...], right: tuple[Key, ...]) -> tuple[Key, ...]:
    for down, one, other in zip(descending, left, right, strict=True):
        if one != other:
            return left if (one > other) is down else right
    return left


class _EmptyArray:
    """What stands for the elements of an array without any."""


_EMPTY = _EmptyArray()


def _walked(value: Any, path: Path | None) -> _Place:
    """Follow a path to its end, or to the first array on it that has to be taken apart."""
    if path is None:
        return value, None
    for at, name in enumerate(path):
        if isinstance(value, list):
            if not (name.isascii() and name.isdigit() and str(int(name)) == name and int(name) < len(value)):
                return value, path[at:]
            value = value[int(name)]
            if at + 1 == len(path):
                return value, None
        else:
            value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    return (value, ()) if isinstance(value, list) else (value, None)


def _stepped(item: Any, rest: Path | None) -> _Place:
    if rest:
        return (item, rest) if isinstance(item, dict) else (MISSING, None)
    return item, None


def _standing_at(value: Any, path: Path) -> Any:
    for name in path:
        if isinstance(value, dict):
            value = value.get(name, MISSING)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


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
    if not all(field.split(".")):
        raise FilterError(f"the sort field {field!r} has a part without a name")
    if isinstance(direction, bool) or direction not in (1, -1):
        raise FilterError(f"sort direction of {field!r} is 1 or -1, not {direction!r}")
    return SortKey(path_components(field), direction == -1)
