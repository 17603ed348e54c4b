"""Taking a turn's writes back: its before-images, newest first, in one transaction (DESIGN.md §4)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from cpsl.data.schema import identifier
from cpsl.data.scope import FIXED_COLUMNS
from cpsl.model.jsonable import compact
from cpsl.store import columns, documents, state
from cpsl.store.conversations import TITLE
from cpsl.store.database import Database
from cpsl.store.documents import fixed_values, text_of
from cpsl.store.journal import BeforeImage, entries

Undo = Callable[[sqlite3.Connection, BeforeImage], None]


def undo_turn(database: Database, turn_id: int) -> int:
    """Restore what the turn's writes overwrote, and forget them; returns how many entries there were.

    What others wrote since then stays, unless it is the very same value. The turn itself stays in the history.
    """
    with database.intact(), database.transaction() as connection:
        images = list(entries(connection, turn_id))
        for image in images:
            _UNDO[image.kind](connection, image)
        connection.execute("DELETE FROM _capsule_journal WHERE turn_id = ?", (turn_id,))
    return len(images)


def _inserted(connection: sqlite3.Connection, image: BeforeImage) -> None:
    connection.executemany(
        f"DELETE FROM {identifier(image.key)} WHERE _id = ?", ((document_id,) for document_id in image.before)
    )


def _replaced(connection: sqlite3.Connection, image: BeforeImage) -> None:
    connection.executemany(
        f"UPDATE {identifier(image.key)} SET doc = ? WHERE _id = ?",
        ((text_of(document), document["_id"]) for document in image.before),
    )


def _deleted(connection: sqlite3.Connection, image: BeforeImage) -> None:
    """Each document back where it stood, or at the end if another has that place by now."""
    table, fixed = identifier(image.key), ", ".join(map(identifier, FIXED_COLUMNS))
    for rowid, document in image.before:
        taken = connection.execute(f"SELECT 1 FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
        connection.execute(
            f"INSERT OR REPLACE INTO {table} (rowid, {fixed}, doc) VALUES (?, ?, ?, ?, ?, ?)",
            (None if taken else rowid, *fixed_values(document), text_of(document)),
        )


def _value(connection: sqlite3.Connection, image: BeforeImage) -> None:
    table, before = f"_capsule_{image.kind}", image.before
    place = (*before["place"], before["key"])
    connection.execute(f"DELETE FROM {table} WHERE scope = ? AND owner = ? AND key = ?", place)
    if "value" in before:
        connection.execute(
            f"INSERT INTO {table} (scope, owner, key, value) VALUES (?, ?, ?, ?)", (*place, compact(before["value"]))
        )


def _columns(connection: sqlite3.Connection, image: BeforeImage) -> None:
    place, before = image.before["place"], image.before["columns"]
    connection.execute("DELETE FROM _capsule_columns WHERE collection = ? AND scope = ? AND owner = ?", place)
    if before is not None:
        connection.execute(
            "INSERT INTO _capsule_columns (collection, scope, owner, columns) VALUES (?, ?, ?, ?)", (*place, before)
        )


def _data(connection: sqlite3.Connection, image: BeforeImage) -> None:
    row = connection.execute("SELECT data FROM _capsule_sessions WHERE id = ?", (image.key,)).fetchone()
    # A new revision: whoever holds the data of before must merge, not overwrite.
    connection.execute(
        "UPDATE _capsule_sessions SET data = ?, revision = revision + 1 WHERE id = ?",
        (compact(state.restored(json.loads(row[0]), image.before)), image.key),
    )


def _title(connection: sqlite3.Connection, image: BeforeImage) -> None:
    connection.execute("UPDATE _capsule_sessions SET title = ? WHERE id = ?", (image.before["title"], image.key))


_UNDO: dict[str, Undo] = {
    documents.INSERTED: _inserted,
    documents.REPLACED: _replaced,
    documents.DELETED: _deleted,
    columns.KIND: _columns,
    state.KIND: _data,
    TITLE: _title,
    "settings": _value,
    "kv": _value,
}
