"""What has been typed comes back: Up, Ctrl-R, the grey suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.screen import Start, TerminalProgram


def until_replied(chat: TerminalProgram, times: int) -> None:
    chat.until(lambda: chat.everything().count("l2") == times)


def say(chat: TerminalProgram, *entries: str) -> None:
    for number, entry in enumerate(entries):
        chat.keys(f"{entry}\r")
        until_replied(chat, number + 1)
    chat.until_prompt()


def test_the_entries_of_an_earlier_chat_are_on_up(start: Start) -> None:
    first = start()
    say(first, "said before")
    first.keys("\x04")
    assert first.wait() == 0
    second = start("--new")
    second.keys("\x1b[A")
    second.until(lambda: second.lines()[-1] == "❯ said before")


def test_an_ephemeral_chat_leaves_no_history(start: Start, folder: Path) -> None:
    chat = start("--ephemeral")
    say(chat, "said in passing")
    chat.keys("\x1b[A")
    chat.until(lambda: chat.lines()[-1] == "❯ said in passing")
    chat.keys("\x03\x04")
    assert chat.wait() == 0
    assert not (folder / ".capsule").exists()


def test_ctrl_r_brings_back_the_whole_of_an_entry_of_several_lines(start: Start) -> None:
    chat = start()
    say(chat, "first line\nsecond one\nthird line", "another", "and one more")
    chat.keys("\x12")
    chat.keys("cond")
    chat.until(lambda: any("second one" in line for line in chat.lines()[-4:]))
    chat.keys("\r")
    chat.until(lambda: chat.lines()[-3:] == ["❯ first line", "  second one", "  third line"])
    chat.keys("\r")
    chat.until(lambda: chat.everything().count("l1 first line") == 2)


def test_right_takes_the_grey_suggestion(start: Start) -> None:
    chat = start()
    say(chat, "remember the milk")
    chat.keys("rem")
    chat.until(lambda: chat.lines()[-1] == "❯ remember the milk")
    row = len(chat.lines()) - 1
    typed, suggested = chat.screen.buffer[row][2], chat.screen.buffer[row][6]
    assert (typed.fg, suggested.fg) == ("default", "brightblack")
    chat.keys("\x1b[C")
    chat.until(lambda: chat.screen.buffer[row][6].fg == "default")
    chat.keys("\r")
    chat.until(lambda: chat.everything().count("l1 remember the milk") == 2)


@pytest.mark.parametrize("together", [True, False])
def test_a_message_that_is_interrupted_at_once_is_still_on_up(start: Start, together: bool) -> None:
    chat = start()
    if together:
        chat.keys("forever\r\x03")
    else:
        chat.keys("forever\r")
        chat.keys("\x03")
    chat.until(lambda: any(line.startswith("[interrupted") for line in chat.lines()))
    chat.until_prompt()
    chat.keys("\x1b[A")
    chat.until(lambda: chat.lines()[-1] == "❯ forever")


def test_entries_are_sent_and_remembered_when_their_file_cannot_be_written(start: Start, folder: Path) -> None:
    chat = start()
    history = folder / ".capsule/history"
    history.unlink(missing_ok=True)
    history.mkdir()
    chat.keys("hello\r")
    chat.until_line("l1 hello")
    chat.keys("\x1b[A")
    chat.until_line("❯ hello")
    assert not any("Error" in line for line in chat.everything())
