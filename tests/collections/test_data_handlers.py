"""behaviour.md §18: data handlers and what is handed to them."""

from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.runtime.data_handlers import DataFailure
from cpsl.testing import Simulator
from tests.collections.conftest import Running
from tests.collections.handlers import HANDLERS


def test_the_function_stays_callable(app: cpsl.App) -> None:
    @app.data("double")
    def double(n: str) -> int:
        return int(n) * 2

    assert double("4") == 8


def test_an_unknown_access_is_refused(app: cpsl.App) -> None:
    with pytest.raises(ValueError, match="access is public or authenticated, not 'private'"):
        app.data("x", access="private")


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_both_kinds_of_functions_answer(app: cpsl.App, asynchronous: bool) -> None:
    async def later() -> dict[str, int]:
        return {"n": 1}

    app.data("n")(later if asynchronous else lambda: {"n": 1})
    async with Simulator(app) as sim:
        assert await sim.data("n") == {"n": 1}


async def test_parameters_are_texts_and_defaults_keep_their_type(app: cpsl.App) -> None:
    @app.data("echo")
    def echo(name: int, limit: int = 10, *, deep: bool = False, **rest: Any) -> list[Any]:
        return [name, limit, deep, rest]

    async with Simulator(app) as sim:
        assert await sim.data("echo", name="5") == ["5", 10, False, {}]
        assert await sim.data("echo", name="5", limit="3", deep="1", x="y") == ["5", "3", "1", {"x": "y"}]
        assert await sim.data("echo", name="5", version_id="v", session_id="s") == ["5", 10, False, {}]


async def test_unknown_and_missing_parameters_are_type_errors(app: cpsl.App) -> None:
    app.data("one")(lambda name: name)
    async with Simulator(app) as sim:
        with pytest.raises(TypeError, match="other"):
            await sim.data("one", name="a", other="b")
        with pytest.raises(TypeError, match="name"):
            await sim.data("one")


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.__name__)
async def test_context_and_session_are_handed_in_by_name_or_annotation(app: cpsl.App, handler: Any) -> None:
    app.data("who")(handler)
    async with Simulator(app) as sim:
        assert await sim.data("who", user="ann") == "ann"


async def test_a_session_parameter_of_another_name_fails_as_on_the_platform(app: cpsl.App) -> None:
    def handler(talk: cpsl.Session) -> str:
        return talk.id

    app.data("who")(handler)
    async with Simulator(app) as sim:
        with pytest.raises(TypeError, match="session"):
            await sim.data("who")


async def test_the_context_tells_who_asks(app: cpsl.App) -> None:
    @app.data("who")
    def who(ctx: cpsl.RequestContext) -> list[Any]:
        return [ctx.user.id, ctx.user.email, ctx.user.owner_id, ctx.authenticated, ctx.integrations, ctx.request]

    async with Simulator(app) as sim:
        asked = await sim.data("who", user="ann", email="ann@x.test", org="acme")
        assert asked == ["ann", "ann@x.test", "org:acme", True, {}, None]
        assert (await sim.data("who", user="ann", guest=True))[3] is False


async def test_the_session_is_the_persons_latest(app: cpsl.App) -> None:
    @app.data("seen")
    def seen(session: cpsl.Session) -> list[Any]:
        return [session.id, dict(session.data), [message.text for message in session.history]]

    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        session.data["n"] = message.text
        await session.reply("ok")

    async with Simulator(app) as sim:
        chat = sim.chat("ann", session="second")
        await chat.send("1")
        assert await sim.data("seen", user="ann") == [chat.session_id, {"n": "1"}, ["1", "ok"]]


async def test_without_a_session_parameter_there_is_no_current_session(app: cpsl.App) -> None:
    app.data("without")(lambda: cpsl.current_session() is None)
    app.data("with")(lambda session: cpsl.current_session() is session)
    async with Simulator(app) as sim:
        assert await sim.data("without") is True
        assert await sim.data("with") is True


async def test_asking_neither_makes_a_session_nor_changes_one(app: cpsl.App) -> None:
    leads = app.collection("leads", columns=["n"], scope="owner")
    app.data("count")(leads.count)
    app.data("id")(lambda session: session.id)

    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        await leads.insert_one({"n": 1})
        await session.reply(session.user.owner_id)

    async with Simulator(app) as sim:
        assert await sim.data("count", user="ann") == 0
        assert sim._store.conversations.all() == []
        chat = sim.chat("ann", org="acme")
        assert await sim.data("id", user="ann") == chat.session_id, "opened, not yet stored"
        assert await sim.data("count", user="ann") == 0
        assert (await chat.send("hi")).text == "org:acme"
        assert await sim.data("count", user="ann", org="acme") == 1
        assert await sim.data("count", user="ann") == 0
        assert (await chat.send("hi")).text == "org:acme"


async def test_the_identity_of_a_request_reaches_every_scope(run: Running, app: cpsl.App) -> None:
    refs = {scope: app.collection(scope, columns=["n"], scope=scope) for scope in ("user", "owner", "session")}

    async def write(session: cpsl.Session) -> None:
        for ref in refs.values():
            await ref.insert_one({"n": 1})

    async def counts() -> dict[str, int]:
        return {scope: await ref.count() for scope, ref in refs.items()}

    app.data("counts")(counts)
    await run(write, "ann", org="acme")
    sim = await run.sim()
    assert await sim.data("counts", user="ann", org="acme") == {"user": 1, "owner": 1, "session": 1}
    assert await sim.data("counts", user="bob", org="acme") == {"user": 0, "owner": 1, "session": 0}


async def test_a_guest_is_refused_where_sign_in_is_needed(app: cpsl.App) -> None:
    app.data("open")(lambda: 1)
    app.data("closed", access="authenticated")(lambda: 2)
    async with Simulator(app) as sim:
        assert await sim.data("open", guest=True) == 1
        assert await sim.data("closed") == 2
        with pytest.raises(DataFailure, match="authentication_required") as caught:
            await sim.data("closed", guest=True)
    assert (caught.value.status, caught.value.body) == (401, {"error": "authentication_required"})


async def test_what_a_handler_raises_comes_through(app: cpsl.App) -> None:
    @app.data("broken")
    def broken() -> None:
        raise LookupError("no such lead")

    app.data("unjson")(lambda: {1, 2})
    async with Simulator(app) as sim:
        with pytest.raises(LookupError, match="no such lead"):
            await sim.data("broken")
        with pytest.raises(TypeError, match="set is not JSON serializable"):
            await sim.data("unjson")
        with pytest.raises(LookupError, match="there is no data handler 'x'; the app declares: broken, unjson"):
            await sim.data("x")


async def test_a_home_context_reaches_app_and_collections(app: cpsl.App) -> None:
    app.collection("board", columns=["n"])

    @app.data("board")
    async def board(ctx: cpsl.HomeContext) -> list[Any]:
        await ctx.db.board.insert_one({"n": 1})
        return [await ctx.db.board.count(), ctx.app is app]

    async with Simulator(app) as sim:
        assert await sim.data("board") == [1, True]


async def test_two_apps_have_handlers_of_their_own(app: cpsl.App) -> None:
    other = cpsl.App("other", image=cpsl.Image())
    app.data("n")(lambda: 1)
    other.data("n")(lambda: 2)
    async with Simulator(app) as one, Simulator(other) as two:
        assert (await one.data("n"), await two.data("n")) == (1, 2)
