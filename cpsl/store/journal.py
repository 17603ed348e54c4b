"""The undo journal: what a turn overwrote, before it did (DESIGN.md §4).

Rows a turn *adds* need no entry: they carry its id. A row it *changes* leaves its former content here,
so that walking the entries of a turn backwards restores the world before it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from cpsl.errors import TurnGoneError
from cpsl.model.jsonable import compact
from cpsl.store.records import TurnKey


class BeforeImage(NamedTuple):
    """One entry: what kind of thing, which one, and its former content (None: there was none)."""

    kind: str
    key: str
    before: Any


def remember(connection: sqlite3.Connection, turn: TurnKey, image: BeforeImage) -> None:
    """Write an entry inside the transaction that makes the change.

    Raises ``TurnGoneError`` when the turn is not stored any more; the change must not be made then.
    """
    before = None if image.before is None else compact(image.before)
    done = connection.execute(
        "INSERT INTO _capsule_journal (turn_id, kind, key, before) "
        "SELECT id, ?, ?, ? FROM _capsule_turns WHERE id = ? AND session_id = ?",
        (image.kind, image.key, before, *turn),
    )
    if not done.rowcount:
        raise TurnGoneError


def entries(connection: sqlite3.Connection, turn_id: int) -> Iterator[BeforeImage]:
    """The entries of a turn, newest first: the order in which undo applies them."""
    rows = connection.execute(
        "SELECT kind, key, before FROM _capsule_journal WHERE turn_id = ? ORDER BY id DESC", (turn_id,)
    )
    for kind, key, before in rows:
        yield BeforeImage(kind, key, None if before is None else json.loads(before))
