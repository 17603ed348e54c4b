"""What a before-image means, kind by kind: how undo applies it, what shape it has, and what it says was changed.

Taking a turn's writes back is to apply its before-images, newest first, in one transaction (architecture.md#the-store).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from cpsl.data.scope import FIXED_COLUMNS
from cpsl.data.sql_names import identifier
from cpsl.model.jsonable import compact
from cpsl.store import state
from cpsl.store.conversations import TITLE
from cpsl.store.database import Database
from cpsl.store.declarations import check_collection_name
from cpsl.store.documents import document_text, fixed_values
from cpsl.store.journal import COLUMNS, DELETED, INSERTED, REPLACED, BeforeImage, entries

Touched = tuple[str, str, str]
"""What a write is about: ``document``, ``session.data``, ``settings`` or ``kv``; in what; and which of it."""


class _Absent:
    """Stands for "there was none", which None is not: None can be stored."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()
DOCUMENT = "document"


def undo_turn(database: Database, turn_id: int) -> int:
    """Restore what the turn's writes overwrote, and forget them; returns how many entries there were.

    What others wrote since then stays, unless it is the very same value. The turn itself stays in the history.
    """
    with database.intact(), database.transaction() as connection:
        images = list(entries(connection, turn_id))
        for image in images:
            _KINDS[image.kind].restore(connection, image)
        connection.execute("DELETE FROM _capsule_journal WHERE turn_id = ?", (turn_id,))
    return len(images)


def check_image(image: BeforeImage) -> None:
    """Raises ``ValueError`` for an entry that no undo could apply: an unknown kind, a content of another shape."""
    kind = _KINDS.get(image.kind)
    if kind is None:
        raise ValueError(f"'kind' is not one of {', '.join(_KINDS)}")
    if image.kind in _DOCUMENTS:
        check_collection_name(image.key)
    if not kind.fits(image.before):
        raise ValueError(f"'before' is not what a change of {image.kind} leaves")


def touched_values(image: BeforeImage) -> list[tuple[Touched, Any]]:
    """What the write was about, each with its former value (``ABSENT`` for none), the last one first.

    Nothing for titles and columns, which are not among the changes that people are shown.
    """
    return _KINDS[image.kind].touches(image)


def _restore_inserted(connection: sqlite3.Connection, image: BeforeImage) -> None:
    connection.executemany(
        f"DELETE FROM {identifier(image.key)} WHERE _id = ?", ((document_id,) for document_id in image.before)
    )


def _restore_replaced(connection: sqlite3.Connection, image: BeforeImage) -> None:
    connection.executemany(
        f"UPDATE {identifier(image.key)} SET doc = ? WHERE _id = ?",
        ((document_text(document), document["_id"]) for document in image.before),
    )


def _restore_deleted(connection: sqlite3.Connection, image: BeforeImage) -> None:
    """Each document back where it stood, or at the end if another has that place by now."""
    table, fixed = identifier(image.key), ", ".join(map(identifier, FIXED_COLUMNS))
    for rowid, document in image.before:
        taken = connection.execute(f"SELECT 1 FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
        connection.execute(
            f"INSERT OR REPLACE INTO {table} (rowid, {fixed}, doc) VALUES (?, ?, ?, ?, ?, ?)",
            (None if taken else rowid, *fixed_values(document), document_text(document)),
        )


def _restore_value(connection: sqlite3.Connection, image: BeforeImage) -> None:
    table, before = f"_capsule_{image.kind}", image.before
    place = (*before["place"], before["key"])
    connection.execute(f"DELETE FROM {table} WHERE scope = ? AND owner = ? AND key = ?", place)
    if "value" in before:
        connection.execute(
            f"INSERT INTO {table} (scope, owner, key, value) VALUES (?, ?, ?, ?)", (*place, compact(before["value"]))
        )


def _restore_columns(connection: sqlite3.Connection, image: BeforeImage) -> None:
    place, before = image.before["place"], image.before["columns"]
    connection.execute("DELETE FROM _capsule_columns WHERE collection = ? AND scope = ? AND owner = ?", place)
    if before is not None:
        connection.execute(
            "INSERT INTO _capsule_columns (collection, scope, owner, columns) VALUES (?, ?, ?, ?)", (*place, before)
        )


def _restore_data(connection: sqlite3.Connection, image: BeforeImage) -> None:
    row = connection.execute("SELECT data FROM _capsule_sessions WHERE id = ?", (image.key,)).fetchone()
    # A new revision: whoever holds the data of before must merge, not overwrite.
    connection.execute(
        "UPDATE _capsule_sessions SET data = ?, revision = revision + 1 WHERE id = ?",
        (compact(state.apply_before_image(json.loads(row[0]), image.before)), image.key),
    )


def _restore_title(connection: sqlite3.Connection, image: BeforeImage) -> None:
    connection.execute("UPDATE _capsule_sessions SET title = ? WHERE id = ?", (image.before["title"], image.key))


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


def _fits_value(value: Any) -> bool:
    return _is_place(value, 2) and _is_text(value.get("key"))


def _touched_inserted(image: BeforeImage) -> list[tuple[Touched, Any]]:
    return [((DOCUMENT, image.key, document_id), ABSENT) for document_id in reversed(image.before)]


def _touched_replaced(image: BeforeImage) -> list[tuple[Touched, Any]]:
    return [((DOCUMENT, image.key, document["_id"]), document) for document in image.before]


def _touched_deleted(image: BeforeImage) -> list[tuple[Touched, Any]]:
    return [((DOCUMENT, image.key, document["_id"]), document) for _, document in reversed(image.before)]


def _touched_data(image: BeforeImage) -> list[tuple[Touched, Any]]:
    former = [(key, ABSENT) for key in reversed(image.before["unset"])]
    former += reversed(image.before["set"].items())
    return [((state.KIND, image.key, key), value) for key, value in former]


def _touched_value(image: BeforeImage) -> list[tuple[Touched, Any]]:
    before = image.before
    return [((image.kind, "\0".join(before["place"]), before["key"]), before.get("value", ABSENT))]


def _touched_nothing(image: BeforeImage) -> list[tuple[Touched, Any]]:
    return []


_DOCUMENTS = (INSERTED, REPLACED, DELETED)


def _fits_columns(before: Any) -> bool:
    return _is_place(before, 3) and isinstance(before.get("columns", 0), (str, type(None)))


def _fits_data(before: Any) -> bool:
    return (
        isinstance(before, dict)
        and isinstance(before.get("set"), dict)
        and _are(_is_text, before.get("unset"))
        and _are(_is_text, before.get("order", []))
    )


def _fits_title(before: Any) -> bool:
    return isinstance(before, dict) and isinstance(before.get("title", 0), (str, type(None)))


class _Kind(NamedTuple):
    restore: Callable[[sqlite3.Connection, BeforeImage], None]
    fits: Callable[[Any], bool]
    touches: Callable[[BeforeImage], list[tuple[Touched, Any]]]


_KINDS = {
    INSERTED: _Kind(_restore_inserted, partial(_are, _is_text), _touched_inserted),
    REPLACED: _Kind(_restore_replaced, partial(_are, _is_document), _touched_replaced),
    DELETED: _Kind(_restore_deleted, partial(_are, _is_row), _touched_deleted),
    COLUMNS: _Kind(_restore_columns, _fits_columns, _touched_nothing),
    state.KIND: _Kind(_restore_data, _fits_data, _touched_data),
    TITLE: _Kind(_restore_title, _fits_title, _touched_nothing),
    "settings": _Kind(_restore_value, _fits_value, _touched_value),
    "kv": _Kind(_restore_value, _fits_value, _touched_value),
}
