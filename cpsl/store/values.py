"""Settings and the key-value store: JSON values by scope, owner and key (API.md §16, §17)."""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from cpsl.store.database import Database, intact, stored_text
from cpsl.store.journal import BeforeImage, remember


class Place(NamedTuple):
    """Whose value it is: ``app`` has the owner ``""``."""

    scope: str
    owner: str


class Values:
    """One table of values. Each write is a transaction, with its before-image under the turn."""

    def __init__(self, database: Database, table: Literal["settings", "kv"]) -> None:
        self._database = database
        self._kind = table
        self._table = f"_capsule_{table}"

    @intact
    def get(self, place: Place, key: str) -> tuple[bool, Any]:
        """Whether there is a value, and which."""
        row = self._database.row(
            f"SELECT value FROM {self._table} WHERE scope = ? AND owner = ? AND key = ?", (*place, key)
        )
        return (True, json.loads(row[0])) if row else (False, None)

    def set(self, place: Place, key: str, value: Any, turn_id: int | None) -> None:
        """Store a value. Raises ``TypeError`` or ``ValueError`` when JSON cannot hold it, or the key is no text."""
        # Loaded here: a chat that writes no value does without it.
        from cpsl.data.documents import checked, encode  # noqa: PLC0415

        if not isinstance(key, str):
            raise TypeError(f"a key is a text, not {key!r}")
        key, text = checked(key, "key"), encode(checked(value, "value"))
        with self._database.transaction() as connection:
            self._remember(place, key, turn_id)
            connection.execute(
                f"INSERT INTO {self._table} (scope, owner, key, value) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (scope, owner, key) DO UPDATE SET value = excluded.value",
                (*place, key, text),
            )

    def delete(self, place: Place, key: str, turn_id: int | None) -> bool:
        """Remove a value; whether there was one."""
        with self._database.transaction() as connection:
            self._remember(place, key, turn_id)
            done = connection.execute(
                f"DELETE FROM {self._table} WHERE scope = ? AND owner = ? AND key = ?", (*place, key)
            )
        return done.rowcount > 0

    @intact
    def all(self) -> list[tuple[str, str, str, Any]]:
        """Every value as scope, owner, key and value."""
        rows = self._database.rows(f"SELECT scope, owner, key, value FROM {self._table} ORDER BY scope, owner, key")
        return [(*map(stored_text, place), json.loads(value)) for *place, value in rows]

    def _remember(self, place: Place, key: str, turn_id: int | None) -> None:
        if turn_id is not None:
            present, value = self.get(place, key)
            before = {"place": place, "key": key, **({"value": value} if present else {})}
            remember(self._database.connection, turn_id, BeforeImage(self._kind, key, before))
