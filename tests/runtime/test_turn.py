"""behaviour.md §3: one turn after the other, and every way one can end."""

from __future__ import annotations

import asyncio
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl.model.events import Reply, TurnFailed
from cpsl.runtime.attachments import attach, wire_record
from cpsl.testing import Simulator
from tests.runtime.conftest import Everything


async def test_a_message_reaches_the_handler_as_it_was_sent(app: cpsl.App) -> None:
    got: list[tuple[cpsl.Session, cpsl.Message]] = []
    app.message()(lambda session, message: got.append((session, message)))
    async with Simulator(app, clock="2026-01-31T09:05:00.250Z") as sim:
        chat = sim.chat("ann", email="ann@x.test", org="acme")
        await chat.send(" hi \n")
        session, message = got[0]
        assert message == cpsl.Message(" hi \n", "user", "chat", 1769850300.25, None)
        assert session.id == chat.session_id
        assert session.user == cpsl.UserInfo("ann", "ann@x.test", "acme")
        assert session.channel == cpsl.SessionChannel("chat")
        assert session.integrations == {}


async def test_the_channel_of_a_conversation_is_told(app: cpsl.App) -> None:
    got: list[str] = []
    app.message()(lambda session, message: got.extend([session.channel.type, message.channel_type]))
    async with Simulator(app) as sim:
        await sim.chat(channel="slack").send("hi")
    assert got == ["slack", "slack"]


async def test_attachments_come_with_the_message(app: cpsl.App, tmp_path: Path) -> None:
    got: list[Any] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        file = (message.attachments or [])[0]
        await file.download(str(tmp_path / "copy"))
        got.append((file.name, file.content_type, file.size, (tmp_path / "copy").read_bytes()))

    source = tmp_path / "a b.csv"
    source.write_bytes(b"1,2")
    async with Simulator(app) as sim:
        turn = await sim.chat().send("see", attachments=[source])
        assert sim.chat().history[0].attachments
        with pytest.raises(OSError, match="does not exist"):
            await sim.chat().send("see", attachments=[tmp_path / "missing"])
        with pytest.raises(OSError, match="is a folder"):
            await sim.chat().send("see", attachments=[tmp_path])
        assert len(sim.chat().history) == 1
    assert got == [("a b.csv", "text/csv", 3, b"1,2")]
    assert turn.events[0].attachments[0]["sha256"].startswith("17f8af")  # type: ignore[union-attr]


