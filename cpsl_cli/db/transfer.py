"""``export`` and ``import``: everything as a folder of JSON lines, and back."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeVar

import typer

from cpsl.errors import DamagedError
from cpsl.model.codec import dumps
from cpsl.render.safe import visible_line
from cpsl.store import dump
from cpsl.store.dump import TABLES, Stored
from cpsl.store.editing import touch
from cpsl.store.file import COMPANIONS
from cpsl.store.inspection import check_whole
from cpsl.store.store import Store
from cpsl.wording import counted
from cpsl_cli.db import manifest
from cpsl_cli.db.collections import contents
from cpsl_cli.db.db_errors import QueryError, refusing
from cpsl_cli.db.folder import create, recover, replaced_folder
from cpsl_cli.db.locate import app_store, databases, locate, open_store_file
from cpsl_cli.db.manifest import MANIFEST, ExportedCollection, Manifest, Runs
from cpsl_cli.db.options import App, DryRun, Yes
from cpsl_cli.db.output import confirm_change, refusal_code
from cpsl_cli.project import app_slug, project_here
from cpsl_cli.streams import say

T = TypeVar("T")
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the export.")]


def export(
    folder: Folder,
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Of a damaged database: what can still be read, leaving out the rest.")
    ] = False,
    app: App = None,
) -> None:
    """Write everything to a folder: a file of JSON lines per collection and table, and a manifest.

    It is written aside and then moved into place, so a failing export leaves an earlier one as it was. A folder that
    holds anything else than an earlier export is left alone.
    """
    if not salvage:
        with app_store(app) as store:
            _export(store, folder, Path(store.path).stem)
        return
    from cpsl.store.salvage import Salvage

    path = locate(app)
    with Salvage(path) as found:
        _export(found.store, folder, path.stem)
        if found.rows:
            say(f"left out: {counted(found.rows, 'row')} with content that is damaged\n")
        if found.unreadable:
            say(f"left out: parts that cannot be read any more of {', '.join(map(visible_line, found.unreadable))}\n")


def _export(store: Store, folder: Path, name: str) -> None:
    with (
        replaced_folder(folder, (project_here().root, Path(store.path))) as aside,
        store.database.intact(),
        store.database.reading() as connection,
    ):
        parts = tuple(_write_documents(connection, entry, aside) for entry in dump.dump_collections(connection))
        tables = {table: _write(aside / f"{table}.jsonl", dump.dump_rows(connection, table)) for table in TABLES}
        written = Manifest(name, parts, dict(tables))
        with _new(aside / MANIFEST) as file:
            file.write(written.text())
    documents = sum(part.documents or 0 for part in parts)
    say(f"exported {counted(documents, 'document')} in {counted(len(parts), 'collection')} to {folder}\n")


def import_(folder: Folder, yes: Yes = False, dry_run: DryRun = False, app: App = None) -> int:
    """Put an export in the place of everything there is.

    All files are checked before anything changes, and all is changed in one transaction. Asks, unless nothing
    is stored yet.
    """
    recover(folder)
    described = manifest.read_manifest(folder)
    _check(folder, described)
    path = _target(described, app)
    if dry_run and not path.exists():
        return 0
    try:
        store = _sound(path)
    except DamagedError:
        return _put_beside(path, folder, described, yes=yes, dry_run=dry_run)
    try:
        with store.database.reading() as connection:
            empty = dump.is_empty(connection)
        if not empty and not confirm_change(f"replace {contents(store)}", yes=yes, dry_run=dry_run):
            return refusal_code(dry_run)
        if not dry_run:
            _restore(store, folder, described)
            say(f"the store now holds {contents(store)}\n")
    finally:
        store.close()
    return 0


def _sound(path: Path) -> Store:
    """The open store. Raises ``DamagedError`` for one that could not be cleared, or that shows any damage."""
    store = open_store_file(path)
    try:
        check_whole(store.database)
        contents(store)
    except BaseException:
        store.close()
        raise
    return store


def _put_beside(path: Path, folder: Path, described: Manifest, *, yes: bool, dry_run: bool) -> int:
    """Make a new database of the export; the damaged one keeps everything it has, under another name."""
    numbers = (f".damaged-{number}" if number > 1 else ".damaged" for number in count(1))
    aside = next(candidate for number in numbers if not (candidate := path.with_name(path.name + number)).exists())
    if not confirm_change(f"set the damaged {path.name} aside as {aside.name}", yes=yes, dry_run=dry_run):
        return refusal_code(dry_run)
    fresh = path.with_name(f".{path.name}.new-{os.getpid()}")
    try:
        store = open_store_file(fresh)
        try:
            _restore(store, folder, described)
            restored = contents(store)
        finally:
            store.close()
        for end in ("", *COMPANIONS):
            if os.path.exists(f"{path}{end}"):
                os.rename(f"{path}{end}", f"{aside}{end}")
        os.rename(fresh, path)
    except OSError as error:
        raise QueryError(f"{path}: cannot be set aside ({error.strerror}); nothing was lost.") from None
    finally:
        for end in ("", *COMPANIONS):
            with suppress(OSError):
                os.unlink(f"{fresh}{end}")
    say(f"the store now holds {restored}\n")
    return 0


def _target(described: Manifest, app: str | None) -> Path:
    """The database to fill; in a project without any, the one that the export is of."""
    project = project_here()
    if databases(project):
        return locate(app)
    project.prepare()
    return project.store_path(app_slug(app or described.database))


def _write_documents(connection: sqlite3.Connection, entry: dump.Collection, folder: Path) -> ExportedCollection:
    name = entry.declaration.name
    file, rows = manifest.file_of(name), Runs()

    def documents() -> Iterator[Any]:
        for stored in dump.documents(connection, name):
            manifest.extend(rows, stored.rowid)
            yield stored.document

    return ExportedCollection(entry.declaration, file, _write(folder / file, documents()), rows, entry.written_at)


def _write(path: Path, records: Iterator[Any]) -> int:
    with _new(path) as file:
        return sum(1 for record in records if file.write(dumps(record) + "\n"))


def _new(path: Path) -> TextIO:
    return open(path, "w", encoding="utf-8", newline="\n", opener=lambda name, flags: create(Path(name)))


def _check(folder: Path, described: Manifest) -> None:
    """Raises ``QueryError`` naming file and line of the first mistake."""
    for part in described.parts:
        _count(folder / part.file, part.documents, _read(folder / part.file, dump.check_document))
    for table, rows in described.tables.items():
        file = folder / f"{table}.jsonl"
        _count(file, rows, _read(file, _checker(table)))


def _count(file: Path, expected: int | None, lines: Iterator[Any]) -> None:
    found = sum(1 for _ in lines)
    if expected not in (None, found):
        raise QueryError(f"{file}: {counted(found, 'line')}, but the manifest says {expected}.")


def _checker(table: str) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: dump.check_record(table, value)


def _read(file: Path, check: Callable[[Any], T]) -> Iterator[tuple[int, T]]:
    """The lines of a file with their numbers, checked. Raises ``QueryError`` naming file and line."""
    number = 0
    try:
        with manifest.open_export_file(file) as lines:
            for number, line in enumerate(lines, 1):
                yield number, check(json.loads(line.decode("utf-8")))
    except OSError as error:
        raise QueryError(f"{file}: cannot be read ({manifest.reason(error)}).") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise QueryError(f"{file}:{number}: {error}.") from None


def _restore(store: Store, folder: Path, described: Manifest) -> None:
    """Put everything in, in one transaction. Raises ``QueryError``: nothing has changed then."""
    with store.database.transaction() as connection:
        dump.clear(connection)
        for part in described.parts:
            # A table that is there already stays as the running app has declared it.
            if store.declarations.stored(part.name) is None:
                _declare(store, connection, part, folder)
            _put_documents(connection, folder / part.file, part)
        for table in described.tables:
            file = folder / f"{table}.jsonl"
            for number, row in _read(file, _checker(table)):
                _at(file, number, partial(dump.put_record, connection, table, row))


def _declare(store: Store, connection: sqlite3.Connection, part: ExportedCollection, folder: Path) -> None:
    with refusing(f"{folder / MANIFEST}: "):
        store.declarations.align(connection, part.declaration)


def _put_documents(connection: sqlite3.Connection, file: Path, part: ExportedCollection) -> None:
    rowids = part.rowids() if part.rows else count(1)
    for rowid, (number, document) in zip(rowids, _read(file, dump.check_document), strict=False):
        _at(file, number, partial(dump.put_document, connection, part.name, Stored(rowid, document)))
    if part.written_at:
        touch(connection, part.name, part.written_at)


def _at(file: Path, number: int, put: Callable[[], None]) -> None:
    try:
        put()
    except ValueError as error:
        raise QueryError(f"{file}:{number}: {error}.") from None
