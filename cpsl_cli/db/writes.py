"""``insert``, ``update``, ``delete``: changing documents outside of any turn."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cpsl.clock import SystemClock, iso
from cpsl.data.scope import Scope, check_update, scope_name, scoped_document
from cpsl.data.updates import normalize_update
from cpsl.ids import ObjectIds, RandomIds
from cpsl.store import editing
from cpsl.store.declarations import Declaration
from cpsl.store.documents import Change
from cpsl.store.editing import Editing
from cpsl.store.store import Store
from cpsl.store.ways import Query
from cpsl.wording import counted
from cpsl_cli.db.db_errors import QueryError, refusing
from cpsl_cli.db.filter_arguments import documents_of, update_of
from cpsl_cli.db.formats import Record, RecordView, record_list, show
from cpsl_cli.db.identity import scope_for_insert, viewer_of
from cpsl_cli.db.locate import app_store, declaration_of
from cpsl_cli.db.options import App, As, DryRun, Filter, Format, Name, Org, Yes
from cpsl_cli.db.output import confirm_change, current_output, refusal_code
from cpsl_cli.db.records import as_row
from cpsl_cli.db.selection import open_selection

First = Annotated[bool, typer.Option("--first", help="Only the first match, as update_one does.")]


def insert(
    name: Name,
    text: Annotated[str, typer.Argument(metavar="JSON", help="An object, an array of them, or - for lines on stdin.")],
    as_user: As = None,
    org: Org = None,
    format_: Format = None,
    app: App = None,
) -> None:
    """Insert documents, all or none, and show them with their ids."""
    with app_store(app) as store:
        collection = declaration_of(store, name)
        scope = scope_for_insert(store, collection, viewer_of(as_user, org))
        ids = ObjectIds(SystemClock(), RandomIds())
        documents = [_complete(collection, document, scope, ids) for document in _given(text)]
        with refusing():
            Editing(store.database).insert(collection, documents, _now())
    show(record_list(map(as_row, documents), _columns(documents)), RecordView(format_))


def update(
    name: Name,
    filter_: Filter,
    update_: Annotated[str, typer.Argument(metavar="UPDATE", help="JSON, or 'field=value …': fields or operators.")],
    first: First = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_user: As = None,
    org: Org = None,
    app: App = None,
) -> int:
    """Update all documents that match, all or none of them; says how many, and asks."""
    with open_selection(app, name, viewer_of(as_user, org), [filter_]) as (store, collection, found):
        query = found._replace(limit=1 if first else 0)
        change = _change(update_, query.scope)
        matched, modified = _foreseen(store, collection, query, change)
        if not modified and not dry_run:
            return _updated(matched, modified)
        what = f"update {counted(matched, 'document')} of {name}, of which {modified:,} would change"
        if not confirm_change(what, yes=yes, dry_run=dry_run):
            return refusal_code(dry_run)
        with refusing():
            done = Editing(store.database).update(collection, query, change)
    return _updated(done.matched, done.modified)


def delete(
    name: Name,
    filter_: Filter,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_user: As = None,
    org: Org = None,
    app: App = None,
) -> int:
    """Delete all documents that match ('{}' is all of them); says how many, and asks."""
    with open_selection(app, name, viewer_of(as_user, org), [filter_]) as (store, collection, query):
        found = store.documents.count(collection, query)
        if not found and not dry_run:
            return _deleted(0)
        if not confirm_change(f"delete {counted(found, 'document')} of {name}", yes=yes, dry_run=dry_run):
            return refusal_code(dry_run)
        deleted = Editing(store.database).delete(collection, query, _now())
    return _deleted(deleted)


def _given(text: str) -> list[Record]:
    if text != "-":
        return documents_of(text)
    found: list[Record] = []
    for number, line in enumerate(sys.stdin.buffer, 1):
        with refusing(f"line {number}: "):
            if line.strip():
                found.append(_object(json.loads(line)))
    return found


def _object(value: Any) -> Record:
    if not isinstance(value, dict):
        raise ValueError("a document is a JSON object")
    return value


def _complete(collection: Declaration, document: Record, scope: Scope | None, ids: ObjectIds) -> Record:
    with refusing():
        complete = scoped_document(document, scope)
    column = collection.scope_column
    if column and not complete.get(column):
        raise QueryError(
            f"documents of {collection.name!r} have {scope_name(column)} scope: "
            f'say whose this is with --as USER or {{"{column}": …}}; without, no handler would see it.'
        )
    return {"_id": complete.get("_id") or ids.new(), **{key: complete[key] for key in complete if key != "_id"}}


def _change(text: str, scope: Scope | None) -> Change:
    with refusing():
        normal = normalize_update(update_of(text))
        check_update(normal, scope)
    return Change(normal, _now())


def _foreseen(store: Store, collection: Declaration, query: Query, change: Change) -> tuple[int, int]:
    with refusing(), store.database.reading() as connection:
        matches: list[bool] = [edit.modified for edit in editing.edits(connection, collection, query, change)]
    return len(matches), sum(matches)


def _updated(matched: int, modified: int) -> int:
    return _done({"matched": matched, "modified": modified}, f"{counted(modified, 'document')} updated")


def _deleted(number: int) -> int:
    return _done({"deleted": number}, f"{counted(number, 'document')} deleted")


def _done(result: Record, sentence: str) -> int:
    output = current_output()
    if output.terminal:
        output.sink.write(f"{sentence}\n")
        output.sink.flush()
    else:
        show(record_list([result], tuple(result)), RecordView())
    return 0


def _columns(documents: Sequence[Record]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for document in documents for name in document))


def _now() -> str:
    return iso(SystemClock().now())
