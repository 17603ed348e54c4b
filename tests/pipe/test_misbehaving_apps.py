"""Apps that fork, close the standard streams, stop the loop or have objects that raise: the chat goes on."""

from __future__ import annotations

import pytest

from tests.conftest import Finished, Folder

APP = """\
import asyncio, os, sys

@app.message()
async def on_message(session, message):
    if message.text != "go":
        await session.reply(f"then {message.text}")
        return
"""


def chat(folder: Folder, handler: str, *options: str) -> Finished:
    """What comes of a message whose handler is that, and of another one."""
    folder.app(APP + "".join(f"    {line}\n" for line in handler.splitlines()))
    return folder.chat(*options, stdin="go\non\n")


@pytest.mark.parametrize(
    ("child", "code"),
    [
        ("pass", 0),
        ("sys.exit()", 0),
        ("sys.exit(3)", 3),
        ("sys.exit('no more')", 1),
        ("raise ValueError('of the child')", 1),
        ("await session.set('key', 'of the child')", 1),
    ],
)
def test_a_forked_process_ends_where_it_comes_out_of_the_handler(folder: Folder, child: str, code: int) -> None:
    run = chat(
        folder,
        "process = os.fork()\n"
        f"if process == 0:\n    {child}\n    return\n"
        "_, status = os.waitpid(process, 0)\n"
        "await session.reply(f'{os.waitstatus_to_exitcode(status)} {await session.get(\"key\")}')",
        *("--record", "talk.jsonl"),
    )
    assert (run.code, run.replies) == (0, [f"{code} None", "then on"])
    assert (folder.path / "talk.jsonl").read_text().count('"type":"end"') == 2


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGALRM"])
@pytest.mark.parametrize("wait", ["pass", "select.select([reading], [], [])"], ids=["at once", "later"])
def test_a_signal_ends_a_forked_process_and_not_the_chat(folder: Folder, number: str, wait: str) -> None:
    run = chat(
        folder,
        "import select, signal, time\n"
        "reading, writing = os.pipe()\n"
        "process = os.fork()\n"
        "if process == 0:\n    os.write(writing, b'1')\n    time.sleep(100)\n    os._exit(0)\n"
        f"{wait}\n"
        f"os.kill(process, signal.{number})\n"
        "_, status = os.waitpid(process, 0)\n"
        f"await session.reply(str(os.waitstatus_to_exitcode(status) == -signal.{number}))",
    )
    assert (run.code, run.replies, run.stderr) == (0, ["True", "then on"], "")


def test_ctrl_c_raises_in_a_forked_process(folder: Folder) -> None:
    run = chat(
        folder,
        "import signal, time\n"
        "process = os.fork()\n"
        "if process == 0:\n"
        "    try:\n        os.kill(os.getpid(), signal.SIGINT)\n        time.sleep(100)\n"
        "    except KeyboardInterrupt:\n        os._exit(7)\n"
        "_, status = os.waitpid(process, 0)\n"
        "await session.reply(str(os.waitstatus_to_exitcode(status)))",
    )
    assert (run.code, run.replies, run.stderr) == (0, ["7", "then on"], "")


def test_an_app_s_own_signal_handler_is_its_forked_process_s_too(folder: Folder) -> None:
    run = chat(
        folder,
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, lambda number, frame: os._exit(7))\n"
        "process = os.fork()\n"
        "if process == 0:\n    time.sleep(100)\n    os._exit(0)\n"
        "os.kill(process, signal.SIGTERM)\n"
        "_, status = os.waitpid(process, 0)\n"
        "await session.reply(str(os.waitstatus_to_exitcode(status)))",
    )
    assert (run.code, run.replies, run.stderr) == (0, ["7", "then on"], "")


def test_what_a_forked_process_dies_of_is_told(folder: Folder) -> None:
    run = chat(folder, "if os.fork() == 0: sys.exit('no more')\nos.wait()")
    assert (run.code, run.stderr) == (0, "no more\n")


