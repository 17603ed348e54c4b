"""``/trace`` in a script, and ``--trace FILE``."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from tests.conftest import Folder, finish

APP = """\
leads = app.collection("leads", columns=["name"], scope="user")
app.add_integration("acme", fields=["key"])

@app.message()
async def on_message(session, message):
    if message.text == "boom":
        raise ValueError("no way")
    if message.text == "connect":
        found = await session.require_integration("acme")
        await leads.find({"key": found.fields["key"]})
    if message.text == "hang":
        await session.notify("hanging")
        await asyncio.Event().wait()
    await session.notify("Looking\\x1b[2J")
    await leads.insert_one({"name": message.text})
    await leads.find({"name": {"$ne": ""}}, limit=2)
    session.data["last"] = message.text
    async with session.stream_reply() as stream:
        stream.write("got ")
        stream.write(message.text)
"""

STEPS = [
    "message: 2 characters",
    "handler on_message app.py:7",
    "notify: Looking^[[2J",
    "leads.insert() -> 1 row",
    'leads.find({"name":{"$ne":""}}, limit=2) -> 1 row',
    "stream: 2 chunks, 6 characters",
    "session.data: set last",
    "end: ok",
]


def timeless(line: str) -> str:
    """A step without its times, which have to be there."""
    found = re.fullmatch(r" *\d+\.\d ms  (.*?)(, \d+\.\d ms)?", line)
    assert found, line
    return found[1]


def records(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_last_turn_is_shown_step_by_step(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat(stdin="/trace\nfirst\nhi\n/trace\n")
    assert run.replies[:3] == ["no turn so far", "got first", "got hi"]
    shown = [timeless(line) for line in run.replies[3:]]
    assert shown == [step.replace("-> 1 row", "-> 2 rows") if "find" in step else step for step in STEPS]
    assert [" ms, " in line or line.count(" ms") == 2 for line in run.replies[3:]] == [
        False,
        True,
        False,
        True,
        True,
        True,
        True,
        False,
    ]


def test_the_steps_as_json_have_the_times_as_numbers(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat(stdin="hi\n/trace --json\n/trace --jsn\n")
    steps = [json.loads(line) for line in run.replies[1:]]
    assert [step["type"] for step in steps] == [
        "user",
        "handler",
        "notify",
        "insert",
        "find",
        "stream",
        "data",
        "end",
    ]
    assert {step["turn"] for step in steps} == {1}
    assert all(isinstance(step["ms"], float) for step in steps)
    assert sorted(step["ms"] for step in steps) == [step["ms"] for step in steps]
    assert [step["type"] for step in steps if "took_ms" in step] == ["handler", "insert", "find", "stream", "data"]
    assert run.code == 2


def test_a_turn_that_failed_shows_where(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat(stdin="boom\n/trace\n")
    assert [timeless(line) for line in run.replies] == [
        "message: 4 characters",
        "handler on_message app.py:7 raised ValueError",
        "error ValueError: no way",
        "end: error",
    ]


def test_a_file_holds_the_steps_of_all_turns_and_is_replaced_by_the_next_run(folder: Folder) -> None:
    folder.app(APP)
    file = folder.path / "t.jsonl"
    there = '{"type":"user","turn":1,"ms":0.0}\n'
    file.write_text(there, encoding="utf-8")
    run = folder.chat("--trace", "t.jsonl", stdin="/state\n")
    assert file.read_text(encoding="utf-8") == there
    run = folder.chat("--trace", "t.jsonl", stdin="hi\nthere\n/trace --json\n")
    turns = [[step for step in records(file) if step["turn"] == turn] for turn in (1, 2)]
    assert [[step["type"] for step in turn][::7] for turn in turns] == [["user", "end"]] * 2
    assert turns[1] == [json.loads(line) for line in run.replies[2:]]
    folder.chat("--trace", "t.jsonl", "-m", "boom")
    assert [step["type"] for step in records(file)] == ["user", "handler", "error", "end"]


def test_finished_turns_are_in_the_file_when_the_process_is_killed(folder: Folder) -> None:
    folder.app(APP)
    process = folder.start("chat", "app.py", "--trace", "t.jsonl")
    assert process.stdin
    assert process.stderr
    process.stdin.write(b"hi\nhang\n")
    process.stdin.flush()
    while b"hanging" not in (process.stderr.readline()):
        pass
    process.send_signal(signal.SIGKILL)
    finish(process)
    assert [step["type"] for step in records(folder.path / "t.jsonl")][-1] == "end"


def test_a_turn_that_is_stopped_is_traced_to_its_end(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat("--trace", "t.jsonl", "--timeout", "0.2", stdin="hang\n")
    assert run.code == 124
    steps = records(folder.path / "t.jsonl")
    assert [step.get("error", step.get("status")) for step in steps] == [None, "CancelledError", None, "timeout"]


def test_tracing_changes_neither_the_output_nor_the_transcript(folder: Folder) -> None:
    folder.app(APP)
    plain = folder.chat("--ephemeral", "--json", "--chunks", "--record", "a.jsonl", stdin="hi\n")
    traced = folder.chat("--ephemeral", "--json", "--chunks", "--record", "b.jsonl", "--trace", "t.jsonl", stdin="hi\n")
    kinds = [[json.loads(line)["type"] for line in run.replies] for run in (plain, traced)]
    assert kinds[0] == kinds[1] == ["header", "user", "notify", "chunk", "chunk", "reply", "data", "end"]
    transcripts = [[step["type"] for step in records(folder.path / name)] for name in ("a.jsonl", "b.jsonl")]
    assert transcripts[0] == transcripts[1]


def test_no_secret_of_a_service_is_in_a_trace(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat("--trace", "t.jsonl", stdin="connect\nhunter2\n/trace\n/trace --json\n")
    assert 'leads.find({"key":"***"}) -> 0 rows' in run.stdout.decode()
    assert b"hunter2" not in run.stdout
    assert "hunter2" not in (folder.path / "t.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--trace", "-"], "--trace needs the name of a file: stdout is for replies."),
        (["--trace", "."], "--trace needs the name of a file; . is a folder."),
        (["--trace", "missing/t.jsonl"], "missing/t.jsonl: its folder does not exist; make it first."),
        (["--trace", "t.jsonl", "--record", "t.jsonl"], "--record and --trace need a file each."),
    ],
)
def test_a_file_that_cannot_be_had_is_one_sentence(folder: Folder, arguments: list[str], words: str) -> None:
    folder.app(APP)
    run = folder.chat(*arguments, stdin="hi\n")
    assert (run.code, run.stdout, run.stderr.strip().removeprefix("capsule: ")) == (2, b"", words)
