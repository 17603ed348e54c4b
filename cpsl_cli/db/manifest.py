"""The manifest of an export: what is in the folder, and in which version of the format."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from urllib.parse import quote

from cpsl.store.declarations import Declaration
from cpsl.store.dump import TABLES, check_declaration, is_time
from cpsl_cli.db.db_errors import QueryError

if TYPE_CHECKING:
    from typing import TypeGuard

MANIFEST = "manifest.json"
FORMAT = "capsule-export"
VERSION = 1

_LONGEST_STEM = 200
_MOST = 2**63  # SQLite counts in 64 bits

Runs = list[list[int]]
"""Row numbers as runs: the first number and how many follow each other."""


class ExportedCollection(NamedTuple):
    """A collection in an export; ``documents`` None where the count is not to be checked."""

    declaration: Declaration
    file: str
    documents: int | None
    rows: Runs | None
    written_at: str | None

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.declaration.name

    def rowids(self) -> Iterator[int]:
        """The row of each document; the runs hold where rows were deleted in between."""
        for first, count in self.rows or ():
            yield from range(first, first + count)

    def record(self) -> dict[str, Any]:
        """As it stands in the manifest; rows only where they are not simply 1, 2, 3 …"""
        plain = self.rows in ([], [[1, self.documents]])
        return {
            "name": self.name,
            "file": self.file,
            "documents": self.documents,
            **({} if plain else {"rows": self.rows}),
            "written_at": self.written_at,
            "declaration": self.declaration._asdict(),
        }


class Manifest(NamedTuple):
    """What a folder holds; ``tables`` are the internal tables with their number of rows."""

    database: str
    parts: tuple[ExportedCollection, ...]
    tables: dict[str, int | None]

    def files(self) -> tuple[str, ...]:
        """The names of the files in the folder, the manifest last."""
        return (*(part.file for part in self.parts), *(f"{table}.jsonl" for table in self.tables), MANIFEST)

    def text(self) -> str:
        """The file's contents: the same for the same contents."""
        record = {
            "format": FORMAT,
            "version": VERSION,
            "database": self.database,
            "collections": [part.record() for part in self.parts],
            "tables": self.tables,
        }
        return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def file_of(name: str) -> str:
    """The file of a collection; letters that file names cannot hold, or hide behind, are percent-encoded.

    A name too long for a file is cut, with a digest that tells it from others.
    """
    stem = quote(name, safe=" ")
    if len(stem) > _LONGEST_STEM:
        stem = f"{stem[:_LONGEST_STEM]}-{sha256(name.encode()).hexdigest()[:16]}"
    return f"{stem}.jsonl"


def runs(rowids: Iterable[int]) -> Runs:
    """Numbers in ascending order as runs."""
    found: Runs = []
    for rowid in rowids:
        extend(found, rowid)
    return found


def extend(found: Runs, rowid: int) -> None:
    """Add a number to runs, in place."""
    if found and sum(found[-1]) == rowid:
        found[-1][1] += 1
    else:
        found.append([rowid, 1])


def open_export_file(path: Path) -> BinaryIO:
    """A file of an export to read. Raises ``OSError`` for what is no regular file: a pipe, a device, a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no regular file")
    return os.fdopen(descriptor, "rb")


def reason(error: OSError) -> str:
    """Why a file of an export cannot be read."""
    return "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror or str(error)


def read_manifest(folder: Path) -> Manifest:
    """Read and check a manifest. Raises ``QueryError`` naming the file."""
    path = folder / MANIFEST
    try:
        with open_export_file(path) as file:
            record = json.loads(file.read().decode("utf-8"))
        return _manifest(path, record)
    except OSError as error:
        raise QueryError(f"{path}: cannot be read ({reason(error)}); an export is a folder with that file.") from None
    except RecursionError:
        raise QueryError(f"{path}: this is no manifest of an export (it is nested too deeply).") from None
    except (ValueError, TypeError) as error:
        raise QueryError(f"{path}: this is no manifest of an export ({error}).") from None


def _manifest(path: Path, value: Any) -> Manifest:
    record = _object(value, "it")
    if record.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    version = record.get("version")
    if not _is_count(version) or version < 1:
        raise ValueError("its version is no whole number")
    if version > VERSION:
        raise QueryError(
            f"{path}: written by a newer capsule (version {version}, this one reads {VERSION}). "
            "Upgrade capsule-local to import it."
        )
    tables = _object(record.get("tables"), "'tables'")
    unknown = set(tables) - set(TABLES)
    if unknown:
        raise ValueError(f"unknown table {min(unknown)!r}")
    for table, rows in tables.items():
        if rows is not None and not _is_count(rows):
            raise ValueError(f"the rows of {table!r} are no whole number")
    collections = record.get("collections")
    if not isinstance(collections, list):
        raise ValueError("'collections' is no list")
    found = Manifest(str(record.get("database", "")), tuple(map(_part, collections)), dict(tables))
    _refuse_twins("collection", [part.name for part in found.parts])
    _refuse_twins("file", found.files())
    return found


def _part(value: Any) -> ExportedCollection:
    record = _object(value, "a collection")
    declaration = check_declaration(record.get("declaration"))
    file = record.get("file")
    if not isinstance(file, str) or Path(file).name != file or not file.endswith(".jsonl") or "\0" in file:
        raise ValueError(f"{file!r} is not in the folder")
    if declaration.name != record.get("name"):
        raise ValueError(f"{record.get('name')!r} is declared as {declaration.name!r}")
    count, rows, written_at = record.get("documents"), record.get("rows"), record.get("written_at")
    if count is not None and not _is_count(count):
        raise ValueError(f"the documents of {declaration.name!r} are no whole number")
    if rows is not None and (not _are_runs(rows) or sum(length for _, length in rows) != count):
        raise ValueError(f"rows of {declaration.name!r} are not {count}")
    if written_at is not None and not is_time(written_at):
        raise ValueError(f"{written_at!r} is no time")
    return ExportedCollection(declaration, file, count, rows, written_at)


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object")
    return value


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST


def _are_runs(rows: Any) -> bool:
    return isinstance(rows, list) and all(
        isinstance(run, list) and len(run) == 2 and all(map(_is_count, run)) for run in rows
    )


def _refuse_twins(what: str, names: Iterable[str]) -> None:
    """Neither SQLite nor every file system tells ``Leads`` from ``leads``."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise ValueError(f"there are two of the {what} {name!r}")
        seen.add(name.lower())
