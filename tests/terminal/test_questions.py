"""Questions of the app at the prompt: what is asked can be read while it waits (behaviour.md §32)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.terminal.screen import Start

APP = """
import asyncio
from pathlib import Path

import cpsl

app = cpsl.App("asking", image=cpsl.Image())
app.add_integration("acme", fields=["key"])
background = []


@app.message()
async def handle(session, msg):
    text = msg.text
    if text == "stream":
        async with session.stream_reply() as reply:
            reply.write("I found three files.\\nShall they")
            allowed = await session.prompt_approval("Delete 3 files?")
            reply.write(f" go? {allowed}\\nthat was all")
    elif text == "table":
        async with session.stream_reply() as reply:
            reply.write("| a | b |\\n|---|---|\\n| 1 | 2 |\\n")
            allowed = await session.prompt_approval("Add a row?")
            reply.write("| 3 | 4 |\\n\\nend")
    elif text == "letter":
        async with session.stream_reply() as reply:
            reply.write("before\\nduring")
            await session.prompt_approval("\\n".join(f"letter {n}" for n in range(30)))
    elif text == "two":
        async def ask(message):
            return await session.prompt_approval(message, approve_label=message)
        answers = await asyncio.gather(ask("first"), ask("second"))
        await session.reply(f"answers {answers}")
    elif text == "later":
        async def afterwards():
            while not Path("go").exists():
                await asyncio.sleep(0.005)
            await session.reply(f"approved {await session.prompt_approval('May I?')}")
        background.append(asyncio.create_task(afterwards()))
        await session.reply("started")
    elif text == "file":
        file = await session.prompt_file(message="Which file?")
        await session.reply(f"{file.name} {file.size}")
    elif text == "secret":
        await session.require_integration("acme")
        await session.reply("connected")
    elif text == "short":
        answer = await session.prompt_approval("Quick?", timeout=0.05)
        await session.reply(f"{answer}")
    elif text == "evil":
        await session.prompt_approval("a\\x1b[2Jb\\x1b]0;title\\x07", approve_label="\\x1b[31mYes")
    else:
        await session.reply(f"got {text}")
