"""Tables of collections: what a declaration becomes, how it changes, and that nothing acknowledged is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import cpsl
from cpsl.data.filters import parse_filter
from cpsl.data.scope import Scope
from cpsl.data.sort import parse_sort
from cpsl.data.sql_names import identifier
from cpsl.store.database import Database
from cpsl.store.declarations import Declaration
from cpsl.store.select import compile_query
from cpsl.store.store import Store
from cpsl.store.ways import Query, Ways
from cpsl.testing import Simulator

ANN = Scope("_user_id", "ann")
DOCUMENTS = [{"n": n, "name": f"name {n % 9}", "note": "é \U0001f600", "deep": {"x": [n, 1.5]}} for n in range(400)]


def app_with(**declared: Any) -> tuple[cpsl.App, cpsl.CollectionRef]:
    app = cpsl.App("probe", image=cpsl.Image())
    return app, app.collection("leads", **{"columns": ["n", "name"], "scope": "user", "filterable": True, **declared})


async def filled(path: Path) -> list[Any]:
    app, leads = app_with()
    app.message()(lambda session, message: leads.insert_many(DOCUMENTS))
    async with Simulator(app, store=path) as sim:
        assert (await sim.chat("ann").send("x")).error is None
    return texts(path)


def texts(path: Path) -> list[Any]:
    store = Store(path)
    try:
        return list(store.database.rows("SELECT rowid, _id, _user_id, doc FROM leads ORDER BY rowid"))
    finally:
        store.close()


def shape(path: Path) -> tuple[set[str], set[str]]:
    """Generated columns, and indexes with a name of ours."""
    store = Store(path)
    try:
        columns = {row[1] for row in store.database.rows("PRAGMA table_xinfo(leads)") if row[6]}
        sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'leads' AND sql IS NOT NULL"
        return columns, {row[0] for row in store.database.rows(sql)}
    finally:
        store.close()


def plan(database: Database, declared: Declaration, filter: Any, sort: Any = None, scope: Scope | None = ANN) -> str:
    query = Query(parse_filter(filter), parse_sort(sort), 10, 0, scope)
    way = compile_query(database.connection, declared, query)
    statement = Ways(database.connection).to(declared, query, way).sure.statement(declared, query)
    return "\n".join(row[3] for row in database.rows("EXPLAIN QUERY PLAN " + statement.sql, statement.params))


async def test_the_declaration_becomes_columns_and_indexes(tmp_path: Path) -> None:
    await filled(tmp_path / "a.db")
    columns, indexes = shape(tmp_path / "a.db")
    assert columns == {"n", "name"}
    assert indexes == {
        "leads._user_id",
        "leads.n",
        "leads.n nested",
        "leads.name",
        "leads.name nested",
        "leads.own id",
    }


@pytest.mark.parametrize(
    ("declared", "columns", "indexes"),
    [
        ({"columns": ["n", "title"]}, {"n", "title"}, {"leads._user_id", "leads.n", "leads.title"}),
        ({"columns": ["n", "name", "deep"]}, {"n", "name", "deep"}, {"leads._user_id", "leads.deep"}),
        ({"columns": []}, set(), {"leads._user_id"}),
        ({"filterable": False}, {"n", "name"}, {"leads._user_id"}),
        ({"scope": "owner"}, {"n", "name"}, {"leads._team_id", "leads.n"}),
        ({"scope": "app"}, {"n", "name"}, {"leads.n", "leads.name"}),
    ],
    ids=["renamed", "added", "none", "unindexed", "other-scope", "app"],
)
async def test_a_changed_declaration_migrates_without_touching_documents(
    tmp_path: Path, declared: Any, columns: set[str], indexes: set[str]
) -> None:
    path = tmp_path / "a.db"
    before = await filled(path)
    app, _ = app_with(**declared)
    async with Simulator(app, store=path):
        assert await app.db.leads.count({"n": {"$gte": 390}}) == 10
        assert await app.db.leads.count({"title": None}) == 400
    assert texts(path) == before
    now = shape(path)
    assert now[0] == columns
    assert indexes <= now[1]
    gone = {"leads.name"} - indexes if "name" not in columns or declared.get("filterable") is False else set()
    assert not gone & now[1]
    again, _ = app_with()
    async with Simulator(again, store=path):
        pass
    assert texts(path) == before
    assert shape(path) == ({"n", "name"}, shape(path)[1])


@pytest.mark.parametrize(
    ("filter", "sort", "uses"),
    [
        ({"n": 5}, None, "leads.n"),
        ({"n": {"$gt": 5, "$lt": 9}}, {"n": 1}, "leads.n"),
        ({"name": {"$in": ["a", "b"]}}, None, "leads.name"),
        ({"$or": [{"n": 5}, {"name": "a"}]}, None, "leads.name"),
        ({}, {"n": -1}, "leads.n"),
        ({}, None, "leads._user_id"),
        ({"_id": "x"}, None, "sqlite_autoindex_leads_1"),
    ],
)
async def test_queries_use_the_indexes(tmp_path: Path, filter: Any, sort: Any, uses: str) -> None:
    await filled(tmp_path / "a.db")
    store = Store(tmp_path / "a.db")
    declared = store.declarations.stored("leads")
    assert declared
    steps = plan(store.database, declared, filter, sort)
    store.close()
    assert f"USING INDEX {uses} " in steps
    assert "SCAN leads" not in steps


async def test_a_field_that_holds_an_array_somewhere_is_still_found_by_index(tmp_path: Path) -> None:
    app, leads = app_with()
    app.message()(lambda session, message: leads.insert_many([{"n": [1, 2]}, {"n": 1}, {"n": "1"}, {"n": True}]))
    async with Simulator(app, store=tmp_path / "a.db") as sim:
        await sim.chat("ann").send("x")
        database = sim._store.database
        steps = plan(database, leads.declaration, {"n": 1})
        assert "USING INDEX leads.n " in steps
        assert "SCAN leads" not in steps
        app.message()(lambda session, message: leads.find({"n": 1}))
        assert [row["n"] for row in await app.db.leads.find({"n": 1})] == [[1, 2], 1]


async def test_another_process_may_change_the_declaration_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    await filled(path)
    app, _ = app_with()
    async with Simulator(app, store=path):
        assert await app.db.leads.count({"name": "name 1"}) == 45
        other, _ = app_with(columns=["n"])
        async with Simulator(other, store=path):
            pass
        assert await app.db.leads.count({"name": "name 1"}) == 45


KILLED = """
    import asyncio, sys
    import cpsl
    from cpsl.testing import Simulator

    app = cpsl.App("probe", image=cpsl.Image())
    leads = app.collection("leads", columns=["n"], scope="user", filterable=True)

    @app.message()
    async def handle(session, message):
        for n in range(10**6):
            await leads.insert_one({"n": n})
            await session.set("n", n)
            sys.stdout.write(f"{n}\\n")
            sys.stdout.flush()

    async def main():
        async with Simulator(app, store=sys.argv[1]) as sim:
            await sim.chat("ann").send("go")

    asyncio.run(main())
