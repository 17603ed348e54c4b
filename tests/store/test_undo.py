"""Any sequence of writes in a turn, then undo: the same dump (architecture.md#the-store)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import cpsl
from cpsl.data.sql_names import identifier
from cpsl.store.before_images import undo_turn
from cpsl.store.database import Database
from cpsl.testing import Simulator
from tests.data.strategies import cases

Operation = tuple[str, Any, Any]

numbers = st.integers(0, 4)
keys = st.sampled_from(["a", "b", "c", "ä"])
scopes = st.sampled_from(["session", "user", "owner", "app"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    # A document with a NUL is refused, which is tested elsewhere.
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=4,
)
documents = st.fixed_dictionaries({"n": numbers}, optional={"v": values, "id": st.text("xy", min_size=1, max_size=2)})
updates = st.one_of(
    st.fixed_dictionaries({"v": values}),
    st.fixed_dictionaries({"$inc": st.fixed_dictionaries({"n": st.just(1)})}),
    st.fixed_dictionaries({"$unset": st.fixed_dictionaries({"v": st.just("")})}),
    st.fixed_dictionaries({"$rename": st.fixed_dictionaries({"v": st.just("w")})}),
)
operations = st.one_of(
    st.tuples(st.just("insert"), st.lists(documents, max_size=3), st.none()),
    st.tuples(st.just("update"), numbers, updates),
    st.tuples(st.just("upsert"), numbers, updates),
    st.tuples(st.just("delete_one"), numbers, st.none()),
    st.tuples(st.just("delete_many"), numbers, st.none()),
    st.tuples(st.just("set"), keys, st.tuples(scopes, values)),
    st.tuples(st.just("forget"), keys, scopes),
    st.tuples(st.just("setting"), st.sampled_from(["mode", "size"]), values),
    st.tuples(st.just("data"), keys, values),
    st.tuples(st.just("undata"), keys, st.none()),
    st.tuples(st.just("flush"), st.none(), st.none()),
    st.tuples(st.just("columns"), st.lists(keys, unique=True, max_size=3), st.none()),
    st.tuples(st.just("title"), st.text(max_size=3), st.none()),
)


def declared() -> cpsl.App:
    app = cpsl.App("probe", image=cpsl.Image())
    app.collection("mine", columns=["n"], scope="user", filterable=True)
    app.setting("mode", scope="user")
    app.setting("size")
    return app


async def apply(app: cpsl.App, session: cpsl.Session, operation: Operation) -> None:
    kind, one, other = operation
    mine = session.db.mine
    loose = await session.collections.get("loose", scope="app")
    actions: dict[str, Callable[[], Any]] = {
        "insert": lambda: asyncio.gather(mine.insert_many(one), loose.insert_many(one)),
        "update": lambda: asyncio.gather(mine.update_one({"n": one}, other), loose.update_one({"n": one}, other)),
        "upsert": lambda: mine.update_one({"n": one}, other, upsert=True),
        "delete_one": lambda: asyncio.gather(mine.delete_one({"n": one}), loose.delete_one({"n": {"$gte": one}})),
        "delete_many": lambda: mine.delete_many({"n": one}),
        "set": lambda: session.set(one, other[1], scope=other[0]),
        "forget": lambda: session.delete(one, scope=other),
        "setting": lambda: app.settings.set(one, other),
        "data": lambda: session.data.set(one, other),
        "undata": lambda: _drop(session, one),
        "flush": session.flush_data,
        "columns": lambda: mine.set_columns(one),
        "title": lambda: session.set_title(one),
    }
    try:
        await actions[kind]()
    except ValueError:
        assert kind in ("update", "upsert"), "$rename and $inc refuse some documents"


async def _drop(session: cpsl.Session, key: str) -> None:
    session.data.pop(key, None)


def dump(database: Database) -> dict[str, list[Any]]:
    """Everything a person could see, in order, but for the history itself."""
    tables = [row[0] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    collections = {row[0] for row in database.rows("SELECT name FROM _capsule_collections")}
    fixed = "rowid, _id, _user_id, _team_id, _session_id, doc"
    seen = {name: list(database.rows(f"SELECT {fixed} FROM {identifier(name)} ORDER BY rowid")) for name in collections}
    seen["sessions"] = list(database.rows("SELECT id, data, title FROM _capsule_sessions ORDER BY id"))
    for name in ("_capsule_kv", "_capsule_settings", "_capsule_columns"):
        assert name in tables
        seen[name] = list(database.rows(f"SELECT * FROM {name} ORDER BY 1, 2, 3"))
    return seen


async def before_and_after(first: list[Operation], second: list[Operation]) -> tuple[Any, Any, Any]:
    app = declared()
    script = {"first": first, "second": second}

    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.collections.get("loose", scope="app")
        for operation in script[message.text]:
            await apply(app, session, operation)

    async with Simulator(app) as sim:
        chat, database = sim.chat("ann", org="acme"), sim._store.database
        await (await app.collections.get("loose", scope="app")).count()
        assert (await chat.send("first")).error is None
        before = dump(database)
        assert (await chat.send("second")).error is None
        turn_id = database.row("SELECT max(id) FROM _capsule_turns")
        assert turn_id
        undo_turn(database, turn_id[0])
        left = database.row("SELECT count(*) FROM _capsule_journal WHERE turn_id = ?", turn_id)
        return before, dump(database), left


@given(st.lists(operations, max_size=8), st.lists(operations, max_size=8))
@cases(150)
def test_undo_gives_back_what_was_there_before(first: list[Operation], second: list[Operation]) -> None:
    before, after, left = asyncio.run(before_and_after(first, second))
    assert after == before
    assert left == (0,)


async def test_what_another_person_wrote_since_stays() -> None:
    app = declared()

    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        board = await session.collections.get("board", scope="app")
        await board.delete_many({"by": "ann"})
        await board.insert_one({"by": session.user.id, "text": message.text})
        await session.set("last", message.text, scope="app")

    async with Simulator(app) as sim:
        database = sim._store.database
        await sim.chat("ann").send("one")
        await sim.chat("ann").send("two")
        await sim.chat("bob").send("three")
        undo_turn(database, 2)
        board = await app.collections.get("board", scope="app")
        assert [row["text"] for row in await board.find()] == ["three", "one"]
        assert await app.get("last") == "one"
        undo_turn(database, 3)
        assert [row["text"] for row in await board.find()] == ["two", "one"]


async def test_undoing_a_turn_twice_does_nothing_more() -> None:
    app = declared()
    app.message()(lambda session, message: session.db.mine.insert_one({"n": 1}))
    async with Simulator(app) as sim:
        await sim.chat("ann").send("x")
        database = sim._store.database
        assert undo_turn(database, 1) == 1
        assert undo_turn(database, 1) == 0
        assert json.dumps(dump(database)["mine"]) == "[]"
