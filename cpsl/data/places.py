"""Places inside a document: what updates read and write by dotted path.

Unlike a query, an update names one place: a component under an array is an index, and missing objects are
made.
"""

from collections.abc import Callable
from typing import Any

from cpsl.data.documents import MAX_DEPTH, nesting
from cpsl.data.ordering import MISSING
from cpsl.data.paths import Path
from cpsl.data.query_errors import UpdateError

MAX_PADDING = 1_500_000
"""How many nulls an index beyond the end of an array may add, as in MongoDB."""


def value_at(document: dict[str, Any], path: Path) -> Any:
    """Return what stands at a path of objects, or MISSING; raises `UpdateError` when it leads through an
    array.
    """
    value: Any = document
    for name in path:
        if isinstance(value, list):
            raise UpdateError(f"the path {'.'.join(path)!r} leads through an array, which $rename does not take")
        value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    return value


def is_in_array(document: dict[str, Any], path: Path) -> bool:
    """Say whether a path names an element of an array, or something in one."""
    value: Any = document
    for name in path[:-1]:
        value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, list):
            return True
    return False


def check_passable(document: dict[str, Any], path: Path) -> None:
    """Raise `UpdateError` when a path leads into a scalar, or into an array by another name than an index. One that
    leads nowhere passes.
    """
    value: Any = document
    for depth, name in enumerate(path):
        if not isinstance(value, (dict, list)) or (isinstance(value, list) and _index(name) is None):
            inside = ".".join(path[:depth])
            kept = "an array" if isinstance(value, list) else repr(value)
            raise UpdateError(f"the path {'.'.join(path)!r} leads into {inside!r}, which is {kept}")
        value = _get(value, name)
        if value is MISSING:
            return


def replace_at(document: dict[str, Any], path: Path, change: Callable[[Any], Any]) -> None:
    """Put `change(current)` at the path, in place; current and result may be MISSING.

    Nothing is made for a result of MISSING; at an index it leaves a null. Raises `UpdateError` when the
    path leads into a value that is neither object nor array, or the document would nest too deep.
    """
    holder: Any = document
    for depth, name in enumerate(path[:-1]):
        inner = _get(holder, name)
        if not isinstance(inner, (dict, list)):
            _grow(holder, path, depth, inner, _fitting(path, change(MISSING)))
            return
        holder = inner
    last = path[-1]
    result = _fitting(path, change(_get(holder, last)))
    if result is not MISSING or _get(holder, last) is not MISSING:
        _put(holder, path, len(path) - 1, result)


def _fitting(path: Path, value: Any) -> Any:
    if len(path) + nesting(value) > MAX_DEPTH:
        raise UpdateError(f"the update of {path[0]!r} would nest the document deeper than {MAX_DEPTH} levels")
    return value


def _grow(holder: Any, path: Path, depth: int, blocking: Any, result: Any) -> None:
    if result is MISSING:
        return
    if blocking is not MISSING:
        inside = ".".join(path[: depth + 1])
        raise UpdateError(f"cannot make the field {path[depth + 1]!r} in {inside!r}, which is {blocking!r}")
    for name in reversed(path[depth + 1 :]):
        result = {name: result}
    _put(holder, path, depth, result)


def _get(holder: Any, name: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(name, MISSING)
    index = _index(name)
    return holder[index] if index is not None and index < len(holder) else MISSING


def _put(holder: Any, path: Path, depth: int, value: Any) -> None:
    name = path[depth]
    if isinstance(holder, list):
        _put_item(holder, path, depth, None if value is MISSING else value)
    elif value is MISSING:
        del holder[name]
    else:
        holder[name] = value


def _put_item(items: list[Any], path: Path, depth: int, value: Any) -> None:
    index = _index(path[depth])
    if index is None:
        where = ".".join(path[:depth])
        raise UpdateError(f"cannot make the field {path[depth]!r} in {where!r}, which is an array")
    if index - len(items) > MAX_PADDING:
        raise UpdateError(f"the index {index} is too far beyond the end of {'.'.join(path[:depth])!r}")
    items.extend([None] * (index + 1 - len(items)))
    items[index] = value


def _index(name: str) -> int | None:
    return int(name) if name.isascii() and name.isdigit() and (name == "0" or name[0] != "0") else None
