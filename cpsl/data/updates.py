"""Updates: what callers write, checked and made uniform, and applied to plain dicts (behaviour.md §13.3)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cpsl.data.documents import checked_value, copy_value
from cpsl.data.ordering import MISSING, equal_values, key
from cpsl.data.paths import Path, path_components
from cpsl.data.places import check_passable, is_in_array, replace_at, value_at
from cpsl.data.query_errors import UpdateError, unknown
from cpsl.data.scope import FIXED_COLUMNS, Scope, check_update
from cpsl.data.tree import And, Compare, In, Node, Or
from cpsl.data.update_operators import OPERATORS

Update = dict[str, dict[str, Any]]
"""A normalised update: operator, dotted path, operand."""


def normalize_update(update: Mapping[str, Any]) -> Update:
    """Return the update as operators: a plain dict is a patch (`$set`), one of operators stays what it is.

    Raises `UpdateError` (a `ValueError`) for an empty document, a mix of both, an unknown operator, a
    malformed operand or path, and two operators on one path; `TypeError` for values that JSON cannot
    hold.
    """
    if not isinstance(update, Mapping):
        raise TypeError(f"an update is a dict, not {type(update).__name__}")
    plain = checked_value(dict(update), "update")
    signs = [name for name in plain if name.startswith("$")]
    if not plain:
        raise UpdateError("an update needs at least one field or operator")
    if signs and len(signs) < len(plain):
        raise UpdateError(f"an update is either fields or operators, not both: {', '.join(plain)}")
    result = plain if signs else {"$set": plain}
    _check_operators(result)
    _check_conflicts(path_components(name) for name in _touched(result))
    return result


def apply_update(document: Mapping[str, Any], update: Update, *, now: str, inserting: bool = False) -> dict[str, Any]:
    """Return the updated document as a new dict; `documents.changed` says whether it differs.

    `update` comes from `normalize_update`, `now` is the ISO time that `$currentDate` writes.
    `$setOnInsert` counts only when `inserting`. Raises `UpdateError` where MongoDB refuses: `$inc` on
    text, a field inside a number, a changed `_id` or scope column.
    """
    result: dict[str, Any] = copy_value(dict(document))
    for sign, fields in update.items():
        if sign == "$setOnInsert" and not inserting:
            continue
        for name, operand in fields.items():
            _apply(result, sign, name, now if sign == "$currentDate" else operand)
    _check_fixed(document, result, inserting)
    return result


def upsert_document(node: Node, update: Update, scope: Scope | None, *, now: str) -> dict[str, Any]:
    """Return the document an upsert inserts: the filter's equalities, then the scope, then the update.

    `_id` is in it only if filter or update name one. Raises `UpdateError` when the filter sets a path
    twice, and what `apply_update` and `scope.check_update` raise.
    """
    check_update(update, scope)
    equalities = list(_equalities(node))
    _check_conflicts(path for path, _ in equalities)
    base: dict[str, Any] = {}
    for path, value in equalities:
        replace_at(base, path, _always(copy_value(value)))
    if scope is not None:
        base[scope.column] = scope.value
    return apply_update(base, update, now=now, inserting=True)


def _equalities(node: Node) -> Iterator[tuple[Path, Any]]:
    if isinstance(node, And) or (isinstance(node, Or) and len(node.children) == 1):
        for child in node.children:
            yield from _equalities(child)
    elif isinstance(node, Compare) and node.op == "eq":
        yield node.path, node.value
    elif isinstance(node, In) and len({key(value) for value in node.values}) == 1:
        yield node.path, node.values[0]


def _apply(document: dict[str, Any], sign: str, name: str, operand: Any) -> None:
    if sign == "$rename":
        _rename(document, path_components(name), path_components(operand))
        return
    operator, path = OPERATORS[sign], path_components(name)
    if operator.strict_path:
        check_passable(document, path)
    replace_at(document, path, lambda current: operator.apply(name, current, operand))


def _rename(document: dict[str, Any], source: Path, target: Path) -> None:
    moved = value_at(document, source)
    if moved is not MISSING:
        if is_in_array(document, target):
            raise UpdateError(f"the path {'.'.join(target)!r} leads into an array, which $rename does not take")
        replace_at(document, source, _always(MISSING))
        replace_at(document, target, _always(moved))


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda current: value


def _check_operators(update: Mapping[str, Any]) -> None:
    for sign, fields in update.items():
        if sign not in OPERATORS:
            raise UpdateError(unknown("update operator", sign, OPERATORS))
        if not isinstance(fields, dict):
            raise UpdateError(f'{sign} needs a dict of fields: {{"{sign}": {{"some_field": …}}}}')
        for name, operand in fields.items():
            _check_path(name)
            OPERATORS[sign].check(name, operand)
            if sign == "$rename":
                _check_path(operand)


def _check_path(name: str) -> None:
    for part in path_components(name):
        if not part:
            raise UpdateError(f"the path {name!r} has an empty field name")
        if part.startswith("$"):
            raise UpdateError(f"the path {name!r} has {part!r}: positional operators are not supported")


def _check_conflicts(paths: Iterable[Path]) -> None:
    seen: set[Path] = set()
    for path in paths:
        if path in seen:
            raise UpdateError(f"setting {'.'.join(path)!r} twice is a conflict")
        seen.add(path)
    for path in seen:
        for end in range(1, len(path)):
            if path[:end] in seen:
                raise UpdateError(f"setting {'.'.join(path)!r} conflicts with setting {'.'.join(path[:end])!r}")


def _touched(update: Update) -> Iterator[str]:
    for sign, fields in update.items():
        yield from fields
        if sign == "$rename":
            yield from fields.values()


def _check_fixed(before: Mapping[str, Any], after: Mapping[str, Any], inserting: bool) -> None:
    for column in FIXED_COLUMNS:
        old, new = before.get(column, MISSING), after.get(column, MISSING)
        given = inserting and old is MISSING
        if not given and ((old is MISSING) is not (new is MISSING) or not equal_values(old, new)):
            raise UpdateError(f"{column} never changes, but the update would change it")
