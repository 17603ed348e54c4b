"""The update operators: each checks its operand once, and turns the current value at a path into the new
one.

MISSING stands for "nothing there", as current value and as result.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from cpsl.data.documents import copy_value, whole_number
from cpsl.data.filters import LOGICAL_OPERATORS, is_operators, parse_filter
from cpsl.data.ordering import MISSING, equal_values, key
from cpsl.data.query_errors import UpdateError, unknown
from cpsl.data.sort import ordered_elements, parse_sort
from cpsl.data.tree import Predicate

PUSH_MODIFIERS = ("$each", "$position", "$slice", "$sort")


class Operator(NamedTuple):
    """`check(path, operand)` raises `UpdateError`; `apply(path, current, operand)` returns the new value.

    `strict_path`: a path that leads into a scalar is refused also where there would be nothing to change.
    """

    check: Callable[[str, Any], object]
    apply: Callable[[str, Any, Any], Any]
    strict_path: bool = False


def _anything(path: str, operand: Any) -> None:
    """Every JSON value will do."""


def _set(path: str, current: Any, operand: Any) -> Any:
    return copy_value(operand)


def _unset(path: str, current: Any, operand: Any) -> Any:
    return MISSING


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _need_number(sign: str) -> Callable[[str, Any], None]:
    def check(path: str, operand: Any) -> None:
        if not _is_number(operand):
            raise UpdateError(f"{sign} of {path!r} needs a number, not {operand!r}")

    return check


def _arithmetic(sign: str, compute: Callable[[Any, Any], Any], missing: int) -> Callable[[str, Any, Any], Any]:
    def apply(path: str, current: Any, operand: Any) -> Any:
        if current is not MISSING and not _is_number(current):
            raise UpdateError(f"cannot apply {sign} to {path!r}, which is {current!r} and not a number")
        result = compute(missing if current is MISSING else current, operand)
        fits = -(2**63) <= result < 2**63 if isinstance(result, int) else math.isfinite(result)
        if not fits:
            raise UpdateError(f"{sign} of {path!r} gives a number too large to store")
        return result

    return apply


def _extreme(replaces: Callable[[Any, Any], bool]) -> Callable[[str, Any, Any], Any]:
    def apply(path: str, current: Any, operand: Any) -> Any:
        return copy_value(operand) if current is MISSING or replaces(key(operand), key(current)) else current

    return apply


def _check_rename(path: str, operand: Any) -> None:
    if not isinstance(operand, str):
        raise UpdateError(f"$rename of {path!r} needs the new name, not {operand!r}")


def _check_date(path: str, operand: Any) -> None:
    if operand is not True and operand not in ({"$type": "date"}, {"$type": "timestamp"}):
        raise UpdateError(f'$currentDate of {path!r} needs true or {{"$type": "date"}}, not {operand!r}')


def _array(sign: str, path: str, current: Any) -> list[Any]:
    if not isinstance(current, list):
        raise UpdateError(f"cannot apply {sign} to {path!r}, which is {current!r} and not an array")
    return current


def _modifiers(sign: str, path: str, operand: Any, known: tuple[str, ...]) -> dict[str, Any]:
    """Return the operand in its long form, `{"$each": [...]}`."""
    if not isinstance(operand, dict) or not any(name.startswith("$") for name in operand):
        return {"$each": [operand]}
    for name in operand:
        if name not in known:
            raise UpdateError(unknown(f"{sign} modifier", name, known))
    if not isinstance(operand.get("$each"), list):
        raise UpdateError(f"{sign} of {path!r} needs a list in $each")
    return operand


def _check_push(path: str, operand: Any) -> None:
    modifiers = _modifiers("$push", path, operand, PUSH_MODIFIERS)
    for name in ("$position", "$slice"):
        if whole_number(modifiers.get(name, 0)) is None:
            raise UpdateError(f"{name} of {path!r} needs a whole number, not {modifiers[name]!r}")
    _sorted([], modifiers.get("$sort", 1))


def _push(path: str, current: Any, operand: Any) -> Any:
    modifiers = _modifiers("$push", path, operand, PUSH_MODIFIERS)
    items = [] if current is MISSING else list(_array("$push", path, current))
    at = whole_number(modifiers.get("$position", len(items)))
    items[at:at] = copy_value(modifiers["$each"])
    if "$sort" in modifiers:
        items = _sorted(items, modifiers["$sort"])
    return _sliced(items, whole_number(modifiers.get("$slice")))


def _sliced(items: list[Any], count: int | None) -> list[Any]:
    if count is None:
        return items
    return items[:count] if count >= 0 else items[count:]


def _sorted(items: list[Any], spec: Any) -> list[Any]:
    if isinstance(spec, dict):
        return ordered_elements(items, parse_sort(spec))
    if isinstance(spec, bool) or spec not in (1, -1):
        raise UpdateError(f"$sort needs 1, -1 or a dict of fields, not {spec!r}")
    return sorted(items, key=key, reverse=spec == -1)


def _check_add_to_set(path: str, operand: Any) -> None:
    _modifiers("$addToSet", path, operand, ("$each",))


def _add_to_set(path: str, current: Any, operand: Any) -> Any:
    items = [] if current is MISSING else list(_array("$addToSet", path, current))
    seen = {key(item) for item in items}
    for item in _modifiers("$addToSet", path, operand, ("$each",))["$each"]:
        if key(item) not in seen:
            seen.add(key(item))
            items.append(copy_value(item))
    return items


def _pulls(operand: Any) -> Predicate:
    """Return what `$pull` removes: equal values, elements that meet operators, or objects that match a
    filter.
    """
    if not isinstance(operand, dict):
        return lambda item: equal_values(item, operand)
    if is_operators(operand) and not LOGICAL_OPERATORS.keys() & operand.keys():
        # The element becomes a field of its own, so that conditions see into arrays as they do in a filter.
        part = parse_filter({"": operand}).predicate()
        return lambda item: part({"": item})
    whole = parse_filter(operand).predicate()
    return lambda item: isinstance(item, dict) and whole(item)


def _check_pull(path: str, operand: Any) -> None:
    _pulls(operand)


def _pull(path: str, current: Any, operand: Any) -> Any:
    if current is MISSING:
        return MISSING
    gone = _pulls(operand)
    return [item for item in _array("$pull", path, current) if not gone(item)]


def _check_pop(path: str, operand: Any) -> None:
    if isinstance(operand, bool) or operand not in (1, -1):
        raise UpdateError(f"$pop of {path!r} needs 1 (last) or -1 (first), not {operand!r}")


def _pop(path: str, current: Any, operand: Any) -> Any:
    if current is MISSING:
        return MISSING
    items = _array("$pop", path, current)
    return items[:-1] if operand == 1 else items[1:]


OPERATORS: dict[str, Operator] = {
    "$set": Operator(_anything, _set),
    "$setOnInsert": Operator(_anything, _set),
    "$unset": Operator(_anything, _unset),
    "$inc": Operator(_need_number("$inc"), _arithmetic("$inc", lambda left, right: left + right, 0)),
    "$mul": Operator(_need_number("$mul"), _arithmetic("$mul", lambda left, right: left * right, 0)),
    "$min": Operator(_anything, _extreme(lambda new, old: new < old)),
    "$max": Operator(_anything, _extreme(lambda new, old: new > old)),
    "$rename": Operator(_check_rename, _set),
    "$currentDate": Operator(_check_date, _set),
    "$push": Operator(_check_push, _push),
    "$addToSet": Operator(_check_add_to_set, _add_to_set),
    "$pull": Operator(_check_pull, _pull, strict_path=True),
    "$pop": Operator(_check_pop, _pop, strict_path=True),
}
"""Operators by name. `updates` gives `$currentDate` the time as its operand, and moves `$rename` itself."""
