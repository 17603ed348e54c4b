"""Columns of text: one rule, and everything that is aligned or cut to columns keeps to it."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import cpsl
import cpsl_cli
from cpsl.model.attachment import name_problem
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.model.question import Question
from cpsl.patterns import quote_pattern
from cpsl.render.markdown import MarkdownReply
from cpsl.render.trace_lines import trace_line
from cpsl.textwidth import cut, display_width, padded, rows
from cpsl.transcript.document import RecordedTurn
from cpsl.transcript.report import PLAIN, turn_report
from cpsl.transcript.result import TurnResult
from cpsl_cli.console import Look
from cpsl_cli.db.output import CommandOutput, Descriptor
from cpsl_cli.db.table import draw_table
from cpsl_cli.inspection import _lines
from cpsl_cli.repl.asking import Asking
from cpsl_cli.repl.labels import Label, Labels
from cpsl_cli.repl.question import QuestionLines
from cpsl_cli.repl.reply import PlainReply
from cpsl_cli.repl.screen import Screen
from cpsl_cli.repl.terminal import Painter
from cpsl_cli.repl.wrap import explanation_lines, last_rows, wrap_words

FAMILY = "👩‍👩‍👧"
LOOK = Look(color=False, unicode=True)
ANN = SessionKey("s1", "main", UserInfo("ann"))

# Where something else than textwidth may know what a character takes, and why.
ELSEWHERE = {
    "cpsl/textwidth.py": {"wcwidth", "cwidth"},
    "cpsl/render/markdown_document.py": {".rjust("},  # the number of a list's item
    "cpsl_cli/console.py": {"get_terminal_size"},
}
FORBIDDEN = (
    "wcwidth", "wcswidth", "cell_len", "cwidth", "east_asian_width", "get_terminal_size", ".ljust(", ".rjust(",
    ".center(", "textwrap.wrap", "textwrap.shorten", "textwrap.fill",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("会议", 4),
        ("e\u0301", 1),
        ("👍🏽", 2),
        (FAMILY, 2),
        ("🇩🇪", 2),
        ("1\ufe0f\u20e3", 2),
        ("\u200b", 0),
        ("\x1b[1mab\x1b[0m", 2),
        ("\x1b[1m会\x1b[0m", 2),
        ("a\tb", 9),
    ],
)
def test_the_width_is_what_a_terminal_uses(text: str, width: int) -> None:
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "columns", "mark", "shown"),
    [
        ("abc", 3, "…", "abc"),
        ("abcd", 3, "…", "ab…"),
        ("abcdef", 5, "...", "ab..."),
        ("abcdef", 3, "...", ""),
        ("abcdef", 4, "", "abcd"),
        ("会议会议", 8, "…", "会议会议"),
        ("会议会议", 7, "…", "会议会…"),
        ("会议会议", 6, "…", "会议…"),
        ("会议会议", 2, "…", "…"),
        (FAMILY * 3, 6, "…", FAMILY * 3),
        (FAMILY * 3, 5, "…", FAMILY * 2 + "…"),
        ("e\u0301" * 4, 3, "…", "e\u0301e\u0301…"),
        ("", 0, "…", ""),
    ],
)
def test_a_line_is_cut_within_its_columns_and_between_letters(text: str, columns: int, mark: str, shown: str) -> None:
    assert cut(text, columns, mark) == shown
    assert display_width(shown) <= columns


@pytest.mark.parametrize(
    ("text", "columns", "found"),
    [
        ("", 3, [""]),
        ("abcd", 3, ["abc", "d"]),
        ("会议会", 5, ["会议", "会"]),
        ("a会议", 3, ["a会", "议"]),
        (FAMILY * 3, 4, [FAMILY * 2, FAMILY]),
        ("会议", 1, ["会", "议"]),
    ],
)
def test_rows_are_those_of_a_terminal(text: str, columns: int, found: list[str]) -> None:
    assert rows(text, columns) == found


@pytest.mark.parametrize("name", ["ab", "会", FAMILY, "e\u0301o"])
def test_padding_fills_the_columns(name: str) -> None:
    assert display_width(padded(name, 5)) == display_width(padded(name, 5, right=True)) == 5
    assert padded(name, 5).strip() == padded(name, 5, right=True).strip() == name


def test_nothing_else_in_the_product_measures_text_or_the_terminal() -> None:
    found: dict[str, set[str]] = {}
    for package in (cpsl, cpsl_cli):
        folder = Path(str(package.__file__)).parent
        for file in folder.rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            ways = {word for word in FORBIDDEN if word in text} | set(re.findall(r":[<>^]\{\w+\}", text))
            if ways:
                found[file.relative_to(folder.parent).as_posix()] = ways
    assert found == ELSEWHERE


def table(names: list[str], lines: list[list[str]], columns: int, *, vertical: bool = False) -> list[str]:
    stage = CommandOutput(Descriptor(), LOOK, terminal=True, columns=columns, vertical=vertical)
    return "".join(draw_table(names, lambda: lines, stage)).splitlines()


def test_a_table_of_the_database() -> None:
    lines = [["会议", "1"], [FAMILY, "22"], ["x" * 3, "333"]]
    assert table(["名", "n"], lines, 0) == ["名      n", "────  ───", "会议    1", f"{FAMILY}     22", "xxx   333"]


def test_a_table_that_is_too_wide_is_cut_within_the_screen() -> None:
    drawn = table(["名", "n"], [["会" * 20, FAMILY * 20], ["a", "b"]], 20)
    assert drawn == ["名         n", "─────────  ─────────", f"会会会会…  {FAMILY * 4}…", "a          b"]
    assert max(map(display_width, drawn)) == 20


def test_a_table_below_one_another() -> None:
    drawn = table(["名字", "n"], [["会" * 20, FAMILY]], 10, vertical=True)
    assert drawn[1:] == ["名字  " + "会" * 20, f"n     {FAMILY}"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("会议", "会议"),
        ("会" * 12, "会" * 12),
        ("会" * 13, "会" * 10 + "..."),
        (FAMILY * 13, FAMILY * 10 + "..."),
        ("x" * 25, "x" * 21 + "..."),
    ],
)
def test_the_label_of_another_session(name: str, shown: str) -> None:
    label = Labels(LOOK, lambda: ANN).of(SessionKey("s2", name, ANN.user))
    assert label.text == f"{shown} │ "
    assert label.width == display_width(shown) + 3


def screen() -> Screen:
    terminal = SimpleNamespace(file=io.StringIO(), window=SimpleNamespace(pending=False))
    return Screen(cast(Any, terminal), LOOK, lambda: None)


async def test_the_rows_of_a_question() -> None:
    asking = Asking(lambda change: change())
    drawn = screen()
    labels = Labels(LOOK, lambda: ANN)
    lines = QuestionLines(asking, drawn, Painter(drawn, labels, lambda margin: PlainReply(lambda: 80)), labels)
    waiting = asyncio.ensure_future(asking.ask(Question("approval", "会议" * 3 + FAMILY), ANN))
    await asyncio.sleep(0)
    assert lines.rows(9) == ["? 会议会", "  议会议", f"  {FAMILY}"]
    asking.take("")
    assert await waiting is False


async def test_a_status_and_an_unfinished_line() -> None:
    drawn = screen()
    drawn.status("s1", "会议" * 20)
    drawn.status("s2", FAMILY * 20, Label("会 │ ", "会 │ "))
    drawn.tail("会议会")
    live = drawn.live(5, 12, [], busy=False, queued=2)
    assert live == f"会议会\n会 │ {FAMILY * 2}...\n (2 queued)\n"
    assert drawn.live(5, 20, [], busy=False, queued=2).splitlines()[-1] == "会议会... (2 queued)"


def test_rows_of_text_in_the_terminal() -> None:
    assert last_rows("会议" * 4, 6, 2) == ["议会议", "会议"]
    assert wrap_words(f"会议 {FAMILY} ab", 7) == f"会议 {FAMILY}\nab"
    terms = (("/会议", "meets"), (f"/{FAMILY}", "a family"))
    assert explanation_lines(terms, 80) == f"/会议  meets\n/{FAMILY}    a family"


def test_long_lines_of_replies() -> None:
    plain = PlainReply(lambda: 1000)
    assert [display_width(row) for row in plain.feed("会" * 2100)] == [1000] * 4
    drawn = MarkdownReply(lambda: 6, color=False, unicode=True, styles=lambda size: True)
    assert [*drawn.feed(f"会议{FAMILY}\n"), *drawn.close()] == [f"会议{FAMILY}"]


def test_what_capsule_inspect_lists() -> None:
    tables = {"会议": 1, FAMILY: 2, "name\x07": 3}
    assert list(_lines({"tables": tables})) == ["tables", "  会议    1", f"  {FAMILY}      2", "  name^G  3"]


def test_sentences_that_quote() -> None:
    assert quote_pattern("会" * 50) == f"'{'会' * 40}'…"
    assert quote_pattern("x" * 80) == repr("x" * 80)
    assert "(" + "会" * 10 + "…)" in str(name_problem("会" * 100))
    shown = trace_line({"type": "event", "turn": 1, "ms": 1.0, "event": "e", "payload": "会" * 200})
    assert shown.endswith('"' + "会" * 149 + "…")


def test_the_headline_of_a_turn_that_differs() -> None:
    turn = cast(RecordedTurn, SimpleNamespace(user=SimpleNamespace(number=3), number=1, lines=(), complete=True))
    played = TurnResult(turn, "会" * 150, [], (), "")
    headline = turn_report("talk.jsonl", played, PLAIN)[0]
    assert headline == f"talk.jsonl:3: turn 1  > {'会' * 99}…"
