"""An app that says more than can be seen: the chat stays usable, and every way to end a turn works."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.screen import Start, TerminalProgram

APP = """
import asyncio
import os
import subprocess
from pathlib import Path

import cpsl

app = cpsl.App("screen", image=cpsl.Image())


def numbers(count):
    number = 0
    while number < count:
        yield number
        number += 1


@app.message()
async def handle(session, msg):
    kind, _, count = msg.text.partition(" ")
    count = int(count or 10**12)
    try:
        if kind == "writes":
            async with session.stream_reply() as reply:
                for number in numbers(count):
                    reply.write(f"{number} ")
                    await asyncio.sleep(0)
        elif kind == "replies":
            for number in numbers(count):
                await session.reply(f"reply {number}")
                await asyncio.sleep(0)
        elif kind == "notices":
            for number in numbers(count):
                await session.notify(f"notice {number}")
                await asyncio.sleep(0)
        elif kind == "endless-writes":
            async with session.stream_reply() as reply:
                while True:
                    reply.write("x")
        elif kind == "endless-lines":
            async with session.stream_reply() as reply:
                for number in numbers(count):
                    reply.write(f"line {number}\\n")
        elif kind == "endless-replies":
            while True:
                await session.reply("again **and** again")
        elif kind == "endless-notices":
            while True:
                await session.notify("again")
        elif kind == "endless-prints":
            for number in numbers(count):
                print("printed", number)
        elif kind == "stubborn":
            async with session.stream_reply() as reply:
                while True:
                    try:
                        for number in numbers(count):
                            reply.write(f"{number} ")
                    except BaseException:
                        pass
        elif kind == "child":
            child = subprocess.Popen(["yes", "from the child"])
            try:
                await asyncio.Event().wait()
            finally:
                child.kill()
                child.wait()
        elif kind == "waiting":
            async with session.stream_reply() as reply:
                reply.write("begun")
                for number in numbers(count):
                    await session.reply(f"reply {number}")
                reply.write("ended")
        elif kind == "one":
            await session.reply("\\n".join(f"row {number}" for number in range(count)))
        elif kind == "unbroken":
            await session.reply("".join(f"{number + 10**8} " for number in range(count)))
        else:
            await session.reply(f"got {msg.text}")
    finally:
        Path("finally").write_text(kind)
