"""What is in a store, for people: its collections, the fields seen in their documents, what was said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cpsl.clock import iso
from cpsl.data.sql_names import identifier
from cpsl.store.database import Database, each_row, stored_text
from cpsl.store.journal import OF_DOCUMENTS
from cpsl.store.select import to_document

_ID_TIME_DIGITS = 8


class CollectionSize(NamedTuple):
    """A collection: its documents, the bytes of their JSON, the ISO time of its last write if one is known."""

    name: str
    documents: int
    bytes: int
    last_write: str | None


class FieldSeen(NamedTuple):
    """A field as it occurs: its dotted path, how many documents have it, and how often with which JSON type."""

    path: str
    present: int
    types: dict[str, int]


class HistoryLine(NamedTuple):
    """One thing said in a conversation; ``at`` is ISO text."""

    turn: int
    at: str
    sender: str
    text: str


class Where(NamedTuple):
    """A condition on the scope: one of these owners; see :meth:`within`."""

    sql: str = "1"
    values: tuple[str, ...] = ()

    @classmethod
    def within(cls, column: str, owners: tuple[str, ...]) -> Where:
        """Documents whose scope column holds one of the owners."""
        return cls(f"{identifier(column)} IN ({', '.join('?' * len(owners))})", owners)


def list_collections(database: Database) -> Iterator[CollectionSize]:
    """Every collection, in alphabetical order.

    The last write is the latest of: the time in the newest ``_id``, the end of the last turn that wrote,
    the last write outside of turns.
    """
    with database.intact(), database.reading() as connection:
        in_turns = dict(_last_turns(connection))
        names = "SELECT name, written_at FROM _capsule_collections ORDER BY name"
        for name, outside in connection.execute(names).fetchall():
            documents, size, newest = connection.execute(_size_sql(name)).fetchone()
            inserted = iso(int(newest[:_ID_TIME_DIGITS], 16)) if newest else None
            times = [time for time in (inserted, in_turns.get(name), outside) if time]
            yield CollectionSize(name, documents, size, max(times, default=None))


def stored_fields(documents: Iterable[dict[str, Any]]) -> list[FieldSeen]:
    """The fields of the documents, in the order they are met; those inside objects as dotted paths."""
    seen: dict[str, dict[str, int]] = {}
    for document in documents:
        for path, kind in _walk(document, ""):
            types = seen.setdefault(path, {})
            types[kind] = types.get(kind, 0) + 1
    return [FieldSeen(path, sum(types.values()), types) for path, types in seen.items()]


def whole_history(database: Database, session_id: str) -> Iterator[HistoryLine]:
    """Everything said in a conversation, oldest first."""
    rows = database.rows(
        "SELECT turn, at, sender, text FROM _capsule_history WHERE session_id = ? ORDER BY turn, position",
        (session_id,),
    )
    with database.intact():
        for turn, at, sender, text in rows:
            yield HistoryLine(int(turn), stored_text(at), stored_text(sender), stored_text(text))


def newest(connection: sqlite3.Connection, collection: str, limit: int) -> Iterator[dict[str, Any]]:
    """The documents that were inserted last, without their fixed columns but ``_id``."""
    sql = f"SELECT _id, doc FROM {identifier(collection)} ORDER BY rowid DESC LIMIT ?"
    return (to_document((key, None, None, None, text)) for key, text in connection.execute(sql, (limit,)))


def raw(connection: sqlite3.Connection, collection: str, where: Where) -> Iterator[tuple[str, str]]:
    """Each document as its ``_id`` and its JSON text, undecoded: for comparing many of them fast."""
    sql = f"SELECT _id, doc FROM {identifier(collection)} WHERE {where.sql} ORDER BY rowid"
    yield from each_row(connection.execute(sql, where.values))


def _size_sql(name: str) -> str:
    # Only ids in the form that we make tell a time.
    made_here = "length(_id) = 24 AND _id NOT GLOB '*[^0-9a-f]*'"
    return (
        "SELECT count(*), coalesce(sum(length(CAST(doc AS BLOB))), 0), "
        f"max(CASE WHEN {made_here} THEN _id END) FROM {identifier(name)}"
    )


def _last_turns(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    turns = connection.execute(
        "SELECT j.key, max(coalesce(t.ended_at, t.started_at)) FROM _capsule_journal j "
        f"JOIN _capsule_turns t ON t.id = j.turn_id WHERE {OF_DOCUMENTS} GROUP BY j.key"
    )
    yield from each_row(turns)


def _walk(value: dict[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, item in value.items():
        yield above + name, _KINDS[type(item)]
        if isinstance(item, dict):
            yield from _walk(item, f"{above}{name}.")


_KINDS = {
    str: "text",
    bool: "boolean",
    int: "integer",
    float: "real",
    list: "array",
    dict: "object",
    type(None): "null",
}
