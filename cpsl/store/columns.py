"""Columns that an app changed at run time, by collection and identity (behaviour.md §14)."""

from __future__ import annotations

import json

from cpsl.data.scope import Scope
from cpsl.model.column import Column
from cpsl.store.database import ContentError, Database, intact
from cpsl.store.journal import COLUMNS, BeforeImage, remember
from cpsl.store.stored_values import TurnKey


class StoredColumns:
    """Column lists as JSON text."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @intact
    def get(self, collection: str, scope: Scope | None) -> str | None:
        """The stored list, or None if there is none."""
        row = self._database.row(
            "SELECT columns FROM _capsule_columns WHERE collection = ? AND scope = ? AND owner = ?",
            (collection, *_place(scope)),
        )
        if row is None:
            return None
        if not all(isinstance(Column.from_dict(item), Column) for item in json.loads(row[0])):
            raise ContentError(f"the columns of {collection!r}")
        return str(row[0])

    def set(self, collection: str, scope: Scope | None, text: str, turn: TurnKey | None) -> None:
        """Store a list."""
        place = (collection, *_place(scope))
        before = self.get(collection, scope)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO _capsule_columns (collection, scope, owner, columns) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (collection, scope, owner) DO UPDATE SET columns = excluded.columns",
                (*place, text),
            )
            if turn is not None:
                remember(connection, turn, BeforeImage(COLUMNS, collection, {"place": place, "columns": before}))


def _place(scope: Scope | None) -> tuple[str, str]:
    return (scope.column, scope.value) if scope else ("", "")
