"""Queries that are compiled once for all filters of their shape, and run in two statements.

A compiled query rests on what was asked of the database before: that no document of the scope holds an array or an
object in the fields it looks at. That is asked again only after something has changed, by whomever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cpsl.data.filters import parse_filter
from cpsl.data.scope import Scope
from cpsl.data.settled import settled_by
from cpsl.data.shape import FilterShape, Slots, shape_of, stand_in_filter, stand_in_scope
from cpsl.data.sort import SortSpec, parse_sort
from cpsl.data.sql import compile_filter, nested_probe
from cpsl.data.sql_fields import TableFields
from cpsl.data.sql_sort import INSERTION, compile_sort
from cpsl.store.declarations import Declaration
from cpsl.store.select import column_set
from cpsl.store.ways import Query, Way, Ways

_REMEMBERED = 1000


class Statement(NamedTuple):
    """What SQLite runs, and its parameters."""

    sql: str
    slots: Slots


class PreparedQuery(NamedTuple):
    """A query of some shape: the fields that must hold no array and no object, and the ways to the answer."""

    columns: tuple[str, ...]
    sure: Statement
    walk: Statement | None
    narrows: bool


class BoundQuery(NamedTuple):
    """A prepared query with the values of this time."""

    prepared: PreparedQuery
    values: list[Any]
    limit: int
    skip: int
    scope: Scope | None

    def params(self, statement: Statement) -> list[Any]:
        """The parameters of one of its statements."""
        filled = statement.slots.filled(self.values, self.scope)
        return [*filled, self.limit or -1, self.skip] if self.limit or self.skip else filled


class PreparedQueries:
    """Compiles each shape of query once. None is remembered as well: for what has to be compiled each time."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._known: dict[Any, PreparedQuery | None] = {}

    def asked(
        self,
        declared: Declaration,
        filter: Mapping[str, Any] | None,
        sort: SortSpec,
        part: tuple[int, int],
        scope: Scope | None,
    ) -> BoundQuery | None:
        """The query as a prepared one, or None; ``part`` is limit and skip. Raises ``ValueError`` for a bad sort."""
        shape = shape_of(filter)
        if shape is None:
            return None
        order = _sort_key(sort)
        if order is None:
            return None
        limit, skip = part
        key = (declared, shape.key, order, scope and scope.column, bool(limit), bool(skip))
        try:
            prepared = self._known[key]
        except KeyError:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            query = Query(parse_filter(stand_in_filter(shape)), parse_sort(sort), limit, skip, stand_in_scope(scope))
            prepared = self._known[key] = self._prepared(declared, query, shape)
        return prepared and BoundQuery(prepared, shape.values, limit, skip, scope)

    def _prepared(self, declared: Declaration, query: Query, shape: FilterShape) -> PreparedQuery | None:
        columns = column_set(declared) if declared.indexed else frozenset[str]()
        fields = {name for name, _, _ in shape.key} | {".".join(level.path) for level in query.sort}
        if not fields <= columns | {"_id"} or "id" in fields:
            return None
        table = TableFields(columns, query.scope, frozenset(fields - {"_id"}))
        order = compile_sort(query.sort, table, settled_by(query.node, table)) or INSERTION
        where = compile_filter(query.node, table)
        if where.residual is not None or order.doubt is not None:
            return None
        sure, walk = self._ways.to(declared, query, Way(where, order))
        if not query.limit and self._ways.scans(declared, query, sure):
            return None
        return PreparedQuery(
            tuple(sorted(table.scalars)),
            _statement(declared, query, sure),
            walk and _statement(declared, query, walk),
            where.narrows,
        )


def _statement(declared: Declaration, query: Query, way: Way) -> Statement:
    made = way.statement(declared, query)
    # Limit and skip come last.
    params = made.params[:-2] if query.limit or query.skip else made.params
    return Statement(made.sql, Slots(params))


def _sort_key(sort: SortSpec) -> Any:
    """A sort as it is written, or None if it cannot be a key. ``True`` is no direction, though it equals 1."""
    if not sort:
        return ()
    if isinstance(sort, str):
        return sort
    if isinstance(sort, Mapping):
        items = tuple(sort.items())
        return None if any(type(sign) is not int for _, sign in items) else items
    simple = isinstance(sort, (list, tuple)) and all(type(level) is str for level in sort)
    return tuple(sort) if simple else None


class Scalars:
    """Which fields hold no array and no object in a scope, as asked since the database last changed.

    ``total_changes`` counts what this connection writes, ``data_version`` what others do.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._changes = -1
        self._version = -1
        self._known: dict[tuple[str, str, Scope | None], bool] = {}

    def known(self, declared: Declaration, columns: Sequence[str], scope: Scope | None) -> bool:
        """Whether these fields held none, and this connection changed nothing since; :meth:`hold` asks of others."""
        if self._changes != self._connection.total_changes:
            return False
        return all(self._known.get((declared.name, name, scope), False) for name in columns)

    def hold(self) -> bool:
        """Whether no other connection has changed anything since the fields were asked about."""
        return self._version == self._data_version()

    def ask(self, declared: Declaration, columns: Sequence[str], scope: Scope | None) -> bool:
        """Whether these fields hold none; within the read transaction of what rests on it."""
        version, changes = self._data_version(), self._connection.total_changes
        if (version, changes) != (self._version, self._changes) or len(self._known) >= _REMEMBERED:
            self._known.clear()
            self._version, self._changes = version, changes
        return all(self._ask((declared.name, name, scope)) for name in columns)

    def _ask(self, place: tuple[str, str, Scope | None]) -> bool:
        if place not in self._known:
            probe = nested_probe(*place)
            self._known[place] = not self._connection.execute(probe.sql, probe.params).fetchone()[0]
        return self._known[place]

    def _data_version(self) -> int:
        row: tuple[int] = self._connection.execute("PRAGMA data_version").fetchone()
        return row[0]
