"""Tables of collections: made, and brought in line with a changed declaration, without touching documents."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from cpsl.data.schema import column_sql, generatable, index_sql, own_id_index_sql, scope_index_sql
from cpsl.data.sql_names import identifier

_ASIDE = "_capsule_renamed"


def align_table(
    connection: sqlite3.Connection, table: str, declared: Iterable[str], scope_column: str | None, *, indexed: bool
) -> None:
    """Make the table, or bring its generated columns and its indexes in line, inside the caller's transaction."""
    _make_way(connection, table)
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {identifier(table)} (_id TEXT PRIMARY KEY NOT NULL, _user_id TEXT, "
        "_team_id TEXT, _session_id TEXT, doc TEXT NOT NULL)"
    )
    for (index,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)
    ).fetchall():
        connection.execute(f"DROP INDEX {identifier(index)}")
    columns = generatable(declared)
    present = _generated(connection, table)
    for name in present:
        if name not in columns:
            connection.execute(f"ALTER TABLE {identifier(table)} DROP COLUMN {identifier(name)}")
    for name in columns:
        if name not in present:
            connection.execute(f"ALTER TABLE {identifier(table)} ADD COLUMN {column_sql(name)}")
    _make_index(connection, own_id_index_sql(table))
    if scope_column:
        _make_index(connection, scope_index_sql(table, scope_column))
    if indexed:
        for column in columns:
            for statement in index_sql(table, column, scope_column):
                _make_index(connection, statement)


def drop_table(connection: sqlite3.Connection, name: str) -> None:
    """Remove the table, if there is one."""
    connection.execute(f"DROP TABLE IF EXISTS {identifier(name)}")


def rename_table(connection: sqlite3.Connection, name: str, new: str) -> None:
    """Give the table another name, by way of a third one: SQLite does not tell names apart by case."""
    connection.execute(f"ALTER TABLE {identifier(name)} RENAME TO {identifier(_ASIDE)}")
    _make_way(connection, new)
    connection.execute(f"ALTER TABLE {identifier(_ASIDE)} RENAME TO {identifier(new)}")


_INDEX = re.compile(r'CREATE INDEX ("(?:[^"]|"")*") ON ')


def _make_index(connection: sqlite3.Connection, statement: str) -> None:
    """Indexes and tables share their names: one that is taken already is not this index's."""
    found = _INDEX.match(statement)
    if found is None:
        raise AssertionError(statement)
    name = free = found.group(1)[1:-1].replace('""', '"')
    number = 1
    while connection.execute("SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", (free,)).fetchone():
        # No collection can have this name.
        free, number = f"_capsule_index {name} {number}", number + 1
    connection.execute(f"CREATE INDEX {identifier(free)} ON {statement[found.end() :]}")


def _make_way(connection: sqlite3.Connection, table: str) -> None:
    """Give an index that has the name of a collection to be made another one."""
    row = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name = ? COLLATE NOCASE", (table,)
    ).fetchone()
    if row:
        index, statement = row
        # While the old one stands its name is taken, so the new one gets another.
        _make_index(connection, statement)
        connection.execute(f"DROP INDEX {identifier(index)}")


def _generated(connection: sqlite3.Connection, table: str) -> set[str]:
    rows = connection.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (table,))
    return {name for name, hidden in rows if hidden}
