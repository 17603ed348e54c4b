"""The undo journal: what a turn overwrote, before it did (DESIGN.md §4).

Rows a turn *adds* need no entry: they carry its id. A row it *changes* leaves its former content here,
so that walking the entries of a turn backwards restores the world before it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cpsl.model.jsonable import compact


class BeforeImage(NamedTuple):
    """One entry: what kind of thing, which one, and its former content (None: there was none)."""

    kind: str
    key: str
    before: Any


Entry = tuple[int, str, str, str | None]
"""An entry as it is written."""


def entry(turn_id: int, image: BeforeImage) -> Entry:
    """An entry of a turn, made before the transaction that writes it."""
    return (turn_id, image.kind, image.key, None if image.before is None else compact(image.before))


def write(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Write entries inside the transaction that makes the change."""
    connection.executemany("INSERT INTO _capsule_journal (turn_id, kind, key, before) VALUES (?, ?, ?, ?)", entries)


def remember(connection: sqlite3.Connection, turn_id: int, image: BeforeImage) -> None:
    """Write one entry inside the transaction that makes the change."""
    connection.execute(
        "INSERT INTO _capsule_journal (turn_id, kind, key, before) VALUES (?, ?, ?, ?)", entry(turn_id, image)
    )


def entries(connection: sqlite3.Connection, turn_id: int) -> Iterator[BeforeImage]:
    """The entries of a turn, newest first: the order in which undo applies them."""
    rows = connection.execute(
        "SELECT kind, key, before FROM _capsule_journal WHERE turn_id = ? ORDER BY id DESC", (turn_id,)
    )
    for kind, key, before in rows:
        yield BeforeImage(kind, key, None if before is None else json.loads(before))
