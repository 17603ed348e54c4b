"""What a database file holds, for people: looked at without changing it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from cpsl.errors import DamagedError, StoreError
from cpsl.store.database import Database
from cpsl.store.file import damaged


class TableSize(NamedTuple):
    """A table and how many rows it has."""

    name: str
    rows: int


class Inspection(NamedTuple):
    """A database file: its bytes on disk, write-ahead log included, and its tables by name."""

    path: Path
    size: int
    tables: tuple[TableSize, ...]


def inspect_store(path: Path) -> Inspection | None:
    """Look at the file; None when there is none. Raises ``StoreError`` when it cannot be read."""
    if not path.exists():
        return None
    if path.is_file() and not path.stat().st_size:
        return Inspection(path, 0, ())
    import sqlite_utils  # noqa: PLC0415 - 100 ms that only this pays

    try:
        with closing(Database(path)) as database:
            database.refuse_writes()
            tables = sqlite_utils.Database(database.connection, execute_plugins=False)
            sizes = tuple(TableSize(name, tables[name].count) for name in sorted(tables.table_names()))
    except (sqlite3.DatabaseError, DamagedError) as error:
        raise StoreError(f"{path}: cannot be read ({error.__cause__ or error}). It was left as it is.") from error
    return Inspection(path, _size(path), sizes)


def recorded_app(path: Path) -> str | None:
    """The name of the app whose store the file is; None where it does not say, or cannot be asked."""
    try:
        if not path.stat().st_size:
            return None
        with closing(Database(path)) as database:
            return app_of(database)
    except (OSError, StoreError):
        return None


class _Enough(Exception):
    """Takes back what a transaction has tried: a file that is set aside stays as it was, byte for byte."""


def check_whole(database: Database) -> None:
    """Raises ``DamagedError`` when any page of the file is damaged, or when it refuses writes; reads all of it."""
    if not database.read_only:
        with suppress(_Enough), database.transaction() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version={version}")
            raise _Enough
    row = database.row("PRAGMA quick_check(1)")
    if row is None or row[0] != "ok":
        raise damaged(database.path, f"the database is damaged ({row[0] if row else 'it says nothing'})")


def app_of(database: Database) -> str | None:
    """The name of the app whose store it is, or None. Raises ``StoreError`` for a damaged file."""
    if database.row("SELECT 1 FROM sqlite_master WHERE name = '_capsule_app'") is None:
        return None
    row = database.row("SELECT name FROM _capsule_app")
    return str(row[0]) if row else None


def _size(path: Path) -> int:
    files = (path, path.with_name(path.name + "-wal"))
    return sum(os.path.getsize(file) for file in files if file.exists())
