"""behaviour.md §14, §15: collections by name, their columns, ``session.db`` and ``app.db``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl.store.declarations import Declaration
from cpsl.store.store import Store
from tests.collections.conftest import Running


@pytest.fixture
def leads(app: cpsl.App) -> cpsl.CollectionRef:
    return app.collection("leads", columns=["company", {"key": "total", "type": "number"}], scope="owner")


async def test_an_undeclared_collection_needs_a_scope(run: Running) -> None:
    with pytest.raises(ValueError, match="'pads' is not declared: say whose it is with scope="):
        await run(lambda s: s.collections.get("pads"))
    with pytest.raises(ValueError, match="is one of app, user, owner, session, not 'team'"):
        await run(lambda s: s.collections.get("pads", scope="team"))


@pytest.mark.parametrize("scope", ["app", "user", "owner", "session"])
async def test_an_undeclared_collection_has_all_methods(run: Running, scope: str) -> None:
    async def work(session: cpsl.Session) -> Any:
        pads = await session.collections.get("pads", scope=scope)
        row = await pads.insert_one({"n": 1})
        await pads.insert_many([{"n": 2}, {"n": 3}])
        await row.update({"n": 10})
        await pads.update_one({"who": session.user.id}, {"n": 4}, upsert=True)
        assert await pads.delete_one({"n": 3}) == {"deleted": 1}
        return [each["n"] for each in await pads.filter(n__gte=2).order_by("n")]

    assert await run(work) == [2, 4, 10]
    assert await run(work, "bob") == ([2, 2, 4, 4, 10, 10] if scope == "app" else [2, 4, 10])


async def test_a_declared_collection_has_its_declared_scope(run: Running, leads: cpsl.CollectionRef) -> None:
    async def work(session: cpsl.Session) -> Any:
        return await (await session.collections.get("leads")).insert_one({"company": "Acme"})

    assert (await run(work, org="acme"))["_team_id"] == "org:acme"
    assert await run(lambda s: s.collections.get("leads", scope="owner"))
    with pytest.raises(ValueError, match="'leads' is declared with owner scope, not user"):
        await run(lambda s: s.collections.get("leads", scope="user"))


@pytest.mark.parametrize(("made", "other"), [("user", "app"), ("owner", "user"), ("session", "owner")])
async def test_an_undeclared_collection_keeps_the_scope_it_was_made_with(run: Running, made: str, other: str) -> None:
    async def work(session: cpsl.Session, scope: str) -> Any:
        pads = await session.collections.get("pads", scope=scope)
        await pads.insert_one({"n": 1})
        return await pads.count()

    assert await run(lambda s: work(s, made)) == 1
    with pytest.raises(ValueError, match=f"'pads' was made with {made} scope, not {other}"):
        await run(lambda s: work(s, other), "bob")
    assert await run(lambda s: work(s, made), "bob") == 1


async def test_outside_a_handler_a_scoped_collection_cannot_be_had(run: Running, app: cpsl.App) -> None:
    await run.sim()
    with pytest.raises(ValueError, match="no user is active"):
        await app.collections.get("pads", scope="user")
    pads = await app.collections.get("pads", scope="app")
    assert await pads.count() == 0


async def test_a_name_that_is_no_table_name_is_refused(run: Running) -> None:
    for name in ("", "\ud800", "_capsule_turns", "sqlite_master"):
        with pytest.raises(ValueError, match=r"needs a name|is reserved"):
            await run(partial(_insert, name=name))


async def test_names_that_differ_only_in_case_are_one_too_many(run: Running) -> None:
    await run(lambda s: _insert(s, "Pads"))
    with pytest.raises(ValueError, match="There is a collection 'Pads' already; 'pads' differs from it only in case"):
        await run(lambda s: _insert(s, "pads"))


@pytest.mark.parametrize("name", ['a "quoted"; DROP TABLE x', "mit leerzeichen", "日本", "select", "a.b"])
async def test_any_other_name_will_do(run: Running, name: str) -> None:
    await run(lambda s: _insert(s, name))
    assert await run(lambda s: _insert(s, name)) == 2


async def _insert(session: cpsl.Session, name: str) -> int:
    pads = await session.collections.get(name, scope="user")
    await pads.insert_one({"n": 1})
    return await pads.count({"n": 1})


async def test_a_handle_follows_its_table_when_the_file_is_reset(run: Running) -> None:
    store = (await run.sim())._store
    assert await run(lambda s: _insert(s, "pads")) == 1
    store.declarations.drop("pads")
    assert await run(lambda s: _insert(s, "pads")) == 1


@pytest.mark.parametrize("change", ["drop", "rename", "redeclare"])
@pytest.mark.parametrize("asked", [{"_id": "a"}, {"company": "Acme"}, {}], ids=["by id", "by a column", "all"])
async def test_a_find_sees_what_another_process_makes_of_the_table(
    app: cpsl.App, tmp_path: Path, change: str, asked: dict[str, Any]
) -> None:
    leads = app.collection("leads", columns=["company"], scope="user", sortable=True)
    run = Running(app, tmp_path / "app.db")
    try:
        await run(lambda s: leads.insert_one({"_id": "a", "company": "Acme"}))
        for _ in range(2):
            assert [row["_id"] for row in await run(lambda s: leads.find(asked))] == ["a"]
        other = Store(tmp_path / "app.db")
        if change == "drop":
            other.declarations.drop("leads")
        elif change == "rename":
            other.declarations.rename("leads", "former")
        else:
            other.declarations.ensure(Declaration("leads", ("other",), True, "_user_id"))
        other.close()
        left = ["a"] if change == "redeclare" else []
        assert [row["_id"] for row in await run(lambda s: leads.find(asked))] == left
        assert (await run(lambda s: leads.insert_one({"_id": "b", "company": "Acme"})))["_id"] == "b"
        found = await run(lambda s: leads.find({"company": {"$in": ["Acme"]}}, sort="company"))
        assert [row["_id"] for row in found] == [*left, "b"]
    finally:
        await run.close()


async def test_upsert_inserts_what_filter_and_update_say(run: Running, leads: cpsl.CollectionRef) -> None:
    update = {"$inc": {"total": 1}, "$setOnInsert": {"new": True}}
    for _ in range(2):
        await run(lambda s: s.db.leads.update_one({"company": "Acme", "n": {"$gt": 1}}, update, upsert=True))
        await run(lambda s: s.db.leads.update_one({"company": "Acme"}, {"n": 2}))
    row = await run(lambda s: s.db.leads.filter().one())
    assert {key: row[key] for key in ("company", "total", "new", "n")} == {
        "company": "Acme",
        "total": 2,
        "new": True,
        "n": 2,
    }
    assert len(row["_id"]) == 24
    assert row["_team_id"] == "ann"


async def test_columns_are_the_declared_ones_until_they_are_set(run: Running, leads: cpsl.CollectionRef) -> None:
    assert await run(lambda s: leads.list_columns()) == [cpsl.Column("company"), cpsl.Column("total", "number")]
    await run(lambda s: leads.add_column("due", type="date", label="Due", format="short"))
    await run(lambda s: leads.rename_column("company", "firm"))
    columns = await run(lambda s: leads.remove_column("total"))
    assert columns == [cpsl.Column("firm"), cpsl.Column("due", "date", "Due", "short")]
    assert await run(lambda s: leads.list_columns()) == columns
    assert await run(lambda s: s.db.leads.list_columns()) == columns
    assert len(await run(lambda s: leads.list_columns(), "bob")) == 2, "each identity has its own"


async def test_columns_of_an_undeclared_collection_begin_empty(run: Running) -> None:
    async def work(session: cpsl.Session) -> Any:
        pads = await session.collections.get("pads", scope="user")
        assert await pads.list_columns() == []
        await pads.set_columns(["a", cpsl.Column("b", "score"), {"key": "c", "type": "file"}])
        return [column.key for column in await pads.list_columns()]

    assert await run(work) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([""], "non-empty"),
        (["$a"], "leading"),
        (["a.b"], r"without '\.'"),
        ([{"key": "a", "type": "colour"}], "unknown type 'colour'"),
        (["a", "a"], "declared twice"),
    ],
)
async def test_bad_columns_are_refused(run: Running, leads: cpsl.CollectionRef, columns: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        await run(lambda s: leads.set_columns(columns))


async def test_column_methods_never_touch_values(run: Running, leads: cpsl.CollectionRef) -> None:
    for work in (
        lambda s: leads.add_column("x", default=1),
        lambda s: leads.add_column("x", backfill=True),
        lambda s: leads.remove_column("total", drop_values=True),
        lambda s: leads.rename_column("total", "sum", migrate_values=True),
    ):
        with pytest.raises(NotImplementedError):
            await run(work)
    for refused in (
        lambda s: leads.add_column("total"),
        lambda s: leads.remove_column("none"),
        lambda s: leads.rename_column("none", "x"),
        lambda s: leads.rename_column("total", "company"),
    ):
        with pytest.raises(ValueError, match=r"declared twice|there is no column"):
            await run(refused)


async def test_session_db_is_confined_to_the_person(run: Running, leads: cpsl.CollectionRef) -> None:
    await run(lambda s: s.db.leads.insert_one({"company": "Acme"}), "ann")
    assert await run(lambda s: s.db.leads.count(), "ann") == 1
    assert await run(lambda s: s.db.leads.count(), "bob") == 0


async def test_session_db_knows_declared_names_only(run: Running, leads: cpsl.CollectionRef) -> None:
    with pytest.raises(ValueError, match=r"no collection 'lead' is declared \(declared: leads\)"):
        await run(lambda s: s.db.lead)
    with pytest.raises(AttributeError):
        await run(lambda s: s.db._leads)


async def test_session_db_gives_an_app_collection_too(run: Running, app: cpsl.App) -> None:
    app.collection("board", columns=["n"])
    await run(lambda s: s.db.board.insert_one({"n": 1}), "ann")
    assert await run(lambda s: s.db.board.count(), "bob") == 1


async def test_app_db_sees_everybodys_records(run: Running, app: cpsl.App, leads: cpsl.CollectionRef) -> None:
    await run(lambda s: leads.insert_one({"company": "a"}), "ann")
    await run(lambda s: leads.insert_one({"company": "b"}), "bob")
    rows = await run(lambda s: app.db.leads.find(sort="company"), "eve")
    assert [(row["company"], row["_team_id"]) for row in rows] == [("a", "ann"), ("b", "bob")]
    assert await app.db.leads.count() == 2, "no identity is needed"
    assert await app.db.leads.update_one({"company": "b"}, {"company": "c"}) == {"matched": 1, "modified": 1}
    with pytest.raises(AttributeError):
        app.db._leads  # noqa: B018


async def test_app_db_writes_where_a_document_says(run: Running, app: cpsl.App, leads: cpsl.CollectionRef) -> None:
    await run(lambda s: app.db.leads.insert_one({"company": "x", "_team_id": "bob"}), "ann")
    assert await run(lambda s: leads.count(), "bob") == 1
    assert await run(lambda s: leads.count(), "ann") == 0


async def test_a_session_made_by_hand_has_no_collections() -> None:
    session = cpsl.Session("s", cpsl.UserInfo("ann"), cpsl.SessionChannel("chat"))
    for use in (lambda: session.db.leads, lambda: session.collections):
        with pytest.raises(RuntimeError, match="belongs to no running app"):
            use()
    with pytest.raises(RuntimeError, match="belongs to no running app"):
        await session.get("k")
