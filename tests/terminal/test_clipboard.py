"""``/copy`` hands the terminal the last reply."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from tests.terminal.screen import Start, TerminalProgram

APP = '''
import asyncio

import cpsl

app = cpsl.App("clip", image=cpsl.Image())

CODE = """Two ways:

```python
x = 1
```

1. or

   ~~~
   y = "ż"

   z = 2
   ~~~

so."""


@app.message()
async def handle(session, msg):
    if msg.text == "boom":
        raise ValueError("no way")
    if msg.text == "big":
        await session.reply("x" * 75_001)
    elif msg.text == "full":
        await session.reply("x" * 75_000)
    elif msg.text == "partial":
        async with session.stream_reply() as reply:
            reply.write("so far")
            await asyncio.Event().wait()
    elif msg.text == "evil":
        await session.reply("\\\\x1b]52;c;ZXZpbA==\\\\x07")
    else:
        await session.reply(CODE if msg.text == "code" else f"**{msg.text}**")
'''.replace("\\\\", "\\")


@pytest.fixture(autouse=True)
def copied(folder: Path) -> None:
    """The app of this file in the place of the usual one."""
    (folder / "app.py").write_text(APP, encoding="utf-8")


def clips(chat: TerminalProgram) -> list[str]:
    """What the program asked the terminal to put on the clipboard, in order."""
    found = re.findall("\x1b\\]52;c;([^\x07]*)\x07", chat.raw)
    return [base64.b64decode(text, validate=True).decode() for text in found]


def test_the_reply_is_copied_as_it_is_and_nothing_of_it_is_seen(start: Start) -> None:
    chat = start()
    chat.keys("some text\r")
    chat.until_line("some text")
    chat.keys("/copy\r")
    chat.until_line("copied 13 B, if the terminal lets programs write to the clipboard")
    assert clips(chat) == ["**some text**"]
    chat.until_prompt()
    assert chat.lines()[2:] == [
        "❯ some text",
        "some text",
        "❯ /copy",
        "copied 13 B, if the terminal lets programs write to the clipboard",
        "❯",
    ]


def test_copy_code_takes_the_last_code_block(start: Start) -> None:
    chat = start()
    chat.keys("code\r")
    chat.until_line("so.")
    chat.keys("/copy code\r")
    chat.until(lambda: any(line.startswith("copied") for line in chat.lines()))
    assert clips(chat) == ['y = "ż"\n\nz = 2']


def test_only_what_was_said_is_copied_no_error_and_no_mark(start: Start) -> None:
    chat = start()
    chat.keys("partial\r")
    chat.until_line("so far")
    chat.keys("\x03")
    chat.until_line("[interrupted]")
    chat.keys("boom\r")
    chat.until_line("│ ValueError: no way")
    chat.keys("/copy\r")
    chat.until(lambda: any(line.startswith("copied") for line in chat.lines()))
    assert clips(chat) == ["so far"]


def test_the_last_reply_of_an_earlier_chat_can_be_copied(start: Start) -> None:
    first = start()
    first.keys("kept\r")
    first.until_line("kept")
    first.keys("\x04")
    assert first.wait() == 0
    second = start()
    second.keys("/copy\r")
    second.until(lambda: any(line.startswith("copied") for line in second.lines()))
    assert clips(second) == ["**kept**"]


@pytest.mark.parametrize(
    ("before", "command", "words"),
    [
        ("", "/copy", "there is no reply to copy yet"),
        ("plain", "/copy code", "the last reply has no code block; /copy copies all of it"),
        ("big", "/copy", "that is 75,001 bytes, and the clipboard of a terminal takes at most 75,000"),
        ("plain", "/copy all", "/copy copies the last reply, /copy code its last code block; not 'all'"),
    ],
)
def test_what_cannot_be_copied_is_one_sentence(start: Start, before: str, command: str, words: str) -> None:
    chat = start(columns=100)
    chat.keys(f"{before}\r")
    chat.until_prompt()
    chat.keys(f"{command}\r")
    chat.until_line(words)
    assert clips(chat) == []


def test_what_just_fits_is_copied_and_a_hostile_reply_is_only_base64(start: Start) -> None:
    chat = start("--plain")
    chat.keys("full\r")
    chat.until_prompt()
    chat.keys("/copy\r")
    chat.until(lambda: any(line.startswith("copied 75 kB") for line in chat.lines()))
    chat.keys("evil\r")
    chat.until_line("^[]52;c;ZXZpbA==^G")
    chat.keys("/copy\r")
    chat.until(lambda: any(line.startswith("copied 16 B") for line in chat.lines()))
    assert clips(chat) == ["x" * 75_000, "\x1b]52;c;ZXZpbA==\x07"]


def test_the_word_code_is_completed(start: Start) -> None:
    chat = start()
    chat.keys("/copy c")
    chat.until(lambda: chat.lines()[-1].split() == ["code"])
    chat.keys("\t")
    chat.until_line("❯ /copy code")
