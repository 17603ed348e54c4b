"""SQL that a person types: one statement, which can only read (UX S9)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from cpsl.errors import StoreError
from cpsl.store.database import Database, reraise_interrupt

# Our own COMMIT of the read transaction has to pass as well; by itself it writes nothing.
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_TRANSACTION,
}
_LOOKING = {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list"}


class Answer(NamedTuple):
    """The columns of a result, and its rows as they are read."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def ask(database: Database, statement: str) -> Answer:
    """Run the statement. Raises ``StoreError`` with SQLite's own words, also for one that would write."""
    connection = database.connection
    connection.set_authorizer(_authorize)
    try:
        cursor = connection.execute(statement)
    except (sqlite3.Error, sqlite3.Warning) as error:
        reraise_interrupt(error)
        raise StoreError(f"sql: {_said(error)}") from error
    return Answer(tuple(column[0] for column in cursor.description or ()), _rows(cursor))


def _rows(cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
    try:
        yield from cursor
    except sqlite3.Error as error:
        reraise_interrupt(error)
        raise StoreError(f"sql: {_said(error)}") from error


def _authorize(action: int, first: str | None, second: str | None, schema: str | None, trigger: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and second == "load_extension":
        return sqlite3.SQLITE_DENY
    looking = action == sqlite3.SQLITE_PRAGMA and first in _LOOKING
    return sqlite3.SQLITE_OK if action in _ALLOWED or looking else sqlite3.SQLITE_DENY


def _said(error: Exception) -> str:
    text = str(error)
    if "not authorized" in text or "prohibited" in text:
        return "only reading is possible here; insert, update and delete are commands of their own"
    return text
