"""Tables of collections: made, and brought in line with a changed declaration, without touching documents."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple

from cpsl.store.database import Database, clean, quote


class Declaration(NamedTuple):
    """What a collection's table has to offer beside its documents.

    ``columns`` become generated columns, ``indexed`` ones real indexes within ``scope_column`` (None: app
    scope).
    """

    name: str
    columns: tuple[str, ...] = ()
    indexed: bool = False
    scope_column: str | None = None

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Declaration:
        """The inverse of ``_asdict``, after a way through JSON."""
        return cls(**{**record, "columns": tuple(record["columns"])})


class Declarations:
    """Keeps the tables as declared; what holds is remembered until some process changes the schema."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, Declaration] = {}
        self._version: int | None = None

    def names(self) -> list[str]:
        """The collections there are, in alphabetical order."""
        return [row[0] for row in self._database.rows("SELECT name FROM _capsule_collections ORDER BY name")]

    def stored(self, name: str) -> Declaration | None:
        """The declaration a table was last brought in line with, or None if there is no such collection."""
        row = self._database.row("SELECT declaration FROM _capsule_collections WHERE name = ?", (name,))
        return _parsed(row[0]) if row else None

    def undeclared(self, name: str, scope_column: str | None) -> Declaration:
        """For a name the app does not declare: as the table stands, else one with just its scope indexed.

        Raises ``ValueError`` for a name that cannot be a collection's.
        """
        check_name(name)
        return self.stored(name) or Declaration(name, scope_column=scope_column)

    def ensure(self, wanted: Declaration) -> None:
        """Bring the table in line. Raises ``ValueError`` for a name that cannot be a collection's."""
        if self._known.get(wanted.name) == wanted and self._version == self._schema_version():
            return
        self._known.clear()
        check_name(wanted.name)
        text = json.dumps(wanted._asdict(), ensure_ascii=False)
        row = self._database.row("SELECT declaration FROM _capsule_collections WHERE name = ?", (wanted.name,))
        if row is None or row[0] != text:
            with self._database.transaction() as connection:
                self._align(connection, wanted, text)
        self._known[wanted.name] = wanted
        self._version = self._schema_version()

    def align(self, connection: sqlite3.Connection, wanted: Declaration) -> None:
        """Bring the table in line inside the caller's transaction. Raises ``ValueError`` as :meth:`ensure`."""
        check_name(wanted.name)
        self._align(connection, wanted, json.dumps(wanted._asdict(), ensure_ascii=False))

    def drop(self, name: str) -> None:
        """Remove the collection and all its documents."""
        with self._database.transaction() as connection:
            connection.execute(f"DROP TABLE IF EXISTS {quote(name)}")
            connection.execute("DELETE FROM _capsule_collections WHERE name = ?", (name,))

    def _schema_version(self) -> int:
        """What SQLite counts up whenever a table or an index is made or dropped, by whatever process."""
        version: tuple[int] = self._database.connection.execute("PRAGMA schema_version").fetchone()
        return version[0]

    def _align(self, connection: sqlite3.Connection, wanted: Declaration, text: str) -> None:
        from cpsl.data.schema import column_sql, generatable, index_sql  # noqa: PLC0415 - only a change needs it

        _refuse_twin(connection, wanted.name)
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {quote(wanted.name)} (_id TEXT PRIMARY KEY NOT NULL, _user_id TEXT, "
            "_team_id TEXT, _session_id TEXT, doc TEXT NOT NULL)"
        )
        for (index,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (wanted.name,)
        ).fetchall():
            connection.execute(f"DROP INDEX {quote(index)}")
        columns = generatable(wanted.columns)
        present = _generated(connection, wanted.name)
        for name in present:
            if name not in columns:
                connection.execute(f"ALTER TABLE {quote(wanted.name)} DROP COLUMN {quote(name)}")
        for name in columns:
            if name not in present:
                connection.execute(f"ALTER TABLE {quote(wanted.name)} ADD COLUMN {column_sql(name)}")
        self._index(connection, wanted, [index_sql(wanted.name, name, wanted.scope_column) for name in columns])
        connection.execute(
            "INSERT INTO _capsule_collections (name, declaration) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET declaration = excluded.declaration",
            (wanted.name, text),
        )

    @staticmethod
    def _index(connection: sqlite3.Connection, wanted: Declaration, of_columns: list[tuple[str, str]]) -> None:
        from cpsl.data.schema import own_id_index_sql, scope_index_sql  # noqa: PLC0415

        connection.execute(own_id_index_sql(wanted.name))
        if wanted.scope_column:
            connection.execute(scope_index_sql(wanted.name, wanted.scope_column))
        if wanted.indexed:
            for statement in (each for pair in of_columns for each in pair):
                connection.execute(statement)


def _generated(connection: sqlite3.Connection, table: str) -> set[str]:
    rows = connection.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (table,))
    return {name for name, hidden in rows if hidden}


def _parsed(text: str) -> Declaration:
    return Declaration.from_record(json.loads(text))


def check_name(name: str) -> None:
    """Raises ``ValueError`` for a name that cannot be a collection's."""
    if not isinstance(name, str) or not name.strip() or "\0" in name or clean(name) != name:
        raise ValueError(f"A collection needs a name, not {name!r}.")
    if name.lower().startswith(("_capsule_", "sqlite_")):
        raise ValueError(f"The collection name {name!r} is reserved.")


def _refuse_twin(connection: sqlite3.Connection, name: str) -> None:
    """SQLite does not tell ``Leads`` from ``leads``."""
    row = connection.execute(
        "SELECT name FROM _capsule_collections WHERE name != ? AND lower(name) = lower(?)", (name, name)
    ).fetchone()
    if row:
        raise ValueError(f"There is a collection {row[0]!r} already; {name!r} differs from it only in case.")
