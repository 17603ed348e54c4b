"""The compiler against the evaluator: the same rows, in the same order, for any documents and filters."""

import random
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.data.documents import checked_document, decode, encode
from cpsl.data.filters import parse_filter
from cpsl.data.schema import column_sql, generatable, index_sql
from cpsl.data.scope import FIXED_COLUMNS, Scope
from cpsl.data.sort import parse_sort, sort_documents
from cpsl.data.sql import compile_filter, doubt_probe, nested_probe, select
from cpsl.data.sql_fields import TableFields
from cpsl.data.sql_sort import compile_sort
from cpsl.data.tree import Node

from .confined import confined
from .strategies import KEYS, cases, dense_documents, dense_filters, wide_documents, wide_filters

Document = Mapping[str, Any]

DECLARED = generatable(KEYS)
SCOPES = (None, Scope("_user_id", "ann"))
OWNERS = ("ann", "bob")


@contextmanager
def stored(documents: list[Document], columns: tuple[str, ...]) -> Iterator[sqlite3.Connection]:
    """A table as `schema` describes it; documents belong to ann and bob in turn."""
    with closing(sqlite3.connect(":memory:")) as connection:
        fixed = '"_id" TEXT PRIMARY KEY, "_user_id" TEXT, "_team_id" TEXT, "_session_id" TEXT, doc TEXT NOT NULL'
        generated = "".join(f", {column_sql(name)}" for name in columns)
        connection.execute(f'CREATE TABLE "things" ({fixed}{generated})')
        for name in columns:
            for statement in index_sql("things", name, "_user_id"):
                connection.execute(statement)
        connection.executemany(
            'INSERT INTO "things" ("_id", "_user_id", doc) VALUES (?, ?, ?)',
            [(f"{n:024x}", OWNERS[n % 2], encode(checked_document(each))) for n, each in enumerate(documents)],
        )
        yield connection


def scalars_of(connection: sqlite3.Connection, columns: tuple[str, ...], scope: Scope | None) -> frozenset[str]:
    questions = {name: nested_probe("things", name, scope) for name in columns}
    return frozenset(
        name for name, ask in questions.items() if not connection.execute(ask.sql, ask.params).fetchone()[0]
    )


def row(values: tuple[Any, ...]) -> Document:
    fixed = {name: value for name, value in zip(FIXED_COLUMNS, values[:4], strict=True) if value is not None}
    return {**fixed, **decode(values[4])}


def found(connection: sqlite3.Connection, node: Node, table: TableFields, sort: Any = None) -> list[Document] | None:
    """What the store would do; None when the sort must not be left to SQL."""
    where, order = compile_filter(node, table), compile_sort(parse_sort(sort), table)
    doubt = doubt_probe("things", where, order) if order is not None else None
    if doubt is not None and connection.execute(doubt.sql, doubt.params).fetchone()[0]:
        return None
    statement = select("things", where, order)
    holds = statement.residual.predicate() if statement.residual is not None else lambda document: True
    rows = map(row, connection.execute(statement.sql, statement.params))
    return [document for document in rows if holds(document)]


def all_rows(connection: sqlite3.Connection) -> list[Document]:
    return [
        row(values)
        for values in connection.execute(
            'SELECT "_id", "_user_id", "_team_id", "_session_id", doc FROM "things" ORDER BY rowid'
        )
    ]


def ids(documents: list[Document]) -> list[str]:
    return [document["_id"] for document in documents]


def agree(documents: list[Document], filters: list[Document], columns: tuple[str, ...]) -> None:
    with stored(documents, columns) as connection:
        rows = all_rows(connection)
        for scope in SCOPES:
            known = scalars_of(connection, columns, scope)
            for node in map(parse_filter, filters):
                wanted = sorted(ids([each for each in rows if confined(node, scope).predicate()(each)]))
                for scalars in {frozenset[str](), known}:
                    answer = found(connection, node, TableFields(frozenset(columns), scope, scalars))
                    assert answer is not None
                    assert sorted(ids(answer)) == wanted


