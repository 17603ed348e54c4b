"""Time limits, Ctrl-C, and what is left behind."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.conftest import PATIENCE, Finished, Folder, finish

STUCK = """\
@app.message()
async def on_message(session, message):
    if message.text == "hi":
        return await session.reply("got hi")
    async with session.stream_reply() as stream:
        stream.write("so far")
        open("started", "w").close()
        await stuck()
"""

HANGS = {
    "an async wait": "async def stuck():\n    await asyncio.sleep(1000)\n",
    "a blocking sleep": "async def stuck():\n    time.sleep(1000)\n",
    "a busy loop": "async def stuck():\n    while True: pass\n",
    "except Exception": (
        "async def stuck():\n    while True:\n        try: time.sleep(1000)\n        except Exception: pass\n"
    ),
    "a swallowed cancellation": (
        "async def stuck():\n    while True:\n        try: await asyncio.sleep(1000)\n"
        "        except asyncio.CancelledError: pass\n"
    ),
}


@pytest.mark.parametrize("hang", HANGS.values(), ids=list(HANGS))
def test_a_turn_past_its_time_is_stopped_and_the_next_one_is_handled(folder: Folder, hang: str) -> None:
    folder.app(hang + "\n" + STUCK)
    run = folder.chat("--timeout", "0.5", stdin="hi\nhang\nhi\n")
    assert (run.stdout, run.stderr, run.code) == (b"got hi\nso far\ngot hi\n", "turn 2 timed out\n", 124)
    history = folder.chat(stdin="/history\n").replies
    said = ["user: hang", " app: so far [interrupted]"]
    assert history == ["user: hi", " app: got hi", *said, "user: hi", " app: got hi"]


UNSTOPPABLE = """\
async def stuck():
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass
"""


def test_a_handler_that_cannot_be_stopped_ends_the_program(folder: Folder) -> None:
    folder.app(UNSTOPPABLE + STUCK)
    run = folder.chat("--timeout", "0.5", stdin="hi\nhang\nhi\n")
    assert (run.stdout, run.code) == (b"got hi\nso far", 124)
    assert run.stderr == "the turn timed out and does not stop; giving up.\n"
    later = folder.chat(stdin="/history\n")
    assert later.replies == ["user: hi", " app: got hi", "user: hang"]
    assert "turn 2 was left unfinished" in later.stderr


def test_a_turn_within_its_time_is_left_alone(folder: Folder) -> None:
    folder.app()
    assert folder.chat("--timeout", "30", "-m", "hi").code == 0


def test_fail_fast_stops_after_a_time_out(folder: Folder) -> None:
    folder.app(HANGS["an async wait"] + STUCK)
    run = folder.chat("-x", "--timeout", "0.5", stdin="hang\nhi\n")
    assert (run.stdout, run.code) == (b"so far\n", 124)


def test_a_time_out_in_json_is_the_end_of_its_turn(folder: Folder) -> None:
    folder.app(HANGS["an async wait"] + STUCK)
    run = folder.chat("--json", "--timeout", "0.5", "-m", "hang")
    assert run.stdout.splitlines()[-1].endswith(b'"status":"timeout"}')


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1e30"])
def test_a_time_limit_that_makes_no_sense_is_refused(folder: Folder, value: str) -> None:
    folder.app()
    run = folder.chat(f"--timeout={value}", "-m", "hi")
    assert (run.stdout, run.code) == (b"", 2)
    assert run.stderr == "capsule: --timeout needs a number of seconds above 0.\n"


def interrupted(folder: Folder, process: subprocess.Popen[bytes], wait_for: bytes) -> Finished:
    """Press Ctrl-C once the output has come so far."""
    assert process.stdout
    assert process.stdout.read(len(wait_for)) == wait_for
    process.send_signal(signal.SIGINT)
    return finish(process)


@pytest.mark.parametrize("hang", HANGS.values(), ids=list(HANGS))
def test_ctrl_c_in_a_turn_stops_it_and_ends_the_chat(folder: Folder, hang: str) -> None:
    folder.app(hang + "\n" + STUCK)
    process = folder.start("chat", "app.py", "-m", "hi", "-m", "hang", "-m", "hi")
    run = interrupted(folder, process, b"got hi\nso far")
    assert (run.stdout, run.stderr, run.code) == (b"\n", "turn 2 was interrupted\n", 130)
    assert folder.chat(stdin="/history\n").replies[:3] == ["user: hi", " app: got hi", "user: hang"]


def test_ctrl_c_between_turns_ends_the_chat_with_everything_stored(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            await session.reply("got " + message.text)

        @app.shutdown()
        def shutdown():
            print("shut down")
        """
    )
    process = folder.start("chat", "app.py")
    assert process.stdin
    process.stdin.write(b"hi\n")
    process.stdin.flush()
    run = interrupted(folder, process, b"got hi\n")
    assert (run.stdout, run.stderr, run.code) == (b"", "shut down\n", 130)
    assert folder.chat(stdin="/history\n").replies == ["user: hi", " app: got hi"]


