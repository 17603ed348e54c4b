"""Taking a turn's writes back: its before-images, newest first, in one transaction (architecture.md#the-store)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from cpsl.data.scope import FIXED_COLUMNS
from cpsl.data.sql_names import identifier
from cpsl.model.jsonable import compact
from cpsl.store import columns, documents, state
from cpsl.store.conversations import TITLE
from cpsl.store.database import Database
from cpsl.store.declarations import check_collection_name
from cpsl.store.documents import document_text, fixed_values
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


def check_image(image: BeforeImage) -> None:
    """Raises ``ValueError`` for an entry that no undo could apply: an unknown kind, a content of another shape."""
    if image.kind not in _UNDO:
        raise ValueError(f"'kind' is not one of {', '.join(_UNDO)}")
    if image.kind in _DOCUMENTS:
        check_collection_name(image.key)
    if not _SHAPES.get(image.kind, _is_value)(image.before):
        raise ValueError(f"'before' is not what a change of {image.kind} leaves")


def _inserted(connection: sqlite3.Connection, image: BeforeImage) -> None:
    connection.executemany(
        f"DELETE FROM {identifier(image.key)} WHERE _id = ?", ((document_id,) for document_id in image.before)
    )


def _replaced(connection: sqlite3.Connection, image: BeforeImage) -> None:
    connection.executemany(
        f"UPDATE {identifier(image.key)} SET doc = ? WHERE _id = ?",
        ((document_text(document), document["_id"]) for document in image.before),
    )


def _deleted(connection: sqlite3.Connection, image: BeforeImage) -> None:
    """Each document back where it stood, or at the end if another has that place by now."""
    table, fixed = identifier(image.key), ", ".join(map(identifier, FIXED_COLUMNS))
    for rowid, document in image.before:
        taken = connection.execute(f"SELECT 1 FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
        connection.execute(
            f"INSERT OR REPLACE INTO {table} (rowid, {fixed}, doc) VALUES (?, ?, ?, ?, ?, ?)",
            (None if taken else rowid, *fixed_values(document), document_text(document)),
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


def _are(accepts: Callable[[Any], bool], value: Any) -> bool:
    return isinstance(value, list) and all(map(accepts, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_document(value: Any) -> bool:
    return isinstance(value, dict) and _is_text(value.get("_id"))


def _is_row(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], int) and _is_document(value[1])


def _is_place(value: Any, length: int) -> bool:
    return isinstance(value, dict) and _are(_is_text, value.get("place")) and len(value["place"]) == length


def _is_value(value: Any) -> bool:
    return _is_place(value, 2) and _is_text(value.get("key"))


_DOCUMENTS = (documents.INSERTED, documents.REPLACED, documents.DELETED)
_SHAPES: dict[str, Callable[[Any], bool]] = {
    documents.INSERTED: lambda value: _are(_is_text, value),
    documents.REPLACED: lambda value: _are(_is_document, value),
    documents.DELETED: lambda value: _are(_is_row, value),
    columns.KIND: lambda value: _is_place(value, 3) and isinstance(value.get("columns", 0), (str, type(None))),
    state.KIND: lambda value: (
        isinstance(value, dict)
        and isinstance(value.get("set"), dict)
        and _are(_is_text, value.get("unset"))
        and _are(_is_text, value.get("order", []))
    ),
    TITLE: lambda value: isinstance(value, dict) and isinstance(value.get("title", 0), (str, type(None))),
}
