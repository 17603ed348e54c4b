"""``capsule replay --repeat N``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Folder
from tests.replay.recorded import COUNTER, lines_of, recorded, written

VARYING = """\
import secrets


def fresh():
    return secrets.token_hex(16)


@app.message()
async def on_message(session, message):
    if message.text == "constant":
        await session.reply("always this")
        return
    if "order" not in session.data:
        session.data.update(order=fresh(), stock=3)
    order = session.data["order"]
    await session.show(cpsl.Block("card", {"order": order, "open": True}))
    await session.reply(f"Order {order} of {message.text}, check {fresh()}!")
    if message.text == "free":
        await session.reply(fresh())
"""


def counted(marker: str) -> str:
    """An app that says more at every run: a file beside it counts them."""
    return f"""\
    import pathlib
    runs = pathlib.Path({marker!r})

    @app.message()
    async def on_message(session, message):
        runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
        for number in range(len(runs.read_text())):
            await session.reply("one more")
    """


def proposals(folder: Folder, *arguments: str) -> list[dict[str, Any]]:
    run = folder.capsule("replay", *arguments, "--json")
    return [json.loads(line) for line in run.replies]


def test_what_varies_is_told_with_a_line_to_paste(folder: Folder) -> None:
    file = recorded(folder, "tea\nconstant\n", VARYING)
    before = file.read_bytes()
    run = folder.capsule("replay", "t.jsonl", "--repeat", "3")
    assert (run.code, run.stderr) == (1, "")
    assert run.replies[0] == "t.jsonl:2: turn 1  > tea"
    assert run.replies[-1] == "t.jsonl: 2 turns, 3 runs, 1 turn varies"
    at = run.replies.index("  reply varies:")
    assert all(line.startswith("  | Order ") for line in run.replies[at + 1 : at + 4])
    assert run.replies[at + 4] == "  instead of line 4:"
    line = json.loads(run.replies[at + 5])
    assert line["text"] == "Order {{order}} of tea, check {{check}}!"
    assert {**line, "text": None} == {**lines_of(file)[3], "text": None}
    assert not any("always this" in reply for reply in run.replies)
    assert file.read_bytes() == before


def test_a_file_with_the_proposed_lines_is_the_same_in_every_run(folder: Folder) -> None:
    file = recorded(folder, "tea\ncake\nfree\n", VARYING)
    lines = file.read_text().splitlines()
    for item in proposals(folder, "t.jsonl", "--repeat", "3")[:-1]:
        lines[item["line"] - 1] = json.dumps(item["proposal"])
    file.write_text("\n".join(lines) + "\n")
    assert file.read_text().count("{{order}}") >= 5
    run = folder.capsule("replay", "t.jsonl", "--repeat", "3")
    assert (run.replies, run.code) == (["t.jsonl: 3 turns, 3 runs, all the same"], 0)
    broken = VARYING.replace("Order {order} of", "Order {fresh()} of")
    folder.app(broken)
    assert folder.capsule("replay", "t.jsonl").code == 1


def test_runs_that_are_all_the_same_and_match_are_a_success(folder: Folder) -> None:
    recorded(folder, "a\nb\n", COUNTER)
    run = folder.capsule("replay", "t.jsonl", "--repeat", "4")
    assert (run.replies, run.code) == (["t.jsonl: 2 turns, 4 runs, all the same"], 0)


def test_runs_that_all_differ_alike_are_shown_as_differences(folder: Folder) -> None:
    recorded(folder, "a\nb\n", COUNTER)
    folder.app(COUNTER.replace("{message.text}", "{message.text}!"))
    run = folder.capsule("replay", "t.jsonl", "--repeat", "2")
    assert run.code == 1
    assert "  + 1 a{+!+}" in run.replies
    assert run.replies[-1] == "t.jsonl: 2 turns, 2 runs, 2 turns differ"
    assert proposals(folder, "t.jsonl", "--repeat", "2") == [
        {"type": "file", "file": "t.jsonl", "runs": 2, "turns": 2, "varying": 0, "differing": 2}
    ]


def test_another_number_of_replies_is_told_without_a_proposal(folder: Folder) -> None:
    folder.app(counted("runs.txt"))
    written(folder, {"type": "user", "text": "a"}, {"type": "reply", "text": "one more"})
    run = folder.capsule("replay", "hand.jsonl", "--app", "app.py", "--repeat", "3")
    assert run.code == 1
    assert "  replies: 1 or 2 or 3 of them, which no placeholder can cover" in run.replies
    (folder.path / "runs.txt").unlink()
    first, _ = proposals(folder, "hand.jsonl", "--app", "app.py", "--repeat", "2")
    assert (first["proposal"], [len(version) for version in first["versions"]]) == (None, [1, 2])


def test_what_a_hand_written_turn_does_not_mention_may_vary(folder: Folder) -> None:
    folder.app(VARYING)
    reply = {"type": "reply", "text": "Order {{mine}} of tea, check {{sum}}!"}
    written(folder, {"type": "user", "text": "tea"}, reply)
    run = folder.capsule("replay", "hand.jsonl", "--app", "app.py", "--repeat", "3")
    assert (run.replies, run.code) == (["hand.jsonl: 1 turn, 3 runs, all the same"], 0)


def test_a_reply_that_is_in_no_line_is_proposed_as_a_new_one(folder: Folder) -> None:
    folder.app(VARYING)
    written(folder, {"type": "user", "text": "tea"})
    run = folder.capsule("replay", "hand.jsonl", "--app", "app.py", "--repeat", "2")
    assert run.replies[-3:-1] == [
        "  as a line after 1:",
        '{"type":"reply","text":"Order {{order}} of tea, check {{check}}!"}',
    ]


def test_a_run_that_cannot_be_played_ends_it(folder: Folder) -> None:
    recorded(folder, "a\n", COUNTER)
    folder.write("app.py", "import nowhere\n")
    run = folder.capsule("replay", "t.jsonl", "--repeat", "3")
    assert (run.stdout, run.code) == (b"", 3)
    assert run.stderr.count("nowhere") >= 1


@pytest.mark.parametrize("options", [("--update",), ("-j", "2"), ("--junit", "x"), ("-x",), ("--show",)])
def test_options_that_make_no_sense_with_it(folder: Folder, options: tuple[str, ...]) -> None:
    recorded(folder, "a\n", COUNTER)
    run = folder.capsule("replay", "t.jsonl", "--repeat", "2", *options)
    assert (run.stdout, run.code) == (b"", 2)
