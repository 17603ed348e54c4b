"""Saving the app while the chat is open."""

from __future__ import annotations

import json
from pathlib import Path

from tests.terminal.screen import Start

APP = """
import cpsl
from words import WORD

app = cpsl.App("reloaded", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    session.data["n"] = session.data.get("n", 0) + 1
    await session.reply(f"{WORD} {session.data['n']}")
"""


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_a_saved_sibling_takes_effect_with_data_kept(start: Start, folder: Path) -> None:
    write(folder, "words.py", 'WORD = "old"\n')
    write(folder, "app.py", APP)
    chat = start("--record", "t.jsonl")
    chat.keys("hi\r")
    chat.until_line("old 1")
    write(folder, "words.py", 'WORD = "new"\n')
    chat.keys("again\r")
    chat.until_line("new 2")
    assert "reloaded words.py" in chat.everything()
    chat.keys("\x04")
    assert chat.wait() == 0
    records = [json.loads(line) for line in (folder / "t.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["turn"] for record in records if record["type"] == "user"] == [1, 2]


def test_a_broken_file_is_reported_and_the_old_code_stays(start: Start, folder: Path) -> None:
    write(folder, "words.py", 'WORD = "old"\n')
    write(folder, "app.py", APP)
    chat = start()
    write(folder, "words.py", 'WORD = "old\n')
    chat.keys("again\r")
    chat.until_line("old 1")
    shown = chat.everything()
    assert any(line.startswith("words.py changed, but the old code stays") for line in shown)
    assert any("words.py:1" in line for line in shown)
    write(folder, "words.py", 'WORD = "mended"\n')
    chat.keys("again\r")
    chat.until_line("mended 2")


def test_an_error_shows_the_line_as_it_is_now(start: Start, folder: Path) -> None:
    write(folder, "words.py", 'WORD = "old"\n')
    write(folder, "app.py", APP.replace("session.data[", 'raise ValueError("first")\n    session.data[', 1))
    chat = start()
    chat.keys("hi\r")
    chat.until_line('│     raise ValueError("first")')
    write(folder, "app.py", APP.replace("session.data[", 'raise ValueError("second")\n    session.data[', 1))
    chat.keys("hi\r")
    chat.until_line('│     raise ValueError("second")')
