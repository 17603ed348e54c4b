"""``list``, ``schema``, ``path``: what is there."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from cpsl.data.scope import scope_name
from cpsl.render.safe import visible_line
from cpsl.store import overview, select
from cpsl.store.declarations import Declaration
from cpsl.store.select import column_set
from cpsl.store.store import Store
from cpsl_cli.db.formats import Record, RecordView, record_list, show
from cpsl_cli.db.identity import Viewer, seen_by, viewer_of
from cpsl_cli.db.locate import app_store, declaration_of, locate
from cpsl_cli.db.options import App, As, Color, Format, Org
from cpsl_cli.db.output import current_output

_LISTED = ("collection", "documents", "bytes", "scope", "last_write")
_SCHEMA = ("collection", "field", "types", "present", "of", "column")


def list_(format_: Format = None, app: App = None, color: Color = None) -> None:
    """The collections: documents, bytes of their JSON, whose records they keep, and when last written."""
    with app_store(app) as store:
        rows = [_listed(store, size) for size in overview.list_collections(store.database)]
    show(record_list(rows, _LISTED), RecordView(format_, color))


def schema(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A collection; all if left out.")] = None,
    format_: Format = None,
    as_user: As = None,
    org: Org = None,
    app: App = None,
    color: Color = None,
) -> None:
    """The fields seen in the documents, their types, and in how many documents they are present."""
    with app_store(app) as store:
        viewer = viewer_of(as_user, org)
        names = store.declarations.names() if name is None else [declaration_of(store, name).name]
        rows = [row for each in names for row in _fields(store, declaration_of(store, each), viewer)]
    show(record_list(rows, _SCHEMA[1:] if name else _SCHEMA), RecordView(format_, color))


def path(app: App = None) -> None:
    """The database file, for sqlite3, litecli, datasette and others to open."""
    output = current_output()
    where = os.fspath(locate(app))
    output.sink.write((visible_line(where) if output.terminal else where) + "\n")
    output.sink.flush()


def _listed(store: Store, size: overview.CollectionSize) -> Record:
    scope = scope_name(declaration_of(store, size.name).scope_column)
    return dict(zip(_LISTED, (size.name, size.documents, size.bytes, scope, size.last_write), strict=True))


def _fields(store: Store, collection: Declaration, viewer: Viewer | None) -> list[Record]:
    query = seen_by(store, collection, viewer)
    with store.database.reading() as connection:
        seen = overview.stored_fields(select.select_documents(connection, collection, query))
        total = select.count_documents(connection, collection, query)
    return [_field(collection, field, total) for field in seen]


def _field(collection: Declaration, field: overview.FieldSeen, total: int) -> Record:
    column = field.path in column_set(collection)
    kind = "indexed" if column and collection.indexed else "column" if column else None
    return dict(
        zip(_SCHEMA, (collection.name, field.path, ", ".join(field.types), field.present, total, kind), strict=True)
    )
