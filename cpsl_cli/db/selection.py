"""What a command is about: the documents of a collection that somebody sees and that match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from cpsl.data.filters import parse_filter
from cpsl.data.scope import check_filter
from cpsl.data.sort import SortKey, parse_sort
from cpsl.data.tree import And, Node
from cpsl.store.declarations import Declaration
from cpsl.store.select import filtered_fields
from cpsl.store.store import Store
from cpsl.store.ways import Query
from cpsl_cli.db.db_errors import refusing
from cpsl_cli.db.filter_arguments import filter_of
from cpsl_cli.db.identity import Viewer, seen_by
from cpsl_cli.db.locate import declared, opened


class Selection(NamedTuple):
    """An open store, a collection of it, and which of its documents are meant."""

    store: Store
    collection: Declaration
    query: Query


@contextmanager
def open_selection(
    app: str | None, name: str, viewer: Viewer | None, terms: Sequence[str], sort: str | None = None
) -> Iterator[Selection]:
    """Open the app's database: what the viewer (None: everybody) sees in the collection, filtered and sorted.

    Raises ``QueryError`` for an unknown collection and for a bad filter or sort.
    """
    with opened(app) as store:
        collection = declared(store, name)
        yield Selection(
            store, collection, _narrowed(store, collection, seen_by(store, collection, viewer), terms, sort)
        )


def _narrowed(store: Store, declared: Declaration, query: Query, terms: Sequence[str], sort: str | None) -> Query:
    """The query with a filter and a sort, which mean what they mean to an app."""
    wanted = filter_of(terms)
    with refusing():
        node, keys = parse_filter(wanted), parse_sort(sort)
        if _asks_for_id(node, keys):
            own_ids = store.documents.own_ids(declared)
            node, keys = (
                parse_filter(wanted, id_alias=True, own_ids=own_ids),
                parse_sort(sort, id_alias=not own_ids),
            )
        check_filter(node, query.scope)
    return query._replace(node=And((query.node, node)), sort=keys)


def _asks_for_id(node: Node, keys: tuple[SortKey, ...]) -> bool:
    return "id" in filtered_fields(node) or any(key.path == ("id",) for key in keys)
