"""``capsule replay --show`` and ``--md``."""

from __future__ import annotations

from typing import Any

import pytest

from cpsl_cli.replay.markdown import escape_markdown
from tests.conftest import Folder
from tests.replay.recorded import recorded, written

TALK = """\
@app.message()
async def on_message(session, message):
    if message.text == "boom":
        raise ValueError("no *way*")
    if message.text == "ask":
        await session.reply(f"{await session.prompt_approval('Really?')}")
        return
    await session.notify("Thinking…", detail="hard")
    session.data["said"] = message.text
    await session.show(cpsl.Block("card", {"total": 3}))
    await session.reply("**bold**\\nline")
"""

BLOCK: dict[str, Any] = {"payload": {"total": {"match": "any"}}}


def test_the_chat_is_shown_as_plain_text_in_a_pipe(folder: Folder) -> None:
    recorded(folder, "/clock 2030-01-31T09:05\nhi\nask\ny\n/clock +1m\nboom\n", TALK)
    run = folder.capsule("replay", "t.jsonl", "--show", env={"LC_ALL": "C"})
    assert (run.stderr, run.code) == ("", 0)
    assert run.replies == [
        "2030-01-31 09:05",
        "> hi",
        "Thinking… hard",
        "[card] total=3",
        "**bold**",
        "line",
        'data.said = "hi"',
        "> ask",
        "? Really?",
        "  -> yes",
        "True",
        "2030-01-31 09:06",
        "> boom",
        "ValueError: no *way*",
    ]


def test_nothing_of_the_app_is_run_or_needed(folder: Folder) -> None:
    recorded(folder, "hi\n", TALK)
    (folder.path / "app.py").unlink()
    before = folder.contents()
    assert folder.capsule("replay", "t.jsonl", "--show").code == 0
    assert folder.capsule("replay", "t.jsonl", "--md").code == 0
    assert folder.contents() == before


def test_the_chat_as_markdown(folder: Folder) -> None:
    recorded(folder, "hi *you*\nask\nn\nboom\n", TALK)
    run = folder.capsule("replay", "t.jsonl", "--md")
    assert run.stdout.decode() == (
        "**❯ hi \\*you\\***\n\n"
        "> *Thinking… hard*\n\n"
        "> ```text\n> [card] total=3\n> ```\n\n"
        "> **bold**  \n> line\n\n"
        "**❯ ask**\n\n"
        "> **Really?**\n\n"
        "**❯ no**\n\n"
        "> False\n\n"
        "**❯ boom**\n\n"
        "> ⚠ ValueError: no \\*way\\*\n"
    )


HAND = (
    {"type": "user", "text": "a\nb", "attachments": ["notes.csv"]},
    {"type": "notify", "text": {"match": "contains", "value": "work"}},
    {"type": "reply", "text": {"match": "glob", "value": "x*"}},
    {"type": "reply", "text": {"match": "any"}},
    {"type": "reply", "text": {"match": "exact", "value": "{{n}} \x1b"}},
    {"type": "block", "block": BLOCK},
    {"type": "user", "as": "bob", "text": "c"},
    {"type": "data", "set": {"n": 1}, "unset": ["m"]},
    {"type": "setting", "name": "tone", "value": "kind"},
    {"type": "end", "status": "interrupted"},
)


def test_what_was_written_by_hand_is_shown_too(folder: Folder) -> None:
    written(folder, *HAND)
    run = folder.capsule("replay", "hand.jsonl", "--show")
    assert run.replies == [
        "❯ a",
        "  b [notes.csv]",
        "work",
        "(glob) x*",
        "(any)",
        "{{n}} ^[",
        '{"payload":{"total":{"match":"any"}}}',
        "bob❯ c",
        "data.n = 1",
        "data.m removed",
        'tone = "kind"',
        "[interrupted]",
    ]


def test_until_shows_a_part_and_several_files_have_headings(folder: Folder) -> None:
    written(folder, *HAND, name="a.jsonl")
    written(folder, {"type": "user", "text": "x"}, name="b.jsonl")
    run = folder.capsule("replay", ".", "--show", "--until", "1")
    assert run.replies[0] == "== a.jsonl"
    assert run.replies[-3:] == ["", "== b.jsonl", "❯ x"]
    assert "bob❯ c" not in run.replies
    assert folder.capsule("replay", ".", "--md").replies[0] == "### a.jsonl"


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_shown(folder: Folder) -> None:
    folder.write("a.jsonl", "{\n")
    written(folder, {"type": "user", "text": "x"}, name="b.jsonl")
    run = folder.capsule("replay", ".", "--show")
    assert (run.replies[-1], run.code) == ("❯ x", 2)
    assert run.stderr.startswith("capsule: a.jsonl:1: ")


def test_what_was_said_before_the_recording_is_marked(folder: Folder) -> None:
    folder.app(TALK)
    folder.chat(stdin="hi\n")
    folder.chat("--record", "t.jsonl", stdin="ask\ny\n")
    lines = folder.capsule("replay", "t.jsonl", "--show").replies
    assert lines[0] == "(what was said before the recording)"
    assert [line for line in lines if line.startswith("❯")] == ["❯ hi", "❯ ask"]


@pytest.mark.parametrize(
    "options", [("--show", "--md"), ("--show", "--update"), ("--md", "--json"), ("--show", "-x"), ("--md", "--chat")]
)
def test_options_that_need_playing_are_refused(folder: Folder, options: tuple[str, ...]) -> None:
    written(folder, {"type": "user", "text": "x"})
    run = folder.capsule("replay", "hand.jsonl", *options)
    assert (run.stdout, run.code) == (b"", 2)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# a", "\\# a"),
        ("1. a", "1\\. a"),
        ("a_b <i> [x](y) `c` |", "a\\_b \\<i\\> \\[x\\](y) \\`c\\` \\|"),
        ("a\nb", "a\\\nb"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_what_a_person_typed_is_no_markdown(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped


def test_a_reply_keeps_its_line_breaks_but_not_inside_code(folder: Folder) -> None:
    reply = "one\n<b>two</b> `<i>` <https://x.test>\n\n```py\n<a>\n\n~~~\n```\nend\n~~~\nopen"
    written(folder, {"type": "user", "text": "x"}, {"type": "reply", "text": reply})
    assert folder.capsule("replay", "hand.jsonl", "--md").stdout.decode().split("\n\n", 1)[1].splitlines() == [
        "> one  ",
        "> \\<b>two\\</b> `<i>` <https://x.test>",
        ">",
        "> ```py",
        "> <a>",
        ">",
        "> ~~~",
        "> ```",
        "> end",
        "> ~~~",
        "> open",
        "> ~~~",
    ]
