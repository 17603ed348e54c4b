"""A turn is never lost, never written over another's, and never raced: with real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cpsl.store.store import Store
from tests.conftest import Folder, finish

APP = """
@app.message()
async def on_message(session, message):
    session.data["said"] = [*session.data.get("said", []), message.text]
    await session.reply("got " + message.text)
    if message.text.startswith("wait"):
        while not os.path.exists("go"):
            await asyncio.sleep(0.01)
        await app.set("key", "written late")
"""


def started(folder: Folder, *arguments: str, until_line: bytes) -> subprocess.Popen[bytes]:
    """A chat that has replied so far."""
    process = folder.start("chat", "app.py", *arguments)
    assert process.stdout
    assert process.stdout.readline() == until_line
    return process


def say(process: subprocess.Popen[bytes], line: str) -> None:
    assert process.stdin
    process.stdin.write(line.encode() + b"\n")
    process.stdin.flush()


def talking(folder: Folder) -> subprocess.Popen[bytes]:
    """A chat that has ended its first turn."""
    process = folder.start("chat", "app.py")
    say(process, "one\n/session")
    assert process.stdout
    assert process.stdout.readline() == b"got one\n"
    assert process.stdout.readline().startswith(b"main (")
    return process


def state(folder: Folder, *arguments: str) -> dict[str, list[str]]:
    data: dict[str, list[str]] = json.loads(folder.chat(*arguments, stdin="/state --json\n").stdout)
    return data


def test_a_turn_that_a_reset_took_is_told_of_once_and_the_chat_goes_on(folder: Folder) -> None:
    folder.app(APP)
    process = folder.start("chat", "app.py")
    say(process, "wait, lost\nnext\nlast")
    assert process.stdout
    assert process.stdout.readline() == b"got wait, lost\n"
    assert folder.capsule("db", "reset", "--yes").code == 0
    folder.write("go", "")
    run = finish(process)
    assert run.stderr.count("no longer stored") == 1
    assert run.replies == ["got next", "got last"]
    assert state(folder) == {"said": ["next", "last"]}


@pytest.mark.parametrize("how", ["reset", "import"])
def test_a_turn_that_runs_while_the_store_is_reset_is_written_over_nobodys(folder: Folder, how: str) -> None:
    folder.app(APP)
    folder.chat("--as", "bob", "-m", "before")
    assert folder.capsule("db", "export", "saved").code == 0
    process = started(folder, "--as", "ann", "-m", "wait, private", until_line=b"got wait, private\n")
    forget = ["reset"] if how == "reset" else ["import", "saved"]
    assert folder.capsule("db", *forget, "--yes").code == 0
    assert folder.chat("--as", "bob", "-m", "mine").code == 0
    folder.write("go", "")
    run = finish(process)
    assert run.code == 1
    assert "this turn is no longer stored: the store was reset or filled by an import" in run.stderr
    before = ["user: before", " app: got before"] if how == "import" else []
    assert folder.chat("--as", "bob", stdin="/history\n").replies == [*before, "user: mine", " app: got mine"]
    assert folder.chat("--as", "ann", stdin="/history\n").replies == ["nothing said yet"]
    assert state(folder, "--as", "bob") == {"said": [*(["before"] if before else []), "mine"]}
    connection = Store(folder.path / ".capsule" / "probe.db")
    assert connection.kv.all() == []
    connection.close()


@pytest.mark.parametrize(("processes", "turns"), [(2, 50), (3, 30)])
def test_what_several_chats_append_in_one_session_is_all_there(folder: Folder, processes: int, turns: int) -> None:
    folder.app(APP)
    said = [[f"{number}.{turn}" for turn in range(turns)] for number in range(processes)]
    chats = [folder.start("chat", "app.py", *(word for text in texts for word in ("-m", text))) for texts in said]
    ended = [finish(chat) for chat in chats]
    assert [(run.replies, run.stderr, run.code) for run in ended] == [
        ([f"got {text}" for text in texts], "", 0) for texts in said
    ]
    assert sorted(state(folder)["said"]) == sorted(text for texts in said for text in texts)


def test_a_killed_chat_gives_its_session_back_at_once_and_its_turn_is_listed(folder: Folder) -> None:
    folder.app(APP)
    process = started(folder, "-m", "wait", until_line=b"got wait\n")
    # It runs: nobody else gets its turn, and nobody calls it unfinished.
    waiting = folder.chat("--timeout", "0.5", "-m", "hi")
    assert (waiting.stdout, waiting.code) == (b"", 124)
    assert waiting.stderr == (
        "capsule: another chat has a turn in session main; the wait for its end was given up, and nothing was sent.\n"
    )
    (listed,) = folder.chat("--session", "other", stdin="/sessions\n").replies
    assert "unfinished" not in listed
    process.kill()
    finish(process)
    (listed,) = folder.chat("--session", "other", stdin="/sessions\n").replies
    assert listed.endswith("the last one unfinished")
    run = folder.chat("--timeout", "30", "-m", "hi")
    assert (run.stdout, run.code) == (b"got hi\n", 0)
    assert run.stderr == "turn 1 was left unfinished when the program ended: 'wait'\n"


def test_a_child_that_outlives_the_chat_does_not_keep_the_session(folder: Folder) -> None:
    folder.app(
        """
        import stat

        def close_pipes():
            for number in map(int, os.listdir("/dev/fd")):
                try:
                    if stat.S_ISFIFO(os.fstat(number).st_mode):
                        os.close(number)
                except OSError:
                    pass

        @app.message()
        async def on_message(session, message):
            if message.text == "fork" and not os.fork():
                close_pipes()
                while not os.path.exists("go"):
                    time.sleep(0.01)
                os._exit(0)
            await session.reply("got " + message.text)
        """
    )
    try:
        assert folder.chat("-m", "fork").code == 0
        assert folder.chat("--timeout", "30", "-m", "hi").replies == ["got hi"]
    finally:
        folder.write("go", "")


def removed(state_folder: Path) -> None:
    shutil.rmtree(state_folder)


def renamed(state_folder: Path) -> None:
    state_folder.rename(state_folder.with_name("gone"))


def replaced(state_folder: Path) -> None:
    copy = state_folder / "copy"
    shutil.copy(state_folder / "probe.db", copy)
    copy.replace(state_folder / "probe.db")


VANISHED: dict[Callable[[Path], None], str] = {
    removed: "it was deleted or moved away",
    renamed: "it was deleted or moved away",
    replaced: "another file was put in its place",
}


@pytest.mark.parametrize("vanish", VANISHED)
def test_no_turn_is_acknowledged_once_the_store_is_another_one(folder: Folder, vanish: Callable[[Path], None]) -> None:
    folder.app(APP)
    process = talking(folder)
    vanish(folder.path / ".capsule")
    run = finish(process, "two\nthree\n")
    sentence = f"{folder.path}/.capsule/probe.db: {VANISHED[vanish]} while it was open, so nothing was written."
    assert (run.stdout, run.code) == (b"", 1)
    assert [line.startswith(f"capsule: {sentence} Put it back, or ") for line in run.stderr.splitlines()] == [True] * 2


def test_a_turn_during_which_the_store_vanishes_is_an_error(folder: Folder) -> None:
    folder.app(APP)
    process = started(folder, "-m", "wait", until_line=b"got wait\n")
    removed(folder.path / ".capsule")
    folder.write("go", "")
    run = finish(process)
    assert (run.stdout, run.code) == (b"", 1)
    assert "error in turn 1: StoreError: " in run.stderr


def test_a_chat_goes_on_when_its_store_comes_back(folder: Folder) -> None:
    folder.app(APP)
    process = talking(folder)
    assert process.stderr
    renamed(folder.path / ".capsule")
    say(process, "two")
    assert b"deleted or moved away" in process.stderr.readline()
    (folder.path / "gone").rename(folder.path / ".capsule")
    run = finish(process, "three\n")
    assert (run.stdout, run.stderr, run.code) == (b"got three\n", "", 1)
    assert state(folder) == {"said": ["one", "three"]}


# The loop is about to wait when the thread goes on, and does not get the signal.
ELSEWHERE = """
import signal
import threading


