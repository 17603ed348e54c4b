"""Names that an app chooses never meet those that the store makes for itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cpsl
from cpsl.data.filters import parse_filter
from cpsl.errors import DeclarationError
from cpsl.store.declarations import Declaration
from cpsl.store.store import Store
from cpsl.store.ways import Query
from cpsl.testing import Simulator


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store()) as made:
        yield made


def used(store: Store, declared: Declaration) -> None:
    """Insert, find by each column, and count, as an app would."""
    store.declarations.ensure(declared)
    document: dict[str, Any] = {"_id": "1", "_user_id": "ann"}
    document |= {name: [1, 2] for name in declared.columns if not name.startswith("_") and name != "id"}
    store.documents.insert(declared, [document], None)
    for name in document:
        if name.startswith(("_", "$")) or "." in name or not name:
            continue
        (found,) = store.documents.find(declared, Query(parse_filter({name: 1})))
        assert found == document
        assert store.documents.count(declared, Query(parse_filter({name: 3}))) == 0
    assert store.documents.delete(declared, Query(parse_filter({"_id": "1"})), None) == 1


CLASHES = [
    [("orders", ("items",)), ("orders.items", ("a",))],
    [("orders.items", ("a",)), ("orders", ("items",))],
    [("orders", ("items",)), ("ORDERS.ITEMS", ("a",)), ("orders.items nested", ())],
    [("t", ("y", "y nested"))],
    [("t", ("own id",)), ("t.own id", ("own id",))],
    [("x", ("a",)), ("x._user_id", ("a",))],
    [("x", ("_team_id", "_user_id", "doc", "rowid", "oid", "_id"))],
    [("select", ("from", "where", "group", "order by")), ('a"b', ('c"d', "e'f", "g;h"))],
    [("_capsul", ("_capsule_index",)), (" _capsule_x", ()), ("generate_series", ("value",)), ("dbstat", ("name",))],
]


@pytest.mark.parametrize("collections", CLASHES, ids=lambda each: each[0][0] + each[-1][0])
def test_names_that_look_like_the_stores_own_work(store: Store, collections: Any) -> None:
    for round_ in (False, True):
        for name, columns in collections:
            used(store, Declaration(name, columns, indexed=True, scope_column="_user_id" if round_ else None))


LETTERS = ["a", "A", ".", " ", '"', "'", "`", "[", "]", ";", "--", "%", "/", "\\", "\n", "\t"]
OTHERS = ["ß", "İ", "é", "e\u0301", "日", "\u202e", "🙂"]
WORDS = ["select", "nested", "own id", "_id", "_user_id", "doc", "rowid", "json_each", "sqlite_", "_capsule_"]
PIECES = st.sampled_from([*LETTERS, *OTHERS, *WORDS])
NAMES = st.lists(PIECES, min_size=1, max_size=3).map("".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=4)), min_size=1, max_size=4), st.booleans())
def test_any_name_works_or_is_one_sentence(declared: list[tuple[str, list[str]]], indexed: bool) -> None:
    with closing(Store()) as store:
        for name, columns in declared:
            try:
                used(store, Declaration(name, tuple(dict.fromkeys(columns)), indexed))
            except ValueError as error:
                said = str(error)
                assert "is reserved" in said or "differs from it only in case" in said or "needs a name" in said
                assert repr(name) in said


@pytest.mark.parametrize("name", ["json_each", "JSON_TREE", "pragma_table_info", "sqlite_x", "_capsule_x"])
def test_a_name_of_sqlites_own_is_refused_where_it_is_declared(name: str) -> None:
    app = cpsl.App("a", image=cpsl.Image())
    with pytest.raises(ValueError, match=r"is reserved\. .* capsule db rename"):
        app.collection(name)


def test_more_columns_than_a_table_holds_are_queried_all_the_same(store: Store) -> None:
    declared = Declaration("wide", tuple(f"c{number}" for number in range(2100)))
    store.declarations.ensure(declared)
    store.documents.insert(declared, [{"_id": "1", "c0": 1, "c2099": 1}, {"_id": "2"}], None)
    for name in ("c0", "c2099"):
        assert [found["_id"] for found in store.documents.find(declared, Query(parse_filter({name: 1})))] == ["1"]


async def test_a_collection_whose_case_changed_names_the_line_and_the_way_out(tmp_path: Path) -> None:
    for name in ("leads", "Leads"):
        app = cpsl.App("a", image=cpsl.Image())
        app.collection(name)
        if name == "leads":
            async with Simulator(app, store=tmp_path / "a.db"):
                pass
    with pytest.raises(DeclarationError) as refused:
        async with Simulator(app, store=tmp_path / "a.db"):
            pass
    lines = str(refused.value).splitlines()
    assert lines[0].endswith("capsule db rename leads Leads keeps what is stored, capsule db drop leads forgets it.")
    assert "test_names.py:" in lines[1]
    assert lines[2].strip() == "app.collection(name)"


def broken_by_json_each(path: Path) -> None:
    """A store of before such names were refused."""
    with closing(Store(path)) as store:
        declared = Declaration("each", ("n",), indexed=True)
        store.declarations.ensure(declared)
        store.documents.insert(declared, [{"_id": str(n), "n": [n]} for n in range(3)], None)
        with store.database.transaction() as connection:
            connection.execute("PRAGMA legacy_alter_table=ON")
            connection.execute('ALTER TABLE "each" RENAME TO "json_each"')
            connection.execute(
                "UPDATE _capsule_collections SET name = 'json_each', "
                "declaration = json_set(declaration, '$.name', 'json_each')"
            )


def test_a_store_that_such_a_name_has_broken_is_mended_by_renaming(path: Path) -> None:
    broken_by_json_each(path)
    with closing(Store(path)) as store:
        store.declarations.rename("json_each", "each")
        declared = store.declarations.stored("each")
        assert declared == Declaration("each", ("n",), indexed=True)
        assert [each["_id"] for each in store.documents.find(declared, Query(parse_filter({"n": 1})))] == ["1"]


def test_a_store_that_such_a_name_has_broken_is_mended_by_dropping(path: Path) -> None:
    broken_by_json_each(path)
    with closing(Store(path)) as store:
        store.declarations.drop("json_each")
        assert store.declarations.names() == []
        used(store, Declaration("other", ("n",), indexed=True))


async def test_undo_reaches_the_documents_of_a_renamed_collection(path: Path) -> None:
    from cpsl.store.before_images import undo_turn

    app = cpsl.App("a", image=cpsl.Image())
    leads = app.collection("leads", columns=["n"])

    @app.message()
    async def on_message(session: cpsl.Session, message: cpsl.Message) -> None:
        await leads.insert_one({"n": 1})
        await leads.set_columns(["n", "m"])

    async with Simulator(app, store=path) as sim:
        await sim.chat("ann").send("x")
    with closing(Store(path)) as store:
        store.declarations.rename("leads", "Leads")
        declared = store.declarations.stored("Leads")
        assert declared
        assert store.documents.count(declared, Query(parse_filter({}))) == 1
        undo_turn(store.database, 1)
        assert store.documents.count(declared, Query(parse_filter({}))) == 0
        assert store.columns.get("Leads", None) is None


@pytest.mark.parametrize("new", ["orders", "Orders", "sqlite_x", ""])
def test_a_name_that_cannot_be_had_changes_nothing(store: Store, new: str) -> None:
    for name in ("leads", "orders"):
        store.declarations.ensure(Declaration(name))
    with pytest.raises(ValueError, match=r"already|reserved|needs a name"):
        store.declarations.rename("leads", new)
    assert store.declarations.names() == ["leads", "orders"]


def test_an_index_that_has_the_name_of_a_new_collection_makes_way(path: Path) -> None:
    with closing(Store(path)) as store:
        store.declarations.ensure(Declaration("orders", ("items",), indexed=True))
        store.declarations.ensure(Declaration("orders.items"))
    with closing(sqlite3.connect(path)) as connection:
        kinds = dict(connection.execute("SELECT name, type FROM sqlite_master WHERE name LIKE '%orders.items'"))
        (moved,) = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE tbl_name = 'orders' AND name LIKE '_capsule_index%'"
        ).fetchone()
    assert kinds == {"orders.items": "table"}
    assert moved == 1
