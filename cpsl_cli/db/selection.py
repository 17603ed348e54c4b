"""What a command is about: the documents of a collection that somebody sees and that match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from cpsl.data.id_alias import parse_row_filter, parse_row_sort
from cpsl.data.scope import check_filter
from cpsl.data.tree import And
from cpsl.store.declarations import Declaration
from cpsl.store.store import Store
from cpsl.store.ways import Query
from cpsl_cli.db.db_errors import refusing
from cpsl_cli.db.filter_arguments import filter_of
from cpsl_cli.db.identity import Viewer, seen_by
from cpsl_cli.db.locate import app_store, declaration_of


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
    with app_store(app) as store:
        collection = declaration_of(store, name)
        yield Selection(
            store, collection, _narrowed(store, collection, seen_by(store, collection, viewer), terms, sort)
        )


def _narrowed(store: Store, declared: Declaration, query: Query, terms: Sequence[str], sort: str | None) -> Query:
    """The query with a filter and a sort, which mean what they mean to an app."""
    wanted = filter_of(terms)
    with refusing():
        own_ids = partial(store.documents.own_ids, declared)
        node, keys = parse_row_filter(wanted, own_ids), parse_row_sort(sort, own_ids)
        check_filter(node, query.scope)
    return query._replace(node=And((query.node, node)), sort=keys)
