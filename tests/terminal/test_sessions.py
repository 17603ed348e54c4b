"""Several sessions that speak at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cpsl.store.store import Store
from tests.terminal.apps import WAIT_FOR
from tests.terminal.screen import Start, TerminalProgram

APP = (
    """
import asyncio
from pathlib import Path

import cpsl

app = cpsl.App("many", image=cpsl.Image())
background = []
"""
    + WAIT_FOR
    + """

@app.message()
async def handle(session, msg):
    text = msg.text

    async def reply():
        await wait_for("go")
        await session.reply("**late**\\nand more")

    async def stream():
        async with session.stream_reply() as stream:
            for number in range(6):
                await wait_for(f"{text} {number}")
                stream.write(f"{text} line {number} ")
                stream.write("goes on\\n")

    async def ask():
        await wait_for("go")
        await session.reply(f"approved {await session.prompt_approval('May I?')}")

    async def notify():
        await wait_for("go")
        await session.notify("still busy")
        await wait_for("stop")
        await session.show(cpsl.Block("card", {"done": True}))

    work = {"reply": reply, "ask": ask, "notify": notify}.get(text, stream if text.startswith("s") else None)
    if work:
        background.append(asyncio.create_task(work()))
        await session.reply("started")
    elif text == "own stream":
        async with session.stream_reply() as own:
            for number in range(6):
                own.write(f"own line {number}\\n")
    else:
        await session.reply(f"got {text}")
