"""The chat on a screen."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.terminal.screen import Start, TerminalProgram


def numbered(program: TerminalProgram, word: str) -> list[str]:
    return [line for line in program.everything() if re.fullmatch(rf"{word} \d+", line)]


def test_the_header_says_app_session_store_and_where_help_is(start: Start) -> None:
    chat = start()
    assert chat.lines() == [
        "screen · session main · .capsule/screen.db",
        "/help lists the commands · Ctrl-D leaves",
        "❯",
    ]


def test_a_reply_keeps_its_line_breaks(start: Start) -> None:
    chat = start()
    chat.keys("hello\r")
    chat.until_line("l2")
    chat.until_prompt()
    assert chat.lines()[2:] == ["❯ hello", "l1 hello", "l2", "❯"]


def test_every_line_of_a_long_reply_stands_exactly_once(start: Start) -> None:
    chat = start(rows=14)
    chat.keys("long\r")
    chat.until_line("line 199")
    chat.until_prompt()
    assert numbered(chat, "line") == [f"line {number}" for number in range(200)]


def test_dripped_lines_stand_once_also_with_two_resizes_meanwhile(start: Start) -> None:
    chat = start(rows=14)
    chat.keys("drip\r")
    chat.until_line("drip 10")
    chat.resize(14, 60)
    chat.until_line("drip 30")
    chat.resize(18, 90)
    chat.until_line("drip 59")
    chat.until_prompt()
    counts = Counter(numbered(chat, "drip"))
    assert list(counts) == [f"drip {number}" for number in range(60)]
    assert sum(counts.values()) <= 61


def test_a_piece_without_a_newline_is_seen_at_once(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("piecewise\r")
    chat.until_line("first")
    (folder / "go").touch()
    chat.until_line("first second")
    chat.until_prompt()
    assert "first" not in chat.lines()


def test_a_draft_survives_a_reply_that_arrives_between_turns(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("later\r")
    chat.until_line("started")
    chat.keys("half typed")
    chat.until_line("❯ half typed")
    (folder / "go").touch()
    chat.until_line("from the background")
    chat.until(lambda: chat.lines()[-2:] == ["from the background", "❯ half typed"])


def test_a_notice_is_a_live_line_that_the_reply_replaces(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("think\r")
    chat.until(lambda: any(line.startswith("Thinking hard") and "Ctrl-C stops" in line for line in chat.lines()))
    (folder / "go").touch()
    chat.until_line("thought")
    chat.until_prompt()
    assert chat.lines()[-3:] == ["❯ think", "thought", "❯"]


def test_control_sequences_of_a_reply_are_text(start: Start) -> None:
    chat = start()
    chat.keys("evil\r")
    chat.until_line("a^[[2Jb^[]0;title^Gc<U+009B>2J")
    assert chat.screen.title == ""
    assert "❯ evil" in chat.lines()


def test_markdown_is_rendered_and_plain_turns_it_off(start: Start) -> None:
    chat = start("--new")
    chat.keys("markdown\r")
    chat.until_line("  x = 1")
    chat.until_prompt()
    assert [line for line in chat.lines()[3:] if line] == ["Head", "bold", " • one", " • two", "  x = 1", "❯"]
    plain = start("--new", "--plain")
    plain.keys("markdown\r")
    plain.until_line("x = 1")
    assert "**bold**" in plain.lines()


def test_ctrl_c_ends_the_turn_and_keeps_the_partial_reply(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("forever\r")
    chat.until_line("so far")
    chat.keys("\x03")
    chat.until_line("[interrupted]")
    chat.until_prompt()
    assert (folder / "finally").read_text() == "ran"
    chat.keys("history\r")
    chat.until_line("forever | so far [interrupted]")


def test_ctrl_c_that_ends_a_turn_leaves_the_draft_and_the_next_one_clears_it(start: Start) -> None:
    chat = start()
    chat.keys("forever\r")
    chat.until_line("so far")
    chat.keys("half typed")
    chat.until_line("❯ half typed")
    chat.keys("\x03")
    chat.until_line("[interrupted]")
    chat.until(lambda: chat.lines()[-1] == "❯ half typed")
    chat.keys("\x03")
    chat.until_prompt()


def test_ctrl_c_clears_a_draft_and_up_brings_it_back(start: Start) -> None:
    chat = start()
    chat.keys("some draft")
    chat.until_line("❯ some draft")
    chat.keys("\x03")
    chat.until_prompt()
    chat.keys("\x1b[A")
    chat.until_line("❯ some draft")


def test_ctrl_c_twice_on_an_empty_line_leaves_with_130(start: Start) -> None:
    chat = start()
    chat.keys("\x03")
    chat.until(lambda: any("again to exit" in line for line in chat.lines()))
    chat.keys("\x03")
    assert chat.wait() == 130


@pytest.mark.parametrize("leave", ["\x04", "/quit\r"])
def test_leaving_prints_the_exact_resume_command(start: Start, leave: str) -> None:
    chat = start("--session", "with space")
    chat.keys("hi\r")
    chat.until_line("l2")
    chat.keys(leave)
    assert chat.wait() == 0
    assert chat.lines()[-1] == "resume with: capsule chat app.py --session 'with space'"


def test_a_second_start_resumes_session_data_and_history(start: Start) -> None:
    first = start()
    first.keys("remember me\r")
    first.until_line("l2")
    first.keys("\x04")
    assert first.wait() == 0
    second = start()
    assert second.lines()[0] == "screen · session main, 1 turn so far · .capsule/screen.db"
    second.keys("/state\r")
    second.until_line('  "last": "remember me"')
    second.keys("history\r")
    second.until_line("remember me | l1 remember me")


def test_an_error_is_framed_with_the_users_line_and_the_chat_goes_on(start: Start) -> None:
    chat = start()
    chat.keys("boom\r")
    chat.until_line("│ ValueError: no way")
    chat.until_prompt()
    shown = "\n".join(chat.lines())
    assert re.search(r"│   app\.py:\d+ in handle\n│     raise ValueError\(\"no way\"\)", shown)
    assert "cpsl" not in shown.replace("cpsl.App", "")
    assert "hunter2" not in shown
    chat.keys("/traceback\r")
    chat.until_line("Traceback (most recent call last):")
    chat.keys("still here\r")
    chat.until_line("l1 still here")


def test_what_the_app_prints_stands_above_the_prompt(start: Start) -> None:
    chat = start()
    chat.keys("print\r")
    chat.until_line("printed")
    chat.until_line("replied")
    chat.until_prompt()
    assert chat.lines()[3:] == ["printed", "replied", "❯"]


def test_entries_typed_during_a_turn_are_handled_in_order(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("think\r")
    chat.until(lambda: any("Thinking" in line for line in chat.lines()))
    chat.keys("one\r")
    chat.keys("two\r")
    (folder / "go").touch()
    chat.until_line("l1 two")
    chat.until_prompt()
    replies = [line for line in chat.lines() if line.startswith(("thought", "l1"))]
    assert replies == ["thought", "l1 one", "l1 two"]


def test_an_unknown_command_is_never_sent_to_the_app(start: Start) -> None:
    chat = start()
    chat.keys("/stat\r")
    chat.until(lambda: any("did you mean /state?" in line for line in chat.lines()))
    chat.keys("//x\r")
    chat.until_line("l1 /x")


def test_no_color_writes_no_style_at_all(start: Start) -> None:
    chat = start(env={"NO_COLOR": "1"})
    chat.keys("markdown\r")
    chat.until_line("  x = 1")
    chat.keys("boom\r")
    chat.until_line("│ ValueError: no way")
    assert not re.search(r"\x1b\[[0-9;]*m", chat.raw)


def test_color_always_wins_over_no_color(start: Start) -> None:
    chat = start("--color", "always", env={"NO_COLOR": "1"})
    chat.keys("boom\r")
    chat.until_line("│ ValueError: no way")
    assert re.search(r"\x1b\[[0-9;]*31m", chat.raw)


def test_a_dumb_terminal_gets_a_plain_prompt_and_no_escape(start: Start) -> None:
    chat = start(env={"TERM": "dumb"})
    chat.keys("hello\r")
    chat.until_line("l2")
    chat.keys("boom\r")
    chat.until(lambda: any("ValueError: no way" in line for line in chat.lines()))
    assert chat.lines()[:2] == [
        "screen · session main · .capsule/screen.db",
        "/help lists the commands · Ctrl-D leaves",
    ]
    chat.keys("\x04")
    assert chat.wait() == 0
    assert chat.lines()[-2:] == [">", "resume with: capsule chat app.py --session main"]
    assert "\x1b" not in chat.raw


def test_twenty_columns_and_no_utf8_are_enough(start: Start, folder: Path) -> None:
    chat = start(columns=20, env={"LANG": "C", "LC_ALL": "C"})
    chat.keys("a longer message than fits\r")
    chat.until_line("l2")
    chat.until_prompt()
    assert chat.lines()[-1] == ">"
    chat.keys("/st")
    chat.until(lambda: any(line.strip().startswith("/state") for line in chat.lines()))
    chat.keys("\t\r")
    chat.until(lambda: "}" in chat.lines())
    chat.keys("markdown\r")
    chat.until_line("  x = 1")
    chat.until_line(" * two")
    chat.keys("boom\r")
    chat.until_line("| ValueError: no way")
    chat.keys("/help\r")
    chat.until(lambda: "[KEY=VALUE]..." in "".join(chat.everything()))
    chat.keys("think\r")
    chat.until_line("Th... (Ctrl-C stops)")
    (folder / "go").touch()
    chat.until_line("thought")
    chat.keys("\x04")
    assert chat.wait() == 0
    assert chat.raw.isascii()


@pytest.mark.parametrize("rows", [4, 2])
def test_a_window_of_a_few_rows_keeps_the_prompt_in_sight(start: Start, rows: int) -> None:
    chat = start(rows=rows)
    chat.keys("drip\r")
    chat.until(lambda: "drip 59" in chat.everything() and chat.lines()[-1] == "❯")
    assert numbered(chat, "drip") == [f"drip {number}" for number in range(60)]
    chat.keys("\x04")
    assert chat.wait() == 0


def test_a_terminal_that_says_nothing_of_its_size_is_taken_for_80_by_24(start: Start) -> None:
    chat = start(told=False)
    chat.keys("hello\r")
    chat.until_line("l2")
    chat.keys("drip\r")
    chat.until(lambda: chat.lines()[-2:] == ["drip 59", "❯"])
    chat.keys("\x04")
    assert chat.wait() == 0
    assert numbered(chat, "drip") == [f"drip {number}" for number in range(60)]


@pytest.mark.parametrize("handler", ["deaf", "block"])
def test_a_handler_that_does_not_stop_can_be_left_behind(start: Start, handler: str) -> None:
    chat = start()
    chat.keys(f"{handler}\r")
    chat.until_line(f"❯ {handler}")
    chat.keys("\x03")
    chat.until_line("the handler does not stop; Ctrl-C again leaves it behind")
    chat.keys("\x03")
    chat.until_prompt()
    chat.keys("still here?\r")
    chat.until_line("l1 still here?")
    chat.keys("\x04")
    assert chat.wait() == 0


def test_show_diff_tells_after_each_turn_what_it_changed(start: Start) -> None:
    chat = start("--show-diff")
    chat.keys("hello\r")
    chat.until_line('+ data.last "hello"')
    chat.keys("me\r")
    chat.until_line("nothing changed")


def test_the_steps_of_the_last_turn_are_shown_and_written(start: Start, folder: Path) -> None:
    chat = start("--trace", "t.jsonl")
    chat.keys("/trace\r")
    chat.until_line("no turn so far")
    chat.keys("drip\r")
    chat.until_line("drip 59")
    chat.until_prompt()
    chat.keys("/trace\r")
    chat.until(lambda: any("stream: 60 chunks, 470 characters, " in line for line in chat.lines()))
    chat.until(lambda: any(line.endswith("ms  end: ok") for line in chat.lines()))
    types = [json.loads(line)["type"] for line in (folder / "t.jsonl").read_text(encoding="utf-8").splitlines()]
    assert types == ["user", "handler", "stream", "end"]


def test_a_narrow_screen_breaks_help_and_header_between_words(start: Start) -> None:
    chat = start(rows=15, columns=40)
    assert chat.lines()[:4] == [
        "screen · session main ·",
        ".capsule/screen.db",
        "/help lists the commands · Ctrl-D leaves",
        "❯",
    ]
    chat.keys("/help\r")
    chat.until_line("/traceback")
    chat.until_prompt()
    shown = chat.everything()
    at = shown.index("/raw")
    assert shown[at : at + 4] == [
        "/raw",
        "    replies as they are, or as Markdown",
        "    again",
        "/save FILE [--force]",
    ]
    assert shown[shown.index("/history [--json]") + 1] == "    what was said in this session"
