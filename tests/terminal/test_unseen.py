"""Whatever a command shows on a terminal, text of an app, a document or a file reaches it with all of it visible."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.render.safe import visible
from tests.terminal.screen import TerminalProgram

EVIL = "\x1b]0;owned\x07\x9b2J\u202egnp\u200b\u200d\U000e0041\u3164\ufff9"
SEEN = visible(EVIL)
# Names and ids hold no control characters.
NAME = EVIL[EVIL.index("\u202e") :]
UNSEEN = ("\x1b]", "\x07", "\x9b", "\u202e", "\u200b", "\u200d", "\U000e0041", "\u3164", "\ufff9")
APP = f"""
import cpsl

EVIL = {EVIL!r}

app = cpsl.App(EVIL, image=cpsl.Image())
app.home(title=EVIL, subtitle=EVIL, suggestions=[cpsl.Suggestion(EVIL, prompt=EVIL)])
notes = app.collection("notes", scope="app")
app.setting("evil", default=EVIL, label=EVIL)


@app.data("look")
async def look(session):
    return {{EVIL: EVIL}}


@app.message()
async def handle(session, msg):
    session.data[EVIL] = EVIL
    await notes.insert_one({{"k" + EVIL: EVIL, "n": 1}})
    await session.set_title(EVIL)
    await session.notify(EVIL)
    await session.reply(EVIL)
    if msg.text == "boom":
        raise ValueError(EVIL)
"""


@pytest.fixture
def project(folder: Path) -> Path:
    """A project in which everything is called the worst, and a transcript that differs from what the app says."""
    (folder / "app.py").write_text(APP, encoding="utf-8")
    shown(folder, "chat", "app.py", "-m", EVIL, "--session", NAME, "--as", NAME, "--record", "talk.jsonl")
    talk = (folder / "talk.jsonl").read_text(encoding="utf-8")
    (folder / "other.jsonl").write_text(talk.replace("gnp", "png"), encoding="utf-8")
    return folder


def shown(folder: Path, *arguments: str) -> str:
    """All that the command writes to a terminal."""
    program = TerminalProgram([argument.replace("EVIL", EVIL) for argument in arguments], folder, columns=200)
    program.wait()
    program.close()
    assert program.screen.title == ""
    assert not [letter for letter in UNSEEN if letter in program.raw]
    return program.raw


COMMANDS = [
    "db",
    "db notes",
    "db notes --format json",
    "db notes --format csv",
    "db notes --format md",
    "db find notes {'$EVIL':1}",
    "db find EVIL n=1",
    "db sessions",
    "db messages EVIL",
    "db sql SELECT/**/*/**/FROM/**/notes --format jsonl",
    "db path",
    "inspect app.py",
    "data app.py look",
    "replay other.jsonl",
    "replay other.jsonl --json",
    "replay other.jsonl --show",
    "replay EVIL.jsonl",
    "chat app.py -m boom",
    "chat app.py -m /state",
    "chat app.py -m /diff",
    "chat app.py -m /trace",
    "chat app.py -m /EVIL",
    "chat EVIL.py -m hi",
    "EVIL",
]


def test_every_command_that_shows_something(project: Path) -> None:
    for command in COMMANDS:
        text = shown(project, *command.split())
        assert text.strip(), command


def test_errors_of_the_configuration(folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    (folder / ".capsule").mkdir()
    letters = "".join(f"\\U{ord(letter):08x}" for letter in EVIL)
    for line in (f'"{letters}" = 1', f'color = "{letters}"', f'[users."{letters}"]\n"{letters}" = 1', EVIL):
        (folder / ".capsule" / "config.toml").write_text(line + "\n", encoding="utf-8")
        assert shown(folder, "chat", "app.py", "-m", "hi").strip()
