"""The undo journal: what a turn overwrote, before it did (architecture.md#the-store).

Rows a turn *adds* need no entry: they carry its id. A row it *changes* leaves its former content here,
so that walking the entries of a turn backwards restores the world before it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cpsl.errors import TurnGoneError
from cpsl.model.jsonable import compact
from cpsl.store.stored_values import TurnKey

INSERTED = "documents.inserted"
REPLACED = "documents.replaced"
DELETED = "documents.deleted"
COLUMNS = "columns"
"""Kinds of before-images whose key is a collection; the others are named by what they belong to."""

OF_DOCUMENTS = "kind GLOB 'documents.*'"
OF_COLLECTIONS = f"({OF_DOCUMENTS} OR kind = '{COLUMNS}')"
"""The conditions for them, in SQL."""


class BeforeImage(NamedTuple):
    """One entry: what kind of thing, which one, and its former content (None: there was none)."""

    kind: str
    key: str
    before: Any


Entry = tuple[str, str, str | None, int, str]
"""An entry as it is written: its kind and key, what was there before, and the turn it belongs to."""


def entry(turn: TurnKey, image: BeforeImage) -> Entry:
    """An entry of a turn, made before the transaction that writes it."""
    return (image.kind, image.key, None if image.before is None else compact(image.before), *turn)


def write_entries(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Write entries inside the transaction that makes the change.

    Raises ``TurnGoneError`` when their turn is not stored any more; the change must not be made then.
    """
    for values in entries:
        done = connection.execute(
            "INSERT INTO _capsule_journal (turn_id, kind, key, before) "
            "SELECT id, ?, ?, ? FROM _capsule_turns WHERE id = ? AND session_id = ?",
            values,
        )
        if not done.rowcount:
            raise TurnGoneError


def remember(connection: sqlite3.Connection, turn: TurnKey, image: BeforeImage) -> None:
    """Write one entry; raises as :func:`write`."""
    write_entries(connection, (entry(turn, image),))


def entries(connection: sqlite3.Connection, turn_id: int) -> Iterator[BeforeImage]:
    """The entries of a turn, newest first: the order in which undo applies them."""
    rows = connection.execute(
        "SELECT kind, key, before FROM _capsule_journal WHERE turn_id = ? ORDER BY id DESC", (turn_id,)
    )
    for kind, key, before in rows:
        yield BeforeImage(kind, key, None if before is None else json.loads(before))
