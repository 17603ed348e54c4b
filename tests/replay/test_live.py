"""``capsule replay --until N --chat``: play a part, then go on live."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.conftest import Folder, finish
from tests.replay.recorded import COUNTER, recorded, written

WORLD = """\
import datetime
notes = app.collection("notes", columns=["text"])
loaded = []


@app.boot()
async def on_boot():
    loaded.append(len(loaded))


@app.message()
async def on_message(session, message):
    session.data["n"] = session.data.get("n", 0) + 1
    await notes.insert_one({"text": message.text})
    said = [session.data["n"], await notes.count(), len(session.history), len(loaded)]
    today = f"{datetime.datetime.now():%Y-%m-%d}"
    await session.reply(f"{said} {today} {session.user.id} {session.id}")


@app.exit()
async def on_exit(session):
    session.data["left"] = True
    await session.reply("bye")
"""


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the processes of a test make their temporary files."""
    place = tmp_path / "temporary"
    place.mkdir()
    return place


def test_the_chat_goes_on_where_the_turns_end(folder: Folder, temporary: Path) -> None:
    recorded(folder, "/clock 2030-01-01\na\n/clock +1d\nb\nc\n", WORLD)
    session = json.loads((folder.path / "t.jsonl").read_text().splitlines()[0])["session"]
    script = "hi\n/clock\n/state --json\n/clock real\n/clock\n"
    run = folder.capsule("replay", "t.jsonl", "--until", "2", "--chat", stdin=script, env={"TMPDIR": str(temporary)})
    assert run.code == 0, run.stderr
    assert run.replies[:3] == [
        f"[3, 3, 4, 1] 2030-01-02 local {session}",
        "2030-01-02T00:00:00.000Z (stands still; /clock real ends it)",
        '{"n":3}',
    ]
    assert not run.stderr.splitlines()[-1].startswith("2030")
    assert list(temporary.iterdir()) == []


def test_without_until_all_turns_are_played_and_shown_on_stderr(folder: Folder) -> None:
    recorded(folder, "a\nb\n", COUNTER)
    run = folder.capsule("replay", "t.jsonl", "--chat", stdin="hi\n")
    assert run.replies == ["3 hi"]
    assert [line for line in run.stderr.splitlines() if line[:2] != "20"] == ["❯ a", "1 a", "❯ b", "2 b"]


def test_the_projects_store_is_left_alone(folder: Folder, temporary: Path) -> None:
    folder.app(COUNTER)
    folder.chat(stdin="mine\n")
    folder.chat("--record", "t.jsonl", "--new", stdin="a\n")
    before = {name: content for name, content in folder.contents().items() if "__pycache__" not in name}
    run = folder.capsule("replay", "t.jsonl", "--chat", stdin="hi\n/sessions\n", env={"TMPDIR": str(temporary)})
    assert run.replies[0] == "2 hi"
    assert len(run.replies) == 2
    after = {name: content for name, content in folder.contents().items() if "__pycache__" not in name}
    assert after == before


