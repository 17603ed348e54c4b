"""Collections as they are declared: which there are, and what their tables are to offer."""

from __future__ import annotations

import json
import shlex
import sqlite3
from typing import Any, NamedTuple

from cpsl.store.database import ContentError, Database, clean, intact, stored_text
from cpsl.store.journal import OF_COLLECTIONS

# A table of such a name would stand in the place of the function, which reading arrays needs.
_FUNCTIONS = ("json_each", "json_tree")


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

    @intact
    def names(self) -> list[str]:
        """The collections there are, in alphabetical order."""
        return [
            stored_text(row[0]) for row in self._database.rows("SELECT name FROM _capsule_collections ORDER BY name")
        ]

    @intact
    def stored(self, name: str) -> Declaration | None:
        """The declaration a table was last brought in line with, or None if there is no such collection."""
        row = self._database.row("SELECT declaration FROM _capsule_collections WHERE name = ?", (name,))
        return _parsed(row[0]) if row else None

    def undeclared(self, name: str, scope_column: str | None) -> Declaration:
        """For a name the app does not declare: as the table stands, else one with just its scope indexed.

        Raises ``ValueError`` for a name that cannot be a collection's.
        """
        check_collection_name(name)
        return self.stored(name) or Declaration(name, scope_column=scope_column)

    def known(self, wanted: Declaration) -> bool:
        """Whether the table was in line when last asked about; other processes may have changed it since."""
        return self._known.get(wanted.name) == wanted

    def ensure(self, wanted: Declaration) -> None:
        """Bring the table in line. Raises ``ValueError`` for a name that cannot be a collection's."""
        if self.known(wanted) and self._version == self._schema_version():
            return
        self._known.clear()
        check_collection_name(wanted.name)
        text = json.dumps(wanted._asdict(), ensure_ascii=False)
        row = self._database.row("SELECT declaration FROM _capsule_collections WHERE name = ?", (wanted.name,))
        if row is None or row[0] != text:
            with self._database.transaction() as connection:
                _align(connection, wanted, text)
        self._known[wanted.name] = wanted
        self._version = self._schema_version()

    def align(self, connection: sqlite3.Connection, wanted: Declaration) -> None:
        """Bring the table in line inside the caller's transaction. Raises ``ValueError`` as :meth:`ensure`."""
        check_collection_name(wanted.name)
        _align(connection, wanted, json.dumps(wanted._asdict(), ensure_ascii=False))

    def drop(self, name: str) -> None:
        """Remove the collection, all its documents, and what undo knows of them."""
        from cpsl.store.tables import drop_table  # noqa: PLC0415 - brings the query layer

        with self._database.transaction() as connection:
            drop_table(connection, name)
            connection.execute("DELETE FROM _capsule_collections WHERE name = ?", (name,))
            connection.execute("DELETE FROM _capsule_columns WHERE collection = ?", (name,))
            connection.execute(f"DELETE FROM _capsule_journal WHERE key = ? AND {OF_COLLECTIONS}", (name,))

    def check_free(self, name: str, new: str) -> None:
        """Raises ``ValueError`` as :meth:`rename` would."""
        check_collection_name(new)
        if name != new:
            _refuse_twin(self._database.connection, new, but=name)

    def rename(self, name: str, new: str) -> None:
        """Give the collection another name; its documents, their order and their undo stay.

        Raises ``ValueError`` for a name that cannot be a collection's, or that is another's.
        """
        from cpsl.store.tables import rename_table  # noqa: PLC0415 - as above

        declared = self.stored(name)
        if declared is None:
            raise ValueError(f"There is no collection {name!r}.")
        # Otherwise SQLite would look into the view on the history, which a table may just have broken by its name.
        self._database.connection.execute("PRAGMA legacy_alter_table=ON")
        try:
            with self._database.transaction() as connection:
                self.check_free(name, new)
                connection.execute("UPDATE _capsule_collections SET name = ? WHERE name = ?", (new, name))
                rename_table(connection, name, new)
                connection.execute("UPDATE _capsule_columns SET collection = ? WHERE collection = ?", (new, name))
                connection.execute(
                    "UPDATE _capsule_journal SET key = ?, before = CASE kind WHEN 'columns' THEN "
                    f"json_set(before, '$.place[0]', ?) ELSE before END WHERE key = ? AND {OF_COLLECTIONS}",
                    (new, new, name),
                )
                self.align(connection, declared._replace(name=new))
        finally:
            self._database.connection.execute("PRAGMA legacy_alter_table=OFF")

    @intact
    def _schema_version(self) -> int:
        """What SQLite counts up whenever a table or an index is made or dropped, by whatever process."""
        version: tuple[int] = self._database.connection.execute("PRAGMA schema_version").fetchone()
        return version[0]


def _align(connection: sqlite3.Connection, wanted: Declaration, text: str) -> None:
    from cpsl.store.tables import align_table  # noqa: PLC0415 - only a change needs the query layer

    _refuse_twin(connection, wanted.name)
    align_table(connection, wanted.name, wanted.columns, wanted.scope_column, indexed=wanted.indexed)
    connection.execute(
        "INSERT INTO _capsule_collections (name, declaration) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET declaration = excluded.declaration",
        (wanted.name, text),
    )


def _parsed(text: str) -> Declaration:
    try:
        found = Declaration.from_record(json.loads(text))
        if not isinstance(found.name, str) or not all(isinstance(name, str) for name in found.columns):
            raise TypeError
        return found
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise ContentError(f"the declaration {str(text)[:80]!r} of a collection") from None


def check_collection_name(name: str) -> None:
    """Raises ``ValueError`` for a name that cannot be a collection's."""
    if not isinstance(name, str) or not name.strip() or "\0" in name or clean(name) != name:
        raise ValueError(f"A collection needs a name, not {name!r}.")
    if name.lower().startswith(("_capsule_", "sqlite_", "pragma_")) or name.lower() in _FUNCTIONS:
        raise ValueError(
            f"The collection name {name!r} is reserved. Choose another; if something is stored under it already, "
            f"capsule db rename {shlex.quote(name)} NEW keeps that."
        )


def _refuse_twin(connection: sqlite3.Connection, name: str, *, but: str | None = None) -> None:
    """SQLite does not tell ``Leads`` from ``leads``; ``but`` is one that is about to go."""
    row = connection.execute(
        "SELECT name FROM _capsule_collections WHERE name != ? AND name IS NOT ? AND lower(name) = lower(?)",
        (name, but, name),
    ).fetchone()
    if but is not None and row is None:
        # Nor may a name be taken that is another's letter for letter.
        row = connection.execute("SELECT name FROM _capsule_collections WHERE name = ?", (name,)).fetchone()
        if row:
            raise ValueError(f"There is a collection {name!r} already.")
    if row:
        raise ValueError(
            f"There is a collection {row[0]!r} already; {name!r} differs from it only in case. "
            f"capsule db rename {shlex.quote(row[0])} {shlex.quote(name)} keeps what is stored, "
            f"capsule db drop {shlex.quote(row[0])} forgets it."
        )
