"""Standard streams that are closed, full or gone: no traceback, a documented exit code."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import PATIENCE, Finished, Folder, capsule_command, finish


def shell(folder: Folder, script: str, stdin: bytes = b"") -> Finished:
    """Run a shell line in which ``$C`` is the command."""
    process = subprocess.Popen(
        ["bash", "-c", script],
        cwd=folder.path,
        env=folder.environment(C=capsule_command()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return finish(process, stdin)


CHATTY = """\
@app.message()
async def on_message(session, message):
    await session.reply("got " + message.text)
    open("handled", "a").write(message.text + "\\n")
"""


def test_a_closed_stdout_is_no_error(folder: Folder) -> None:
    folder.app(CHATTY)
    run = shell(folder, "$C chat app.py >&-", b"a\nb\n")
    assert (run.stdout, run.stderr, run.code) == (b"", "", 0)
    assert (folder.path / "handled").read_text() == "a\nb\n"


def test_a_closed_stdin_is_an_empty_script(folder: Folder) -> None:
    folder.app()
    run = shell(folder, "$C chat app.py <&-")
    assert (run.stdout, run.stderr, run.code) == (b"", "", 0)
    assert shell(folder, "$C chat app.py -m hi <&-").stdout == b"got hi\n"


def test_a_closed_stderr_changes_nothing(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            print("lost")
            sys.stderr.write("lost")
            await session.notify("lost")
            await session.reply("got " + message.text)
            raise ValueError
        """
    )
    run = shell(folder, "$C chat app.py 2>&-", b"a\nb\n")
    assert (run.stdout, run.code) == (b"got a\ngot b\n", 1)


def test_with_every_stream_closed_the_store_is_intact(folder: Folder) -> None:
    folder.app(CHATTY)
    assert shell(folder, "$C chat app.py -m hi <&- >&- 2>&-").code == 0
    run = folder.chat(stdin="/history\n")
    assert run.stdout == b"user: hi\n app: got hi\n"


def test_a_reader_that_goes_away_ends_the_chat_quietly(folder: Folder) -> None:
    folder.app()
    run = shell(folder, "yes | $C chat app.py | head -1; echo ${PIPESTATUS[1]}")
    assert (run.stdout, run.stderr) == (b"got y\n0\n", "")


def test_a_reader_that_goes_away_mid_stream_stops_the_handler(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            try:
                async with session.stream_reply() as stream:
                    number = 0
                    while True:
                        number += 1
                        stream.write(f"{number}\\n")
                        await asyncio.sleep(0)
            finally:
                open("stopped", "w").close()
        """
    )
    run = shell(folder, "$C chat app.py -m go | head -3")
    assert (run.stdout, run.stderr) == (b"1\n2\n3\n", "")
    assert (folder.path / "stopped").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_stdout_is_no_traceback(folder: Folder) -> None:
    folder.app()
    run = shell(folder, "$C chat app.py -m a -m b > /dev/full")
    assert "Traceback" not in run.stderr


def test_a_slow_reader_gets_everything(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            await session.reply(message.text * 1000)
        """
    )
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    process = folder.start("chat", "app.py", stdout=writing)
    os.close(writing)
    assert process.stdin
    process.stdin.write(b"".join(b"%03d\n" % number for number in range(200)))
    process.stdin.close()
    with open(reading, "rb") as product:
        received = product.read()
    assert process.wait(PATIENCE) == 0
    assert process.stderr
    process.stderr.close()
    assert received == b"".join(b"%03d" % number * 1000 + b"\n" for number in range(200))
