"""Looking inside from the chat: state, differences, errors, new code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.terminal.apps import WAIT_FOR
from tests.terminal.screen import Start, TerminalProgram

APP = (
    """
import asyncio
from pathlib import Path

import cpsl

app = cpsl.App("looked", image=cpsl.Image())
notes = app.collection("notes", scope="user")
app.setting("currency", scope="user", type=str, default="EUR")
"""
    + WAIT_FOR
    + """

@app.message()
async def handle(session, msg):
    if msg.text == "change":
        session.data["list"] = {"a": [1, {"b": None}]}
        await notes.insert_one({"text": "new"})
        await app.settings.set("currency", "USD")
        await session.reply("changed")
    elif msg.text == "again":
        session.data["list"] = {"a": [2]}
        await notes.update_one({"text": "new"}, {"$set": {"text": "newer"}})
        await session.reply("changed")
    elif msg.text == "boom":
        session.data["before"] = "the error"
        await session.reply("so far")
        raise ValueError("no way")
    elif msg.text == "wait":
        await session.notify("Waiting")
        await wait_for("go")
        await session.reply("old code")
    else:
        await session.reply(f"old {msg.text}")
"""
)


@pytest.fixture(autouse=True)
def looked(folder: Path) -> None:
    """The app of this file in the place of the usual one."""
    (folder / "app.py").write_text(APP, encoding="utf-8")


def until_shown(chat: TerminalProgram, command: str, *expected: str) -> None:
    """Run a command and wait until it has brought just those lines, in whatever order, ids left out."""
    chat.until_prompt()
    chat.keys(f"{command}\r")

    def brought() -> list[str]:
        lines = [re.sub(r"[0-9a-f]{24}", "ID", line) for line in chat.everything()]
        return sorted(lines[len(lines) - lines[::-1].index(f"❯ {command}") : -1]) if f"❯ {command}" in lines else []

    chat.until(lambda: brought() == sorted(expected))


def test_state_is_a_tree_and_a_difference_names_what_a_turn_changed(start: Start) -> None:
    chat = start(columns=200)
    chat.keys("change\r")
    chat.until_line("changed")
    tree = json.dumps({"list": {"a": [1, {"b": None}]}}, indent=2).split("\n")
    until_shown(chat, "/state", *tree)
    until_shown(
        chat,
        "/diff",
        '+ data.list {"a":[1,{"b":null}]}',
        '+ notes ID {"text":"new","_id":"ID","_user_id":"local"}',
        '+ settings currency "USD"',
    )
    chat.keys("again\r")
    chat.until(lambda: chat.lines().count("changed") == 2)
    until_shown(chat, "/diff", '~ data.list.a [1,{"b":null}] -> [2]', '~ notes ID.text "new" -> "newer"')


def test_a_turn_that_failed_keeps_what_was_said_and_is_in_the_transcript(start: Start, folder: Path) -> None:
    chat = start("--record", "t.jsonl")
    chat.keys("boom\r")
    chat.until_line("│ ValueError: no way")
    chat.until_prompt()
    assert chat.lines()[3] == "so far"
    until_shown(chat, "/state", "{", '  "before": "the error"', "}")
    chat.keys("\x04")
    assert chat.wait() == 0
    records = [json.loads(line) for line in (folder / "t.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["message"] for record in records if record["type"] == "error"] == ["no way"]


def test_an_interrupt_leaves_the_queue_as_it_is(start: Start) -> None:
    chat = start()
    chat.keys("wait\r")
    chat.until(lambda: any("Waiting" in line for line in chat.lines()))
    for entry in ("one", "two", "three"):
        chat.keys(f"{entry}\r")
    chat.until(lambda: any("3 queued" in line for line in chat.lines()))
    chat.keys("\x03")
    chat.until_line("old three")
    chat.until_prompt()
    assert chat.lines()[2:] == [
        "❯ wait",
        "[interrupted]",
        *(line for entry in ("one", "two", "three") for line in (f"❯ {entry}", f"old {entry}")),
        "❯",
    ]


def test_a_turn_ends_on_the_code_it_began_with_and_the_queue_and_the_draft_stay(start: Start, folder: Path) -> None:
    chat = start()
    chat.keys("wait\r")
    chat.until(lambda: any("Waiting" in line for line in chat.lines()))
    (folder / "app.py").write_text(APP.replace("old ", "brand new "), encoding="utf-8")
    chat.keys("queued\r")
    chat.keys("a draft")
    chat.until(lambda: chat.lines()[-1] == "❯ a draft")
    (folder / "go").touch()
    chat.until(lambda: chat.lines()[-1] == "❯ a draft" and "brand new queued" in chat.lines())
    assert [line for line in chat.lines() if "code" in line or "reloaded" in line or "queued" in line] == [
        "old code",
        "reloaded app.py",
        "❯ queued",
        "brand new queued",
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import cpsl\napp = cpsl.App(\n", ["app.py:2", "SyntaxError"]),
        ("import cpsl\nimport no_such_module\n", ["app.py:2", "import no_such_module", "ModuleNotFoundError"]),
    ],
)
def test_an_app_that_cannot_be_loaded_ends_with_3_and_its_own_line(folder: Path, source: str, words: list[str]) -> None:
    (folder / "app.py").write_text(source, encoding="utf-8")
    chat = TerminalProgram(["chat", "app.py"], folder, columns=200)
    assert chat.wait() == 3
    shown = "\n".join(chat.lines())
    assert [word for word in words if word not in shown] == []
    assert "cpsl_cli" not in shown


def test_several_apps_are_offered_and_one_is_chosen_by_its_number(folder: Path) -> None:
    (folder / "other.py").write_text(APP.replace('"looked"', '"chosen"'), encoding="utf-8")
    chat = TerminalProgram(["chat"], folder)
    chat.until(lambda: chat.lines()[-1:] == ["Which one?"])
    assert [line.split() for line in chat.lines()[:-1]] == [["1", "app.py:app"], ["2", "other.py:app"]]
    chat.keys("2\r")
    chat.until_prompt()
    assert any(line.startswith("chosen · session main") for line in chat.lines())
    chat.close()


def test_each_command_is_one_line_of_the_help_on_a_common_terminal(start: Start) -> None:
    chat = start()
    chat.keys("/help\r")
    chat.until_line("/traceback                  all of the last error")
    chat.until_prompt()
    listed = chat.everything()[chat.everything().index("❯ /help") + 1 : -1]
    assert [line for line in listed if not line.startswith("/")] == []
