"""The filter tree as SQL over a collection's table (`schema` has the table and its indexes).

The result never loses a row and never lies: what SQL cannot say exactly it over-approximates, and the
caller tries `residual.predicate()` on the rows that come back. Without a residual, `where` alone is
the answer, and counting, limiting and deleting can stay in SQL.

What the caller owes: documents written with `documents.encode`; `Table.columns` that are real generated
columns (SQLite takes an unknown name in double quotes for a text); `PRAGMA case_sensitive_like` left off;
and, when it names `scalars`, the probe and the query in one read transaction.

Values are parameters throughout; names are quoted by `schema.identifier`. JSON paths of declared columns
are literals, since an index on an expression is only used for the same text.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from cpsl.data.conditions import condition, index_weight
from cpsl.data.fragments import FALSE, TRUE, Fragment, all_of, any_of, joined, never_null
from cpsl.data.paths import Path
from cpsl.data.schema import nested_sql
from cpsl.data.scope import FIXED_COLUMNS, Scope
from cpsl.data.sql_fields import TableFields, scope_test
from cpsl.data.sql_names import identifier
from cpsl.data.sql_sort import Order
from cpsl.data.tree import And, Compare, In, Leaf, Node, Not, Or, Regex

MAX_LEAVES = 150
MAX_NESTING = 8
"""Larger or deeper conditions are tried in Python: SQLite's parser has a stack of 100 and expressions of
depth 1000.
"""

_COLUMNS = ", ".join(map(identifier, FIXED_COLUMNS))

Compiled = tuple[Fragment, bool]
"""A condition that holds for every row wanted, and whether it holds for no other."""


@dataclass(frozen=True)
class Sql:
    """A condition: `where` with `params`, and the tree that must still hold for each row it finds (or
    None).

    `scope` and `parts` are what it consists of. Only the part that narrows most is left to an index; a plus
    before the others keeps SQLite from guessing otherwise.
    """

    where: str
    params: tuple[Any, ...] = ()
    residual: Node | None = None
    scope: str = field(default=TRUE.sql, compare=False)
    parts: tuple["ConditionPart", ...] = field(default=(), compare=False)

    @property
    def narrows(self) -> bool:
        """Whether an index finds what a part asks for, beyond the scope."""
        return any(part.weight for part in self.parts)

    def along(self, order: Order) -> "Sql":
        """Return the same condition for a walk through an index in this order.

        Only what is asked of the field sorted by is left to the index. Those of `_id` and of the order of
        insertion do not begin with the scope.
        """
        if not self.parts:
            return self
        scope = f"+{self.scope}" if order.of_all_scopes and self.scope != TRUE.sql else self.scope
        path = order.path
        return replace(self, where=_together(scope, self.parts, lambda part: part.path == path is not None))


class ConditionPart(NamedTuple):
    """A part of a condition: the field it looks at (None: several), and how much an index narrows by it."""

    sql: str
    path: Path | None = None
    weight: int = 0


@dataclass(frozen=True)
class SelectStatement:
    """A statement that gives `_id`, the scope columns and `doc`.

    With a `residual`, rows it does not match (the decoded doc with the fixed columns that are not NULL)
    are dropped, and only then `skip` and `limit` (0 = none) applied; otherwise both are in the statement
    already and 0 here.
    """

    sql: str
    params: tuple[Any, ...] = ()
    residual: Node | None = None
    skip: int = 0
    limit: int = 0


def compile_filter(node: Node, table: TableFields) -> Sql:
    """Return the filter confined to the table's scope, whatever it says itself; `where` is `1` for
    everything.

    Raises nothing for trees made by `filters.parse_filter`.
    """
    parts = _conjuncts(node)
    compiled = _compile_parts(parts, table)
    residual = tuple(part for part, (_, exact) in zip(parts, compiled, strict=True) if not exact)
    if any(fragment is FALSE for fragment, _ in compiled):
        return Sql(FALSE.sql, (), _conjunction(residual))
    scope = scope_test(table.scope)
    found = tuple(_part(node, fragment, table) for node, (fragment, _) in zip(parts, compiled, strict=True))
    weights: dict[Path | None, int] = {}
    for part in found:
        weights[part.path] = weights.get(part.path, 0) + part.weight
    best = max(weights, key=weights.__getitem__, default=None)
    narrows = weights.get(best, 0) > 0
    # The plus keeps SQLite from choosing the far wider index on the scope alone.
    plain = "+" + scope.sql if scope is not TRUE and narrows else scope.sql
    where = _together(plain, found, lambda part: not part.weight or part.path == best)
    params = scope.params + tuple(value for fragment, _ in compiled for value in fragment.params)
    return Sql(where, params, _conjunction(residual), scope.sql, found)


def _together(scope: str, parts: Iterable[ConditionPart], by_index: Callable[[ConditionPart], bool]) -> str:
    """The conjunction, with a plus before each part that no index shall be used for."""
    kept = [scope, *(part.sql if by_index(part) else f"+({part.sql})" for part in parts if part.sql != TRUE.sql)]
    kept = [text for text in kept if text != TRUE.sql]
    return kept[0] if len(kept) == 1 else f"({' AND '.join(kept)})" if kept else TRUE.sql


def _part(node: Node, fragment: Fragment, table: TableFields) -> ConditionPart:
    path = None if isinstance(node, (And, Or, Not)) else node.path
    weight = _weight(node, table) if fragment is not TRUE else 0
    return ConditionPart(fragment.sql, path, weight)


def select(table: str, where: Sql, order: Order | None = None, limit: int = 0, skip: int = 0) -> SelectStatement:
    """Return the statement for a find; 0 is no limit (behaviour.md §13.1). Without an order rows come as SQLite
    finds them.

    Raises `ValueError` for a negative limit or skip.
    """
    if limit < 0 or skip < 0:
        raise ValueError(f"limit and skip are at least 0, not {limit} and {skip}")
    sql = f"SELECT {_COLUMNS}, doc FROM {identifier(table)} WHERE {where.where}"
    params = where.params
    if order is not None:
        sql, params = f"{sql} ORDER BY {order.sql}", params + order.params
    if where.residual is not None or not (limit or skip):
        return SelectStatement(sql, params, where.residual, skip, limit)
    return SelectStatement(f"{sql} LIMIT ? OFFSET ?", (*params, limit or -1, skip))


@lru_cache(maxsize=1024)
def nested_probe(table: str, column: str, scope: Scope | None) -> Fragment:
    """Return the statement that asks whether any array or object stands in a declared column (0 or 1).

    It costs a few microseconds on the partial index. A column for which it answers 0 may be named in
    `Table.scalars` within the same read transaction.
    """
    return _exists(table, all_of((scope_test(scope), Fragment(f"({nested_sql(column)})"))))


def doubt_probe(table: str, where: Sql, order: Order) -> Fragment | None:
    """Return the statement that asks whether the answer has a sort key SQL cannot compare (0 or 1), or
    None.

    If it answers 1, select without order and limit, and sort with `sort.sort_documents`.
    """
    if order.doubt is None:
        return None
    return _exists(table, all_of((Fragment(where.where, where.params), joined("({})", order.doubt))))


def _exists(table: str, condition: Fragment) -> Fragment:
    return joined("SELECT EXISTS (SELECT 1 FROM {} WHERE {})", Fragment(identifier(table)), condition)


def _conjuncts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, And):
        return tuple(part for child in node.children for part in _conjuncts(child))
    return (node,)


def _conjunction(parts: tuple[Node, ...]) -> Node | None:
    return None if not parts else parts[0] if len(parts) == 1 else And(parts)


def _weight(node: Node, table: TableFields) -> int:
    """How much an index narrows by the node: 0 if in some branch there is none."""
    if isinstance(node, Or):
        return min((_weight(child, table) for child in node.children), default=0)
    if isinstance(node, And):
        return max((_weight(child, table) for child in node.children), default=0)
    return index_weight(node, table) if isinstance(node, (Compare, In, Regex)) else 0


def _compile_parts(parts: tuple[Node, ...], table: TableFields) -> list[Compiled]:
    left = MAX_LEAVES
    compiled: list[Compiled] = []
    for part in parts:
        left -= _leaves(part)
        compiled.append(_compile(part, table, False, 0) if left >= 0 else (TRUE, False))
    return compiled


def _compile(node: Node, table: TableFields, negated: bool, depth: int) -> Compiled:
    """Return a condition true for every row that (does not, if negated) match, and whether it is exact."""
    if isinstance(node, Not):
        return _compile(node.child, table, not negated, depth)
    if not isinstance(node, (And, Or)):
        return _leaf(node, table, negated)
    if depth > MAX_NESTING or _leaves(node) > MAX_LEAVES:
        return TRUE, False
    parts = [_compile(child, table, negated, depth + 1) for child in node.children]
    join = all_of if isinstance(node, And) is not negated else any_of
    return join(fragment for fragment, _ in parts), all(exact for _, exact in parts)


def _leaf(leaf: Leaf, table: TableFields, negated: bool) -> Compiled:
    # The negation of an indexed condition finds nothing by index.
    sure, doubt = condition(leaf, replace(table, scope=None) if negated else table)
    return any_of((never_null(sure) if negated else sure, doubt)), doubt is FALSE


def _leaves(node: Node) -> int:
    if isinstance(node, Not):
        return _leaves(node.child)
    return sum(map(_leaves, node.children)) if isinstance(node, (And, Or)) else 1
