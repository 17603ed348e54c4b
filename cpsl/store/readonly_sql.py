"""SQL that a person types: one statement, which can only read."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from cpsl.errors import StoreError
from cpsl.store.database import Database, each_row, reraise_interrupt

# Our own COMMIT of the read transaction has to pass as well; by itself it writes nothing.
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_TRANSACTION,
}
_LOOKING = {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list"}


# What does something to a transaction; here each question is one of its own.
_FIRST_WORD = re.compile(r"(?:\s|;|--[^\n]*(?:\n|$)|/\*.*?\*/)*([A-Za-z]*)", re.DOTALL)
_TRANSACTIONS = {"begin", "commit", "end", "rollback", "savepoint", "release", "vacuum"}


class ResultSet(NamedTuple):
    """The columns of a result, and its rows as they are read."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def ask(database: Database, statement: str) -> ResultSet:
    """Run the statement. Raises ``StoreError`` for one that would write, or that answers nothing."""
    word = _FIRST_WORD.match(statement)
    if word and word[1].lower() in _TRANSACTIONS:
        raise StoreError(f"sql: {word[1].upper()} was not done: each question only reads, in a transaction of its own.")
    connection = database.connection
    connection.set_authorizer(_authorize)
    try:
        cursor = connection.execute(statement)
    except (ValueError, UnicodeEncodeError):
        raise StoreError("sql: the statement holds a character that SQL cannot.") from None
    except (sqlite3.Error, sqlite3.Warning) as error:
        reraise_interrupt(error)
        raise StoreError(f"sql: {_said(error)}") from error
    if cursor.description is None:
        raise StoreError("sql: that asks nothing; a question begins with SELECT, WITH, VALUES, EXPLAIN or PRAGMA.")
    return ResultSet(tuple(column[0] for column in cursor.description), _rows(cursor))


def _rows(cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
    try:
        yield from each_row(cursor)
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
    if "one statement at a time" in text:
        return "one statement at a time: nothing was done"
    if "not authorized" in text or "prohibited" in text:
        return "only reading is possible here; insert, update and delete are commands of their own"
    return text
