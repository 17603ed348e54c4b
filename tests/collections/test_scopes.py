"""behaviour.md §13.4, §12: whose a record is."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

import cpsl
from cpsl.model.events import Signal
from cpsl.testing import Simulator
from tests.collections.conftest import Running
from tests.runtime.conftest import Everything

FIELDS = {"user": "_user_id", "owner": "_team_id", "session": "_session_id"}


def notes_of(app: cpsl.App, scope: str) -> cpsl.CollectionRef:
    return app.collection("notes", columns=["n"], scope=scope, filterable=True)


def test_an_unknown_scope_is_refused_at_the_declaration(app: cpsl.App) -> None:
    with pytest.raises(ValueError, match="the scope of collection 'notes' is one of app, user, owner, session"):
        notes_of(app, "team")


@pytest.mark.parametrize(
    ("scope", "who", "value"),
    [
        ("user", {"user": "ann"}, "ann"),
        ("owner", {"user": "ann"}, "ann"),
        ("owner", {"user": "ann", "org": "acme"}, "org:acme"),
    ],
)
async def test_a_record_has_its_scope_field(run: Running, app: cpsl.App, scope: str, who: Any, value: str) -> None:
    notes = notes_of(app, scope)
    row = await run(lambda s: notes.insert_one({"n": 1}), **who)
    assert row[FIELDS[scope]] == value
    assert (await run(lambda s: notes.find(), **who)) == [row]


async def test_a_session_record_has_the_sessions_id(run: Running, app: cpsl.App) -> None:
    notes = notes_of(app, "session")
    row, session_id = await run(lambda s: _both(notes, s))
    assert row["_session_id"] == session_id
    assert await run(lambda s: notes.find(), session="other") == []


async def _both(notes: cpsl.CollectionRef, session: cpsl.Session) -> tuple[Any, str]:
    return await notes.insert_one({"n": 1}), session.id


async def test_an_app_record_has_no_scope_field_and_is_everybodys(run: Running, app: cpsl.App) -> None:
    notes = notes_of(app, "app")
    row = await run(lambda s: notes.insert_one({"n": 1}), "ann")
    assert set(row) == {"n", "_id", "id"}
    assert await run(lambda s: notes.find(), "bob") == [row]


async def test_colleagues_share_owner_records_but_not_user_records(run: Running, app: cpsl.App) -> None:
    leads = app.collection("leads", columns=["n"], scope="owner", filterable=True)
    marks = app.collection("marks", columns=["n"], scope="user", filterable=True)

    async def write(session: cpsl.Session) -> None:
        await leads.insert_one({"n": session.user.id})
        await marks.insert_one({"n": session.user.id})

    async def read(session: cpsl.Session) -> Any:
        return [r["n"] for r in await leads.find()], [r["n"] for r in await marks.find()]

    await run(write, "ann", org="acme")
    await run(write, "bob", org="acme")
    assert await run(read, "ann", org="acme") == (["ann", "bob"], ["ann"])
    assert await run(read, "bob", org="acme") == (["ann", "bob"], ["bob"])
    assert await run(read, "eve") == ([], [])
    assert await run(read, "eve", org="other") == ([], [])


@pytest.mark.parametrize("scope", ["user", "owner", "session"])
async def test_naming_another_identity_is_an_error(run: Running, app: cpsl.App, scope: str) -> None:
    notes, field = notes_of(app, scope), FIELDS[scope]
    await run(lambda s: notes.insert_one({"n": 1}), "bob")
    for work in (
        lambda s: notes.insert_one({"n": 1, field: "bob"}),
        lambda s: notes.find({field: "bob"}),
        lambda s: notes.find({"$or": [{"n": 1}, {field: "bob"}]}),
        lambda s: notes.delete_many({field: {"$in": ["bob"]}}),
        lambda s: notes.update_one({field: "bob"}, {"n": 2}),
        lambda s: s.db.notes.update_one({"n": 7}, {"$setOnInsert": {field: "bob"}}, upsert=True),
    ):
        with pytest.raises(ValueError, match="not the active identity"):
            await run(work, "ann")
    assert await run(lambda s: app.db.notes.count()) == 1


async def test_naming_oneself_is_allowed(run: Running, app: cpsl.App) -> None:
    notes = notes_of(app, "user")
    row = await run(lambda s: notes.insert_one({"n": 1, "_user_id": "ann"}))
    assert await run(lambda s: notes.find({"_user_id": "ann"})) == [row]


@pytest.mark.parametrize("scope", ["app", "user"])
async def test_before_the_app_runs_nothing_is_bound(app: cpsl.App, scope: str) -> None:
    notes = notes_of(app, scope)
    words = "not bound" if scope == "app" else "'notes' has user scope, and no user is active here"
    with pytest.raises(RuntimeError, match=words):
        await notes.find()
    for work in (app.get("k"), app.set("k", 1), app.delete("k"), app.settings.get("k")):
        with pytest.raises(RuntimeError, match="not bound"):
            await work
    with pytest.raises(RuntimeError, match="not bound"):
        await app.db.notes.find()


async def test_after_the_app_has_stopped_nothing_is_bound_either(app: cpsl.App) -> None:
    notes = notes_of(app, "app")
    async with Simulator(app):
        await notes.insert_one({"n": 1})
        assert "bound" in repr(notes)
    with pytest.raises(RuntimeError, match="not bound"):
        await notes.find()
    assert "unbound" in repr(notes)


@pytest.mark.parametrize("scope", ["user", "owner", "session"])
async def test_without_an_identity_a_scoped_collection_is_an_error(app: cpsl.App, scope: str) -> None:
    notes = notes_of(app, scope)
    async with Simulator(app):
        with pytest.raises(RuntimeError, match=f"collection 'notes' has {scope} scope, and no {scope} is active"):
            await notes.find()


async def test_boot_may_use_what_belongs_to_the_app(app: cpsl.App) -> None:
    board = app.collection("board", columns=["n"])

    @app.boot()
    async def boot() -> None:
        await board.insert_one({"n": 1})
        await app.set("k", 1)

    async with Simulator(app):
        assert await board.count() == 1
        assert await app.get("k") == 1


async def test_a_coroutine_the_handler_starts_is_the_same_person(run: Running, app: cpsl.App) -> None:
    notes = notes_of(app, "user")
    row = await run(lambda s: asyncio.gather(asyncio.ensure_future(notes.insert_one({"n": 1}))), "bob")
    assert row[0]["_user_id"] == "bob"


async def test_enter_and_exit_know_the_person(app: cpsl.App) -> None:
    notes = notes_of(app, "session")
    app.enter()(lambda session: notes.insert_one({"n": "enter"}))
    app.exit()(lambda session: notes.insert_one({"n": "exit"}))
    app.message()(lambda session, message: None)
    async with Simulator(app) as sim:
        chat = sim.chat("ann")
        await chat.send("hi")
        await chat.leave()
        rows = await app.db.notes.find()
    assert [(row["n"], row["_session_id"]) for row in rows] == [("enter", chat.session_id), ("exit", chat.session_id)]


async def test_two_people_at_once_stay_apart(run: Running, app: cpsl.App) -> None:
    notes = notes_of(app, "user")
    meeting = asyncio.Event()
    arrived: list[str] = []

    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        arrived.append(session.user.id)
        if len(arrived) == 2:
            meeting.set()
        await meeting.wait()
        await notes.insert_one({"n": session.user.id})
        session.data["seen"] = [row["n"] for row in await notes.find()]

    sim = await run.sim()
    chats = [sim.chat(user) for user in ("ann", "bob")]
    await asyncio.gather(*(chat.send("hi") for chat in chats))
    assert [chat.data["seen"] for chat in chats] == [["ann"], ["bob"]]


async def test_two_simulators_of_one_app_have_a_store_each(app: cpsl.App) -> None:
    notes = notes_of(app, "user")
    app.message()(lambda session, message: notes.insert_one({"n": message.text}))
    app.data("all")(notes.find)
    async with Simulator(app) as one, Simulator(app) as two:
        await one.chat("ann").send("first")
        await two.chat("ann").send("second")
        assert [row["n"] for row in await one.data("all", user="ann")] == ["first"]
        assert [row["n"] for row in await two.data("all", user="ann")] == ["second"]


async def test_changing_a_collection_tells_its_widgets_silently(app: cpsl.App) -> None:
    notes, private = notes_of(app, "user"), app.collection("_private", columns=[], scope="user")

    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        row = await notes.insert_one({"n": 1})
        await notes.find()
        await row.update({"n": 1})
        await row.update({"n": 2})
        await row.delete()
        await private.insert_one({"n": 1})

    sink = Everything()
    async with Simulator(app, sinks=(sink,)) as sim:
        turn = await sim.chat("ann").send("hi")
    assert turn.error is None
    assert [event.type for event in turn.events] == ["user", "end"]
    told = [event.payload for event, _ in sink.events if isinstance(event, Signal) and event.name == "widget_update"]
    assert told == [{"collection": "notes"}] * 3


async def test_a_second_declaration_holds_and_another_scope_is_warned_about(
    app: cpsl.App, caplog: pytest.LogCaptureFixture
) -> None:
    notes_of(app, "user")
    notes = notes_of(app, "app")
    with caplog.at_level(logging.WARNING, "cpsl"):
        async with Simulator(app) as sim:
            await notes.insert_one({"n": 1})
            app.message()(lambda session, message: session.reply(repr(session.db.notes)))
            assert (await sim.chat().send("x")).error is None
    assert "collection 'notes' is declared twice, with user and then app scope" in caplog.text


@pytest.mark.parametrize("scope", ["user", "owner", "session"])
async def test_what_an_app_does_to_its_session_changes_nobodys_identity(
    run: Running, app: cpsl.App, scope: str
) -> None:
    notes = notes_of(app, scope)
    app.setting("s", scope="user")
    ids: dict[str, str] = {}

    async def mine(session: cpsl.Session) -> list[Any]:
        declared, by_name = notes, await session.collections.get("notes")
        rows = [row["n"] for kind in (declared, session.db.notes, by_name) for row in await kind.find()]
        return [*rows, await session.get("k", scope=scope), await app.settings.get("s")]

    async def write(session: cpsl.Session) -> None:
        ids[session.user.id] = session.id
        await notes.insert_one({"n": session.user.id})
        await session.set("k", session.user.id, scope=scope)
        await app.settings.set("s", session.user.id)

    async def impersonate(session: cpsl.Session) -> list[Any]:
        session.user.id, session.user.org_id, session.id = "ann", None, ids["ann"]
        first = await mine(session)
        session.user = cpsl.UserInfo("ann")
        return [first, await mine(session), await asyncio.create_task(mine(session))]

    await run(write, "ann")
    await run(write, "bob")
    bobs = ["bob"] * 5
    assert await run(mine, "bob") == bobs
    assert await run(impersonate, "bob") == [bobs] * 3
    assert await run(lambda s: (s.user.id, s.id), "bob") == ("bob", ids["bob"]), "a turn has a copy of its own"
    assert await run(mine, "bob") == bobs


async def test_what_a_data_handler_does_to_its_context_changes_nobodys_identity(app: cpsl.App) -> None:
    notes = notes_of(app, "user")

    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        await notes.insert_one({"n": message.text})

    @app.data("mine")
    async def mine(ctx: cpsl.RequestContext, session: cpsl.Session) -> list[Any]:
        found = [
            ctx.user.id,
            [row["n"] for row in await notes.find()],
            [row["n"] for row in await session.db.notes.find()],
        ]
        ctx.user.id = session.user.id = "ann"
        return found

    async with Simulator(app) as sim:
        for user in ("ann", "bob"):
            await sim.chat(user).send(f"of {user}")
        for _ in range(2):
            assert await sim.data("mine", "bob") == ["bob", ["of bob"], ["of bob"]]
        turn = await sim.chat("bob").send("more")
        assert turn.error is None
        assert await sim.data("mine", "bob") == ["bob", ["of bob", "more"], ["of bob", "more"]]


async def test_a_person_named_like_an_organisation_sees_nothing_of_it(run: Running, app: cpsl.App) -> None:
    notes = notes_of(app, "owner")
    app.setting("s", scope="owner")
    app.data("notes")(notes.count)

    async def write(session: cpsl.Session) -> Any:
        await session.set("k", 1, scope="owner")
        await app.settings.set("s", "set")
        return await notes.insert_one({"n": 1})

    async def seen(session: cpsl.Session) -> list[Any]:
        return [await notes.count(), await session.get("k", scope="owner"), await app.settings.get("s")]

    assert (await run(write, "ann", org="acme"))["_team_id"] == "org:acme"
    assert await run(seen, "org:acme") == [0, None, None]
    assert (await run(write, "org:acme"))["_team_id"] == "user:org:acme"
    assert await run(seen, "org:acme") == await run(seen, "bob", org="acme") == [1, 1, "set"]
    sim = await run.sim()
    assert await sim.data("notes", "org:acme") == 1
    assert await sim.data("notes", "org:else") == 0
