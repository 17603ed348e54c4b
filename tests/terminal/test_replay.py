"""``capsule replay`` on a screen: ``--review`` and ``--chat``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.screen import Start, TerminalProgram

APP = """
import cpsl

app = cpsl.App("reviewed", image=cpsl.Image())
SUFFIX = ""


@app.message()
async def handle(session, msg):
    session.data["n"] = session.data.get("n", 0) + 1
    if SUFFIX and msg.text == "fragile":
        raise ValueError("no way")
    await session.reply(f"**{msg.text}** {session.data['n']}{SUFFIX}")
"""
LINES = [
    {"type": "user", "text": "one"},
    {"type": "reply", "text": "**one** 1"},
    {"type": "user", "text": "two"},
    {"type": "reply", "text": "**two** 2"},
    {"type": "user", "text": "fragile"},
    {"type": "reply", "text": "**fragile** 3"},
]
QUESTION = "accept, skip, edit or quit? [a/s/e/q]"
TEXTS = ["one", "**one** 1", "two", "**two** 2", "fragile", "**fragile** 3"]


@pytest.fixture
def transcript(folder: Path) -> Path:
    """A transcript that the app of today differs from in every turn."""
    (folder / "app.py").write_text(APP.replace('SUFFIX = ""', 'SUFFIX = "!"'), encoding="utf-8")
    file = folder / "t.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    return file


@pytest.fixture
def replay(folder: Path) -> Iterator[Start]:
    """Starts ``capsule replay t.jsonl`` on a screen, and ends it after the test."""
    programs: list[TerminalProgram] = []

    def start(*arguments: str, **options: Any) -> TerminalProgram:
        program = TerminalProgram(["replay", "t.jsonl", *arguments], folder, **options)
        programs.append(program)
        return program

    yield start
    for program in programs:
        program.close()


def asked(program: TerminalProgram, times: int) -> None:
    """Wait until so many questions have been asked, the last one being unanswered."""
    program.until(
        lambda: (
            sum(line.startswith(QUESTION) for line in program.everything()) == times
            and (program.lines() or [""])[-1] == QUESTION
        )
    )


def texts(file: Path) -> list[object]:
    return [json.loads(line).get("text", "") for line in file.read_text(encoding="utf-8").splitlines()]


def editor(folder: Path, source: str) -> dict[str, str]:
    """An editor that changes its file by Python statements; ``lines`` are the file's."""
    script = folder / "edit.py"
    script.write_text(
        "import sys, json, pathlib\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "lines = file.read_text().splitlines()\n"
        f"{source}\n"
        'file.write_text("\\n".join(lines) + "\\n")\n',
        encoding="utf-8",
    )
    return {"EDITOR": f"{sys.executable} {script}", "VISUAL": ""}


def test_what_is_accepted_is_written_and_the_rest_stays(replay: Start, transcript: Path) -> None:
    before = transcript.read_text().splitlines()
    program = replay("--review")
    asked(program, 1)
    assert "t.jsonl:1: turn 1  > one" in program.lines()
    assert any(line.startswith("  + **one** 1!") for line in program.lines())
    program.keys("s\r")
    asked(program, 2)
    program.keys("a\r")
    asked(program, 3)
    program.keys("skip\r")
    program.until_line("t.jsonl: updated 1 turn.")
    assert program.wait() == 1
    after = transcript.read_text().splitlines()
    assert texts(transcript) == ["one", "**one** 1", "two", "**two** 2!", "fragile", "**fragile** 3"]
    assert [new for new, old in zip(after, before, strict=True) if new == old] == [*before[:3], *before[4:]]


def test_quit_keeps_what_was_accepted(replay: Start, transcript: Path) -> None:
    program = replay("--review")
    asked(program, 1)
    program.keys("a\r")
    asked(program, 2)
    program.keys("q\r")
    assert program.wait() == 1
    assert texts(transcript) == ["one", "**one** 1!", *TEXTS[2:]]


def test_the_end_of_input_is_a_quit_and_ctrl_c_changes_nothing(replay: Start, transcript: Path) -> None:
    before = transcript.read_bytes()
    program = replay("--review")
    asked(program, 1)
    program.keys("\x04")
    assert program.wait() == 1
    program = replay("--review")
    asked(program, 1)
    program.keys("a\r")
    asked(program, 2)
    program.keys("\x03")
    assert program.wait() == 130
    assert "t.jsonl: nothing was changed." in program.everything()
    assert transcript.read_bytes() == before


def test_a_turn_that_newly_fails_is_asked_about_again(replay: Start, transcript: Path) -> None:
    program = replay("--review")
    for number in (1, 2):
        asked(program, number)
        program.keys("a\r")
    asked(program, 3)
    program.keys("a\r")
    program.until(lambda: any("Accept it all the same? [y/N]" in line for line in program.lines()))
    program.keys("\r")
    asked(program, 4)
    program.keys("a\r")
    program.until(lambda: sum("[y/N]" in line for line in program.everything()) == 2)
    program.keys("y\r")
    program.until_line("t.jsonl: updated 3 turns.")
    assert program.wait() == 0
    records = [json.loads(line) for line in transcript.read_text().splitlines()]
    assert [record["type"] for record in records][-2:] == ["user", "error"]
    again = replay()
    assert again.wait() == 0
    assert "3 turns, 3 matched" in again.everything()


