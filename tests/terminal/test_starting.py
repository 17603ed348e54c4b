"""An app that takes long to start (behaviour.md §2: ``boot`` is the place for warming up a model)."""

from __future__ import annotations

from pathlib import Path

from tests.terminal.screen import Start, TerminalProgram

APP = """
import asyncio
from pathlib import Path

import cpsl

app = cpsl.App("warming", image=cpsl.Image())


@app.boot()
async def boot():
    print("step 1")
    while not Path("go").exists():
        await asyncio.sleep(0.005)
    print("step 2")


@app.message()
async def handle(session, msg):
    await session.reply(f"got {msg.text}")
"""


def test_what_boot_prints_is_seen_meanwhile_and_a_long_wait_is_explained(folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    chat = TerminalProgram(["chat", "app.py"], folder)
    chat.until_line("step 1")
    chat.until_line("the app is starting; Ctrl-C gives up")
    (folder / "go").touch()
    chat.until_prompt()
    lines = chat.lines()
    assert lines[:3] == ["step 1", "the app is starting; Ctrl-C gives up", "step 2"]
    assert lines[3].startswith("warming · session main")
    chat.keys("hi\r")
    chat.until_line("got hi")
    chat.close()


def test_what_is_typed_meanwhile_is_not_echoed_and_an_enter_sends(folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    chat = TerminalProgram(["chat", "app.py"], folder)
    chat.until_line("step 1")
    chat.keys("early\rdraft")
    (folder / "go").touch()
    chat.until_line("got early")
    chat.until_line("❯ draft")
    assert [line for line in chat.everything() if "early" in line] == ["❯ early", "got early"]
    chat.close()


def test_ctrl_c_gives_up(folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    chat = TerminalProgram(["chat", "app.py"], folder)
    chat.until_line("step 1")
    chat.keys("\x03")
    assert chat.wait() == 130
    chat.close()


def test_an_app_that_answers_nothing_is_told(start: Start, folder: Path) -> None:
    app = 'import cpsl\napp = cpsl.App("silent", image=cpsl.Image())\n'
    (folder / "app.py").write_text(app, encoding="utf-8")
    assert "nobody answers here yet: the app has no function with @app.message()" in start().lines()
