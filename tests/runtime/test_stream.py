"""Streamed replies (behaviour.md §8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cpsl
from cpsl.model.events import Reply
from cpsl.runtime.stream import Accumulator
from cpsl.testing import Simulator
from tests.runtime.conftest import Everything


async def items(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield value


def idle_session() -> cpsl.Session:
    return cpsl.Session("", cpsl.UserInfo("u"), cpsl.SessionChannel("chat"))


RULE: list[tuple[list[Any], str, list[str]]] = [
    (["a", "b"], "ab", ["a", "b"]),
    (["a", "ab", "abc"], "abc", ["a", "b", "c"]),
    (["ha", "ha"], "ha", ["ha"]),
    (["\n", "\n"], "\n", ["\n"]),
    (["ha", "ha", "ha"], "ha", ["ha"]),
    (["ha", "!", "ha"], "ha!ha", ["ha", "!", "ha"]),
    (["a", "b", "ab", "abc"], "abc", ["a", "b", "c"]),
    (["a", "", None, "b"], "ab", ["a", "b"]),
    (["abc", "ab"], "abcab", ["abc", "ab"]),
    ([""], "", []),
]


@pytest.mark.parametrize(("written", "text", "pieces"), RULE)
async def test_a_write_is_a_snapshot_if_it_begins_with_everything_so_far(
    app: cpsl.App, written: list[Any], text: str, pieces: list[str]
) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async with session.stream_reply() as stream:
            for item in written:
                stream.write(item)
            assert stream.text == text

    everything = Everything()
    async with Simulator(app, sinks=(everything,)) as sim:
        turn = await sim.chat().send("a")
    assert turn.replies == ([text] if text else [])
    assert [piece for _, piece in everything.chunks] == pieces


@given(st.text("ab\n", max_size=4), st.lists(st.text("ab\n", max_size=3), max_size=6))
def test_the_rule_holds_for_any_writes(first: str, rest: list[str]) -> None:
    accumulator, expected = Accumulator(), ""
    for text in (first, *rest):
        new = accumulator.feed(text)
        snapshot = bool(text) and text.startswith(expected)
        assert new == (text[len(expected) :] if snapshot else text)
        expected = text if snapshot else expected + text
        assert accumulator.text == expected


@pytest.mark.parametrize("piece", [5, b"bytes", ["text"]])
def test_writing_what_is_no_text_is_an_attribute_error(piece: object) -> None:
    with pytest.raises(AttributeError):
        Accumulator().feed(piece)  # type: ignore[arg-type]


async def test_each_write_is_delivered_at_once(app: cpsl.App) -> None:
    everything = Everything()
    seen: list[int] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async with session.stream_reply() as stream:
            seen.append(len(everything.chunks))
            for letter in "xyz":
                stream.write(letter)
                seen.append(len(everything.chunks))

    async with Simulator(app, sinks=(everything,)) as sim:
        await sim.chat().send("a")
    assert seen == [0, 1, 2, 3]


@pytest.mark.parametrize("method", ["stream", "stream_reply_from"])
async def test_an_iterable_is_streamed_by_the_same_rule(app: cpsl.App, method: str) -> None:
    results: list[Any] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        results.append(await getattr(session, method)(items("a", None, "ab", "", "c")))
        results.append([item.text for item in session.history])

    everything = Everything()
    async with Simulator(app, sinks=(everything,)) as sim:
        turn = await sim.chat().send("a")
    assert turn.replies == ["abc"]
    assert [piece for _, piece in everything.chunks] == ["a", "b", "c"]
    assert results == ["abc" if method == "stream_reply_from" else results[0], ["abc"]]


async def test_an_empty_iterable_says_nothing(app: cpsl.App) -> None:
    results: list[Any] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        results.append(await session.stream_reply_from(items()))
        await session.stream(items(None))

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
    assert (turn.replies, results) == ([], [""])


@pytest.mark.parametrize("method", ["stream", "stream_reply_from"])
async def test_a_synchronous_iterable_is_refused(app: cpsl.App, method: str) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await getattr(session, method)(["a"])

    async with Simulator(app) as sim:
        assert isinstance((await sim.chat().send("a")).error, TypeError)


async def test_an_exception_leaves_the_block_and_the_text_stays(app: cpsl.App) -> None:
    async def breaking() -> AsyncIterator[str]:
        yield "half"
        raise ValueError("broken")

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        with pytest.raises(ValueError, match="broken"):
            await session.stream_reply_from(breaking())
        with pytest.raises(ValueError, match="broken"):
            await session.stream(breaking())
        with pytest.raises(KeyError):
            async with session.stream_reply() as stream:
                stream.write("third")
                raise KeyError
        await session.reply("and on")

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
        assert (turn.status, turn.replies) == ("ok", ["half", "half", "third", "and on"])
        assert [item.text for item in sim.chat().history][1:] == turn.replies


async def test_streams_and_replies_may_follow_each_other(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply("one")
        async with session.stream_reply() as stream:
            stream.write("two")
        async with session.stream_reply() as stream:
            stream.write("three")
        await session.reply("four")

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
    replies = [event for event in turn.events if isinstance(event, Reply)]
    assert [(reply.text, reply.streamed) for reply in replies] == [
        ("one", False),
        ("two", True),
        ("three", True),
        ("four", False),
    ]


async def test_streams_at_the_same_time_keep_their_own_texts(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async def speak(letters: Iterable[str]) -> None:
            async with session.stream_reply() as stream:
                for letter in letters:
                    stream.write(letter)
                    await asyncio.sleep(0)

        await asyncio.gather(speak("abc"), speak("xyz"))

    everything = Everything()
    async with Simulator(app, sinks=(everything,)) as sim:
        turn = await sim.chat().send("a")
        assert sorted(item.text for item in sim.chat().history[1:]) == ["abc", "xyz"]
    assert sorted(turn.replies) == ["abc", "xyz"]
    assert everything.chunks == [(1, "a"), (2, "x"), (1, "b"), (2, "y"), (1, "c"), (2, "z")]


async def test_outside_a_turn_there_is_nowhere_to_stream_to() -> None:
    session = idle_session()
    with pytest.raises(RuntimeError, match="stream_reply"):
        session.stream_reply()
    with pytest.raises(RuntimeError, match="stream_reply_from"):
        await session.stream_reply_from(items("a"))
    await session.reply("only history")
    await session.notify("nothing")
    await session.show(cpsl.Block("card", {}))
    await session.set_title("nothing")
    await session.emit("nothing")
    await session.flush_data()
    assert await session.publish("k", (1,)) == (1,)
    assert [item.text for item in session.history] == ["only history"]


async def test_a_stream_that_nobody_can_end_any_more_ends_with_its_turn(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        session.stream_reply().write("left open")

    everything = Everything()
    async with Simulator(app, sinks=(everything,)) as sim:
        await sim.chat().send("a")
        assert [item.text for item in sim.chat().history] == ["a", "left open"]
    assert everything.types == ["user", "chunk", "reply", "end"]


async def test_a_stream_that_a_coroutine_still_writes_outlives_its_turn(app: cpsl.App) -> None:
    first, go = asyncio.Event(), asyncio.Event()
    writing: list[asyncio.Task[None]] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async def write() -> None:
            async with session.stream_reply() as stream:
                stream.write("a")
                first.set()
                await go.wait()
                stream.write("b")

        writing.append(asyncio.create_task(write()))
        await first.wait()

    everything = Everything()
    async with Simulator(app, sinks=(everything,)) as sim:
        await sim.chat().send("hi")
        assert everything.types == ["user", "chunk", "end"]
        go.set()
        await writing[0]
        assert [item.text for item in sim.chat().history] == ["hi", "ab"]
    assert everything.types == ["user", "chunk", "end", "chunk", "reply"]
