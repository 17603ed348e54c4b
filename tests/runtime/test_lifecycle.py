"""behaviour.md §2: which hook runs when."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl.errors import BootError, ShutdownError
from cpsl.model.events import DataChanged, Reply
from cpsl.runtime import runtime as runtime_module
from cpsl.testing import Simulator


def logged(app: cpsl.App, *, asynchronous: bool) -> list[str]:
    """Declare every hook; each notes that it ran."""
    log: list[str] = []

    def note(word: str) -> Any:
        async def later(*args: Any) -> None:
            await asyncio.sleep(0)
            log.append(word)

        def at_once(*args: Any) -> None:
            log.append(word)

        return later if asynchronous else at_once

    for hook in ("boot", "enter", "message", "exit", "shutdown"):
        getattr(app, hook)()(note(hook))
    return log


@pytest.mark.parametrize("asynchronous", [True, False], ids=["async", "sync"])
async def test_hooks_run_in_their_order(app: cpsl.App, asynchronous: bool) -> None:
    log = logged(app, asynchronous=asynchronous)
    async with Simulator(app) as sim:
        assert log == ["boot"]
        await sim.chat().send("a")
        assert log == ["boot", "enter", "message"]
        await sim.chat().send("b")
        assert log == ["boot", "enter", "message", "message"]
    assert log == ["boot", "enter", "message", "message", "exit", "shutdown"]


async def test_a_return_value_means_nothing(app: cpsl.App) -> None:
    app.message()(lambda session, message: "ignored")
    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
    assert (turn.replies, turn.status, turn.error) == ([], "ok", None)


async def test_an_app_without_a_handler_says_nothing(app: cpsl.App) -> None:
    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
        assert (turn.replies, turn.status) == ([], "ok")
        assert [message.text for message in sim.chat().history] == ["a"]


async def test_enter_runs_once_ever_for_a_session(app: cpsl.App, tmp_path: Path) -> None:
    log = logged(app, asynchronous=True)
    for _ in range(2):
        async with Simulator(app, store=tmp_path / "x.db") as sim:
            await sim.chat().send("a")
            await sim.chat(session="other").send("a")
    assert log.count("enter") == 2
    assert log.count("boot") == 2


async def test_what_enter_says_is_delivered_before_the_handler_speaks(app: cpsl.App) -> None:
    @app.enter()
    async def enter(session: cpsl.Session) -> None:
        assert cpsl.current_session() is session
        session.data["visits"] = 1
        await session.notify("preparing")
        await session.reply("welcome")
        async with session.stream_reply() as stream:
            stream.write("streamed")

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply(f"{[m.text for m in session.history]} {session.data['visits']}")

    async with Simulator(app) as sim:
        turn = await sim.chat().send("hi")
    assert turn.replies == ["welcome", "streamed", "['welcome', 'streamed'] 1"]
    assert turn.notices == ["preparing"]


async def test_an_enter_that_raises_ends_the_turn(app: cpsl.App) -> None:
    handled: list[str] = []
    app.message()(lambda session, message: handled.append(message.text))

    @app.enter()
    def enter(session: cpsl.Session) -> None:
        raise ValueError("no entry")

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
        assert (turn.status, str(turn.error)) == ("error", "no entry")
        assert (await sim.chat().send("b")).status == "ok"
    assert handled == ["b"]


async def test_exit_sees_the_whole_conversation_and_can_still_speak_and_remember(app: cpsl.App) -> None:
    seen: list[str] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        session.data["n"] = 1
        await session.reply("r:" + message.text)

    @app.exit()
    async def leave(session: cpsl.Session) -> None:
        assert cpsl.current_session() is session
        seen.extend(message.text for message in session.history)
        session.data["n"] += 1
        await session.reply("bye")
        seen.append(session.history[-1].text)

    async with Simulator(app) as sim:
        chat = sim.chat()
        await chat.send("a")
        await chat.send("b")
        said = await chat.leave()
        assert [event.text for event in said if isinstance(event, Reply)] == ["bye"]
        assert [event.set for event in said if isinstance(event, DataChanged)] == [{"n": 2}]
        assert chat.data == {"n": 2}
        assert [message.text for message in chat.history] == ["a", "r:a", "b", "r:b", "bye"]
    assert seen == ["a", "r:a", "b", "r:b", "bye"]


async def test_a_history_first_looked_at_after_the_farewell_holds_it_once(app: cpsl.App) -> None:
    seen: list[str] = []

    @app.exit()
    async def leave(session: cpsl.Session) -> None:
        await session.reply("bye")
        seen.extend(message.text for message in session.history)

    async with Simulator(app) as sim:
        await sim.chat().send("a")
    assert seen == ["a", "bye"]


async def test_exit_runs_once_for_each_conversation_that_was_held(app: cpsl.App) -> None:
    left: list[str] = []
    app.exit()(lambda session: left.append(session.user.id))
    async with Simulator(app) as sim:
        chat = sim.chat("ann")
        await chat.send("a")
        await chat.leave()
        assert left == ["ann"]
        await sim.chat("bob").send("a")
        sim.chat("cid")
    assert left == ["ann", "bob"]


async def test_an_exit_that_raises_is_told_and_the_rest_is_closed_all_the_same(app: cpsl.App) -> None:
    left: list[str] = []

    @app.exit()
    def leave(session: cpsl.Session) -> None:
        left.append(session.user.id)
        raise ValueError("no way out")

    app.shutdown()(lambda: left.append("shutdown"))
    with pytest.raises(ShutdownError, match="exit raised ValueError: no way out") as caught:
        async with Simulator(app) as sim:
            await sim.chat("ann").send("a")
            await sim.chat("bob").send("a")
    assert isinstance(caught.value.__cause__, ValueError)
    assert left == ["ann", "bob", "shutdown"]


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
async def test_a_boot_that_raises_stops_the_start(app: cpsl.App, error: type[BaseException]) -> None:
    @app.boot()
    async def boot() -> None:
        raise error("broken")

    with pytest.raises(BootError, match=f"boot raised {error.__name__}: broken") as caught:
        await Simulator(app).__aenter__()
    assert type(caught.value.__cause__) is error


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
async def test_a_shutdown_that_raises_is_told(app: cpsl.App, error: type[BaseException]) -> None:
    @app.shutdown()
    async def shutdown() -> None:
        raise error("broken")

    with pytest.raises(ShutdownError, match=f"shutdown raised {error.__name__}: broken"):
        async with Simulator(app):
            pass


async def test_a_shutdown_that_takes_too_long_is_stopped(
    app: cpsl.App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runtime_module, "LEAVE_SECONDS", 0.01)
    stopped: list[str] = []

    @app.shutdown()
    async def shutdown() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            stopped.append("yes")

    async with Simulator(app):
        pass
    assert stopped == ["yes"]
    assert "shutdown took longer" in caplog.text


async def test_an_exit_that_another_chat_keeps_from_running_says_which(
    app: cpsl.App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runtime_module, "LEAVE_SECONDS", 0.01)
    left: list[str] = []

    @app.exit()
    async def leave(session: cpsl.Session) -> None:
        left.append(session.id)

    async with Simulator(app) as sim:
        chat = sim.chat()
        await chat.send("a")
        locks = sim.stored.locks
        assert locks.take(chat.session_id)
        connection = sim.stored.database.connection
        connection.execute("UPDATE _capsule_turns SET status = 'running', process = 4711")
    assert left == []
    sentence = (
        "exit was not run: another chat (process 4711) has a turn in session main, which did not end within 0.01 "
    )
    assert sentence in caplog.text


async def test_nobody_is_there_in_boot_and_shutdown(app: cpsl.App) -> None:
    present: list[Any] = []
    app.boot()(lambda: present.append(cpsl.current_session()))
    app.shutdown()(lambda: present.append(cpsl.current_session()))
    async with Simulator(app) as sim:
        await sim.chat().send("a")
    assert present == [None, None]
