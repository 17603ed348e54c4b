"""What ``session.history`` and ``chat_messages`` hold (behaviour.md §7)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl.testing import Simulator


def session_of(*said: tuple[str, str]) -> cpsl.Session:
    history = [cpsl.Message(text, sender, "chat", 1.0) for sender, text in said]  # type: ignore[arg-type]
    return cpsl.Session("s", cpsl.UserInfo("u"), cpsl.SessionChannel("chat"), history)


def recording(app: cpsl.App) -> list[list[tuple[str, str]]]:
    """A handler that answers twice and notes the history it saw, before and after."""
    seen: list[list[tuple[str, str]]] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        seen.append([(item.sender, item.text) for item in session.history])
        await session.reply("1" + message.text)
        await session.reply("2" + message.text)

    return seen


async def test_the_history_holds_earlier_messages_only_and_each_by_itself(app: cpsl.App) -> None:
    seen = recording(app)
    async with Simulator(app) as sim:
        for text in "ab":
            await sim.chat().send(text)
    assert seen == [[], [("user", "a"), ("app", "1a"), ("app", "2a")]]


async def test_messages_without_an_answer_stay_apart(app: cpsl.App) -> None:
    seen: list[list[str]] = []
    app.message()(lambda session, message: seen.append([item.text for item in session.history]))
    async with Simulator(app) as sim:
        for text in "abc":
            await sim.chat().send(text)
    assert seen == [[], ["a"], ["a", "b"]]


async def test_the_same_text_sent_twice_is_in_the_history_once_too_few_never(app: cpsl.App) -> None:
    seen: list[list[str]] = []
    app.message()(lambda session, message: seen.append([item.text for item in session.history]))
    async with Simulator(app) as sim:
        for _ in range(3):
            await sim.chat().send("hi")
    assert seen == [[], ["hi"], ["hi", "hi"]]


async def test_at_most_the_last_fifty_entries_are_there(app: cpsl.App) -> None:
    seen = recording(app)
    async with Simulator(app) as sim:
        for number in range(20):
            await sim.chat().send(str(number))
        assert len(sim.chat().history) == 50
    assert [len(history) for history in seen][-4:] == [48, 50, 50, 50]
    assert seen[-1][-1] == ("app", "218")


async def test_what_this_turn_says_is_appended_at_once(app: cpsl.App) -> None:
    seen: list[list[str]] = []

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        async def chunks() -> Any:
            yield "c"

        if message.text == "look first":
            assert session.history == []
        await session.reply("a")
        async with session.stream_reply() as stream:
            stream.write("b")
        await session.stream(chunks())
        await session.stream_reply_from(chunks())
        await session.notify("not history")
        await session.show(cpsl.Block("card", {}))
        seen.append([item.text for item in session.history])

    async with Simulator(app) as sim:
        await sim.chat("ann").send("look first")
        await sim.chat("bob").send("look last")
        assert [item.text for item in sim.chat("ann").history][1:] == seen[0]
    assert seen == [["a", "b", "c", "c"]] * 2


async def test_entries_keep_their_original_times_and_channel(app: cpsl.App, tmp_path: Path) -> None:
    recording(app)
    seen: list[tuple[float, str]] = []
    async with Simulator(app, store=tmp_path / "x.db", clock="2026-01-01T00:00:00Z") as sim:
        await sim.chat().send("a")

    @app.message()
    def message(session: cpsl.Session, message: cpsl.Message) -> None:
        seen.extend((item.timestamp, item.channel_type) for item in session.history)

    async with Simulator(app, store=tmp_path / "x.db", clock="2026-01-02T00:00:00Z") as sim:
        await sim.chat().send("b")
    assert seen == [(1767225600.0, "chat")] * 3


async def test_changing_the_list_changes_nothing_that_is_stored(app: cpsl.App) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        session.history.clear()
        session.history = []
        await session.reply("r")
        assert [item.text for item in session.history] == ["r"]

    async with Simulator(app) as sim:
        await sim.chat().send("a")
        turn = await sim.chat().send("b")
        assert turn.status == "ok"
        assert [item.text for item in sim.chat().history] == ["a", "r", "b", "r"]


@pytest.mark.parametrize("text", [None, 5, ["a"]])
async def test_a_reply_is_always_text(app: cpsl.App, text: Any) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply(text)

    async with Simulator(app) as sim:
        turn = await sim.chat().send("a")
    assert turn.replies == ["" if text is None else str(text)]


D = cpsl.Message("d", "user", "chat", 1.0)
CONVERSATIONS: list[tuple[list[tuple[str, str]], list[tuple[str, str]]]] = [
    ([], [("user", "d")]),
    ([("user", "a"), ("app", "b")], [("user", "a"), ("assistant", "b"), ("user", "d")]),
    (
        [("user", "a"), ("user", "b"), ("app", "c"), ("app", "d")],
        [("user", "ab"), ("assistant", "cd"), ("user", "d")],
    ),
    ([("user", "c")], [("user", "cd")]),
    ([("app", "c")], [("assistant", "c"), ("user", "d")]),
    ([("system", "n"), ("block", "m")], [("assistant", "nm"), ("user", "d")]),
]


@pytest.mark.parametrize(("said", "messages"), CONVERSATIONS)
def test_chat_messages_joins_neighbours_of_one_role(
    said: list[tuple[str, str]], messages: list[tuple[str, str]]
) -> None:
    session = session_of(*said)
    result = session.chat_messages(D)
    assert [list(item) for item in result] == [["role", "content"]] * len(messages)
    assert [(item["role"], item["content"]) for item in result] == messages
    assert [(item.sender, item.text) for item in session.history] == said


def test_chat_messages_can_make_objects_of_a_class() -> None:
    @dataclass
    class Item:
        role: str
        content: str

    assert session_of(("app", "a")).chat_messages(D, cls=Item) == [Item("assistant", "a"), Item("user", "d")]


def test_chat_messages_is_not_trimmed() -> None:
    session = session_of(*[("user", "a"), ("app", "b")] * 40)
    assert len(session.chat_messages(D)) == 81
