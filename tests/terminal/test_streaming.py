"""Replies that come bit by bit, and what happens meanwhile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyte.screens import Char

from tests.terminal.apps import WAIT_FOR
from tests.terminal.screen import Start, TerminalProgram

APP = (
    """
import asyncio
from pathlib import Path

import cpsl

app = cpsl.App("streaming", image=cpsl.Image())
background = []
"""
    + WAIT_FOR
    + """

@app.message()
async def handle(session, msg):
    text = msg.text

    async def afterwards():
        await wait_for("go")
        await session.notify("Still at it")
        await wait_for("on")
        async with session.stream_reply() as reply:
            reply.write("plain and **bold**\\n")
            reply.write("more of ")
            await wait_for("end")
            reply.write("it")

    if text == "later":
        background.append(asyncio.create_task(afterwards()))
        await session.reply("started")
    elif text == "tokens":
        async with session.stream_reply() as reply:
            for number in range(200):
                for word in ("line", " ", str(number), "\\n"):
                    reply.write(word)
                    await asyncio.sleep(0)
                if number in (60, 120):
                    await wait_for(f"go {number}")
    elif text == "fence":
        async with session.stream_reply() as reply:
            reply.write("Look:\\n```python\\n")
            for number in range(30):
                reply.write(f"x{number} = {number}\\n")
            await wait_for("go")
            reply.write("```\\nDone.")
    elif text == "wide":
        await session.reply("| a | b |\\n|---|---|\\n| 日本語 | 1 |\\n| é | 2 |\\n| 🙂 | 3 |\\n")
    elif text == "notices":
        await session.notify("First")
        await wait_for("go")
        await session.notify("Second", detail="with a detail that is much longer than the window is wide")
        await wait_for("end")
        await session.reply("done")
    elif text == "lines":
        await session.reply("one\\n\\ntwo\\n  three")
    else:
        await session.reply(f"got {text}")
"""
)


@pytest.fixture(autouse=True)
def streaming(folder: Path) -> None:
    """The app of this file in the place of the usual one."""
    (folder / "app.py").write_text(APP, encoding="utf-8")


def numbered(chat: TerminalProgram) -> list[str]:
    return [line for line in chat.everything() if re.fullmatch(r"line \d+", line)]


def cell(chat: TerminalProgram, text: str, letter: str) -> Char:
    """The cell of that letter, where it comes last in the visible line of that text."""
    row = next(number for number, line in enumerate(chat.screen.display) if line.rstrip() == text)
    return chat.screen.buffer[row][text.rindex(letter)]


def test_two_hundred_streamed_lines_stand_once_each_in_a_small_window(start: Start, folder: Path) -> None:
    (folder / "go 60").touch()
    (folder / "go 120").touch()
    chat = start(rows=14)
    chat.keys("tokens\r")
    chat.until_line("line 199")
    chat.until_prompt()
    assert numbered(chat) == [f"line {number}" for number in range(200)]


def test_and_with_two_resizes_meanwhile(start: Start, folder: Path) -> None:
    chat = start(rows=14)
    chat.keys("tokens\r")
    chat.until_line("line 60")
    chat.resize(14, 60)
    (folder / "go 60").touch()
    chat.until_line("line 120")
    chat.resize(18, 90)
    (folder / "go 120").touch()
    chat.until_line("line 199")
    chat.until_prompt()
    assert numbered(chat) == [f"line {number}" for number in range(200)]


def test_draft_and_cursor_stay_while_another_task_notifies_and_streams(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("later\r")
    chat.until_line("started")
    chat.keys("half typed")
    chat.keys("\x1b[D\x1b[D\x1b[D")
    chat.until(lambda: chat.screen.cursor.x == len("❯ half ty"))
    (folder / "go").touch()
    chat.until(lambda: chat.lines()[-2:] == ["Still at it", "❯ half typed"])
    (folder / "on").touch()
    chat.until(lambda: chat.lines()[-3:] == ["plain and bold", "more of", "❯ half typed"])
    assert chat.screen.cursor.x == len("❯ half ty")
    assert (cell(chat, "plain and bold", "p").bold, cell(chat, "plain and bold", "b").bold) == (False, True)
    chat.keys("XY")
    chat.until(lambda: chat.lines()[-1] == "❯ half tyXYped")
    (folder / "end").touch()
    chat.until(lambda: chat.lines()[-3:] == ["plain and bold", "more of it", "❯ half tyXYped"])
    assert chat.screen.cursor.x == len("❯ half tyXY")
    chat.keys("\r")
    chat.until_line("got half tyXYped")


def test_an_open_code_block_is_a_live_tail_that_fits_and_is_coloured_when_it_closes(start: Start, folder: Path) -> None:
    chat = start(rows=12)
    chat.keys("fence\r")
    chat.until(lambda: chat.lines()[-2:] == ["x29 = 29", "❯"])
    assert "Look:" in chat.everything()
    assert "x5 = 5" not in chat.everything()
    (folder / "go").touch()
    chat.until_line("Done.")
    chat.until_prompt()
    shown = [line.strip() for line in chat.everything() if " = " in line]
    assert shown == [f"x{number} = {number}" for number in range(30)]
    assert not any("```" in line for line in chat.everything())
    assert cell(chat, "  x29 = 29", "9").fg != "default"


def test_the_columns_of_a_table_line_up_whatever_is_in_them(start: Start) -> None:
    chat = start()
    chat.keys("wide\r")
    chat.until(lambda: any(line.endswith("3") for line in chat.lines()))
    columns = [
        next(column for column in range(80) if chat.screen.buffer[row][column].data in set("123"))
        for row, line in enumerate(chat.screen.display)
        if line.rstrip()[-1:] in set("123")
    ]
    assert len(columns) == 3
    assert len(set(columns)) == 1


def test_a_repeated_notice_is_one_line_with_the_time_and_what_stops_it(start: Start, folder: Path) -> None:
    chat = start(columns=60)
    chat.keys("notices\r")
    chat.until(lambda: bool(re.fullmatch(r"First \ds \(Ctrl-C stops\)", chat.lines()[-2])))
    (folder / "go").touch()
    chat.until(lambda: bool(re.fullmatch(r"Second with a .*\.\.\. \ds \(Ctrl-C stops\)", chat.lines()[-2])))
    assert not any(line.startswith("First") for line in chat.everything())
    assert len(chat.lines()[-2]) <= 60
    (folder / "end").touch()
    chat.until(lambda: chat.lines()[-3:] == ["❯ notices", "done", "❯"])


def test_line_breaks_of_a_reply_are_kept(start: Start) -> None:
    chat = start()
    chat.keys("lines\r")
    chat.until(lambda: chat.lines()[-5:] == ["one", "", "two", "  three", "❯"])