"""

ENDLESS = [
    "writes",
    "replies",
    "notices",
    "endless-writes",
    "endless-lines",
    "endless-replies",
    "endless-notices",
    "endless-prints",
    "child",
]

SAID = re.compile(r"x+$|\d+ \d+|reply|notice|again|line \d|printed|from the child")


@pytest.fixture(autouse=True)
def flooding(folder: Path) -> None:
    """The app of this file in the place of the usual one."""
    (folder / "app.py").write_text(APP, encoding="utf-8")


def flood(start: Start, kind: str, **options: Any) -> TerminalProgram:
    """A chat in the midst of it."""
    chat = start(**options)
    chat.keys(f"{kind}\r")
    chat.until(lambda: any(SAID.match(line) for line in chat.lines()))
    return chat


@pytest.mark.parametrize("kind", ENDLESS)
def test_ctrl_c_ends_it_and_the_next_message_works(start: Start, folder: Path, kind: str) -> None:
    chat = flood(start, kind)
    chat.keys("\x03")
    chat.until(lambda: "[interrupted]" in chat.lines())
    assert (folder / "finally").read_text(encoding="utf-8") == kind
    assert chat.peak_mib() < 120
    chat.keys("hello\r")
    chat.until(lambda: chat.lines()[-2:] == ["got hello", "❯"])


def test_a_draft_can_be_typed_meanwhile(start: Start) -> None:
    chat = flood(start, "replies")
    chat.keys("half typed")
    chat.until(lambda: chat.lines()[-1] == "❯ half typed")
    chat.keys("\x03")
    chat.until(lambda: "[interrupted]" in chat.lines() and chat.lines()[-1] == "❯ half typed")


@pytest.mark.parametrize("kind", ["writes", "endless-replies", "endless-prints"])
def test_ctrl_d_leaves(start: Start, folder: Path, kind: str) -> None:
    chat = flood(start, kind)
    chat.keys("\x04")
    assert chat.wait() == 0
    assert chat.lines()[-1] == "resume with: capsule chat app.py --session main"
    assert (folder / "finally").read_text(encoding="utf-8") == kind


@pytest.mark.parametrize("kind", ["replies", "endless-writes", "child"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_chat_in_order(start: Start, folder: Path, kind: str, number: int) -> None:
    chat = flood(start, kind)
    chat.kill(number)
    assert chat.ended_by() == number
    assert (folder / "finally").read_text(encoding="utf-8") == kind
    assert chat.lines()[-1] == "resume with: capsule chat app.py --session main"


def test_a_handler_that_swallows_its_end_is_left_behind(start: Start) -> None:
    chat = flood(start, "stubborn")
    chat.keys("\x03")
    chat.until(lambda: any("Ctrl-C again leaves it behind" in line for line in chat.everything()))
    chat.keys("\x03")
    chat.until(lambda: any("left behind" in line for line in chat.lines()))
    chat.keys("hello\r")
    chat.until(lambda: chat.lines()[-2:] == ["got hello", "❯"])


@pytest.mark.parametrize(
    ("kind", "row"), [("endless-lines 3000", r"line \d+"), ("replies 3000", r"reply \d+"), ("one 3000", r"row \d+")]
)
def test_each_line_stands_once_and_in_order(start: Start, kind: str, row: str) -> None:
    chat = start()
    chat.keys(f"{kind}\r")
    chat.keys("after\r")
    chat.until_line("got after")
    found = [line for line in chat.everything() if re.fullmatch(row, line)]
    assert found == [f"{row[:-4]} {number}" for number in range(3000)]


def test_what_is_printed_stands_once_and_above_the_reply(start: Start) -> None:
    chat = start()
    chat.keys("endless-prints 3000\r")
    chat.keys("after\r")
    chat.until_line("got after")
    lines = chat.everything()
    assert [line for line in lines if line.startswith("printed")] == [f"printed {number}" for number in range(3000)]
    assert lines.index("printed 2999") < lines.index("got after")


@pytest.mark.parametrize("options", [(), ("--plain",)])
def test_of_one_line_without_an_end_every_word_is_shown(start: Start, options: tuple[str, ...]) -> None:
    chat = start(*options)
    chat.keys("unbroken 10000\r")
    chat.keys("after\r")
    chat.until_line("got after")
    lines = chat.everything()
    words = re.findall(r"\d{9}", "".join(lines[lines.index("❯ unbroken 10000") + 1 :]))
    assert [int(word) for word in words] == list(range(10**8, 10**8 + 10000))


def test_what_waits_for_a_stream_does_not_wait_without_limit(start: Start) -> None:
    chat = start()
    chat.keys("waiting 2500\r")
    chat.keys("after\r")
    chat.until_line("got after")
    lines = chat.everything()
    assert [line for line in lines if line.startswith("reply ")] == [f"reply {number}" for number in range(2500)]
    assert lines.index("begun") < lines.index("reply 0")
    assert lines.index("reply 1999") < lines.index("ended") < lines.index("reply 2499")


@pytest.mark.parametrize("kind", ["writes", "endless-lines"])
def test_a_terminal_that_reads_nothing_for_a_while(start: Start, folder: Path, kind: str) -> None:
    chat = flood(start, kind)
    chat.keys("\x03")
    chat.until_file(folder / "finally")
    assert chat.peak_mib() < 120
    chat.until(lambda: "[interrupted]" in chat.lines())
    chat.keys("hello\r")
    chat.until(lambda: chat.lines()[-2:] == ["got hello", "❯"])
