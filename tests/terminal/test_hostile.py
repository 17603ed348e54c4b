"""Hostile text changes nothing on the screen and is seen as text, wherever it comes from (architecture.md#safety)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cpsl.render.safe import visible
from tests.terminal.screen import Start, TerminalProgram

# Clears the screen, sets the title, begins a paste, clears in one 8-bit control, turns the text around; then what
# is not seen at all: a space and a joiner of no width, a letter and a filler without a glyph.
EVIL = "\x1b[2J\x1b]0;owned\x07\x1b[200~\x9b2J\u202egnp\u200b\u200d\U000e0041\u3164"
SEEN = visible(EVIL)
# Names and ids hold no control characters.
NAME = "\u202egnp\u200b\u200d\U000e0041\u3164"
SEEN_NAME = visible(NAME)

APP = """
import asyncio

import cpsl

EVIL = {evil!r}

app = cpsl.App(EVIL, image=cpsl.Image())
app.home(title=EVIL, subtitle=EVIL, suggestions=[cpsl.Suggestion(EVIL, prompt=EVIL)])
notes = app.collection("notes", scope="app")
app.setting("evil", default=EVIL)


@app.data("look")
async def look(session):
    return {{EVIL: EVIL}}


@app.message()
async def handle(session, msg):
    text = msg.text
    if text == "streamed":
        async with session.stream_reply() as reply:
            for letter in "1" + EVIL + "2\\n3":
                reply.write(letter)
            await asyncio.Event().wait()
    elif text == "markdown":
        await session.reply(f"# {{EVIL}}\\n\\n- `{{EVIL}}`\\n\\n```\\n{{EVIL}}\\n```\\n\\n[{{EVIL}}](https://{{EVIL}})")
    elif text == "store":
        session.data[EVIL] = EVIL
        await notes.insert_one({{"k" + EVIL: EVIL}})
        await session.set_title(EVIL)
        await session.reply("stored")
    elif text == "boom":
        raise ValueError(EVIL)
    elif text == "notify":
        await session.notify(EVIL, detail=EVIL)
        await asyncio.Event().wait()
    elif text == "block":
        await session.show(cpsl.Block(EVIL, {{EVIL: [EVIL]}}))
    elif text == "print":
        print(EVIL)
    elif text == "who":
        await session.reply(f"{{session.user.id}} {{session.user.email}}")
    else:
        await session.reply(f"got {{text}} {{[item.name for item in msg.attachments or ()]}}")
