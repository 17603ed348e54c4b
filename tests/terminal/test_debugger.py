"""``breakpoint()`` in a handler."""

from __future__ import annotations

from pathlib import Path

from tests.terminal.screen import Start, TerminalProgram

APP = """
import cpsl

app = cpsl.App("debugged", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    inside = "seen from here"
    breakpoint()
    await session.reply(f"after {inside}")
"""


def test_the_debugger_gets_a_normal_terminal_and_the_draft_comes_back(start: Start, folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    chat = start()
    chat.keys("go\r")
    chat.until(lambda: chat.lines()[-1] == "(Pdb)")
    chat.keys("p inside\r")
    chat.until_line("'seen from here'")
    chat.keys("c\r")
    chat.until_line("after seen from here")
    chat.until_prompt()
    chat.keys("again")
    chat.until_line("❯ again")
    chat.keys("\r")
    chat.until(lambda: chat.lines()[-1] == "(Pdb)")
    chat.keys("c\r")
    chat.until(lambda: chat.everything().count("after seen from here") == 2)


def test_the_debugger_works_in_a_boot_hook(folder: Path) -> None:
    text = APP.replace(
        "@app.message()", "@app.boot()\ndef boot():\n    model = 'warm'\n    breakpoint()\n\n\n@app.message()"
    )
    (folder / "app.py").write_text(text, encoding="utf-8")
    chat = TerminalProgram(["chat", "app.py"], folder)
    chat.until(lambda: chat.lines()[-1:] == ["(Pdb)"])
    assert chat.echoes
    chat.keys("p model\r")
    chat.until_line("'warm'")
    chat.keys("c\r")
    chat.until_prompt()
    chat.close()
