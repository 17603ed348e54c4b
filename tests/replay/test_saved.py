"""``/save`` and ``capsule db history --transcript``: a stored conversation as a transcript."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from cpsl.store.store import Store
from cpsl.testing import Simulator
from cpsl.transcript.stored_transcript import stored_transcript
from tests.conftest import Folder
from tests.replay.recorded import COUNTER, lines_of

TALK = """\
@app.message()
async def on_message(session, message):
    await session.notify("working")
    if message.text == "boom":
        raise ValueError("{{no}} way")
    if message.text == "forget":
        del session.data["n"]
        session.data["forgot"] = {"match": "any"}
    else:
        session.data["n"] = session.data.get("n", 0) + 1
        await session.show(cpsl.Block("card", {"n": session.data["n"]}))
    for file in message.attachments or ():
        await session.reply(f"{file.name} {file.size}")
    await session.reply(f"{len(session.history)} {{{{name}}}}")


@app.exit()
async def on_exit(session):
    await session.reply("bye")
"""

SCRIPT = "a\n/attach notes.csv\nb\nboom\nforget\n"


def talked(folder: Folder) -> None:
    folder.app(TALK)
    folder.write("notes.csv", "1,2\n")
    assert folder.chat(stdin=SCRIPT).code == 1


def test_a_saved_conversation_replays(folder: Folder) -> None:
    folder.app(TALK)
    folder.write("notes.csv", "1,2\n")
    run = folder.chat(stdin=SCRIPT + "/save t.jsonl\n")
    assert "saved 4 turns in t.jsonl\n" in run.stderr
    (folder.path / "notes.csv").unlink()
    replayed = folder.capsule("replay", "t.jsonl")
    assert (replayed.replies, replayed.code) == (["4 turns, 4 matched"], 0), replayed


def test_what_is_in_the_file_and_what_is_not(folder: Folder) -> None:
    talked(folder)
    folder.chat(stdin="/save t.jsonl\n")
    head, *records = lines_of(folder.path / "t.jsonl")
    assert (head["app"], head["name"], head["user"]["id"]) == ("app.py:app", "probe", "local")
    assert [(record["turn"], record["type"]) for record in records] == [
        (1, "user"),
        (1, "reply"),
        (1, "data"),
        (2, "user"),
        (2, "reply"),
        (2, "reply"),
        (2, "data"),
        (3, "user"),
        (3, "error"),
        (4, "user"),
        (4, "reply"),
        (4, "data"),
    ]
    assert records[1]["text"] == {"match": "exact", "value": "0 {{name}}"}
    assert records[8]["message"] == {"match": "exact", "value": "{{no}} way"}
    forgot = {"forgot": {"match": "exact", "value": {"match": "any"}}}
    assert (records[11]["set"], records[11]["unset"]) == (forgot, ["n"])
    (file,) = records[3]["attachments"]
    assert (folder.path / file["path"]).read_text() == "1,2\n"
    assert file["path"].startswith("attachments/")


@pytest.mark.parametrize("changed", ["session.data.get", "len(session.history)"])
def test_a_saved_conversation_tells_an_app_that_has_changed(folder: Folder, changed: str) -> None:
    talked(folder)
    folder.chat(stdin="/save t.jsonl\n")
    folder.app(TALK.replace(changed, "1 + " + changed))
    assert folder.capsule("replay", "t.jsonl").code == 1


def test_an_existing_file_is_only_replaced_by_force(folder: Folder) -> None:
    folder.app(COUNTER)
    folder.write("t.jsonl", "mine")
    run = folder.chat(stdin="a\n/save t.jsonl\n")
    assert (run.replies, run.code) == (["1 a"], 2)
    assert run.stderr == "<stdin>:2: /save: t.jsonl exists already; /save t.jsonl --force replaces it\n"
    assert (folder.path / "t.jsonl").read_text() == "mine"
    assert folder.chat(stdin="/save t.jsonl --force\n").code == 0
    assert folder.capsule("replay", "t.jsonl").code == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/save", "needs the name of one file"),
        ("/save a b", "needs the name of one file"),
        ("/save --froce a", "the only option is --force"),
        ("/save missing/t.jsonl", "the folder of missing/t.jsonl does not exist"),
        ("/save .", "is a folder"),
        ("/save t.jsonl", "nothing was said yet"),
    ],
)
def test_what_cannot_be_saved_is_a_sentence(folder: Folder, line: str, words: str) -> None:
    folder.app()
    run = folder.chat("--ephemeral", stdin=line + "\n")
    assert (run.stdout, run.code) == (b"", 2)
    assert words in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (folder.path / "t.jsonl").exists()


def test_the_history_of_a_session_as_a_transcript(folder: Folder) -> None:
    talked(folder)
    folder.chat("--as", "bob", stdin="c\n")
    run = folder.capsule("db", "history", "main", "--as", "local", "--transcript")
    assert (run.stderr, run.code) == ("", 0)
    (folder.path / "t.jsonl").write_bytes(run.stdout)
    head = lines_of(folder.path / "t.jsonl")[0]
    assert "app" not in head
    assert folder.capsule("replay", "t.jsonl").replies == ["4 turns, 4 matched"]
    bob = folder.capsule("db", "history", "--transcript").replies
    assert json.loads(bob[0])["user"]["id"] == "bob"


def test_the_transcript_has_a_format_of_its_own(folder: Folder) -> None:
    talked(folder)
    run = folder.capsule("db", "history", "--transcript", "--format", "csv")
    assert (run.stdout, run.code) == (b"", 2)


def test_a_stopped_turn_is_stopped_again(folder: Folder) -> None:
    source = """\
    @app.message()
    async def on_message(session, message):
        async with session.stream_reply() as reply:
            reply.write("so far")
            await asyncio.Event().wait()
    """
    folder.app(source)
    run = folder.chat("--timeout", "0.5", stdin="a\n/save t.jsonl\n")
    assert "turn 1 was stopped, and only what it replied until then is known" in run.stderr
    assert [record["type"] for record in lines_of(folder.path / "t.jsonl")] == ["header", "user", "reply", "end"]
    assert folder.capsule("replay", "t.jsonl").replies == ["1 turn, 1 matched"]


async def test_without_the_whole_journal_no_change_of_data_is_told(folder: Folder, tmp_path: Path) -> None:
    app = str(folder.app(COUNTER))
    async with Simulator(app, store=tmp_path / "x.db") as sim:
        chat = sim.chat()
        for text in ("a", "b"):
            await chat.send(text)
        key = chat.conversation.key
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("DELETE FROM _capsule_journal WHERE id = 1")
    connection.close()
    store = Store(tmp_path / "x.db")
    told = stored_transcript(store, key)
    store.close()
    assert told
    assert '"type":"data"' not in told.text
    assert told.notes == ("changes of data left out: the journal does not hold all of them",)


async def test_a_file_that_is_gone_and_a_turn_that_never_ended_are_told(folder: Folder, tmp_path: Path) -> None:
    app = str(folder.app(COUNTER))
    file = folder.write("notes.csv", "1\n")
    async with Simulator(app, store=tmp_path / "x.db") as sim:
        chat = sim.chat()
        await chat.send("a", attachments=[file])
        await chat.send("b")
        key = chat.conversation.key
    file.unlink()
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("UPDATE _capsule_turns SET status = 'unfinished', ended_at = NULL WHERE number = 2")
    connection.close()
    store = Store(tmp_path / "x.db")
    told = stored_transcript(store, key)
    store.close()
    assert told
    assert told.turns == 1
    assert told.notes == ("1 unfinished turn left out", "replay will need: notes.csv")
