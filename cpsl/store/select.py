"""Reading documents: a filter tree and a sort become statements, and what SQL cannot say is checked here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from cpsl.data.documents import decode
from cpsl.data.schema import generatable
from cpsl.data.settled import settled_by
from cpsl.data.sort import sort_documents
from cpsl.data.sql import compile_filter, doubt_probe, nested_probe, select
from cpsl.data.sql_fields import TableFields
from cpsl.data.sql_names import identifier
from cpsl.data.sql_sort import INSERTION, compile_sort
from cpsl.data.tree import filtered_fields
from cpsl.store.database import ContentError, stored_text
from cpsl.store.declarations import Declaration
from cpsl.store.ways import Query, Way, Ways

Document = dict[str, Any]


def select_documents(connection: sqlite3.Connection, declared: Declaration, query: Query) -> Iterator[Document]:
    """The documents, one by one. Run it to its end, or close it, before the connection writes."""
    way = compile_query(connection, declared, query)
    return run_query(connection, declared, query, Ways(connection).to(declared, query, way).sure)


def run_query(connection: sqlite3.Connection, declared: Declaration, query: Query, way: Way) -> Iterator[Document]:
    """The documents of a compiled query; compile and run in one read transaction."""
    if _doubtful(connection, declared, way):
        found = _rows(connection, declared, Way(way.where, INSERTION), 0, 0)
        ordered = sort_documents(found, query.sort)
        return _part((dict(document) for document in ordered), query.skip, query.limit)
    return _rows(connection, declared, way, query.limit, query.skip)


def count_documents(connection: sqlite3.Connection, declared: Declaration, query: Query) -> int:
    """How many documents match; order, limit and skip do not matter."""
    where = compile_query(connection, declared, query._replace(sort=())).where
    if where.residual is not None:
        return sum(1 for _ in _rows(connection, declared, Way(where), 0, 0))
    sql = f"SELECT count(*) FROM {identifier(declared.name)} WHERE {where.where}"
    return int(connection.execute(sql, where.params).fetchone()[0])


def compile_query(connection: sqlite3.Connection, declared: Declaration, query: Query) -> Way:
    """Compile the query; asks the database which indexed columns hold no array or object in the scope."""
    columns = column_set(declared)
    scalars = frozenset(
        name
        for name in _asked_about(query) & columns
        if declared.indexed and _scalar(connection, declared, name, query)
    )
    table = TableFields(columns, query.scope, scalars)
    order = compile_sort(query.sort, table, settled_by(query.node, table)) or INSERTION
    return Way(compile_filter(query.node, table), order)


@lru_cache(maxsize=256)
def column_set(declared: Declaration) -> frozenset[str]:
    """The declared columns that are real generated columns."""
    return frozenset(generatable(declared.columns))


def to_document(row: Sequence[Any]) -> Document:
    """A row of the fixed columns and ``doc`` as the document apps see."""
    document_id, user, team, session, text = row
    try:
        document = decode(text)
        document["_id"] = document_id
    except (ValueError, TypeError, RecursionError):
        raise ContentError(f"the document {document_id!r} is no JSON object") from None
    if document_id.__class__ is not str:
        stored_text(document_id)
    if user is not None:
        document["_user_id"] = stored_text(user)
    if team is not None:
        document["_team_id"] = stored_text(team)
    if session is not None:
        document["_session_id"] = stored_text(session)
    return document


def _rows(connection: sqlite3.Connection, declared: Declaration, way: Way, limit: int, skip: int) -> Iterator[Document]:
    statement = select(declared.name, way.where, way.order, limit, skip)
    documents = map(to_document, connection.execute(statement.sql, statement.params))
    if statement.residual is None:
        return documents
    return _part(filter(statement.residual.predicate(), documents), statement.skip, statement.limit)


def _part(documents: Iterable[Document], skip: int, limit: int) -> Iterator[Document]:
    # Their sum may be more than islice takes.
    return islice(islice(documents, skip, None), limit or None)


def _doubtful(connection: sqlite3.Connection, declared: Declaration, way: Way) -> bool:
    probe = way.order and doubt_probe(declared.name, way.where, way.order)
    return probe is not None and bool(connection.execute(probe.sql, probe.params).fetchone()[0])


def _scalar(connection: sqlite3.Connection, declared: Declaration, name: str, query: Query) -> bool:
    probe = nested_probe(declared.name, name, query.scope)
    return not connection.execute(probe.sql, probe.params).fetchone()[0]


def _asked_about(query: Query) -> set[str]:
    names = {key.path[0] for key in query.sort if len(key.path) == 1}
    return names | set(filtered_fields(query.node))
