"""Fixtures: an app file and the program that chats with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.apps import WAIT_FOR
from tests.terminal.screen import Start, TerminalProgram

APP = (
    """
import asyncio
from pathlib import Path

import cpsl

app = cpsl.App("screen", image=cpsl.Image())
"""
    + WAIT_FOR
    + """

@app.message()
async def handle(session, msg):
    text = msg.text
    if text == "boom":
        secret = "hunter2"
        raise ValueError("no way")
    if text == "long":
        await session.reply("\\n".join(f"line {number}" for number in range(200)))
    elif text == "drip":
        async with session.stream_reply() as reply:
            for number in range(60):
                reply.write(f"drip {number}\\n")
                await asyncio.sleep(0.01)
    elif text == "piecewise":
        async with session.stream_reply() as reply:
            reply.write("first")
            await wait_for("go")
            reply.write(" second")
    elif text == "think":
        await session.notify("Thinking", detail="hard")
        await wait_for("go")
        await session.reply("thought")
    elif text == "forever":
        async with session.stream_reply() as reply:
            reply.write("so far")
            try:
                await asyncio.Event().wait()
            finally:
                Path("finally").write_text("ran")
    elif text == "block":
        import time
        time.sleep(1000)
    elif text == "deaf":
        while not Path("go").exists():
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                pass
    elif text == "later":
        async def afterwards():
            await wait_for("go")
            await session.reply("from the background")
        session.data["task"] = "started"
        global background
        background = asyncio.create_task(afterwards())
        await session.reply("started")
    elif text == "evil":
        await session.reply("a\\x1b[2Jb\\x1b]0;title\\x07c\\x9b2J")
    elif text == "markdown":
        await session.reply("# Head\\n\\n**bold**\\n\\n- one\\n- two\\n\\n```python\\nx = 1\\n```\\n")
    elif text == "print":
        print("printed")
        await session.reply("replied")
    elif text == "history":
        await session.reply(" | ".join(message.text for message in session.history))
    elif text == "me":
        await session.reply(session.user.id)
    else:
        session.data["last"] = text
        await session.reply(f"l1 {text}\\nl2")
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an app in it."""
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts ``capsule chat app.py`` on a screen and ends it after the test; ``typed`` does not wait for the prompt."""
    programs: list[TerminalProgram] = []

    def start(*arguments: str, typed: str = "", **options: Any) -> TerminalProgram:
        program = TerminalProgram(["chat", "app.py", *arguments], folder, **options)
        programs.append(program)
        if typed:
            program.keys(typed)
        else:
            program.until_prompt()
        return program

    yield start
    for program in programs:
        program.close()
