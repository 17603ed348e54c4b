"""``show``, ``find``, ``count``: documents, exactly as apps see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from cpsl.data.id_alias import ID_ALIAS, show_id
from cpsl.data.ordering import MISSING
from cpsl.store import select
from cpsl.store.declarations import Declaration
from cpsl.store.store import Store
from cpsl.store.ways import Query
from cpsl.wording import nearest
from cpsl_cli.db.db_errors import QueryError, UnknownCollection
from cpsl_cli.db.formats import Record, Records, RecordView, record_list, show
from cpsl_cli.db.identity import viewer_of
from cpsl_cli.db.options import App, As, Color, Fields, Format, Limit, Name, Org, SafeCsv, Skip, Sort, Terms
from cpsl_cli.db.selection import open_selection
from cpsl_cli.errors import UsageError


def show_(
    name: Name,
    sort: Sort = None,
    limit: Limit = 0,
    skip: Skip = 0,
    fields: Fields = None,
    format_: Format = None,
    safe_csv: SafeCsv = False,
    as_user: As = None,
    org: Org = None,
    app: App = None,
    color: Color = None,
) -> None:
    """All documents of a collection, in the order they were inserted."""
    try:
        show_matches(name, None, sort, limit, skip, fields, format_, safe_csv, as_user, org, app, color)
    except UnknownCollection as error:
        # `capsule db NAME` shows a collection, so a single word may be a command that was mistyped.
        command = None if error.near else _nearest_command(name)
        if command is None:
            raise
        raise QueryError(f"there is no collection {name!r}. Did you mean capsule db {command}?") from None


def _nearest_command(word: str) -> str | None:
    from cpsl_cli.db.subcommands import SUBCOMMANDS

    return nearest(word, SUBCOMMANDS, alike=0.6)


def show_matches(
    name: Name,
    terms: Terms = None,
    sort: Sort = None,
    limit: Limit = 0,
    skip: Skip = 0,
    fields: Fields = None,
    format_: Format = None,
    safe_csv: SafeCsv = False,
    as_user: As = None,
    org: Org = None,
    app: App = None,
    color: Color = None,
) -> None:
    """The documents that match, as app.collection(NAME).find(…) gives them."""
    with open_selection(app, name, viewer_of(as_user, org), terms or (), sort) as (store, collection, query):
        show_documents(
            store, collection, query._replace(limit=limit, skip=skip), RecordView(format_, color, safe_csv), fields
        )


def show_count(
    name: Name, terms: Terms = None, format_: Format = None, as_user: As = None, org: Org = None, app: App = None
) -> None:
    """How many documents match: a bare number, unless a format is asked for."""
    with open_selection(app, name, viewer_of(as_user, org), terms or ()) as (store, collection, query):
        found = store.documents.count(collection, query)
    view = RecordView(format_ or "tsv")
    show(record_list([{"count": found}], ("count",)) if format_ else record_list((), (str(found),)), view)


def show_documents(
    store: Store, collection: Declaration, query: Query, view: RecordView, fields: str | None = None
) -> None:
    """Stream the documents of a query, all from one state of the file."""
    with store.database.reading() as connection:

        def read() -> Iterator[Record]:
            return map(as_row, select.select_documents(connection, collection, query))

        show(
            select_fields(read, fields) if fields is not None else Records(read, hidden=_alias(store, collection)), view
        )


def as_row(document: Record) -> Record:
    """The document with ``id`` as an alias, unless it has one of its own (behaviour.md §13.2)."""
    show_id(document)
    return document


def _alias(store: Store, collection: Declaration) -> frozenset[str]:
    return frozenset() if store.documents.own_ids(collection) else frozenset({ID_ALIAS})


def select_fields(read: Callable[[], Iterable[Record]], fields: str) -> Records:
    """Only these fields, dotted ones too, in this order. Raises ``UsageError`` for none."""
    paths = {name: name.split(".") for name in map(str.strip, fields.split(",")) if name}
    if not paths:
        raise UsageError(f"--fields needs the names of fields, as in id,total; not {fields!r}.")
    return Records(lambda: (_picked(record, paths) for record in read()), tuple(paths))


def _picked(record: Record, paths: Mapping[str, Sequence[str]]) -> Record:
    found = ((name, _reach(record, path)) for name, path in paths.items())
    return {name: value for name, value in found if value is not MISSING}


def _reach(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    return value
