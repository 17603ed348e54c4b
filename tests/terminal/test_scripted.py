"""A script that is played on a terminal: what the app prints and says cannot act on it either."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.render.safe import visible
from tests.terminal.screen import TerminalProgram

EVIL = "\x1b[2J\x1b]0;owned\x07\x9b2J\u202egnp\u200b\U000e0041"
SEEN = visible(EVIL)
APP = f"""
import os
import subprocess
import sys

import cpsl

EVIL = {EVIL!r}

app = cpsl.App("screen", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    print("printed", EVIL)
    print("to stderr", EVIL, file=sys.stderr)
    subprocess.run(["printf", "%s\\n", "child " + EVIL])
    os.write(1, b"one\\rtwo\\r\\nhalf a ")
    print("line")
    await session.notify("notice " + EVIL)
    await session.reply("reply " + EVIL)
    print("last", end="")
"""


def played(folder: Path, *arguments: str) -> TerminalProgram:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    program = TerminalProgram(["chat", "app.py", *arguments], folder, columns=120)
    assert program.wait() == 0
    program.close()
    assert program.screen.title == ""
    for sequence in ("\x1b", "\x9b", "\u202e", "\u200b", "\U000e0041"):
        assert sequence not in program.raw
    return program


@pytest.mark.parametrize("arguments", [("-m", "hi"), ("--input", "script.txt")])
def test_what_is_printed_and_said_is_visible_and_in_order(folder: Path, arguments: tuple[str, ...]) -> None:
    (folder / "script.txt").write_text("hi\n", encoding="utf-8")
    assert played(folder, *arguments).lines() == [
        f"printed {SEEN}",
        f"to stderr {SEEN}",
        f"child {SEEN}",
        "one",
        "two",
        "half a line",
        f"notice: notice {SEEN}",
        f"reply {SEEN}",
        "last",
    ]


def test_json_on_a_terminal_is_escaped(folder: Path) -> None:
    program = played(folder, "-m", "hi", "--json")
    line = next(line for line in program.everything() if '"type":"reply"' in line)
    assert r"\u009b2J\u202egnp\u200b\udb40\udc41" in "".join(program.everything())
    assert line


def test_redirected_it_is_what_the_app_wrote(folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    program = TerminalProgram(["chat", "app.py", "-m", "hi"], folder, errors="errors.txt", columns=120)
    assert program.wait() == 0
    program.close()
    assert program.lines() == [f"reply {SEEN}"]
    assert f"printed {EVIL}\n" in (folder / "errors.txt").read_text(encoding="utf-8")


def test_much_that_is_printed_arrives_whole(folder: Path) -> None:
    (folder / "app.py").write_text(
        "import cpsl\napp = cpsl.App('screen', image=cpsl.Image())\n"
        "@app.message()\nasync def handle(session, msg):\n"
        "    for number in range(3000): print('row', number)\n"
        "    await session.reply('said')\n",
        encoding="utf-8",
    )
    program = TerminalProgram(["chat", "app.py", "-m", "hi"], folder)
    assert program.wait() == 0
    program.close()
    assert program.everything() == [*(f"row {number}" for number in range(3000)), "said"]
