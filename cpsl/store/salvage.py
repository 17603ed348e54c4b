"""What can still be read of a damaged store, as a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from cpsl.data.scope import FIXED_COLUMNS
from cpsl.data.sql_names import identifier
from cpsl.errors import DamagedError, StoreError
from cpsl.store import dump
from cpsl.store.declarations import Declaration, check_collection_name
from cpsl.store.dump import TABLES
from cpsl.store.file import PrivateCopy, check_kind, check_ours
from cpsl.store.select import to_document
from cpsl.store.store import Store

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_USUAL_PAGE = 4096
# So many rows are asked for one by one where neither end of a table leads to them.
_MOST_ASKED = 100_000
_UNEXPECTED = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
_UNEXPECTED = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
_TROUBLE = (sqlite3.Error, StoreError, *_UNEXPECTED)

Row = tuple[Any, ...]


class Salvaged(NamedTuple):
    """A new store, and what is not in it: rows that are damaged, and the tables with parts nobody can read."""

    store: Store
    rows: int
    unreadable: tuple[str, ...]


class Salvage:
    """Reads a copy, so the file stays as it is; ``with`` it, and the new store is gone at the end.

    Raises ``StoreError`` for what is no store of ours, ``DamagedError`` where nothing can be read at all.
    """

    def __init__(self, path: Path) -> None:
        check_kind(str(path), whole=False)
        self._path = path
        self._copy = PrivateCopy(str(path))
        self._rows = 0
        self._unreadable: dict[str, None] = {}

    def __enter__(self) -> Salvaged:
        try:
            return self._salvaged()
        except BaseException:
            self._copy.remove()
            raise

    def __exit__(self, *raised: object) -> None:
        self._store.close()
        self._copy.remove()

    def _salvaged(self) -> Salvaged:
        _mend_header(Path(self._copy.path))
        with closing(sqlite3.connect(self._copy.path, isolation_level=None)) as damaged:
            # Letters that are none any more are shown as such, rather than taking their row with them.
            damaged.text_factory = lambda text: text.decode("utf-8", "replace")
            damaged.execute("PRAGMA writable_schema=ON")
            try:
                check_ours(damaged, str(self._path))
                tables = [row[0] for row in damaged.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            except sqlite3.DatabaseError as error:
                raise DamagedError(
                    f"{self._path}: nothing in it can be read any more ({error}); move it away to start anew."
                ) from error
            self._store = Store(f"{self._copy.path}.new")
            try:
                self._take_over(damaged, tables)
            except BaseException:
                self._store.close()
                raise
        return Salvaged(self._store, self._rows, tuple(self._unreadable))

    def _take_over(self, damaged: sqlite3.Connection, tables: Sequence[str]) -> None:
        listed = self._read(damaged, "_capsule_collections", ("name", "declaration", "written_at"))
        for name, text, written_at in list(listed):
            self._collection(damaged, str(name), text, written_at if isinstance(written_at, str) else None)
        known = self._store.declarations.names()
        for name in tables:
            if name not in known and not name.lower().startswith(("_capsule_", "sqlite_")):
                self._collection(damaged, name, None, None)
        for table, fields in TABLES.items():
            self._records(damaged, table, tuple(field.name for field in fields))
        for (name,) in self._read(damaged, "_capsule_app", ("name",)):
            with suppress(*_TROUBLE):
                self._store.belong_to(name)

    def _collection(self, damaged: sqlite3.Connection, name: str, text: Any, written_at: str | None) -> None:
        import json  # noqa: PLC0415

        declared = Declaration(name)
        with suppress(*_TROUBLE):
            found = Declaration.from_record(json.loads(text))
            if found.name == name and all(isinstance(column, str) for column in found.columns):
                declared = found
        try:
            check_collection_name(name)
            self._store.declarations.ensure(declared)
        except _TROUBLE:
            self._unreadable[name] = None
            return
        with self._store.database.transaction() as connection:
            for rowid, *row in self._read(damaged, name, ("rowid", *FIXED_COLUMNS, "doc")):
                try:
                    document = dump.check_document(to_document(row))
                    dump.put_document(connection, name, dump.Stored(rowid, document))
                except _TROUBLE:
                    self._rows += 1
            connection.execute("UPDATE _capsule_collections SET written_at = ? WHERE name = ?", (written_at, name))

    def _records(self, damaged: sqlite3.Connection, table: str, names: tuple[str, ...]) -> None:
        with self._store.database.transaction() as connection:
            for row in self._read(damaged, table, names):
                try:
                    dump.put_record(connection, table, dump.check_record(table, dump.record_of(table, row)))
                except _TROUBLE:
                    self._rows += 1

    def _read(self, damaged: sqlite3.Connection, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """The rows in order; where the way from the front ends, those that can be reached from behind."""
        names = ", ".join(column if column == "rowid" else identifier(column) for column in columns)
        select = f"SELECT rowid, {names} FROM {identifier(table)} NOT INDEXED"
        last = None
        try:
            for rowid, *row in damaged.execute(f"{select} ORDER BY rowid"):
                yield tuple(row)
                last = rowid
            return
        except sqlite3.DatabaseError:
            self._unreadable[table] = None
        behind: list[tuple[int, Row]] = []
        with suppress(sqlite3.DatabaseError):
            for rowid, *row in damaged.execute(f"{select} WHERE rowid > ? ORDER BY rowid DESC", (_after(last),)):
                behind.append((rowid, tuple(row)))
        first = behind[-1][0] if behind else _after(last) + _MOST_ASKED
        for rowid in range(max(_after(last) + 1, first - _MOST_ASKED), first):
            with suppress(sqlite3.DatabaseError):
                for _, *row in damaged.execute(f"{select} WHERE rowid = ?", (rowid,)):
                    yield tuple(row)
        yield from (row for _, row in reversed(behind))


def _after(last: int | None) -> int:
    return 0 if last is None else last


def _mend_header(path: Path) -> None:
    """Put right what is the same in all of our files, and what the file's own length says."""
    content = bytearray(path.read_bytes())
    if len(content) < _HEADER:
        return
    page = int.from_bytes(content[16:18], "big")
    if page & (page - 1) or page < 512:
        page = _USUAL_PAGE
    content[:16] = _MAGIC
    content[16:18] = page.to_bytes(2, "big")
    content[18:20] = b"\2\2"
    content[20:24] = bytes((0, 64, 32, 32))
    content += bytes(-len(content) % page)
    content[28:32] = (len(content) // page).to_bytes(4, "big")
    content[44:48] = (4).to_bytes(4, "big")
    content[56:60] = (1).to_bytes(4, "big")
    content[92:96] = content[24:28]
    path.write_bytes(content)