@given(st.lists(wide_documents, min_size=3, max_size=8), st.lists(wide_filters, min_size=3, max_size=6))
@cases(150)
def test_sql_over_json_paths_finds_what_the_evaluator_finds(documents: list[Document], filters: list[Document]) -> None:
    agree(documents, filters, ())


@given(st.lists(wide_documents, min_size=3, max_size=8), st.lists(wide_filters, min_size=3, max_size=6))
@cases(150)
def test_sql_over_declared_columns_finds_what_the_evaluator_finds(
    documents: list[Document], filters: list[Document]
) -> None:
    agree(documents, filters, DECLARED)


@given(st.lists(dense_documents, min_size=4, max_size=10), st.lists(dense_filters, min_size=4, max_size=8))
@cases(150)
def test_sql_agrees_where_conditions_often_hold(documents: list[Document], filters: list[Document]) -> None:
    agree(documents, filters, ("a",))


NAMES = st.sampled_from(["a", "b", "a.b", "a.a", "a.0", "a.0.b", "é", "_id", "_user_id"])
LEVELS = st.lists(st.tuples(NAMES, st.sampled_from([1, -1])), min_size=1, max_size=2, unique_by=lambda level: level[0])


@given(
    st.lists(wide_documents | dense_documents, min_size=4, max_size=12),
    LEVELS,
    st.sampled_from([(), DECLARED]),
)
@cases(200)
def test_sql_sorts_as_plain_dicts_are_sorted(
    documents: list[Document], levels: list[Any], columns: tuple[str, ...]
) -> None:
    with stored(documents, columns) as connection:
        wanted = ids(sort_documents(all_rows(connection), parse_sort(levels)))
        for scalars in {frozenset[str](), scalars_of(connection, columns, None)}:
            answer = found(connection, parse_filter({}), TableFields(frozenset(columns), None, scalars), levels)
            assert answer is None or ids(answer) == wanted


@given(
    st.lists(wide_documents, min_size=2, max_size=6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.data(),
)
@cases(150)
def test_numbers_are_compared_exactly_to_the_last_bit(
    documents: list[Document], value: float, data: st.DataObject
) -> None:
    near = st.sampled_from(
        [
            value,
            -value,
            value * (1 + 2**-52),
            value * (1 - 2**-53),
            float(int(value)) if abs(value) < 1e18 else 0,
        ]
    )
    stored_values = data.draw(st.lists(near.filter(lambda each: abs(each) < float("inf")), min_size=1, max_size=4))
    sign = data.draw(st.sampled_from(["$eq", "$gt", "$gte", "$lt", "$lte", "$ne"]))
    agree([*({"a": each} for each in stored_values), *documents], [{"a": {sign: value}}], ("a",))
    agree([*({"a": each} for each in stored_values), *documents], [{"a": {"$in": [value, 1, "a"]}}], ())


@pytest.mark.parametrize("columns", [(), ("a",)])
@pytest.mark.parametrize("text", ["KIſs", "\u212aıſS", "kiss", "xKISSx", "k%ss", "kis"])
def test_letters_with_case_variants_outside_ascii_are_found(text: str, columns: tuple[str, ...]) -> None:
    agree([{"a": text}, {"a": [1, text]}], [{"a": {"$regex": "kiss", "$options": "i"}}], columns)


@pytest.mark.parametrize("columns", [(), ("a",)])
def test_numbers_that_sqlite_may_misread_are_found(columns: tuple[str, ...]) -> None:
    chance = random.Random(1)
    numbers: list[Any] = [chance.random() * 10.0 ** chance.randrange(-300, 300) for _ in range(200)]
    filters: list[Document] = [{"a": {sign: number}} for number in numbers[:40] for sign in ("$eq", "$gt", "$lte")]
    agree([{"a": number} for number in numbers], filters, columns)
