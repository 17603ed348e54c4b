"""The manifest of an export: what is in the folder, and in which version of the format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from cpsl.store.declarations import Declaration
from cpsl.store.dump import TABLES
from cpsl_cli.db.errors import QueryError
from cpsl_cli.db.folder import MANIFEST

FORMAT = "capsule-export"
VERSION = 1

_LONGEST_STEM = 200

Runs = list[list[int]]
"""Row numbers as runs: the first number and how many follow each other."""


class Part(NamedTuple):
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
    parts: tuple[Part, ...]
    tables: dict[str, int | None]

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


def read(folder: Path) -> Manifest:
    """Read and check a manifest. Raises ``QueryError`` naming the file."""
    path = folder / MANIFEST
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return _manifest(path, record)
    except OSError as error:
        raise QueryError(f"{path}: cannot be read ({error.strerror}); an export is a folder with that file.") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise QueryError(f"{path}: this is no manifest of an export ({error!r}).") from None


def _manifest(path: Path, record: Mapping[str, Any]) -> Manifest:
    if record["format"] != FORMAT:
        raise ValueError(record["format"])
    if record["version"] > VERSION:
        raise QueryError(
            f"{path}: written by a newer capsule (version {record['version']}, this one reads {VERSION}). "
            "Upgrade capsule-local to import it."
        )
    unknown = set(record["tables"]) - set(TABLES)
    if unknown:
        raise ValueError(f"unknown table {min(unknown)}")
    parts = tuple(_part(part) for part in record["collections"])
    return Manifest(str(record["database"]), parts, dict(record["tables"]))


def _part(record: Mapping[str, Any]) -> Part:
    file = record["file"]
    if Path(file).name != file:
        raise ValueError(f"{file!r} is not in the folder")
    declaration = Declaration.from_record(record["declaration"])
    if declaration.name != record["name"]:
        raise ValueError(f"{record['name']!r} is declared as {declaration.name!r}")
    count = record.get("documents")
    rows = record.get("rows")
    if rows is not None and (count is None or sum(length for _, length in rows) != count):
        raise ValueError(f"rows of {declaration.name!r} are not {count}")
    return Part(declaration, file, count, rows, record.get("written_at"))