@pytest.mark.parametrize("boot", ["await asyncio.sleep(1000)", "time.sleep(1000)"])
def test_ctrl_c_while_booting_sends_nothing(folder: Folder, boot: str) -> None:
    folder.app(
        f"""
        @app.boot()
        async def boot():
            os.write(2, b"booting\\n")
            {boot}

        @app.message()
        async def on_message(session, message):
            print("handled")
        """
    )
    process = folder.start("chat", "app.py", "-m", "hi")
    assert process.stderr
    assert process.stderr.readline() == b"booting\n"
    press_ctrl_c_until_it_ends(process)
    run = finish(process)
    assert (run.stdout, run.stderr, run.code) == (b"", "", 130)


def press_ctrl_c_until_it_ends(process: subprocess.Popen[bytes]) -> None:
    """As a person does with a program that blocks: the second one ends it for certain."""
    for _ in range(PATIENCE * 20):
        process.send_signal(signal.SIGINT)
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        return


def test_ctrl_c_while_the_app_is_imported_is_no_traceback(folder: Folder) -> None:
    folder.app("os.write(2, b'importing\\n')\ntime.sleep(1000)\n")
    process = folder.start("chat", "app.py", "-m", "hi")
    assert process.stderr
    assert process.stderr.readline() == b"importing\n"
    process.send_signal(signal.SIGINT)
    run = finish(process)
    assert (run.stdout, run.stderr, run.code) == (b"", "", 130)


def test_a_killed_turn_is_listed_as_unfinished_and_the_finished_ones_are_intact(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            session.data["last"] = message.text
            await session.reply("got " + message.text)
            if message.text == "hang":
                await asyncio.sleep(1000)
        """
    )
    process = folder.start("chat", "app.py", "-m", "a", "-m", "b", "-m", "hang")
    assert process.stdout
    assert [process.stdout.readline() for _ in range(3)] == [b"got a\n", b"got b\n", b"got hang\n"]
    process.kill()
    finish(process)
    (listed,) = folder.chat("--session", "other", stdin="/sessions\n").replies
    assert listed.split("  ")[-1] == "the last one unfinished"
    run = folder.chat(stdin="/state --json\n/history\n")
    assert run.replies == ['{"last":"b"}', "user: a", " app: got a", "user: b", " app: got b", "user: hang"]
    assert run.stderr == "turn 3 was left unfinished when the program ended: 'hang'\n"
    assert folder.chat(stdin="").stderr == ""


def test_the_worst_of_several_codes_is_the_one(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            raise ValueError
        """
    )
    assert folder.chat(stdin="boom\n/nope\n").code == 2
    assert folder.chat(stdin="/nope\nboom\n").code == 2
    assert folder.chat(stdin="boom\n").code == 1
