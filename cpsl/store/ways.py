"""Ways to the answer of a query: by an index and sorted, or along an index that is in order already.

Without statistics SQLite guesses. Which way is quicker, and by how much, depends on how many documents match,
so both are known here, and whoever runs one can give it up when it takes long.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from cpsl.data.scope import Scope
from cpsl.data.sort import SortKey
from cpsl.data.sql import SelectStatement, Sql, select
from cpsl.data.sql_sort import Order
from cpsl.data.tree import Node
from cpsl.store.database import Database
from cpsl.store.declarations import Declaration

T = TypeVar("T")

_REMEMBERED = 1000


class Query(NamedTuple):
    """What is wanted: the documents of ``scope`` that match, sorted, a part of them; ``limit`` 0 is all."""

    node: Node
    sort: tuple[SortKey, ...] = ()
    limit: int = 0
    skip: int = 0
    scope: Scope | None = None


class Way(NamedTuple):
    """A compiled query: how the documents are found, and in which order (None: in any)."""

    where: Sql
    order: Order | None = None

    def statement(self, declared: Declaration, query: Query) -> SelectStatement:
        """What SQLite runs."""
        return select(declared.name, self.where, self.order, query.limit, query.skip)


class Choice(NamedTuple):
    """The way whose effort is that of finding and sorting all matches, and one that needs luck, or None.

    ``walk`` looks at documents in order until it has found enough: at few if many match, else at all.
    """

    sure: Way
    walk: Way | None = None


class Ways:
    """Remembers by the text of statements how SQLite goes about them; asking it costs as much as the query."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._steps: dict[str, tuple[str, ...]] = {}

    def to(self, declared: Declaration, query: Query, way: Way) -> Choice:
        """The ways to the answer of a compiled query."""
        order = way.order
        if order is None:
            return Choice(way)
        walk = Way(way.where.along(order), order)
        if not way.where.narrows:
            if not (query.limit and self._sorts(declared, query, way)):
                return Choice(way)
            return Choice(way, None if self._sorts(declared, query, walk) else walk)
        narrow = Way(way.where, order.afterwards())
        same = self._searches(declared, query, way) == self._searches(declared, query, narrow)
        if same and not self._sorts(declared, query, way):
            return Choice(way)
        return Choice(narrow, walk if query.limit and not self._sorts(declared, query, walk) else None)

    def scans(self, declared: Declaration, query: Query, way: Way) -> bool:
        """Whether SQLite walks through the whole collection."""
        return any("SCAN" in step for step in self._explained(declared, query, way))

    def _sorts(self, declared: Declaration, query: Query, way: Way) -> bool:
        return any("TEMP B-TREE" in step for step in self._explained(declared, query, way))

    def _searches(self, declared: Declaration, query: Query, way: Way) -> list[str]:
        return [step for step in self._explained(declared, query, way) if "TEMP B-TREE" not in step]

    def _explained(self, declared: Declaration, query: Query, way: Way) -> tuple[str, ...]:
        statement = way.statement(declared, query)
        known = self._steps.get(statement.sql)
        if known is None:
            if len(self._steps) >= _REMEMBERED:
                self._steps.clear()
            rows = self._connection.execute("EXPLAIN QUERY PLAN " + statement.sql, statement.params)
            known = self._steps[statement.sql] = tuple(row[3] for row in rows)
        return known


def attempt(database: Database, steps: int, work: Callable[[], T]) -> T | None:
    """Do the work, or return None when SQLite needs more than so many of its own steps for it.

    A document that is looked at takes some ten of them.
    """
    try:
        with database.stopped_after(steps):
            return work()
    except sqlite3.OperationalError as error:
        if str(error) != "interrupted":
            raise
        return None