"""


@pytest.mark.parametrize("acknowledged", [1, 7, 200])
def test_killed_right_after_an_awaited_write_nothing_is_lost(tmp_path: Path, acknowledged: int) -> None:
    script = tmp_path / "writer.py"
    script.write_text(dedent(KILLED), encoding="utf-8")
    path = tmp_path / "a.db"
    command = [sys.executable, str(script), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = [int(process.stdout.readline()) for _ in range(acknowledged)]
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    told += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    store = Store(path)
    stored = [row[0] for row in store.database.rows('SELECT n FROM leads WHERE _user_id = "ann" ORDER BY rowid')]
    value = store.database.row("SELECT value FROM _capsule_kv")
    status = store.database.row("PRAGMA integrity_check")
    store.close()
    assert stored[: len(told)] == told
    assert stored == list(range(len(stored))), "and nothing is half there"
    assert value
    assert int(value[0]) >= told[-1]
    assert status == ("ok",)


WRITING = """
    import asyncio, sys
    import cpsl
    from cpsl.testing import Simulator

    app = cpsl.App("probe", image=cpsl.Image())
    board = app.collection("board", columns=["who", "n"], filterable=True)

    @app.message()
    async def handle(session, message):
        for n in range(40):
            await board.insert_one({"who": message.text, "n": n})
            await session.db.board.update_one({"who": "all"}, {"$inc": {"n": 1}}, upsert=False)
            await board.find({"who": message.text}, limit=3)
        await board.delete_many({"who": message.text, "n": {"$gte": 30}})

    async def main():
        async with Simulator(app, store=sys.argv[1], seed=int(sys.argv[2])) as sim:
            turn = await sim.chat(sys.argv[2]).send(sys.argv[2])
            if turn.error:
                raise turn.error

    asyncio.run(main())
"""


def test_several_processes_write_one_collection_at_once(tmp_path: Path) -> None:
    script = tmp_path / "writer.py"
    script.write_text(dedent(WRITING), encoding="utf-8")
    path = tmp_path / "a.db"
    store = Store(path)
    store.declarations.ensure(Declaration("board", ("who", "n"), True, None))
    store.documents.insert(Declaration("board"), [{"_id": "all", "who": "all", "n": 0}], None)
    command = [sys.executable, str(script), str(path)]
    processes = [subprocess.Popen([*command, str(n)], stderr=subprocess.PIPE, text=True) for n in range(5)]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 5, errors
    counts: dict[str, int] = dict(store.database.rows(f"SELECT who, count(*) FROM {identifier('board')} GROUP BY who"))
    assert counts == {"all": 1, **{str(n): 30 for n in range(5)}}
    assert store.database.row("SELECT n FROM board WHERE who = 'all'") == (200,), "no update is lost"
    store.close()