def elsewhere(number, waits):
    waits.wait()
    signal.pthread_kill(threading.get_ident(), number)


@app.message()
async def on_message(session, message):
    waits = threading.Event()
    threading.Thread(target=elsewhere, args=(int(message.text), waits)).start()
    asyncio.get_running_loop().call_soon(waits.set)
    await asyncio.sleep(1000)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_chat_whichever_thread_gets_it(folder: Folder, number: int) -> None:
    folder.app(ELSEWHERE)
    run = folder.chat(stdin=f"{number:d}\n")
    assert (run.stdout, run.stderr, run.code) == (b"", "turn 1 was interrupted\n", 128 + number)


def test_ctrl_c_ends_a_replay_whichever_thread_gets_it(folder: Folder) -> None:
    folder.app(ELSEWHERE)
    folder.write(
        "talk.jsonl",
        '{"type":"header","format":"capsule-transcript","version":1,"app":"app.py:app"}\n'
        f'{{"type":"user","turn":1,"text":"{signal.SIGINT:d}"}}\n',
    )
    assert folder.capsule("replay", "talk.jsonl").code == 130


BLOCKS = {
    "an async wait": "await asyncio.sleep(1000)",
    "a blocking sleep": "time.sleep(1000)",
    "a busy loop": "while True: sum(())",
    "nothing": "pass",
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("block", BLOCKS.values(), ids=list(BLOCKS))
def test_a_signal_ends_a_chat_in_order(folder: Folder, block: str, number: int) -> None:
    folder.app(
        f"""
        @app.message()
        async def on_message(session, message):
            try:
                await session.reply("got " + message.text)
                {block}
            finally:
                print("finally")

        @app.exit()
        async def leave(session):
            print("left")
        """
    )
    process = folder.start("chat", "app.py")
    say(process, "hi")
    assert process.stdout
    assert process.stdout.readline() == b"got hi\n"
    if block == "pass":
        assert process.stderr
        assert process.stderr.readline() == b"finally\n"
    process.send_signal(number)
    run = finish(process)
    ended = "" if block == "pass" else "finally\nturn 1 was interrupted\n"
    assert (run.stdout, run.stderr, run.code) == (b"", f"{ended}left\n", 128 + number)
    assert not (folder.path / ".capsule" / "probe.db-wal").exists(), "the store was closed"
    assert folder.chat(stdin="/history\n").replies == ["user: hi", " app: got hi"]


def test_a_hang_up_that_is_ignored_stays_ignored(folder: Folder) -> None:
    folder.app(APP)
    process = folder.start("chat", "app.py", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    say(process, "one")
    assert process.stdout
    assert process.stdout.readline() == b"got one\n"
    process.send_signal(signal.SIGHUP)
    run = finish(process, "two\n")
    assert (run.stdout, run.code) == (b"got two\n", 0)


def test_the_lock_file_is_private_and_nobody_elses_business(folder: Folder) -> None:
    folder.app(APP)
    folder.chat("-m", "hi")
    lock = folder.path / ".capsule" / "probe.db-lock"
    assert (lock.stat().st_mode & 0o777, lock.read_bytes()) == (0o600, b"")
    folder.capsule("db", "export", "saved")
    assert not [name for name in os.listdir(folder.path / "saved") if "lock" in name]


def test_a_folder_whose_lock_file_cannot_be_made_gives_one_warning(folder: Folder) -> None:
    folder.app(APP)
    (folder.path / ".capsule").mkdir()
    (folder.path / ".capsule" / "probe.db-lock").symlink_to("/dev/full")
    run = folder.chat("-m", "one", "-m", "two")
    assert (run.replies, run.code) == (["got one", "got two"], 0)
    assert run.stderr.count("cannot be locked") == 1