def test_it_is_the_same_person_in_the_same_session(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            user = session.user
            await session.reply(f"{user.id} {user.email} {user.org_id} {message.channel_type} {len(session.history)}")
        """
    )
    head = {"type": "header", "format": "capsule-transcript", "version": 1, "session": "abc", "channel": "slack"}
    person = {"id": "ann", "email": "ann@x.test", "org_id": "acme"}
    said = {"type": "user", "text": "a"}
    written(folder, {**head, "user": person}, said, {**said, "as": "bob"}, said, name="t.jsonl")

    def told(*options: str) -> list[str]:
        return folder.capsule("replay", "t.jsonl", "--chat", *options, stdin="hi\n/session\n").replies

    assert told() == ["ann ann@x.test acme slack 4", "main (abc)"]
    assert told("--until", "2") == ["bob None None slack 2", "bob-main (bob-main)"]


def test_a_turn_that_differs_is_told_in_one_line(folder: Folder) -> None:
    recorded(folder, "a\nb\n", COUNTER)
    folder.app(COUNTER.replace('get("n", 0) + 1', 'get("n", 0) + 2'))
    run = folder.capsule("replay", "t.jsonl", "--chat", stdin="hi\n")
    assert (run.replies, run.code) == (["6 hi"], 0)
    assert "turn 1, 2 are not as recorded; capsule replay t.jsonl shows how\n" in run.stderr


def test_the_numbers_of_turns_go_on(folder: Folder) -> None:
    recorded(folder, "a\n", COUNTER)
    run = folder.capsule("replay", "t.jsonl", "--chat", stdin="boom\n")
    assert run.code == 1
    assert "error in turn 2: ValueError: no way" in run.stderr


def test_many_turns_are_shown_in_short(folder: Folder) -> None:
    recorded(folder, "".join(f"say {number}\n" for number in range(12)), COUNTER)
    run = folder.capsule("replay", "t.jsonl", "--chat")
    assert run.stderr.startswith("(2 earlier turns)\n")
    assert "❯ say 1\n" not in run.stderr
    assert run.stderr.endswith("❯ say 11\n12 say 11\n")


def test_an_app_that_cannot_be_loaded_ends_it(folder: Folder, temporary: Path) -> None:
    recorded(folder, "a\n", COUNTER)
    folder.write("app.py", "import nowhere\n")
    run = folder.capsule("replay", "t.jsonl", "--chat", stdin="hi\n", env={"TMPDIR": str(temporary)})
    assert (run.stdout, run.code) == (b"", 3)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("options", [("--update",), ("--json",), ("-j", "2"), ("--junit", "x"), ("--repeat", "2")])
def test_options_that_make_no_sense_with_it(folder: Folder, options: tuple[str, ...]) -> None:
    recorded(folder, "a\n", COUNTER)
    run = folder.capsule("replay", "t.jsonl", "--chat", *options, stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 2)


def test_it_takes_one_transcript(folder: Folder) -> None:
    recorded(folder, "a\n", COUNTER)
    recorded(folder, "a\n", COUNTER, "u.jsonl")
    run = folder.capsule("replay", ".", "--chat", stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 2)
    assert "name one transcript, not 2" in run.stderr


def test_ctrl_c_ends_the_chat_and_nothing_is_left(folder: Folder, temporary: Path) -> None:
    source = """\
    @app.message()
    async def on_message(session, message):
        if message.text == "wait":
            await session.reply("waiting")
            await asyncio.Event().wait()
        await session.reply("done")
    """
    recorded(folder, "a\n", source)
    process = folder.start("replay", "t.jsonl", "--chat", env={"TMPDIR": str(temporary)})
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"wait\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"waiting\n"
    process.send_signal(signal.SIGINT)
    assert finish(process).code == 130
    assert list(temporary.iterdir()) == []


def test_a_handler_that_ignores_its_end_leaves_nothing_either(folder: Folder, temporary: Path) -> None:
    source = """\
    @app.message()
    async def on_message(session, message):
        while message.text == "deaf":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                pass
        await session.reply("done")
    """
    recorded(folder, "a\n", source)
    run = folder.capsule(
        "replay", "t.jsonl", "--chat", "--timeout", "0.5", stdin="deaf\nb\n", env={"TMPDIR": str(temporary)}
    )
    assert (run.replies, run.code) == (["done"], 124)
    assert list(temporary.iterdir()) == []


def test_the_transcript_that_is_played_is_not_replaced(folder: Folder) -> None:
    folder.app()
    folder.chat("--record", "t.jsonl", "-m", "a")
    before = (folder.path / "t.jsonl").read_bytes()
    run = folder.capsule("replay", "t.jsonl", "--chat", stdin="b\n/save t.jsonl --force\n/save s.jsonl\n")
    assert "/save: t.jsonl is the transcript that is replayed; name another file." in run.stderr
    assert (folder.path / "t.jsonl").read_bytes() == before
    assert (folder.path / "s.jsonl").exists()