"""


@pytest.fixture
def evil(start: Start, folder: Path) -> Start:
    """Starts a chat with an app that says and is called the worst, in a window in which nothing wraps."""
    (folder / "app.py").write_text(APP.format(evil=EVIL), encoding="utf-8")

    def begin(*arguments: str, **options: Any) -> TerminalProgram:
        return start(*arguments, columns=240, rows=40, **options)

    return begin


def seen(chat: TerminalProgram, part: str) -> None:
    """Wait for a line with that text in it, and see that nothing has acted on the terminal."""
    chat.until(lambda: any(part in line for line in chat.everything()))
    assert chat.screen.title == ""
    for sequence in ("\x1b[2J", "\x1b]0;", "\x1b[200~", "\x9b", "\u202e", "\u200b", "\u200d", "\U000e0041", "\u3164"):
        assert sequence not in chat.raw
    assert chat.everything()[0].startswith(SEEN)


def after(chat: TerminalProgram, command: str) -> list[str]:
    """The lines that a command has brought."""
    return chat.lines()[chat.lines().index(f"❯ {command}") + 1 :]


def until_shown_after(chat: TerminalProgram, command: str) -> None:
    """Wait for a line with the worst in it that the command has brought."""
    chat.until(lambda: any("owned" in line and "gnp" in line for line in after(chat, command)))


def test_in_the_header_and_the_home(evil: Start) -> None:
    chat = evil()
    assert chat.lines()[0].startswith(f"{SEEN} · session main")
    seen(chat, f"  1  {SEEN}")
    chat.keys("/home 1\r")
    seen(chat, f"got {SEEN}")


def test_in_a_stream_letter_by_letter(evil: Start) -> None:
    chat = evil()
    chat.keys("streamed\r")
    seen(chat, f"1{SEEN}2")
    chat.until(lambda: "3" in chat.lines())


def test_in_markdown(evil: Start) -> None:
    chat = evil()
    chat.keys("markdown\r")
    seen(chat, "https://")
    assert sum(SEEN in line for line in chat.lines()[4:]) == 4


@pytest.mark.parametrize(("text", "part"), [("notify", f"{SEEN} {SEEN}"), ("block", f"[{SEEN}] "), ("print", SEEN)])
def test_in_what_is_no_reply(evil: Start, text: str, part: str) -> None:
    chat = evil()
    chat.keys(f"{text}\r")
    chat.until_line(f"❯ {text}")
    seen(chat, part)


def test_in_an_error_and_its_traceback(evil: Start) -> None:
    chat = evil()
    chat.keys("boom\r")
    seen(chat, f"│ ValueError: {SEEN}")
    chat.keys("/traceback\r")
    seen(chat, "Traceback (most recent call last):")


def test_in_documents_state_differences_settings_and_data(evil: Start) -> None:
    chat = evil()
    chat.keys("store\r")
    seen(chat, "stored")
    for command in ("/diff", "/state", "/state --json", "/db notes", "/settings", "/data look", "/sessions --json"):
        chat.until_prompt()
        chat.keys(f"{command}\r")
        chat.until_line(f"❯ {command}")
        until_shown_after(chat, command)
        seen(chat, "stored")


def test_in_the_title_and_the_name_of_a_session(evil: Start) -> None:
    chat = evil("--session", NAME)
    seen(chat, f"session {SEEN_NAME}")
    assert chat.corner() == SEEN_NAME
    chat.keys("store\r")
    seen(chat, "stored")
    chat.keys("/sessions\r")
    seen(chat, f"{SEEN_NAME}  local  1 turn  ")
    chat.keys("/session\r")
    seen(chat, f"{SEEN_NAME} (")
    chat.keys("/new\r")
    seen(chat, "session main")
    chat.keys(f"\x1b[200~/session '{NAME}'\x1b[201~\r")
    seen(chat, f"❯ /session '{SEEN_NAME}'")
    chat.keys("\x04")
    assert chat.wait() == 0
    seen(chat, "resume with: capsule chat app.py --session '")


def test_in_the_id_and_the_address_of_a_person(evil: Start, folder: Path) -> None:
    chat = evil("--as", NAME, "--email", NAME)
    assert chat.lines()[-1] == f"{SEEN_NAME}❯"
    chat.keys("who\r")
    seen(chat, f"{SEEN_NAME} {SEEN_NAME}")
    chat.keys("\x1b[200~/as 'x\u202e'\x1b[201~\r")
    seen(chat, "now x<U+202E>, session main")


def test_in_the_people_of_the_config_and_their_completion(evil: Start, folder: Path) -> None:
    (folder / ".capsule").mkdir()
    quoted = "".join(f"\\u{ord(letter):04x}" for letter in NAME.replace("\U000e0041", ""))
    (folder / ".capsule/config.toml").write_text(f'[users."{quoted}"]\nemail = "{quoted}"\n', encoding="ascii")
    chat = evil()
    chat.keys("/as ")
    seen(chat, f" {visible(NAME.replace(chr(0xE0041), ''))}")


def test_in_the_names_of_files(evil: Start, folder: Path) -> None:
    (folder / f"z{EVIL}.txt").write_text("content", encoding="utf-8")
    chat = evil()
    chat.keys("/attach z")
    chat.until(lambda: chat.lines()[-1].strip() == f"z{SEEN}.txt")
    chat.keys("\t\r")
    seen(chat, f"with the next message: z{SEEN}.txt 7 B")
    chat.keys("see @z")
    chat.until(lambda: chat.lines()[-1].strip() == f"z{SEEN}.txt")
    chat.keys("\t\r")
    seen(chat, f"❯ see @z{SEEN}.txt [z{SEEN}.txt 7 bytes]")
    seen(chat, "got see @z")
    chat.keys("/attach 'no\x1b[200~\x1b]0;owned\x07\x1b[201~'\r")
    seen(chat, "Cannot attach 'no\\x1b]0;owned")


def test_in_what_is_typed_pasted_and_mistyped(evil: Start) -> None:
    chat = evil()
    chat.keys(f"\x1b[200~{EVIL.replace(chr(27) + '[200~', '')}\x1b[201~")
    chat.until(lambda: "<U+202E>gnp" in chat.lines()[-1])
    chat.keys("\r")
    seen(chat, "got ^[[2J^[]0;owned^G<U+009B>2J<U+202E>gnp")
    chat.keys("\x1b[200~/\x1b[2J\x1b[201~\r")
    seen(chat, "unknown command /^[[2J")
    chat.keys("\x1b[200~/db \x1b]0;owned\x07\x1b[201~\r")
    seen(chat, "no collection")