def test_no_file_of_ours_becomes_a_stream_that_the_app_has_closed(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            import os
            for descriptor in (0, 1, 2):
                try:
                    os.write(descriptor, b"PRINTED")
                except OSError:
                    pass
                try:
                    os.close(descriptor)
                except OSError:
                    pass
            await session.reply("closed")
        """
    )
    options = ("--record", "talk.jsonl", "--trace", "trace.jsonl")
    assert folder.chat(*options, stdin="a\nb\nc\n").replies == ["closed"] * 3
    ours = [content for name, content in folder.contents().items() if content and ".py" not in name]
    assert len(ours) > 3
    assert not [content for content in ours if b"PRINTED" in content]


@pytest.mark.parametrize("stream", ["sys.stderr.close()", "sys.stderr = None", "sys.stderr = open(os.devnull, 'w')"])
def test_errors_are_told_whatever_the_app_makes_of_its_stderr(folder: Folder, stream: str) -> None:
    run = chat(folder, f"{stream}\nraise ValueError('told')")
    assert (run.code, run.replies) == (1, ["then on"])
    assert run.stderr.startswith("error in turn 1: ValueError: told\n")


@pytest.mark.parametrize("raised", ["SystemExit(9)", "asyncio.CancelledError"])
@pytest.mark.parametrize(
    ("base", "method", "use"),
    [
        ("Exception", "__str__", "raise Strange()"),
        ("object", "__str__", "session.data['key'] = Strange()"),
        ("dict", "items", "session.data['key'] = Strange(a=1)"),
        ("dict", "__iter__", "session.data['key'] = Strange(a=1)"),
    ],
)
def test_what_an_object_of_the_app_raises_stays_within_the_turn(
    folder: Folder, base: str, method: str, use: str, raised: str
) -> None:
    run = chat(folder, f"class Strange({base}):\n    def {method}(self): raise {raised}\n{use}")
    assert (run.code, run.replies) == (int("raise" in use), ["then on"])
    assert ("Strange" in run.stderr) == ("raise" in use)
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "attribute", ["exceptions", "__cause__", "__suppress_context__", "__traceback__", "__context__"]
)
def test_an_exception_whose_attributes_raise_is_told_by_its_name(folder: Folder, attribute: str) -> None:
    strange = f"class Strange(Exception):\n    @property\n    def {attribute}(self): raise RuntimeError\n"
    run = chat(folder, strange + "raise Strange('words')")
    assert (run.code, run.replies) == (1, ["then on"])
    assert run.stderr.startswith("error in turn 1: Strange: words\n")


def test_an_app_that_stops_the_loop_does_not_end_the_chat(folder: Folder) -> None:
    run = chat(folder, "asyncio.get_running_loop().stop()\nawait session.reply('stopped')")
    assert (run.code, run.replies) == (0, ["stopped", "then on"])
    assert run.stderr == "error in a background task: the app has stopped the event loop, which goes on.\n"


def test_an_app_that_cancels_every_task_fails_one_turn(folder: Folder) -> None:
    run = chat(folder, "for task in asyncio.all_tasks(): task.cancel()\nawait asyncio.sleep(0)")
    assert (run.code, run.replies) == (1, ["then on"])
    assert run.stderr == "turn 1 was interrupted\n"


@pytest.mark.parametrize("how", ["chat", "replay"])
def test_a_task_that_swallows_its_end_does_not_keep_the_command(folder: Folder, how: str) -> None:
    endless = (
        "async def endless():\n    while True:\n        try:\n            await asyncio.sleep(1000)\n"
        "        except BaseException: pass\n"
    )
    run = chat(folder, endless + "asyncio.create_task(endless())\nawait session.reply('begun')", "--record", "t.jsonl")
    assert (run.code, run.replies) == (0, ["begun", "then on"])
    if how == "replay":
        run = folder.capsule("replay", "t.jsonl", "t.jsonl")
        assert run.code == 0


def test_a_data_handler_is_asked_to_its_end_as_well(folder: Folder) -> None:
    folder.app(
        """
        async def leaves():
            raise SystemExit(9)

        @app.data("stops")
        async def stops():
            asyncio.get_running_loop().stop()
            await asyncio.sleep(0)
            return 1

        @app.data("forgets")
        async def forgets():
            forgotten = asyncio.ensure_future(leaves())
            await asyncio.wait([forgotten])
            return 2
        """
    )
    run = folder.capsule("data", "app.py", "stops")
    assert (run.stdout, run.code) == (b"1\n", 0)
    assert run.stderr == "error in a background task: the app has stopped the event loop, which goes on.\n"
    run = folder.capsule("data", "app.py", "forgets")
    assert (run.stdout, run.code) == (b"2\n", 0)
    assert run.stderr.startswith("error in a background task: SystemExit: 9\n")


def test_ctrl_c_ends_a_data_handler(folder: Folder) -> None:
    folder.app(
        """
        @app.data("interrupted")
        async def interrupted():
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), 2)
            try:
                await asyncio.Event().wait()
            finally:
                print("ended")
        """
    )
    run = folder.capsule("data", "app.py", "interrupted")
    assert (run.stdout, run.code) == (b"", 130)
    assert run.stderr.startswith("ended\n")
