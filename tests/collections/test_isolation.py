"""Issue 4: no operator, ``$or``, ``_team_id``, id trick, update or upsert reads or writes another identity's record."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import cpsl
from cpsl.data.sql_names import identifier
from cpsl.store.database import Database
from cpsl.testing import Simulator
from tests.data.strategies import cases

SCOPES = ("user", "owner", "session")
FIELDS = {"user": "_user_id", "owner": "_team_id", "session": "_session_id"}
VICTIMS = ("ann", "bob")
STRANGER = "eve"
SECRET = "5ec4e7" * 4
OTHERS_ID = "a" * 24

names = st.sampled_from(
    ["n", "own", "id", "_id", "_user_id", "_team_id", "_session_id", "doc", "rowid", "$where", "a.b"]
)
others = st.sampled_from(["ann", "bob", "org:acme", "acme", STRANGER, OTHERS_ID, "own-1", SECRET, ""])
values = st.one_of(others, st.integers(0, 2), st.none(), st.booleans(), st.lists(others, max_size=2))
# What the stranger stored under a key of their own they may read again.
stored = values.filter(lambda value: value != SECRET)
operators = st.sampled_from(
    ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$regex", "$not", "$all", "$type", "$size"]
)
conditions = st.one_of(
    values,
    st.dictionaries(operators, values | st.just(".*") | st.just({"$ne": 1}), min_size=1, max_size=2),
    st.just({"$oid": OTHERS_ID}),
    st.just(f'ObjectID("{OTHERS_ID}")'),
)
filters = st.recursive(
    st.dictionaries(names, conditions, max_size=3),
    lambda inner: st.dictionaries(
        st.sampled_from(["$or", "$and", "$nor"]), st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=2
    ),
    max_leaves=4,
)
updates = st.one_of(
    st.dictionaries(names, values, min_size=1, max_size=3),
    st.dictionaries(
        st.sampled_from(["$set", "$unset", "$inc", "$rename", "$setOnInsert", "$push", "$min"]),
        st.dictionaries(names, values, min_size=1, max_size=2),
        min_size=1,
        max_size=2,
    ),
)
documents = st.dictionaries(names, values, max_size=4)
lookups = st.dictionaries(
    st.sampled_from(["n", "own", "id", "_id", "_id__in", "id__ne", "_user_id", "_team_id__exact", "own__contains"]),
    values,
    max_size=2,
)
ways = st.sampled_from(["ref", "db", "manager"])
attempts = st.one_of(
    st.tuples(st.just("find"), ways, filters, st.sampled_from([None, "_user_id", {"_team_id": -1}, "id", "own"])),
    st.tuples(st.just("count"), ways, filters, st.none()),
    st.tuples(st.just("update"), ways, filters, updates),
    st.tuples(st.just("upsert"), ways, filters, updates),
    st.tuples(st.just("delete"), ways, filters, st.booleans()),
    st.tuples(st.just("rows"), ways, st.sampled_from([OTHERS_ID, [OTHERS_ID, SECRET], {"_id": OTHERS_ID}]), st.none()),
    st.tuples(st.just("insert"), ways, documents, st.none()),
    st.tuples(st.just("lookup"), ways, lookups, st.booleans()),
    st.tuples(st.just("forged"), ways, documents, updates),
    st.tuples(st.just("kv"), ways, st.sampled_from(["secret", "ann", "org:acme", ""]), stored),
    st.tuples(st.just("setting"), ways, st.sampled_from(["mine", "ours", "undeclared"]), values),
    st.tuples(st.just("columns"), ways, st.lists(st.sampled_from("abc"), unique=True), st.none()),
)
REFUSALS = (ValueError, TypeError, RuntimeError, NotImplementedError)


def declared() -> cpsl.App:
    app = cpsl.App("probe", image=cpsl.Image())
    for scope in SCOPES:
        app.collection(f"{scope}_things", columns=["n", "own"], scope=scope, filterable=scope != "session")
    app.setting("mine", scope="user")
    app.setting("ours", scope="owner")
    return app


async def furnish(app: cpsl.App, session: cpsl.Session) -> None:
    who = session.user.id
    for scope in SCOPES:
        ref = app.registry.collections[f"{scope}_things"]
        fixed = {"_id": OTHERS_ID} if who == "ann" else {}
        await ref.insert_many([{"n": 1, "own": SECRET, **fixed}, {"n": 2, "own": [SECRET], "id": "own-1"}])
        await (await session.collections.get(f"loose_{scope}", scope=scope)).insert_one({"n": 1, "own": SECRET})
        await ref.set_columns(["n"])
        await session.set("secret", SECRET, scope=scope)
    await app.settings.set("mine", SECRET)
    await app.settings.set("ours", SECRET)


async def attempt(app: cpsl.App, session: cpsl.Session, scope: str, what: Any) -> Any:
    kind, way, one, other = what
    ref = app.registry.collections[f"{scope}_things"]
    fixed: Any = {"ref": ref, "db": getattr(session.db, ref.name)}.get(way)
    things = fixed or await session.collections.get(f"loose_{scope}", scope=scope)
    if kind == "find":
        return await things.find(one, sort=other)
    if kind == "count":
        rows = await things.find(one)
        assert await things.count(one) == len(rows)
        return rows
    if kind in ("update", "upsert"):
        await things.update_one(one, other, **({"upsert": kind == "upsert"} if things is not ref else {}))
    elif kind == "delete":
        await (things.delete_one(one) if other else things.delete_many(one))
    elif kind == "rows":
        await things.delete_rows(one)
    elif kind == "insert":
        return [await things.insert_one(one)]
    elif kind == "lookup":
        query = things.filter(**one)
        return await query.delete() and [] if other else await query.all()
    elif kind == "forged":
        row = await things.insert_one({"n": 1})
        dict.update(row, one)
        await row.update(other)
        await row.delete()
    elif kind == "kv":
        seen = await session.get(one, scope=scope)
        await session.set(one, other, scope=scope)
        assert seen != SECRET
    elif kind == "setting":
        assert await app.settings.get(one) != SECRET
        await app.settings.set(one, None)
    else:
        await things.set_columns(one)
    return []


def belongings(database: Database) -> dict[str, Any]:
    """Everything stored for anybody but the stranger."""
    tables = [row[0] for row in database.rows("SELECT name FROM _capsule_collections ORDER BY name")]
    talks = "(SELECT id FROM _capsule_sessions WHERE user_id = 'eve')"
    mine = f"NOT ifnull('eve' IN (ifnull(_user_id, ''), ifnull(_team_id, '')) OR _session_id IN {talks}, 0)"
    seen: dict[str, Any] = {
        name: list(
            database.rows(f"SELECT _id, _user_id, _team_id, _session_id, doc FROM {identifier(name)} WHERE {mine}")
        )
        for name in tables
    }
    for name in ("kv", "settings", "columns"):
        people = f"('eve', '') OR owner IN {talks}"
        seen[name] = list(
            database.rows(f"SELECT * FROM _capsule_{name} WHERE NOT (owner IN {people}) ORDER BY 1, 2, 3")
        )
    return seen


async def visited(tries: list[tuple[str, Any]]) -> None:
    app = declared()

    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        if session.user.id in VICTIMS:
            await furnish(app, session)
            return
        for scope, what in tries:
            with suppress(*REFUSALS):
                rows = await attempt(app, session, scope, what)
                found = {row[FIELDS[scope]] for row in rows}
                assert found <= {session.id if scope == "session" else STRANGER}

    async with Simulator(app) as sim:
        for person in VICTIMS:
            assert (await sim.chat(person, org="acme").send("x")).error is None
        before = belongings(sim._store.database)
        turn = await sim.chat(STRANGER).send("x")
        assert turn.error is None, turn.error
        assert belongings(sim._store.database) == before


@given(st.lists(st.tuples(st.sampled_from(SCOPES), attempts), min_size=1, max_size=6))
@cases(300)
def test_a_stranger_neither_sees_nor_changes_anything(tries: list[tuple[str, Any]]) -> None:
    asyncio.run(visited(tries))