def test_other_answers_are_explained(replay: Start, transcript: Path) -> None:
    program = replay("--review")
    asked(program, 1)
    program.keys("x\r")
    program.until_line("s  this turn stays as it is")
    asked(program, 2)


def test_an_edited_turn_is_written_as_edited(replay: Start, transcript: Path, folder: Path) -> None:
    change = 'lines[1] = lines[1].replace("1!", "{{n}}!")'
    program = replay("--review", env=editor(folder, change))
    asked(program, 1)
    program.keys("e\r")
    asked(program, 2)
    program.keys("q\r")
    assert program.wait() == 1
    assert texts(transcript) == ["one", "**one** {{n}}!", *TEXTS[2:]]
    assert not any("is not what the app does today" in line for line in program.everything())


def test_a_bad_edit_is_told_with_its_line_and_can_be_edited_again(
    replay: Start, transcript: Path, folder: Path
) -> None:
    mend = (
        'if lines[1] == "{":\n    lines[1] = json.dumps({"type": "reply", "text": "mine"})\nelse:\n    lines[1] = "{"'
    )
    before = transcript.read_bytes()
    program = replay("--review", env=editor(folder, mend))
    asked(program, 1)
    program.keys("e\r")
    program.until(lambda: any(line.startswith("turn-1.jsonl:2: not JSON") for line in program.everything()))
    asked(program, 2)
    assert transcript.read_bytes() == before
    program.keys("e\r")
    program.until_line("turn 1 is now what you wrote, which is not what the app does today")
    asked(program, 3)
    program.keys("q\r")
    assert program.wait() == 1
    assert texts(transcript) == ["one", "mine", *TEXTS[2:]]


@pytest.mark.parametrize(
    ("command", "words"), [("no-such-editor", "cannot be started"), ("false", "false ended with code 1")]
)
def test_an_editor_that_does_not_work_is_a_sentence(replay: Start, transcript: Path, command: str, words: str) -> None:
    program = replay("--review", env={"EDITOR": command, "VISUAL": ""}, columns=150)
    asked(program, 1)
    program.keys("e\r")
    program.until(lambda: any(words in line for line in program.everything()))
    asked(program, 2)
    program.keys("a\r")
    asked(program, 3)


def test_a_matching_file_asks_nothing(replay: Start, transcript: Path, folder: Path) -> None:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    stamp = transcript.stat().st_mtime_ns
    program = replay("--review")
    assert program.wait() == 0
    assert program.everything() == ["using app.py:app", "3 turns, 3 matched"]
    assert transcript.stat().st_mtime_ns == stamp


def test_a_chat_goes_on_at_a_prompt(replay: Start, transcript: Path, folder: Path) -> None:
    program = replay("--until", "2", "--chat")
    program.until_prompt()
    shown = program.lines()
    differing = "turn 1, 2 are not as recorded; capsule replay t.jsonl shows how"
    assert shown[:6] == ["using app.py:app", "❯ one", "one 1!", "❯ two", "two 2!", differing]
    assert "reviewed · session main, 2 turns so far · in memory" in shown
    program.keys("three\r")
    program.until_line("three 3!")
    program.until_prompt()
    program.keys("/clock\r")
    program.until(lambda: any("stands still; /clock real ends it" in line for line in program.lines()))
    program.until(lambda: program.corner().startswith("main · 2026-01-01 00:00"))
    program.keys("\x04")
    assert program.wait() == 0
    assert not (folder / ".capsule").exists()


def test_a_saved_app_takes_effect_in_the_chat_that_goes_on(replay: Start, transcript: Path, folder: Path) -> None:
    program = replay("--chat", "--until", "1")
    program.until_prompt()
    (folder / "app.py").write_text(APP.replace('SUFFIX = ""', 'SUFFIX = " new"'), encoding="utf-8")
    program.keys("x\r")
    program.until_line("x 2 new")


def test_show_renders_markdown_on_a_terminal(replay: Start, transcript: Path) -> None:
    program = replay("--show")
    assert program.wait() == 0
    assert program.lines()[:2] == ["❯ one", "one 1"]
    assert "\x1b[1mone" in program.raw


WAITING = """
import asyncio, cpsl

app = cpsl.App("waiting", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    if msg.text == "wait":
        print("\\nwaiting now")
        await asyncio.Event().wait()
    await session.reply(msg.text)
"""


@pytest.fixture
def waiting(folder: Path) -> Path:
    """A folder of two transcripts; the app never answers the last turn of the second."""
    (folder / "app.py").write_text(WAITING, encoding="utf-8")
    talks = folder / "talks"
    talks.mkdir()
    for name, said in (("a", ["hi"]), ("b", ["ho", "wait"])):
        lines = [{"type": kind, "text": text} for text in said for kind in ("user", "reply")]
        (talks / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return talks


def test_progress_is_shown_and_ctrl_c_ends_it_in_order(folder: Path, waiting: Path) -> None:
    program = TerminalProgram(["replay", "talks", "--app", "app.py"], folder)
    try:
        program.until(lambda: "waiting now" in program.everything() and program.screen.cursor.x == 0)
        program.keys("\x03")
        assert program.wait() == 130
        # What the terminal echoes of Ctrl-C is wiped with the progress.
        assert program.everything() == [
            "talks/a.jsonl: 1 turn, 1 matched",
            "1/2 a.jsonl",
            "waiting now",
            "talks/b.jsonl: 2 turns, 1 matched, 1 not played",
            "2 transcripts: 3 turns, 2 matched, 1 not played",
        ]
    finally:
        program.close()