async def test_no_turn_begins_with_a_file_that_cannot_be_read(
    app: cpsl.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(attachment: cpsl.Attachment) -> None:
        raise PermissionError("not yours")

    (tmp_path / "a.csv").write_bytes(b"1,2")
    monkeypatch.setattr("cpsl.runtime.conversation.wire_record", refuse)
    async with Simulator(app) as sim:
        with pytest.raises(PermissionError):
            await sim.chat().send("see", attachments=[tmp_path / "a.csv"])
        assert sim.chat().history == []


def test_a_large_file_is_not_read_into_memory(tmp_path: Path) -> None:
    with (tmp_path / "film").open("wb") as film:
        film.truncate(32 << 20)
    tracemalloc.start()
    try:
        wire_record(attach(tmp_path / "film"))
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


async def test_messages_of_one_session_queue_in_their_order(app: cpsl.App) -> None:
    log: list[str] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        log.append("+" + message.text)
        for _ in range(5):
            await asyncio.sleep(0)
        session.data["order"] = [*session.data.get("order", []), message.text]
        log.append("-" + message.text)

    async with Simulator(app) as sim:
        await asyncio.gather(*(sim.chat().send(str(number)) for number in range(5)))
        assert sim.chat().data == {"order": ["0", "1", "2", "3", "4"]}
    assert log == [sign + str(number) for number in range(5) for sign in "+-"]


async def test_sessions_run_at_the_same_time(app: cpsl.App) -> None:
    arrived = {"ann": asyncio.Event(), "bob": asyncio.Event()}

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        arrived[session.user.id].set()
        await arrived[message.text].wait()
        await session.reply("met " + message.text)

    async with Simulator(app) as sim:
        ann, bob = await asyncio.gather(sim.chat("ann").send("bob"), sim.chat("bob").send("ann"))
    assert (ann.text, bob.text) == ("met bob", "met ann")


async def test_a_sync_handler_runs_on_the_loop(app: cpsl.App) -> None:
    got: list[bool] = []

    @app.message()
    def message(session: cpsl.Session, message: cpsl.Message) -> Any:
        got.append(asyncio.get_running_loop().is_running())
        session.data["n"] = 1
        return session.reply("awaited for you")

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
        assert sim.chat().data == {"n": 1}
    assert (got, turn.replies) == ([True], ["awaited for you"])


async def test_a_turn_is_told_in_order(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.notify("working")
        await session.reply("one")
        await session.show(cpsl.Block("card", {}))
        async with session.stream_reply() as stream:
            stream.write("t")
            stream.write("two")
        session.data["n"] = 1

    everything = Everything()
    async with Simulator(app, sinks=(everything,)) as sim:
        turn = await sim.chat().send("a")
    assert everything.types == ["user", "notify", "reply", "block", "chunk", "chunk", "reply", "data", "end"]
    assert [event.type for event in turn.events] == [t for t in everything.types if t != "chunk"]
    assert {event.turn for event, _ in everything.events} == {1}


async def test_turns_are_numbered_through_the_run(app: cpsl.App) -> None:
    everything = Everything()
    async with Simulator(app, sinks=(everything,)) as sim:
        await sim.chat("ann").send("a")
        await sim.chat("bob").send("b")
    assert [(event.turn, key.user.id) for event, key in everything.events if event.type == "user"] == [
        (1, "ann"),
        (2, "bob"),
    ]


# Errors


@pytest.mark.parametrize(
    "error", [ValueError, SystemExit, KeyboardInterrupt, asyncio.CancelledError, GeneratorExit, StopAsyncIteration]
)
async def test_whatever_a_handler_raises_is_an_error_of_its_turn(app: cpsl.App, error: type[BaseException]) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "boom":
            session.data["dirty"] = True
            raise error("bad")
        await session.reply("still here")

    async with Simulator(app) as sim:
        chat = sim.chat()
        turn = await chat.send("boom")
        assert (turn.status, type(turn.error), turn.replies) == ("error", error, [])
        assert [event.type for event in turn.events] == ["user", "data", "error", "end"]
        failed = turn.events[2]
        assert isinstance(failed, TurnFailed)
        assert (failed.error, failed.message) == (error.__name__, "bad")
        assert chat.data == {"dirty": True}
        assert chat.history[-1].text == "Runner error: bad"
        assert (await chat.send("next")).text == "still here"


async def test_a_sync_handler_that_raises_is_an_error_of_its_turn(app: cpsl.App) -> None:
    @app.message()
    def message(session: cpsl.Session, message: cpsl.Message) -> None:
        raise SystemExit(3)

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
    assert (turn.status, type(turn.error)) == ("error", SystemExit)


async def test_after_streaming_an_error_stays_out_of_the_history(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async with session.stream_reply() as stream:
            stream.write("half ")
            stream.write("a thought")
            raise ValueError("bad")

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
        assert (turn.status, turn.replies) == ("error", ["half a thought"])
        assert [message.text for message in sim.chat().history] == ["a", "half a thought"]


async def test_a_reply_before_an_error_is_kept(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply("first")
        raise ValueError("bad")

    async with Simulator(app) as sim:
        await sim.chat().send("a")
        assert [message.text for message in sim.chat().history] == ["a", "first", "Runner error: bad"]


async def test_an_exception_without_a_readable_text_is_told(app: cpsl.App) -> None:
    class SpeechlessError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        raise SpeechlessError

    async with Simulator(app) as sim:
        await sim.chat().send("a")
        assert sim.chat().history[-1].text == "Runner error: <SpeechlessError without a readable message>"


async def test_an_exception_with_text_that_no_file_can_hold_is_told(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        session.data["x"] = "\ud800"
        await session.reply("\udc00")
        raise ValueError("\ud800")

    async with Simulator(app) as sim:
        turn = await sim.chat().send("\udfff")
        assert turn.status == "error"
        assert turn.replies == ["\udc00"]
        assert sim.chat().data == {"x": "\ud800"}


# Stopping


def waiting(app: cpsl.App, cleanup: str = "") -> asyncio.Event:
    """A handler that streams, then waits for ever; the event is set once it waits."""
    waits = asyncio.Event()

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "next":
            await session.reply(str([item.text for item in session.history]))
            return
        async with session.stream_reply() as stream:
            stream.write("so far")
            try:
                waits.set()
                await asyncio.get_running_loop().create_future()
            finally:
                session.data["cleaned"] = True
                if cleanup:
                    await session.notify(cleanup)

    return waits


async def test_a_stopped_handler_cleans_up_and_what_it_said_is_kept_and_marked(app: cpsl.App) -> None:
    waits = waiting(app, "tidying")
    async with Simulator(app) as sim:
        chat = sim.chat()
        sending = asyncio.ensure_future(chat.send("hang"))
        await waits.wait()
        chat.stop()
        turn = await sending
        assert (turn.status, turn.error, turn.replies, turn.notices) == ("interrupted", None, ["so far"], ["tidying"])
        assert chat.data == {"cleaned": True}
        assert [message.text for message in chat.history] == ["hang", "so far [interrupted]"]
        assert (await chat.send("next")).text == "['hang', 'so far [interrupted]']"


async def test_stopping_leaves_the_queue_as_it_is(app: cpsl.App) -> None:
    waits = waiting(app)
    async with Simulator(app) as sim:
        chat = sim.chat()
        sending = [asyncio.ensure_future(chat.send(text)) for text in ("hang", "next")]
        await waits.wait()
        chat.stop()
        first, second = await asyncio.gather(*sending)
    assert (first.status, second.status) == ("interrupted", "ok")


async def test_a_turn_stopped_before_its_first_step_never_runs(app: cpsl.App) -> None:
    handled: list[str] = []
    app.message()(lambda session, message: handled.append(message.text))
    async with Simulator(app) as sim:
        chat = sim.chat()
        work = chat.conversation.send("a")
        assert work.send(None)
        chat.stop()
        with pytest.raises(StopIteration) as ended:
            while True:
                await asyncio.sleep(0)
                work.send(None)
        assert (ended.value.value.status, handled) == ("interrupted", [])
        assert (await chat.send("b")).status == "ok"


async def test_stopping_when_nothing_runs_does_nothing(app: cpsl.App) -> None:
    async with Simulator(app) as sim:
        chat = sim.chat()
        chat.stop()
        assert (await chat.send("a")).status == "ok"
        chat.stop()


async def test_a_handler_that_answers_a_stop_with_words_is_heard(app: cpsl.App) -> None:
    waits = asyncio.Event()

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        try:
            waits.set()
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            await session.reply("stopped")

    async with Simulator(app) as sim:
        sending = asyncio.ensure_future(sim.chat().send("a"))
        await waits.wait()
        sim.chat().stop()
        turn = await sending
        assert (turn.status, turn.replies) == ("interrupted", ["stopped"])
        assert sim.chat().history[-1].text == "stopped"


async def test_an_error_while_cleaning_up_is_told(app: cpsl.App) -> None:
    waits = asyncio.Event()

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        try:
            waits.set()
            await asyncio.get_running_loop().create_future()
        finally:
            raise ValueError("worse")

    async with Simulator(app) as sim:
        sending = asyncio.ensure_future(sim.chat().send("a"))
        await waits.wait()
        sim.chat().stop()
        turn = await sending
    assert (turn.status, str(turn.error)) == ("error", "worse")


async def test_an_abandoned_handler_says_and_changes_nothing_more(app: cpsl.App) -> None:
    waits, goes_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text != "hang":
            await session.reply("fine")
            return
        session.data["before"] = 1
        waits.set()
        while not goes_on.is_set():
            with suppress(asyncio.CancelledError):
                await goes_on.wait()
        session.data["after"] = 1
        await session.reply("too late")
        await session.notify("too late")
        await session.flush_data()
        async with session.stream_reply() as stream:
            stream.write("too late")
        ended.set()

    everything = Everything()
    async with Simulator(app, sinks=(everything,)) as sim:
        chat = sim.chat()
        sending = asyncio.ensure_future(chat.send("hang"))
        await waits.wait()
        chat.stop()
        await asyncio.sleep(0)
        chat.conversation.abandon()
        turn = await sending
        assert (turn.status, turn.replies) == ("interrupted", [])
        goes_on.set()
        await ended.wait()
        assert (await chat.send("next")).text == "fine"
        assert chat.data == {"before": 1}
        assert [message.text for message in chat.history] == ["hang", "next", "fine"]
    assert "notify" not in everything.types


async def test_what_an_abandoned_handler_was_streaming_is_kept_and_marked(app: cpsl.App) -> None:
    waits, ended = asyncio.Event(), asyncio.Event()

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async with session.stream_reply() as stream:
            stream.write("so ")
            stream.write("far")
            waits.set()
            with suppress(asyncio.CancelledError):
                await asyncio.get_running_loop().create_future()
            await asyncio.sleep(0)
            stream.write(" and no further")
        ended.set()

    async with Simulator(app) as sim:
        chat = sim.chat()
        sending = asyncio.ensure_future(chat.send("a"))
        await waits.wait()
        chat.stop()
        chat.conversation.abandon()
        turn = await sending
        await ended.wait()
        assert (turn.status, turn.replies) == ("interrupted", ["so far"])
        assert [message.text for message in chat.history] == ["a", "so far [interrupted]"]


async def test_a_cancelled_send_stops_its_turn(app: cpsl.App) -> None:
    waits = waiting(app)
    async with Simulator(app) as sim:
        sending = asyncio.ensure_future(sim.chat().send("hang"))
        await waits.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert (await sim.chat().send("next")).status == "ok"


# Code that outlives its turn


async def test_what_is_said_after_the_end_is_delivered_and_history(app: cpsl.App) -> None:
    goes_on = asyncio.Event()
    running: list[asyncio.Task[None]] = []

    async def later(session: cpsl.Session) -> None:
        await goes_on.wait()
        await session.reply("late")
        async with session.stream_reply() as stream:
            stream.write("later")

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "go":
            running.append(asyncio.create_task(later(session)))

    everything = Everything()
    async with Simulator(app, sinks=(everything,)) as sim:
        await sim.chat().send("go")
        goes_on.set()
        await running[0]
        await sim.chat().send("next")
        assert [message.text for message in sim.chat().history] == ["go", "late", "later", "next"]
    said = [(event.turn, event.text) for event, _ in everything.events if isinstance(event, Reply)]
    assert said == [(1, "late"), (1, "later")]


# Named chats


async def test_a_named_chat_sticks_to_its_session(app: cpsl.App) -> None:
    @app.message()
    async def default(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "switch":
            session.data["__chat_name__"] = "sales"
        await session.reply("default")

    @app.message("sales", label="Sales")
    async def sales(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply("sales")

    async with Simulator(app) as sim:
        texts = [(await sim.chat().send(text)).text for text in ("a", "switch", "b")]
        assert sim.chat().data == {"__chat_name__": "sales"}
    assert texts == ["default", "default", "sales"]


async def test_an_unknown_chat_name_is_an_error_that_lists_the_known_ones(app: cpsl.App) -> None:
    app.message("sales")(lambda session, message: None)
    app.message("help")(lambda session, message: None)

    @app.message()
    def default(session: cpsl.Session, message: cpsl.Message) -> None:
        session.data["__chat_name__"] = "nobody"

    async with Simulator(app) as sim:
        await sim.chat().send("a")
        turn = await sim.chat().send("b")
    assert isinstance(turn.error, RuntimeError)
    assert "help, sales" in str(turn.error)
