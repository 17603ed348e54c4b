"""Scopes: whose documents a query may touch (behaviour.md §13.4).

Safety does not rest on the checks here: `sql.compile_filter` joins the scope to the whole condition, and what it
leaves to a `predicate` sees only the rows that it found, so no operator can widen it. The checks turn an attempt
into an error instead of silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cpsl.data.documents import checked_document, plain_id
from cpsl.data.query_errors import ScopeError, UpdateError
from cpsl.data.tree import And, Compare, In, Node, Not, Or

SCOPE_COLUMNS = {"user": "_user_id", "owner": "_team_id", "session": "_session_id"}
"""Scope names of declarations and the field each stores its identity in; `app` has none."""

FIXED_COLUMNS = ("_id", *SCOPE_COLUMNS.values())
"""Fields kept in columns of their own, outside the JSON text: text, or absent."""


_SCOPES = {column: scope for scope, column in SCOPE_COLUMNS.items()}


def scope_name(column: str | None) -> str:
    """Return the name of the scope whose collections have that column; `app` for none."""
    return "app" if column is None else _SCOPES[column]


@dataclass(frozen=True)
class Scope:
    """One identity: only documents whose `column` holds `value` exist for the caller."""

    column: str
    value: str

    def __post_init__(self) -> None:
        if self.column not in SCOPE_COLUMNS.values():
            raise ScopeError(f"{self.column!r} is no scope column")
        if not isinstance(self.value, str) or not self.value:
            raise ScopeError(f"{self.column} needs a non-empty text, not {self.value!r}")


def check_filter(node: Node, scope: Scope | None) -> None:
    """Raise `ScopeError` if the filter names another identity anywhere, even under `$or` or `$not`.

    The caller's own value is allowed, and so are conditions that name nobody, which find nobody else.
    """
    if scope is not None:
        for named in _named(node, scope.column):
            _same_identity("filter", named, scope)


def scoped_document(document: Mapping[str, Any], scope: Scope | None) -> dict[str, Any]:
    """Return a checked copy of a document to insert, with its scope field.

    Raises `ScopeError` if it names another identity or if a fixed column holds anything but text, and what
    `documents.checked_document` raises.
    """
    result = checked_document(document)
    for column in FIXED_COLUMNS:
        if column in result:
            result[column] = _fixed_text(column, plain_id(result[column]))
    if scope is None:
        return result
    if scope.column in result:
        _same_identity("document", result[scope.column], scope)
    result[scope.column] = scope.value
    return result


def check_update(update: Mapping[str, Mapping[str, Any]], scope: Scope | None) -> None:
    """Check a normalised update: nothing may change `_id` or a scope column.

    `$set` to the value it has is let through, because people write whole rows back;
    `updates.apply_update` refuses it if it is a change. Raises `ScopeError` when another identity is
    named, `UpdateError` for any other operator.
    """
    for sign, fields in update.items():
        for path, value in fields.items():
            _check_assignment(sign, path, value, scope)
            if sign == "$rename":
                _check_assignment(sign, value, value, scope)


def _check_assignment(sign: str, path: str, value: Any, scope: Scope | None) -> None:
    root = path.partition(".")[0]
    if root not in FIXED_COLUMNS:
        return
    if sign not in ("$set", "$setOnInsert") or path != root:
        raise UpdateError(f"{sign} cannot touch {root}: it never changes")
    if scope and root == scope.column:
        _same_identity("update", value, scope)


def _named(node: Node, column: str) -> list[Any]:
    if isinstance(node, (And, Or)):
        return [value for child in node.children for value in _named(child, column)]
    if isinstance(node, Not):
        return _named(node.child, column)
    if isinstance(node, In) and node.path == (column,):
        return [value for value in node.values if value is not None]
    if isinstance(node, Compare) and node.path == (column,) and node.op == "eq" and node.value is not None:
        return [node.value]
    return []


def _same_identity(what: str, value: Any, scope: Scope) -> None:
    if value != scope.value:
        raise ScopeError(f"the {what} names {scope.column} {value!r}, which is not the active identity")


def _fixed_text(column: str, value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise ScopeError(f"{column} holds text, not {value!r}")
    return value
