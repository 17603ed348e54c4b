"""How queries are answered: from which index, sorted or not, and always with the same documents."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpsl.data.filters import parse_filter
from cpsl.data.scope import Scope
from cpsl.data.sort import parse_sort, sort_documents
from cpsl.data.tree import And, Compare
from cpsl.store import select
from cpsl.store.declarations import Declaration
from cpsl.store.documents import Documents
from cpsl.store.select import Document
from cpsl.store.store import Store
from cpsl.store.ways import Choice, Query, Way, Ways, attempt

ANN = Scope("_user_id", "ann")
SCOPES = (None, ANN)
FILTERS: dict[str, Any] = {
    "equality": {"score": 5},
    "null": {"score": None},
    "below": {"score": {"$lt": 6}},
    "from": {"score": {"$gte": 3}},
    "between": {"score": {"$gt": 2, "$lte": 7}},
    "in": {"score": {"$in": [1, 5, 9]}},
    "prefix": {"score": {"$regex": "^b"}},
}
SORTS = (None, "score", "-score", "other", "-other", "_id", "-_id")


def declaration(scope: Scope | None) -> Declaration:
    return Declaration("things", ("score", "other"), True, scope.column if scope else None)


def filled(scope: Scope | None, values: list[Any], path: Path | None = None) -> Store:
    """A store whose things have these scores, each belonging to ann and bob in turn."""
    store = Store(path)
    store.declarations.ensure(declaration(scope))
    chance = random.Random(7)
    documents = []
    for number, value in enumerate(values):
        document = {"_id": f"{chance.randrange(16**6):06x}{number:018x}", "_user_id": ("ann", "bob")[number % 2]}
        missing = value == "missing"
        documents.append(document | ({} if missing else {"score": value}) | {"other": chance.choice([1, 2, 3, "x"])})
    store.documents.insert(declaration(scope), documents, None)
    return store


@pytest.fixture(params=SCOPES, ids=["app", "user"])
def scope(request: pytest.FixtureRequest) -> Scope | None:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def scalars(scope: Scope | None) -> Iterator[Store]:
    store = filled(scope, [number % 10 for number in range(100)])
    yield store
    store.close()


def choice(store: Store, scope: Scope | None, query: Query) -> Choice:
    connection = store.database.connection
    return Ways(connection).to(declaration(scope), query, select.compile_query(connection, declaration(scope), query))


def steps(store: Store, scope: Scope | None, query: Query, way: Way) -> list[str]:
    statement = way.statement(declaration(scope), query)
    return [row[3] for row in store.database.rows("EXPLAIN QUERY PLAN " + statement.sql, statement.params)]


def sorts(store: Store, scope: Scope | None, query: Query, way: Way) -> bool:
    return any("TEMP B-TREE" in step for step in steps(store, scope, query, way))


def query_of(filter: Any, sort: Any, scope: Scope | None, limit: int = 10) -> Query:
    return Query(parse_filter(filter), parse_sort(sort), limit, 0, scope)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("kind", FILTERS)
def test_some_way_to_the_first_ten_needs_no_sort(scalars: Store, scope: Scope | None, kind: str, sort: Any) -> None:
    query = query_of(FILTERS[kind], sort, scope)
    sure, walk = choice(scalars, scope, query)
    assert not all(sorts(scalars, scope, query, way) for way in (sure, walk) if way)


@pytest.mark.parametrize("sort", ["score", "-score"])
@pytest.mark.parametrize("kind", FILTERS)
@pytest.mark.parametrize("limit", [0, 10])
def test_a_filter_and_a_sort_on_one_field_are_one_search(
    scalars: Store, scope: Scope | None, kind: str, sort: Any, limit: int
) -> None:
    query = query_of(FILTERS[kind], sort, scope, limit)
    sure, walk = choice(scalars, scope, query)
    assert walk is None
    (step,) = steps(scalars, scope, query, sure)
    assert step.startswith("SEARCH things USING INDEX things.score")
    assert "score" in step.partition("(")[2]


# SQLite sorts these as well when it finds them by the index on score: what they are sorted by is another field, or
# the order of insertion. It can only walk through the other index instead, which is the second way.
@pytest.mark.parametrize("sort", [None, "other", "-other", "_id", "-_id"])
@pytest.mark.parametrize("kind", ["below", "from", "between", "in", "prefix"])
def test_what_has_to_be_sorted_is_found_by_the_filters_index(
    scalars: Store, scope: Scope | None, kind: str, sort: Any
) -> None:
    for limit in (0, 10):
        query = query_of(FILTERS[kind], sort, scope, limit)
        sure, walk = choice(scalars, scope, query)
        assert "USING INDEX things.score" in steps(scalars, scope, query, sure)[0]
        assert (walk is not None) == bool(limit)


@pytest.mark.parametrize("kind", ["equality", "null"])
def test_an_equality_alone_is_in_the_order_of_insertion(scalars: Store, scope: Scope | None, kind: str) -> None:
    query = query_of(FILTERS[kind], None, scope)
    sure, walk = choice(scalars, scope, query)
    assert walk is None
    assert len(steps(scalars, scope, query, sure)) == 1


@pytest.mark.parametrize(
    ("filter", "index"),
    [
        ({"_id": "x"}, "sqlite_autoindex_things_1"),
        ({"_id": "x", "score": 5}, "sqlite_autoindex_things_1"),
        ({"_id": {"$in": ["x", "y"]}}, "sqlite_autoindex_things_1"),
        ({"_id": {"$gt": "x"}}, "sqlite_autoindex_things_1"),
        ({"score": 5, "other": {"$gt": 1}}, "things.score"),
        ({"score": {"$gt": 5}, "other": 1}, "things.other"),
        ({"score": {"$gt": 5, "$lt": 7}, "other": {"$gt": 1}}, "things.score"),
    ],
)
def test_the_condition_that_narrows_most_is_left_to_the_index(
    scalars: Store, scope: Scope | None, filter: Any, index: str
) -> None:
    query = query_of(filter, None, scope, 0)
    assert f"USING INDEX {index} " in steps(scalars, scope, query, choice(scalars, scope, query).sure)[0]


def test_a_write_of_found_documents_finds_them_by_id(scalars: Store, scope: Scope | None) -> None:
    node = And((Compare(("_id",), "eq", "x"), parse_filter({"score": {"$gt": 5}})))
    query = Query(node, limit=1, scope=scope)
    (step,) = steps(scalars, scope, query, choice(scalars, scope, query).sure)
    assert step == "SEARCH things USING INDEX sqlite_autoindex_things_1 (_id=?)"


MIXED: dict[str, list[Any]] = {
    "numbers": [1, 5, 5.0, 9, 2.5, 7, 3, 5, 9, 1, 6, 2] * 3,
    "scalars": [5, "b", "ba", "c", True, None, "missing", 5.0, 9, "b", False, "", 3, "missing"] * 3,
    "nested": [5, [5, 1], [], {"a": 1}, "b", ["bc", 9], None, "missing", [[5]], 9, {"b": 2}, [None], 3, True] * 3,
}
ASKED = {
    **FILTERS,
    "everything": {},
    "text": {"score": "b"},
    "boolean": {"score": True},
    "kinds": {"score": {"$in": [5, "b", None]}},
    "both": {"score": {"$gte": 3}, "other": 2},
    "either": {"$or": [{"score": 5}, {"other": "x"}]},
    "inexact": {"score": {"$gt": 0.1 + 0.2}},
    "other pattern": {"score": {"$regex": "^B", "$options": "i"}},
    "id": {"_id": {"$gt": "8"}},
}


@pytest.mark.parametrize("values", MIXED)
@pytest.mark.parametrize("kind", ASKED)
def test_every_way_gives_what_the_evaluator_gives(scope: Scope | None, values: str, kind: str) -> None:
    store = filled(scope, MIXED[values])
    every = list(select.select_documents(store.database.connection, declaration(None), Query(parse_filter({}))))
    own = [document for document in every if scope is None or document["_user_id"] == scope.value]
    for sort in (*SORTS, ["score", "-other"], ["-other", "score"]):
        wanted = [
            dict(each) for each in sort_documents(filter(parse_filter(ASKED[kind]).predicate(), own), parse_sort(sort))
        ]
        for limit, skip in ((0, 0), (4, 0), (3, 2), (0, 5)):
            query = query_of(ASKED[kind], sort, scope, limit)._replace(skip=skip)
            part = wanted[skip : skip + limit if limit else None]
            for way in choice(store, scope, query):
                if way:
                    assert list(select.run_query(store.database.connection, declaration(scope), query, way)) == part
            for _ in range(2):
                prepared = store.documents.find_prepared(declaration(scope), ASKED[kind], sort, (limit, skip), scope)
                assert prepared in (None, part)
            assert store.documents.find_if_small(declaration(scope), query) == part
            assert store.documents.find(declaration(scope), query) == part
    store.close()


def prepared(documents: Documents, filter: Any, sort: Any = None, limit: int = 0) -> list[Document] | None:
    return documents.find_prepared(declaration(ANN), filter, sort, (limit, 0), ANN)


@pytest.mark.parametrize(
    ("filter", "sort", "known"),
    [
        ({"score": 5}, None, True),
        ({"score": {"$gt": 2, "$lt": 8}}, {"score": -1}, True),
        ({"score": 5, "other": 1}, ["-score", "other"], True),
        ({"_id": "x"}, None, True),
        (None, "-score", True),
        ({"score": [5]}, None, False),
        ({"score": {"$ne": 5}}, None, False),
        ({"unknown": 5}, None, False),
        ({"score": 0.1 + 0.2}, None, False),
        ({"score": 2**63 - 1}, None, False),
        ({"score": "\udc00"}, None, False),
        ({"_user_id": "bob"}, None, False),
        ({"id": "x"}, None, False),
        ({"score": {}}, None, False),
        ({}, {"score": True}, False),
    ],
)
def test_only_simple_queries_have_a_shape(filter: Any, sort: Any, known: bool) -> None:
    store = filled(ANN, [5, 6])
    assert (prepared(store.documents, filter, sort) is not None) == known
    store.close()


def test_the_values_of_a_shape_are_put_in_their_places() -> None:
    store = filled(ANN, [1, 1, 2, 2, 3, 3, "x", "x", True, True])
    for low, high in ((1, 2), (2, 3), (0, 9), (3, 3)):
        found = prepared(store.documents, {"score": {"$gte": low, "$lte": high}}, "-score")
        assert [each["score"] for each in found or ()] == [n for n in (3, 2, 1) if low <= n <= high]
    assert [each["score"] for each in prepared(store.documents, {"score": "x"}) or ()] == ["x"]
    assert [each["score"] for each in prepared(store.documents, {"score": True}) or ()] == [True]
    assert prepared(store.documents, {"score": False}) == []
    store.close()


@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_was_asked_of_the_database_is_asked_again_after_a_change(tmp_path: Path, elsewhere: bool) -> None:
    store = filled(ANN, [5, 6], tmp_path / "a.db")
    assert len(prepared(store.documents, {"score": 5}) or ()) == 1
    writer = Store(tmp_path / "a.db") if elsewhere else store
    writer.documents.insert(declaration(ANN), [{"_id": "n", "_user_id": "ann", "score": [5, 7]}], None)
    assert prepared(store.documents, {"score": 5}) is None
    query = query_of({"score": 5}, None, ANN)
    assert [each["score"] for each in store.documents.find_if_small(declaration(ANN), query) or ()] == [5, [5, 7]]
    writer.documents.delete(declaration(ANN), query_of({"_id": "n"}, None, ANN), None)
    assert len(prepared(store.documents, {"score": 5}) or ()) == 1
    writer.close()
    store.close()


def test_another_process_may_drop_a_column_meanwhile(tmp_path: Path) -> None:
    store = filled(ANN, [5, 6], tmp_path / "a.db")
    assert len(prepared(store.documents, {"score": 5}) or ()) == 1
    other = Store(tmp_path / "a.db")
    other.declarations.ensure(declaration(ANN)._replace(columns=("other",)))
    store.declarations.ensure(declaration(ANN))
    assert len(prepared(store.documents, {"score": 5}) or ()) == 1
    other.close()
    store.close()


def test_small_work_is_never_given_up_however_often_it_is_done() -> None:
    store = filled(None, [1] * 20)
    connection = store.database.connection
    for _ in range(1000):
        assert attempt(store.database, 3000, lambda: connection.execute("SELECT * FROM things").fetchall())
    store.close()


def test_work_of_too_many_steps_is_given_up() -> None:
    store = filled(None, [1] * 2000)
    connection = store.database.connection
    product = "SELECT count(*) FROM things AS a, things AS b"
    assert attempt(store.database, 3000, lambda: connection.execute(product).fetchone()) is None
    assert connection.execute("SELECT count(*) FROM things").fetchone() == (2000,)
    store.close()


def test_a_common_value_is_walked_to_and_a_rare_one_sorted(tmp_path: Path) -> None:
    """Either is quick with one of the two ways only, and both are answered where the loop runs."""
    store = filled(None, [7, *[5] * 3999, 8], tmp_path / "a.db")
    for value, count in ((5, 3), (7, 1), (5, 3), (8, 1)):
        found = store.documents.find_prepared(declaration(None), {"score": value}, "-other", (3, 0), None)
        assert [each["score"] for each in found or ()] == [value] * count
    store.close()
