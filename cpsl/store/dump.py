"""A store's contents as plain records and back, for export and import; nothing is left out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cpsl.clock import parse_iso
from cpsl.data.scope import FIXED_COLUMNS, SCOPE_COLUMNS, scoped_document
from cpsl.data.sql_names import identifier
from cpsl.model.jsonable import to_json
from cpsl.store.before_images import check_image
from cpsl.store.database import ContentError, clean
from cpsl.store.declarations import Declaration, check_collection_name
from cpsl.store.documents import document_text
from cpsl.store.journal import BeforeImage
from cpsl.store.select import to_document

Record = dict[str, Any]


STATUSES = ("running", "unfinished", "ok", "error", "interrupted", "timeout")
"""How a stored turn may stand."""


class ColumnType(NamedTuple):
    """What a column of an internal table holds: what that is called, and whether a value is one.

    ``json`` ones are stored as text and exported as the value itself.
    """

    noun: str
    accepts: Callable[[Any], bool]
    json: bool = False


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_time(value: Any) -> bool:
    """Whether that is a text that names a moment."""
    try:
        parse_iso(value)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return False
    return True


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_reply(value: Any) -> bool:
    return _has_texts(value, "sender", "text") and is_time(value.get("at"))


def _is_attachment(value: Any) -> bool:
    known = {"name", "content_type", "url", "size"}
    return _has_texts(value, "name", "content_type", "url") and set(value) <= known and _is_whole(value.get("size", 0))


def _has_texts(value: Any, *names: str) -> bool:
    return _is_object(value) and all(_is_text(value.get(name)) for name in names)


def _list_of(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(accepts, value))


def _is_column(value: Any) -> bool:
    return _is_text(value) or _has_texts(value, "key")


KINDS = {
    "": ColumnType("a text", _is_text),
    "int": ColumnType("a whole number", _is_whole),
    "time": ColumnType("a time, as in 2030-01-31T09:00:00.000Z", is_time),
    "status": ColumnType(f"one of {', '.join(STATUSES)}", lambda value: value in STATUSES),
    "json": ColumnType("a JSON value", lambda value: True, True),
    "object": ColumnType("a JSON object", _is_object, True),
    "replies": ColumnType("a list of what was replied", _list_of(_is_reply), True),
    "files": ColumnType("a list of attachments", _list_of(_is_attachment), True),
    "columns": ColumnType("a list of columns", _list_of(_is_column), True),
}


class DumpColumn(NamedTuple):
    """A column of an internal table."""

    name: str
    kind: ColumnType
    optional: bool = False


def _fields(description: str) -> tuple[DumpColumn, ...]:
    words = (word.partition(":") for word in description.split())
    return tuple(DumpColumn(name, KINDS[kind.rstrip("?")], kind.endswith("?")) for name, _, kind in words)


TABLES = {
    "_capsule_sessions": _fields(
        "id name user_id user_email:? user_org:? channel title:? data:object revision:int created_at:time"
    ),
    "_capsule_turns": _fields(
        "id:int session_id number:int said attachments:files? replies:replies status:status error:? process:int "
        "started_at:time ended_at:time?"
    ),
    "_capsule_journal": _fields("id:int turn_id:int kind key before:json?"),
    "_capsule_settings": _fields("scope owner key value:json"),
    "_capsule_kv": _fields("scope owner key value:json"),
    "_capsule_columns": _fields("collection scope owner columns:columns"),
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


def dump_collections(connection: sqlite3.Connection) -> list[Collection]:
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


def dump_rows(connection: sqlite3.Connection, table: str) -> Iterator[Record]:
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


def check_declaration(value: Any) -> Declaration:
    """The declaration of a collection, as :meth:`Declaration._asdict` gives it. Raises ``ValueError``."""
    if not _is_object(value) or set(value) != set(Declaration._fields):
        raise ValueError(f"a declaration is an object with {', '.join(Declaration._fields)}")
    name, columns = value["name"], value["columns"]
    check_collection_name(name)
    if not isinstance(columns, list) or not all(_is_text(column) and clean(column) == column for column in columns):
        raise ValueError(f"the columns of {name!r} are no list of texts")
    if not isinstance(value["indexed"], bool):
        raise ValueError(f"'indexed' of {name!r} is neither true nor false")
    if value["scope_column"] not in (None, *SCOPE_COLUMNS.values()):
        raise ValueError(
            f"{value['scope_column']!r} is no scope column; {name!r} needs null or one of these: "
            f"{', '.join(SCOPE_COLUMNS.values())}"
        )
    return Declaration.from_record(dict(value))


def check_record(table: str, value: Any) -> tuple[Any, ...]:
    """A line of an internal table as a row to store. Raises ``ValueError`` naming what is wrong."""
    if not isinstance(value, Mapping):
        raise ValueError("an object is expected")
    row = tuple(_stored(field, value) for field in TABLES[table])
    if table == "_capsule_journal":
        check_image(BeforeImage(value["kind"], value["key"], value["before"]))
    return row


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether the store remembers nothing."""
    names = [entry.declaration.name for entry in dump_collections(connection)]
    return not any(
        connection.execute(f"SELECT EXISTS (SELECT 1 FROM {identifier(table)})").fetchone()[0]
        for table in (*TABLES, *names)
    )


def clear(connection: sqlite3.Connection) -> None:
    """Forget everything, inside the caller's transaction. Tables stay: a running app relies on them."""
    for entry in dump_collections(connection):
        connection.execute(f"DELETE FROM {identifier(entry.declaration.name)}")
    for table in TABLES:
        connection.execute(f"DELETE FROM {identifier(table)}")
    connection.execute("UPDATE _capsule_collections SET written_at = NULL")


def put_document(connection: sqlite3.Connection, name: str, stored: Stored) -> None:
    """Insert a document at its row, inside the caller's transaction. Raises ``ValueError`` if it is there."""
    values = (stored.rowid, *(stored.document.get(column) for column in FIXED_COLUMNS), document_text(stored.document))
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


def _exported(field: DumpColumn, value: Any) -> Any:
    if value is None:
        return None
    if field.kind.json:
        return json.loads(value)
    if not field.kind.accepts(value):
        raise ContentError(f"{value!r} stands where {field.name!r} was stored")
    return value


def _stored(field: DumpColumn, record: Mapping[str, Any]) -> Any:
    if field.name not in record:
        raise ValueError(f"{field.name!r} is missing")
    value = record[field.name]
    if value is None and field.optional:
        return None
    if not field.kind.accepts(value):
        raise ValueError(f"{field.name!r} is not {field.kind.noun}")
    if field.kind.json:
        return to_json(value)
    return clean(value) if isinstance(value, str) else value
