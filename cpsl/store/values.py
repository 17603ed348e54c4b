"""Settings and the key-value store: JSON values by scope, owner and key (behaviour.md §16, §17)."""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from cpsl.store.database import Database, intact, stored_text
from cpsl.store.journal import BeforeImage, remember
from cpsl.store.stored_values import TurnKey


class ValueOwner(NamedTuple):
    """Whose value it is: ``app`` has the owner ``""``."""

    scope: str
    owner: str


class Values:
    """One table of values. Each write is a transaction, with its before-image under the turn."""

    def __init__(self, database: Database, table: Literal["settings", "kv"]) -> None:
        self._database = database
        self._kind = table
        self._table = f"_capsule_{table}"

    def get(self, owner: ValueOwner, key: str) -> tuple[bool, Any]:
        """Whether there is a value, and which. Raises as :meth:`set` for a key that can have none."""
        return self._get(owner, _checked_key(key))

    @intact
    def _get(self, owner: ValueOwner, key: str) -> tuple[bool, Any]:
        row = self._database.row(
            f"SELECT value FROM {self._table} WHERE scope = ? AND owner = ? AND key = ?", (*owner, key)
        )
        return (True, json.loads(row[0])) if row else (False, None)

    def set(self, owner: ValueOwner, key: str, value: Any, turn: TurnKey | None) -> None:
        """Store a value. Raises ``TypeError`` or ``ValueError`` when JSON cannot hold it, or the key is no text."""
        # Loaded here: a chat that writes no value does without it.
        from cpsl.data.documents import checked_value, encode  # noqa: PLC0415

        key, text = _checked_key(key), encode(checked_value(value, "value"))
        with self._database.transaction() as connection:
            self._remember(owner, key, turn)
            connection.execute(
                f"INSERT INTO {self._table} (scope, owner, key, value) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (scope, owner, key) DO UPDATE SET value = excluded.value",
                (*owner, key, text),
            )

    def delete(self, owner: ValueOwner, key: str, turn: TurnKey | None) -> bool:
        """Remove a value; whether there was one. Raises as :meth:`set` for a key that can have none."""
        key = _checked_key(key)
        with self._database.transaction() as connection:
            self._remember(owner, key, turn)
            done = connection.execute(
                f"DELETE FROM {self._table} WHERE scope = ? AND owner = ? AND key = ?", (*owner, key)
            )
        return done.rowcount > 0

    @intact
    def all(self) -> list[tuple[str, str, str, Any]]:
        """Every value as scope, owner, key and value."""
        rows = self._database.rows(f"SELECT scope, owner, key, value FROM {self._table} ORDER BY scope, owner, key")
        return [(*map(stored_text, key), json.loads(value)) for *key, value in rows]

    def _remember(self, owner: ValueOwner, key: str, turn: TurnKey | None) -> None:
        if turn is not None:
            present, value = self._get(owner, key)
            before = {"place": owner, "key": key, **({"value": value} if present else {})}
            remember(self._database.connection, turn, BeforeImage(self._kind, key, before))


def _checked_key(key: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key is a text, not {key!r}")
    if key.isascii() and "\0" not in key:
        return key
    from cpsl.data.documents import checked_value  # noqa: PLC0415 - as above

    text: str = checked_value(key, "key")
    return text
