"""``--json``, and ``--record``."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.conftest import Folder, finish

EVERYTHING = """\
@app.message()
async def on_message(session, message):
    print("printed")
    await session.notify("working", detail="hard")
    await session.reply("one")
    async with session.stream_reply() as stream:
        stream.write("t")
        stream.write("wo\\x1b\\u2028")
    await session.show(cpsl.Block("card", {"n": float("nan")}, "b"))
    session.data["n"] = 1
    raise ValueError("bad \\ud800")
"""


def lines(output: bytes) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = [json.loads(line) for line in output.decode().split("\n")[:-1]]
    return records


def without_times(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in record.items() if key not in ("at", "session")} for record in records]


HEADER = {
    "type": "header",
    "format": "capsule-transcript",
    "version": 1,
    "app": "app.py:app",
    "name": "probe",
    "user": {"id": "local", "email": None, "org_id": None},
    "channel": "chat",
}
EVENTS = [
    {"type": "user", "turn": 1, "text": "hi"},
    {"type": "notify", "turn": 1, "text": "working", "detail": "hard"},
    {"type": "reply", "turn": 1, "text": "one", "streamed": False},
    {"type": "chunk", "turn": 1, "text": "t"},
    {"type": "chunk", "turn": 1, "text": "wo\x1b\u2028"},
    {"type": "reply", "turn": 1, "text": "two\x1b\u2028", "streamed": True},
    {"type": "block", "turn": 1, "block": {"id": "b", "type": "card", "payload": {"n": None}}},
    {"type": "data", "turn": 1, "set": {"n": 1}, "unset": []},
    {"type": "error", "turn": 1, "error": "ValueError", "message": "bad \ud800"},
    {"type": "end", "turn": 1, "status": "error"},
]


@pytest.mark.parametrize("chunks", [False, True])
def test_every_event_is_one_object(folder: Folder, chunks: bool) -> None:
    folder.app(EVERYTHING)
    run = folder.chat("--json", *(["--chunks"] if chunks else []), stdin="hi\n")
    expected = [HEADER, *(event for event in EVENTS if chunks or event["type"] != "chunk")]
    assert (without_times(lines(run.stdout)), run.code) == (expected, 1)
    assert b"\x1b" not in run.stdout
    assert "printed" in run.stderr
    assert "notice:" not in run.stderr
    assert "app.py:14 in on_message" in run.stderr


def test_chunks_alone_are_refused(folder: Folder) -> None:
    folder.app()
    assert folder.chat("--chunks", "-m", "a").code == 2


def test_a_reader_sees_each_event_when_it_happens(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            async with session.stream_reply() as stream:
                stream.write("first")
                while not os.path.exists("seen"):
                    await asyncio.sleep(0.001)
                stream.write(" second")
        """
    )
    process = folder.start("chat", "app.py", "--json", "--chunks", "-m", "go")
    assert process.stdout
    types = [json.loads(process.stdout.readline())["type"] for _ in range(3)]
    assert types == ["header", "user", "chunk"]
    (folder.path / "seen").touch()
    run = finish(process)
    assert [record["type"] for record in lines(run.stdout)] == ["chunk", "reply", "end"]


def test_another_person_is_named_in_their_user_line(folder: Folder) -> None:
    folder.app()
    folder.write("t.jsonl", '{"text":"a"}\n{"text":"b","as":"bob"}\n{"text":"c"}\n')
    run = folder.chat("--input", "t.jsonl", "--json")
    users = [record for record in lines(run.stdout) if record["type"] == "user"]
    assert [record.get("as") for record in users] == [None, "bob", None]
    assert users[1]["session"]


def test_what_commands_show_stays_off_the_json(folder: Folder) -> None:
    folder.app()
    run = folder.chat("--json", stdin="/session\n/state\nhi\n")
    assert [record["type"] for record in lines(run.stdout)] == ["header", "user", "reply", "end"]
    assert run.stderr.startswith("main (")


def test_a_recording_holds_the_same_lines_as_json(folder: Folder) -> None:
    folder.app(EVERYTHING)
    run = folder.chat("--json", "--record", "t.jsonl", stdin="hi\nthere\n")
    assert (folder.path / "t.jsonl").read_bytes() == run.stdout


def test_a_recording_leaves_the_plain_output_as_it_is(folder: Folder) -> None:
    folder.app()
    run = folder.chat("--record", "t.jsonl", stdin="hi\n")
    assert (run.stdout, run.stderr, run.code) == (b"got hi\n", "", 0)
    assert [record["type"] for record in lines((folder.path / "t.jsonl").read_bytes())] == [
        "header",
        "user",
        "reply",
        "end",
    ]


def test_a_recording_replaces_the_former_once_something_was_said(folder: Folder) -> None:
    folder.app()
    old = '{"type":"user","text":"old"}\n'
    file = folder.write("t.jsonl", old)
    folder.chat("--record", "t.jsonl", stdin="")
    assert file.read_text() == old
    folder.chat("--record", "t.jsonl", stdin="hi\n")
    assert "old" not in file.read_text()


def test_a_killed_recording_has_whole_lines(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            await session.reply("got " + message.text)
            if message.text == "hang":
                await asyncio.sleep(1000)
        """
    )
    process = folder.start("chat", "app.py", "--record", "t.jsonl")
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"a\nb\nhang\n")
    process.stdin.flush()
    for _ in range(3):
        process.stdout.readline()
    process.kill()
    assert finish(process).code == -9
    records = lines((folder.path / "t.jsonl").read_bytes())
    assert [record["text"] for record in records if record["type"] == "reply"] == ["got a", "got b"]


def test_recorded_attachments_are_copied_beside_the_file(folder: Folder) -> None:
    folder.app()
    folder.write("photo.txt", "pixels")
    folder.write("in.jsonl", '{"text":"see","attach":["photo.txt"]}\n')
    run = folder.chat("--input", "in.jsonl", "--record", "t.jsonl")
    assert run.code == 0
    attached = lines((folder.path / "t.jsonl").read_bytes())[1]["attachments"]
    digest = hashlib.sha256(b"pixels").hexdigest()
    assert attached == [
        {
            "name": "photo.txt",
            "content_type": "text/plain",
            "size": 6,
            "sha256": digest,
            "path": f"attachments/{digest[:12]}/photo.txt",
        }
    ]
    assert (folder.path / attached[0]["path"]).read_text() == "pixels"


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing/t.jsonl", "its folder does not exist"), (".", "is a folder"), ("-", "--json writes the transcript")],
)
def test_a_recording_that_cannot_be_written_is_refused_before_anything_is_sent(
    folder: Folder, name: str, words: str
) -> None:
    folder.app()
    run = folder.chat("--record", name, stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 2)
    assert words in run.stderr
