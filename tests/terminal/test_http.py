"""``--http`` in the terminal, where the runtime has a thread of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.http.cassette_file import read_cassette
from tests.http.conftest import Service
from tests.terminal.screen import Start, TerminalProgram

CALLER = """
import httpx

import cpsl

app = cpsl.App("screen", image=cpsl.Image())
imported = httpx.get("SERVICE/imported").text


@app.message()
async def handle(session, msg):
    async with httpx.AsyncClient() as client:
        await session.reply(imported + " then " + (await client.get("SERVICE/" + msg.text)).text)
"""


@pytest.mark.parametrize("edited", [False, True])
def test_a_chat_is_recorded_and_served_also_after_a_reload(start: Start, folder: Path, edited: bool) -> None:
    service = Service()
    try:
        (folder / "app.py").write_text(CALLER.replace("SERVICE", service.url))
        said = ["GET /imported  0 then GET /one  1", "GET /imported  2 then GET /two  3"]
        if not edited:
            said[1] = "GET /imported  0 then GET /two  2"
        for mode in ("record", "replay"):
            (folder / "app.py").write_text(CALLER.replace("SERVICE", service.url))
            chat = start("--ephemeral", "--record", "t.jsonl", "--http", mode)
            chat.keys("one\r")
            chat.until_line(said[0])
            if edited:
                (folder / "app.py").write_text(CALLER.replace("SERVICE", service.url) + f"# {mode}\n")
            chat.keys("two\r")
            chat.until_line(said[1])
            chat.until_prompt()
            chat.keys("\x04")
            assert chat.wait() == 0
            service.stop()
    finally:
        service.stop()
    assert len(read_cassette(folder / "t.http.yaml")) == 3 + edited


def test_a_cassette_that_is_missing_ends_it_before_it_begins(folder: Path) -> None:

    program = TerminalProgram(["chat", "app.py", "--record", "t.jsonl", "--http", "replay"], folder)
    program.until_line("capsule: t.http.yaml: there is no such file; --http record makes it.")
    assert program.wait() == 2
    program.close()
