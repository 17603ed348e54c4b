"""What a database file holds, for people: looked at without changing it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cpsl.errors import StoreError

if TYPE_CHECKING:
    from sqlite_utils import Database


class TableSize(NamedTuple):
    """A table and how many rows it has."""

    name: str
    rows: int


class Inspection(NamedTuple):
    """A database file: its bytes on disk, write-ahead log included, and its tables by name."""

    path: Path
    size: int
    tables: tuple[TableSize, ...]


def inspect(path: Path) -> Inspection | None:
    """Look at the file; None when there is none. Raises ``StoreError`` when it cannot be read."""
    if not path.is_file():
        return None
    try:
        database = _opened(path)
        try:
            tables = tuple(TableSize(name, database[name].count) for name in sorted(database.table_names()))
        finally:
            database.close()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: cannot be read ({error}). It was left as it is.") from error
    return Inspection(path, _size(path), tables)


def _opened(path: Path) -> Database:
    import sqlite_utils  # noqa: PLC0415 - 100 ms that only this pays

    # SQLite's mode=ro leaves -wal and -shm files behind; a connection that may write, but is told not to,
    # cleans up after itself. Neither makes a file.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
    connection.execute("PRAGMA query_only=1")
    return sqlite_utils.Database(connection, execute_plugins=False)


def _size(path: Path) -> int:
    files = (path, path.with_name(path.name + "-wal"))
    return sum(os.path.getsize(file) for file in files if file.exists())