"""


@pytest.fixture
def asking(folder: Path) -> None:
    """The app of this file in the place of the usual one."""
    (folder / "app.py").write_text(APP, encoding="utf-8")


pytestmark = pytest.mark.usefixtures("asking")


def test_a_question_within_a_stream_is_read_while_it_waits(start: Start) -> None:
    chat = start()
    chat.keys("stream\r")
    asked = ["I found three files.", "Shall they", "? Delete 3 files?", "Approve? [y/n] ❯"]
    chat.until(lambda: chat.lines()[-4:] == asked)
    chat.keys("y\r")
    chat.until_line("that was all")
    chat.until_prompt()
    assert chat.everything()[3:] == [
        "I found three files.",
        "Shall they go? True",
        "that was all",
        "? Delete 3 files? · Approve",
        "❯",
    ]


def test_an_open_table_stays_whole_around_a_question(start: Start) -> None:
    chat = start()
    chat.keys("table\r")
    chat.until(lambda: chat.lines()[-3:] == ["| 1 | 2 |", "? Add a row?", "Approve? [y/n] ❯"])
    chat.keys("n\r")
    chat.until_line("end")
    chat.until_prompt()
    assert [line.split() for line in chat.everything() if line.strip()[:1] in ("1", "3")] == [["1", "2"], ["3", "4"]]
    assert "? Add a row? · Reject" in chat.everything()
    assert "| 1 | 2 |" not in chat.everything()


def test_a_question_longer_than_the_window_can_be_scrolled_to(start: Start) -> None:
    chat = start(rows=12)
    chat.keys("letter\r")
    letters = [f"letter {number}" for number in range(30)]
    chat.until(lambda: [line.strip(" ?") for line in chat.everything() if "letter" in line][1:] == letters)
    chat.until(lambda: chat.lines()[-1] == "Approve? [y/n] ❯")
    assert chat.lines()[-2] == "during"
    chat.keys("y\r")
    chat.until_line("? letter 0 · Approve")
    chat.until_prompt()
    assert Counter(chat.everything())["during"] == 1


def test_of_two_questions_the_first_is_answered_first(start: Start) -> None:
    chat = start()
    chat.keys("two\r")
    chat.until(lambda: chat.lines()[-2:] == ["? first", "first? [y/n] ❯"])
    chat.keys("y\r")
    chat.until(lambda: chat.lines()[-2:] == ["? second", "second? [y/n] ❯"])
    chat.keys("n\r")
    chat.until_line("answers [True, False]")
    assert "? first · first" in chat.lines()
    assert "? second · Reject" in chat.lines()


def test_a_draft_waits_until_the_question_is_answered(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("later\r")
    chat.until_line("started")
    chat.keys("half typed")
    chat.until_line("❯ half typed")
    (folder / "go").touch()
    chat.until(lambda: chat.lines()[-2:] == ["? May I?", "Approve? [y/n] ❯"])
    chat.keys("y\r")
    chat.until_line("approved True")
    chat.until(lambda: chat.lines()[-1] == "❯ half typed")
    chat.keys("\r")
    chat.until_line("got half typed")


def test_ctrl_c_declines_and_brings_the_draft_back(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("later\r")
    chat.until_line("started")
    chat.keys("half typed")
    chat.until_line("❯ half typed")
    (folder / "go").touch()
    chat.until(lambda: chat.lines()[-2:] == ["? May I?", "Approve? [y/n] ❯"])
    chat.keys("perh")
    chat.until(lambda: chat.lines()[-1] == "Approve? [y/n] ❯ perh")
    chat.keys("\x03")
    chat.until_line("approved False")
    chat.until(lambda: chat.lines()[-1] == "❯ half typed")


def test_an_answer_is_no_entry_of_the_history(start: Start) -> None:
    chat = start()
    chat.keys("stream\r")
    chat.until(lambda: chat.lines()[-1] == "Approve? [y/n] ❯")
    chat.keys("yes\r")
    chat.until_line("that was all")
    chat.until_prompt()
    chat.keys("\x1b[A")
    chat.until(lambda: chat.lines()[-1] == "❯ stream")


def test_what_nobody_answers_is_told_and_the_prompt_is_free_again(start: Start) -> None:
    chat = start()
    chat.keys("short\r")
    chat.until_line("False")
    chat.until_prompt()
    assert chat.lines()[-3:] == ["? Quick? · no answer", "False", "❯"]
    chat.keys("secret\r")
    chat.until(lambda: chat.lines()[-2:] == ["? Connect acme", "key: ❯"])
    chat.keys("\x03")
    chat.until_line("? Connect acme · no answer")
    chat.until_line("[interrupted]")
    chat.keys("hello\r")
    chat.until_line("got hello")


def test_the_line_that_stays_names_a_file_and_never_a_secret(start: Start, folder: Path) -> None:
    (folder / "a.csv").write_text("1,2", encoding="utf-8")
    chat = start()
    chat.keys("file\r")
    chat.until(lambda: chat.lines()[-2:] == ["? Which file?", "path: ❯"])
    chat.keys("a.csv\r")
    chat.until_line("a.csv 3")
    assert "? Which file? · a.csv" in chat.lines()
    chat.keys("secret\r")
    chat.until(lambda: chat.lines()[-1] == "key: ❯")
    chat.keys("hunter2\r")
    chat.until_line("connected")
    assert "? Connect acme · given" in chat.lines()
    assert "hunter2" not in chat.raw


def test_control_sequences_of_a_question_are_text(start: Start) -> None:
    chat = start()
    chat.keys("evil\r")
    chat.until(lambda: chat.lines()[-2:] == ["? a^[[2Jb^[]0;title^G", "^[[31mYes? [y/n] ❯"])
    assert chat.screen.title == ""
    assert "❯ evil" in chat.lines()


def test_on_a_dumb_terminal_a_question_has_a_line_of_its_own(start: Start) -> None:
    chat = start(env={"TERM": "dumb"})
    chat.keys("stream\r")
    chat.until(lambda: chat.lines()[-1] == ">" and "question: Delete 3 files? (y or n)" in chat.lines())
    assert chat.lines()[-4:] == ["I found three files.", "Shall they", "question: Delete 3 files? (y or n)", ">"]
    chat.keys("y\r")
    chat.until(lambda: chat.lines()[-4:] == ["> y", " go? True", "that was all", ">"])


def test_what_is_no_answer_is_refused_and_asked_again(start: Start) -> None:
    chat = start()
    chat.keys("stream\r")
    chat.until(lambda: chat.lines()[-1] == "Approve? [y/n] ❯")
    chat.keys("maybe\r")
    chat.until_line("'maybe' is neither y (Approve) nor n (Reject)")
    chat.until(lambda: chat.lines()[-1] == "Approve? [y/n] ❯")
    chat.keys("yes\r")
    chat.until_line("Shall they go? True")


def test_the_label_itself_is_an_answer(start: Start) -> None:
    chat = start()
    chat.keys("two\r")
    chat.until(lambda: chat.lines()[-1] == "first? [y/n] ❯")
    chat.keys("First\r")
    chat.until(lambda: chat.lines()[-1] == "second? [y/n] ❯")
    chat.keys("reject\r")
    chat.until_line("answers [True, False]")


def test_a_mistyped_path_is_asked_for_again_and_a_dragged_one_is_understood(start: Start, folder: Path) -> None:
    (folder / "a file.txt").write_text("four", encoding="utf-8")
    chat = start()
    chat.keys("file\r")
    chat.until(lambda: chat.lines()[-1] == "path: ❯")
    chat.keys("a fiel.txt\r")
    chat.until_line("Cannot attach 'a fiel.txt': it does not exist.")
    chat.until(lambda: chat.lines()[-1] == "path: ❯")
    chat.keys("'a file.txt' \r")
    chat.until_line("a file.txt 4")
