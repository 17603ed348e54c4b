"""What an app prints in pieces, as child processes and progress bars do."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from cpsl_cli.repl.app_output import OutputPipe
from tests.terminal.apps import WAIT_FOR
from tests.terminal.screen import Start

APP = (
    """
import asyncio
import os
from pathlib import Path

import cpsl

app = cpsl.App("printing", image=cpsl.Image())
"""
    + WAIT_FOR
    + """

@app.message()
async def handle(session, msg):
    if msg.text == "pieces":
        word = "lädt".encode()
        os.write(2, word[:2])
        await wait_for("one")
        os.write(2, word[2:] + b"\\n10%\\r20%\\r")
        await wait_for("two")
        os.write(2, b"30%\\nhalf a line")
        await session.reply("below it")
    elif msg.text == "many":
        os.write(1, ("é" * 70000 + "\\n").encode()[1:])
    elif msg.text == "burst":
        for number in range(300):
            os.write(1, f"printed {number}\\n".encode())
            for part in range(number % 4):
                await session.reply(f"said {number} {part}")
            await asyncio.sleep(0)
        await session.reply("all of it")
    elif msg.text == "left":
        os.write(1, b"left over")
"""
)


def test_a_line_grows_until_it_is_finished(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    chat = start()
    chat.keys("pieces\r")
    chat.until(lambda: chat.lines()[-2] == "l")
    (folder / "one").touch()
    chat.until(lambda: chat.lines()[-3:-1] == ["lädt", "20%"])
    (folder / "two").touch()
    chat.until_line("below it")
    chat.until_prompt()
    assert chat.everything()[-6:-1] == ["❯ pieces", "lädt", "30%", "half a line", "below it"]


def test_the_end_of_a_turn_ends_the_line(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    chat = start()
    chat.keys("left\r")
    chat.until_line("left over")
    chat.keys("left\r")
    chat.until(lambda: chat.everything().count("left over") == 2)


def test_no_letter_is_torn_apart(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    chat = start()
    chat.keys("many\r")
    chat.until(lambda: "".join(chat.everything()).count("é") == 69999)
    assert "".join(chat.everything()).count("\N{REPLACEMENT CHARACTER}") == 1


def test_what_is_printed_before_a_reply_stands_above_it_however_fast_both_come(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    chat = start()
    chat.keys("burst\r")
    chat.until_line("all of it")
    lines = chat.everything()
    printed = {number: lines.index(f"printed {number}") for number in range(300)}
    assert list(printed.values()) == sorted(printed.values())
    for number, place in printed.items():
        said = [lines.index(f"said {number} {part}") for part in range(number % 4)]
        assert [place, *said] == sorted([place, *said])


def test_all_of_a_full_pipe_is_read_in_order() -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, getattr(fcntl, "F_SETPIPE_SZ", 1031), 1 << 18)
    printed = b"".join(b"line %d\n" % number for number in range(20_000))
    try:
        assert os.write(writing, printed) == len(printed) > 1 << 17
        caught = OutputPipe(reading)
        assert caught.read_all() == printed
        assert caught.read_all() == b""
        os.write(writing, b"and more\n")
        assert caught.read_all() == b"and more\n"
    finally:
        os.close(reading)
        os.close(writing)


def test_who_prints_on_and_on_does_not_keep_the_chat_from_ending() -> None:
    endless = os.open("/dev/zero", os.O_RDONLY)
    try:
        assert len(OutputPipe(endless).read_all()) == 1 << 20
    finally:
        os.close(endless)