"""
)


@pytest.fixture
def many(folder: Path) -> None:
    """The app of this file in the place of the usual one."""
    (folder / "app.py").write_text(APP, encoding="utf-8")


pytestmark = pytest.mark.usefixtures("many")


def begin(chat: TerminalProgram, text: str, then: str) -> None:
    chat.keys(f"{text}\r")
    chat.until_line("started")
    chat.keys(f"{then}\r")
    chat.until(lambda: any(line.startswith(("session ", "now ")) for line in chat.lines()[2:]))
    chat.until(lambda: chat.lines()[-1].endswith("❯"))


def color_of(chat: TerminalProgram, text: str) -> str:
    row = next(row for row, line in enumerate(chat.screen.display) if line.startswith(text))
    return str(chat.screen.buffer[row][0].fg)


def test_what_another_session_says_carries_its_name_on_each_line(start: Start, folder: Path) -> None:
    chat = start()
    begin(chat, "reply", "/session other")
    (folder / "go").touch()
    chat.until(lambda: chat.lines()[-3:] == ["main │ late", "main │ and more", "❯"])
    chat.keys("/session main\r")
    chat.until_line("session main")
    chat.keys("hi\r")
    chat.until_line("got hi")


def test_the_label_names_the_person_too_if_it_is_another(start: Start, folder: Path) -> None:
    chat = start()
    begin(chat, "reply", "/as bob")
    (folder / "go").touch()
    chat.until_line("main · local │ and more")


def test_a_session_keeps_its_colour_and_two_have_different_ones(start: Start, folder: Path) -> None:
    chat = start()
    begin(chat, "s1", "/session second")
    chat.keys("s2\r")
    chat.until(lambda: chat.lines().count("started") == 2)
    chat.keys("/session third\r")
    chat.until_line("session third")
    for number in range(6):
        (folder / f"s1 {number}").touch()
    chat.until_line("main │ s1 line 5 goes on")
    for number in range(6):
        (folder / f"s2 {number}").touch()
    chat.until_line("second │ s2 line 5 goes on")
    first, second = color_of(chat, "main │ s1 line 0"), color_of(chat, "second │ s2 line 0")
    assert len({first, second, "default"}) == 3
    assert {color_of(chat, f"main │ s1 line {number}") for number in range(6)} == {first}


def test_of_two_streams_at_once_the_live_one_stays_whole_and_the_other_follows(start: Start, folder: Path) -> None:
    chat = start(rows=30)
    begin(chat, "s1", "/session other")
    chat.keys("s2\r")
    chat.until(lambda: chat.lines().count("started") == 2)
    (folder / "s1 0").touch()
    chat.until_line("main │ s1 line 0 goes on")
    for number in range(6):
        (folder / f"s2 {number}").touch()
    chat.until_line("a reply waits for the end of this one")
    chat.keys("own stream\r")
    chat.until_line("❯ own stream")
    for number in range(1, 6):
        (folder / f"s1 {number}").touch()
    chat.until_line("own line 5")
    chat.until_prompt()
    shown = [line for line in chat.everything() if re.search(r"line \d", line)]
    assert shown == [
        *(f"main │ s1 line {number} goes on" for number in range(6)),
        *(f"s2 line {number} goes on" for number in range(6)),
        *(f"own line {number}" for number in range(6)),
    ]


def test_a_stream_goes_on_whole_when_its_turn_ends_and_the_seat_moves(start: Start, folder: Path) -> None:
    chat = start()
    (folder / "s1 0").touch()
    chat.keys("s1\r")
    chat.until_line("s1 line 0 goes on")
    chat.keys("/session other\r")
    chat.until_line("session other")
    for number in range(1, 6):
        (folder / f"s1 {number}").touch()
    chat.until_line("main │ s1 line 5 goes on")
    lines = [line.removeprefix("main │ ") for line in chat.everything()]
    assert [line for line in lines if " line " in line] == [f"s1 line {number} goes on" for number in range(6)]


def test_a_question_of_another_session_says_whose_it_is(start: Start, folder: Path) -> None:
    chat = start()
    begin(chat, "ask", "/session other")
    (folder / "go").touch()
    chat.until(lambda: chat.lines()[-2:] == ["main │ ? May I?", "Approve? [y/n] ❯"])
    chat.keys("y\r")
    chat.until_line("main │ approved True")
    assert "main │ ? May I? · Approve" in chat.lines()


def test_a_notice_and_a_block_of_another_session_carry_its_name(start: Start, folder: Path) -> None:
    chat = start()
    begin(chat, "notify", "/session other")
    (folder / "go").touch()
    chat.until(lambda: chat.lines()[-2].startswith("main │ still busy"))
    assert "Ctrl-C" not in chat.lines()[-2]
    (folder / "stop").touch()
    chat.until(lambda: chat.lines()[-2:] == ["main │ [card] done=True", "❯"])


def test_what_waits_for_a_stream_is_told_when_the_chat_ends(start: Start, folder: Path) -> None:
    chat = start()
    begin(chat, "s1", "/session other")
    (folder / "s1 0").touch()
    chat.until_line("main │ s1 line 0 goes on")
    chat.keys("hi\r")
    chat.until_line("a reply waits for the end of this one")
    chat.keys("\x04")
    assert chat.wait() == 0
    assert chat.lines()[-4:] == [
        "main │ s1 line 0 goes on",
        "❯ hi",
        "got hi",
        "resume with: capsule chat app.py --session other",
    ]


def test_a_message_waits_for_another_chat_in_its_session_and_can_be_taken_back(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("one\r")
    chat.until_line("got one")
    chat.until_prompt()
    other = Store(folder / ".capsule" / "many.db")
    (session,) = other.conversations.all()
    try:
        assert other.locks.take(session.id)
        chat.keys("two\r")
        chat.until_line("waiting for another chat in session main; Ctrl-C gives up")
        chat.keys("\x03")
        chat.until(lambda: chat.lines()[-2:] == ["nothing was sent.", "❯ two"])
        # What was typed is there again.
        chat.keys(" again\r")
        chat.until(lambda: [line for line in chat.lines() if line.startswith("waiting")][1:] != [])
        other.locks.release(session.id)
        chat.until_line("got two again")
        assert [said.text for said in other.conversations.history(session.id)] == [
            "one", "got one", "two again", "got two again"
        ]  # fmt: skip
    finally:
        other.close()


def test_a_store_that_vanishes_is_told_and_the_chat_goes_on_when_it_is_back(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("one\r")
    chat.until_line("got one")
    chat.until_prompt()
    (folder / ".capsule").rename(folder / "gone")
    chat.keys("two\r")
    chat.until(lambda: any(line.startswith("│ ") for line in chat.lines()) and chat.lines()[-1] == "❯ two")
    assert "it was deleted or moved away while it was open" in "".join(chat.lines())
    (folder / "gone").rename(folder / ".capsule")
    chat.keys("\r")
    chat.until_line("got two")
