"""How a chat ends: by a person, by a terminal that is closed, by a signal."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.terminal.screen import Start, TerminalProgram


def turns(folder: Path) -> list[tuple[str, str]]:
    """What was said in each stored turn, and how it ended."""
    with closing(sqlite3.connect(folder / ".capsule" / "screen.db")) as connection:
        return connection.execute("SELECT said, status FROM _capsule_turns ORDER BY id").fetchall()


def begun(start: Start, text: str) -> TerminalProgram:
    chat = start(errors="errors.txt")
    chat.keys("hello\r")
    chat.until_line("l2")
    chat.until_prompt()
    chat.keys(f"{text}\r")
    chat.until_line(f"❯ {text}")
    return chat


@pytest.mark.parametrize(("handler", "ended_by"), [("forever", signal.SIGHUP), ("deaf", signal.SIGHUP), ("block", 0)])
def test_a_closed_terminal_ends_the_chat_and_keeps_the_finished_turns(
    start: Start, folder: Path, handler: str, ended_by: int
) -> None:
    chat = begun(start, handler)
    assert chat.hang_up() == ended_by
    assert (folder / "errors.txt").read_text(encoding="utf-8") == ""
    assert turns(folder)[0] == ("hello", "ok")
    again = start()
    again.keys("history\r")
    again.until_line("hello | l1 hello")


def test_a_closed_terminal_stops_the_turn_in_order(start: Start, folder: Path) -> None:
    chat = begun(start, "forever")
    chat.until_line("so far")
    assert chat.hang_up() == signal.SIGHUP
    assert (folder / "finally").read_text(encoding="utf-8") == "ran"
    assert turns(folder) == [("hello", "ok"), ("forever", "interrupted")]


def test_a_closed_terminal_between_turns_ends_the_chat(start: Start, folder: Path) -> None:
    chat = start(errors="errors.txt")
    assert chat.hang_up() == signal.SIGHUP
    assert (folder / "errors.txt").read_text(encoding="utf-8") == ""


def test_a_polite_signal_ends_the_chat_and_leaves_a_normal_terminal(start: Start, folder: Path) -> None:
    chat = begun(start, "forever")
    chat.until_line("so far")
    assert not chat.echoes
    chat.kill(signal.SIGTERM)
    assert chat.ended_by() == signal.SIGTERM
    assert chat.lines()[-2:] == ["[interrupted]", "resume with: capsule chat app.py --session main"]
    assert turns(folder) == [("hello", "ok"), ("forever", "interrupted")]
    assert chat.raw.rindex("\x1b[?2004l") > chat.raw.rindex("\x1b[?2004h")


@pytest.mark.parametrize("handler", ["forever", "deaf", "block"])
def test_ctrl_d_leaves_whatever_the_handler_does(start: Start, handler: str) -> None:
    chat = begun(start, handler)
    chat.keys("\x04")
    assert chat.wait() == 0
    assert chat.lines()[-1] == "resume with: capsule chat app.py --session main"


def test_a_turn_that_was_cut_off_is_told_at_the_next_start(start: Start, folder: Path) -> None:
    chat = begun(start, "forever")
    chat.kill(signal.SIGKILL)
    assert chat.ended_by() == signal.SIGKILL
    again = start()
    again.until_line("turn 2 was left unfinished: forever")
    assert turns(folder) == [("hello", "ok"), ("forever", "unfinished")]


FORKS = """
import os
import select
import signal
import time

import cpsl

app = cpsl.App("screen", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    if msg.text == "hello":
        return await session.reply("l1 hello")
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.write(writing, b"1")
        time.sleep(100)
        os._exit(0)
    select.select([reading], [], [])
    os.kill(process, getattr(signal, msg.text))
    _, status = os.waitpid(process, 0)
    await session.reply(f"ended by {-os.waitstatus_to_exitcode(status)}")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_a_process_that_the_app_has_forked_is_nothing_to_the_chat(
    start: Start, folder: Path, number: signal.Signals
) -> None:
    (folder / "app.py").write_text(FORKS, encoding="utf-8")
    chat = start()
    chat.keys(f"{number.name}\r")
    chat.until_line(f"ended by {int(number)}")
    chat.keys("hello\r")
    chat.until_line("l1 hello")


COMMANDS = """
import asyncio
import time

import cpsl

app = cpsl.App("screen", image=cpsl.Image())


@app.data("hang")
async def hang(session):
    await asyncio.Event().wait()


@app.data("block")
async def block(session):
    time.sleep(1000)


@app.message()
async def handle(session, msg):
    await session.reply(f"l1 {msg.text}")
"""


def test_a_turn_that_takes_too_long_is_stopped(start: Start, folder: Path) -> None:
    chat = start("--timeout", "0.3")
    chat.keys("forever\r")
    chat.until_line("[timed out]")
    assert (folder / "finally").read_text() == "ran"
    chat.keys("hello\r")
    chat.until_line("l1 hello")


def test_ctrl_c_calls_off_a_command_that_takes_long(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(COMMANDS, encoding="utf-8")
    chat = start()
    chat.keys("/data hang\r")
    chat.until_line("❯ /data hang")
    chat.keys("queued\r")
    chat.until_line("1 queued")
    chat.keys("\x03")
    chat.until_line("l1 queued")
    assert "[interrupted]" in chat.lines()
    assert not any("again to exit" in line for line in chat.lines())


def test_ctrl_d_leaves_a_command_that_blocks(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(COMMANDS, encoding="utf-8")
    chat = start()
    chat.keys("/data block\r")
    chat.until_line("❯ /data block")
    chat.keys("\x04")
    assert chat.wait() == 0


BROKEN = """
import cpsl
from cpsl_cli.chat.chat_context import ChatContext

app = cpsl.App("broken", image=cpsl.Image())


def become(seat, user_id, session=None):
    raise RuntimeError("a bug")


ChatContext.become = become


@app.message()
async def handle(session, msg):
    await session.reply(f"got {msg.text}")
"""


def test_a_bug_in_a_command_is_told_at_once_and_the_chat_goes_on(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(BROKEN, encoding="utf-8")
    chat = start()
    chat.keys("/as bob\r")
    chat.until_line("capsule itself failed: Traceback (most recent call last):")
    chat.until_line("RuntimeError: a bug")
    chat.keys("hi\r")
    chat.until_line("got hi")


FAILING = """
import cpsl

app = cpsl.App("failing", image=cpsl.Image())


@app.boot()
def boot():
    print("warming up")
    {boot}


@app.shutdown()
def shutdown():
    print("cooling down")
    raise LookupError("it was never there")


@app.message()
async def handle(session, msg):
    await session.reply("here")
"""


def test_a_failing_boot_ends_with_3_and_is_told(folder: Path) -> None:
    (folder / "app.py").write_text(FAILING.format(boot='raise KeyError("MODEL")'), encoding="utf-8")
    program = TerminalProgram(["chat", "app.py"], folder)
    assert program.wait() == 3
    assert program.lines()[0] == "warming up"
    assert program.lines()[-3:] == ["KeyError: 'MODEL'", "  app.py:10 in boot", '    raise KeyError("MODEL")']
    program.close()


def test_a_failing_shutdown_is_told(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(FAILING.format(boot="pass"), encoding="utf-8")
    chat = start()
    chat.keys("\x04")
    assert chat.wait() == 1
    assert "cooling down" in chat.lines()
    assert "LookupError: it was never there" in chat.lines()
    assert chat.lines()[-1].startswith("resume with: ")
