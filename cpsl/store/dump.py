"""A store's contents as plain records and back, for export and import; nothing is left out (UX S4)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cpsl.data.schema import identifier
from cpsl.data.scope import FIXED_COLUMNS, scoped_document
from cpsl.model.jsonable import to_json
from cpsl.store.database import ContentError, clean
from cpsl.store.declarations import Declaration
from cpsl.store.documents import text_of
from cpsl.store.select import to_document

Record = dict[str, Any]


class Field(NamedTuple):
    """A column of an internal table: ``json`` ones are stored as text and exported as the value itself."""

    name: str
    kind: type | None
    optional: bool = False


def _fields(description: str) -> tuple[Field, ...]:
    kinds: dict[str, type | None] = {"": str, "int": int, "json": None}
    words = (word.partition(":") for word in description.split())
    return tuple(Field(name, kinds[kind.rstrip("?")], kind.endswith("?")) for name, _, kind in words)


TABLES = {
    "_capsule_sessions": _fields(
        "id name user_id user_email:? user_org:? channel title:? data:json revision:int created_at"
    ),
    "_capsule_turns": _fields(
        "id:int session_id number:int said attachments:json? replies:json status error:? process:int "
        "started_at ended_at:?"
    ),
    "_capsule_journal": _fields("id:int turn_id:int kind key before:json?"),
    "_capsule_settings": _fields("scope owner key value:json"),
    "_capsule_kv": _fields("scope owner key value:json"),
    "_capsule_columns": _fields("collection scope owner columns:json"),
}
"""The internal tables that hold what an app remembers, with their columns."""


class Stored(NamedTuple):
    """A document with the number of its row, which undo relies on."""

    rowid: int
    document: Record


class Collection(NamedTuple):
    """A collection without its documents."""

    declaration: Declaration
    written_at: str | None


def collections(connection: sqlite3.Connection) -> list[Collection]:
    """Every collection, in alphabetical order."""
    rows = connection.execute("SELECT declaration, written_at FROM _capsule_collections ORDER BY name").fetchall()
    return [Collection(Declaration.from_record(json.loads(text)), at) for text, at in rows]


def documents(connection: sqlite3.Connection, name: str) -> Iterator[Stored]:
    """The collection's documents in the order they were inserted."""
    columns = ", ".join(map(identifier, FIXED_COLUMNS))
    for rowid, *row in connection.execute(f"SELECT rowid, {columns}, doc FROM {identifier(name)} ORDER BY rowid"):
        document = to_document(row)
        fixed = {column: document.pop(column) for column in FIXED_COLUMNS if column in document}
        yield Stored(rowid, {**fixed, **document})


def records(connection: sqlite3.Connection, table: str) -> Iterator[Record]:
    """The rows of an internal table, in a fixed order."""
    fields = TABLES[table]
    names = ", ".join(identifier(field.name) for field in fields)
    order = "rowid" if fields[0].name == "id" else names
    for row in connection.execute(f"SELECT {names} FROM {identifier(table)} ORDER BY {order}"):
        yield record_of(table, row)


def record_of(table: str, row: Sequence[Any]) -> Record:
    """A row of an internal table's columns as a record. Raises ``ValueError`` for JSON that is none."""
    return {field.name: _exported(field, value) for field, value in zip(TABLES[table], row, strict=True)}


def check_document(value: Any) -> Record:
    """A line of a collection as a document to store. Raises ``ValueError`` or ``TypeError``."""
    document = scoped_document(value, None)
    if not isinstance(document.get("_id"), str):
        raise ValueError("the document has no _id")
    return document


def check_record(table: str, value: Any) -> tuple[Any, ...]:
    """A line of an internal table as a row to store. Raises ``ValueError`` naming what is wrong."""
    if not isinstance(value, Mapping):
        raise ValueError("an object is expected")
    return tuple(_stored(field, value) for field in TABLES[table])


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether the store remembers nothing."""
    names = [entry.declaration.name for entry in collections(connection)]
    return not any(
        connection.execute(f"SELECT EXISTS (SELECT 1 FROM {identifier(table)})").fetchone()[0]
        for table in (*TABLES, *names)
    )


def clear(connection: sqlite3.Connection) -> None:
    """Forget everything, inside the caller's transaction. Tables stay: a running app relies on them."""
    for entry in collections(connection):
        connection.execute(f"DELETE FROM {identifier(entry.declaration.name)}")
    for table in TABLES:
        connection.execute(f"DELETE FROM {identifier(table)}")
    connection.execute("UPDATE _capsule_collections SET written_at = NULL")


def put_document(connection: sqlite3.Connection, name: str, stored: Stored) -> None:
    """Insert a document at its row, inside the caller's transaction. Raises ``ValueError`` if it is there."""
    values = (stored.rowid, *(stored.document.get(column) for column in FIXED_COLUMNS), text_of(stored.document))
    _put(connection, name, ("rowid", *FIXED_COLUMNS, "doc"), values)


def put_record(connection: sqlite3.Connection, table: str, row: tuple[Any, ...]) -> None:
    """Insert a row of :func:`check_record`, inside the caller's transaction. Raises ``ValueError`` if it is there."""
    _put(connection, table, tuple(field.name for field in TABLES[table]), row)


def _put(connection: sqlite3.Connection, table: str, columns: tuple[str, ...], values: tuple[Any, ...]) -> None:
    names, places = ", ".join(map(identifier, columns)), ", ".join("?" * len(columns))
    try:
        connection.execute(f"INSERT INTO {identifier(table)} ({names}) VALUES ({places})", values)
    except (sqlite3.IntegrityError, OverflowError) as error:
        raise ValueError(f"it is there twice, or does not fit ({error})") from error


def _exported(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.kind is None:
        return json.loads(value)
    if not isinstance(value, field.kind):
        raise ContentError(f"{value!r} stands where {field.name!r} was stored")
    return value


def _stored(field: Field, record: Mapping[str, Any]) -> Any:
    if field.name not in record:
        raise ValueError(f"{field.name!r} is missing")
    value = record[field.name]
    if value is None and field.optional:
        return None
    if field.kind is None:
        return to_json(value)
    if not isinstance(value, field.kind) or isinstance(value, bool):
        raise ValueError(f"{field.name!r} is not {'a text' if field.kind is str else 'a whole number'}")
    return clean(value) if isinstance(value, str) else value
