"""Stdout carries the replies and nothing else, byte for byte."""

from __future__ import annotations

import os

import pytest

from tests.conftest import Folder, finish

NOISY = """\
import logging, subprocess
print("printed at import")
logging.basicConfig(level=logging.INFO)

@app.boot()
def boot():
    print("printed at boot")

@app.message()
async def on_message(session, message):
    print("printed", flush=True)
    sys.stdout.write("written")
    os.write(1, b"to descriptor 1\\n")
    subprocess.run(["echo", "from a child"])
    os.system("echo from a shell")
    logging.info("logged")
    sys.stderr.write("to stderr\\n")
    await session.notify("working", detail="line 1\\nline 2")
    await session.reply("answer " + message.text)
    print("no newline", end="")
"""


def test_two_lines_give_two_replies(folder: Folder) -> None:
    folder.app()
    run = folder.chat(stdin="hi\nthere\n")
    assert (run.stdout, run.stderr, run.code) == (b"got hi\ngot there\n", "", 0)


def test_whatever_else_is_said_is_on_stderr(folder: Folder) -> None:
    folder.app(NOISY)
    run = folder.chat(stdin="1\n2\n")
    assert (run.stdout, run.code) == (b"answer 1\nanswer 2\n", 0)
    for words in ("printed at import", "printed at boot", "written", "to descriptor 1", "from a child", "from a shell"):
        assert words in run.stderr
    assert "INFO:root:logged" in run.stderr
    assert "notice: working\n        line 1\n        line 2\n" in run.stderr


def test_the_app_cannot_eat_the_script(folder: Folder) -> None:
    folder.app(
        """
        import subprocess
        @app.message()
        async def on_message(session, message):
            child = subprocess.run(["cat"], capture_output=True).stdout
            await session.reply(f"{message.text} {sys.stdin.read()!r} {child!r}")
        """
    )
    assert folder.chat(stdin="a\nb\n").replies == ["a '' b''", "b '' b''"]


def test_a_streamed_reply_is_its_text_and_a_newline(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            async with session.stream_reply() as stream:
                for piece in ("one ", "two\\n", "\\n", "three"):
                    stream.write(piece)
            await session.reply("l1\\nl2")
            await session.reply("")
            await session.show(cpsl.Block("card", {"title": "T", "n": 1, "list": [1]}))
            await session.set_title("silent")
        """
    )
    run = folder.chat(stdin="a\n")
    assert run.stdout == b"one two\n\nthree\nl1\nl2\n\n[card] title=T n=1 list=[1]\n"


def test_an_error_names_the_users_line_and_the_next_line_is_handled(folder: Folder) -> None:
    folder.write("helper.py", "def helper():\n    secret = 'hunter2'\n    raise ValueError('no way')\n")
    folder.app(
        """
        from helper import helper

        @app.message()
        async def on_message(session, message):
            if message.text == "boom":
                helper()
            await session.reply("got " + message.text)
        """
    )
    run = folder.chat(stdin="1\nboom\n3\n")
    assert (run.replies, run.code) == (["got 1", "got 3"], 1)
    assert run.stderr == (
        "error in turn 2: ValueError: no way\n"
        "  app.py:9 in on_message\n    helper()\n"
        "  helper.py:3 in helper\n    raise ValueError('no way')\n"
    )


def test_fail_fast_sends_nothing_after_the_first_error(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            print("handling", message.text)
            if message.text == "boom":
                raise ValueError("bad")
        """
    )
    run = folder.chat("-x", stdin="boom\nnext\n")
    assert run.code == 1
    assert "handling next" not in run.stderr


@pytest.mark.parametrize(
    "raised", ["SystemExit(0)", "SystemExit", "KeyboardInterrupt", "asyncio.CancelledError", "GeneratorExit"]
)
def test_an_exit_raised_in_a_handler_is_an_error_of_its_turn(folder: Folder, raised: str) -> None:
    folder.app(
        f"""
        @app.message()
        async def on_message(session, message):
            if message.text == "boom":
                raise {raised}
            await session.reply("got " + message.text)
        """
    )
    run = folder.chat(stdin="boom\nnext\n")
    assert (run.replies, run.code) == (["got next"], 1)
    assert "error in turn 1: " in run.stderr
    assert "app.py:7 in on_message" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("raised", ["ValueError('bg')", "SystemExit(7)", "KeyboardInterrupt"])
def test_an_error_of_a_background_task_is_told_and_nothing_ends(folder: Folder, raised: str) -> None:
    folder.app(
        f"""
        async def background():
            raise {raised}

        @app.message()
        async def on_message(session, message):
            asyncio.get_running_loop().create_task(background())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await session.reply("got " + message.text)
        """
    )
    run = folder.chat(stdin="1\n2\n")
    assert (run.replies, run.code) == (["got 1", "got 2"], 0)
    assert run.stderr.count("error in a background task: ") == 2
    assert "app.py:5 in background" in run.stderr
    assert "site-packages" not in run.stderr


def test_concurrent_streams_never_mix_in_the_output(folder: Folder) -> None:
    folder.app(
        """
        async def speak(session, word):
            async with session.stream_reply() as stream:
                for letter in word:
                    stream.write(letter)
                    await asyncio.sleep(0)

        @app.message()
        async def on_message(session, message):
            await asyncio.gather(speak(session, "hello"), speak(session, "world!"), session.reply("between"))
        """
    )
    run = folder.chat(stdin="a\n")
    assert sorted(run.replies) == ["between", "hello", "world!"]


def test_control_characters_are_made_visible(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            await session.reply("\\x1b[2J\\x1b]0;title\\x07 \\u202e \\x9b bell\\r\\nnext\\tcell \\x00 \\ud800")
            async with session.stream_reply() as stream:
                stream.write("a\\r")
                stream.write("\\nb\\x1b")
                stream.write("[31m")
            await session.notify("\\x1b[2J")
            raise ValueError("\\x1b[2J")
        """
    )
    run = folder.chat(stdin="a\n")
    assert run.stdout.decode() == ("^[[2J^[]0;title^G <U+202E> <U+009B> bell\nnext\tcell ^@ <U+D800>\na\nb^[[31m\n")
    assert "\x1b" not in run.stderr
    assert run.stderr.count("^[[2J") == 2


def test_a_very_long_reply_arrives_whole(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            await session.reply("ż" * 300_000)
            async with session.stream_reply() as stream:
                for number in range(300):
                    stream.write(f"{number:01000d}")
        """
    )
    run = folder.chat(stdin="a\n")
    whole, streamed = run.replies
    assert whole == "ż" * 300_000
    assert streamed == "".join(f"{number:01000d}" for number in range(300))


def test_what_a_background_task_says_comes_when_it_is_said(folder: Folder) -> None:
    folder.app(
        """
        async def later(session):
            for _ in range(3):
                await asyncio.sleep(0)
            await session.reply("late")

        @app.message()
        async def on_message(session, message):
            app.running = asyncio.create_task(later(session))
            await session.reply("first")

        @app.exit()
        async def leave(session):
            await app.running
            await session.reply("bye")
        """
    )
    assert folder.chat(stdin="a\n").replies == ["first", "late", "bye"]


@pytest.mark.parametrize(("hook", "code"), [("boot", 3), ("shutdown", 1), ("exit", 1)])
def test_a_hook_that_raises_is_told_with_its_line(folder: Folder, hook: str, code: int) -> None:
    folder.app(
        f"""
        @app.{hook}()
        async def hook(*args):
            raise ValueError("no way")

        @app.message()
        async def on_message(session, message):
            await session.reply("got " + message.text)
        """
    )
    run = folder.chat(stdin="a\n")
    assert run.code == code
    assert run.stdout == (b"" if hook == "boot" else b"got a\n")
    assert run.stderr.splitlines() == [
        f"capsule: {hook} raised ValueError: no way",
        "ValueError: no way",
        "  app.py:6 in hook",
        '    raise ValueError("no way")',
    ]


def test_leaving_a_session_whose_exit_raises_goes_on(folder: Folder) -> None:
    folder.app(
        """
        @app.exit()
        async def leave(session):
            raise ValueError("no way")

        @app.message()
        async def on_message(session, message):
            await session.reply(f"got {message.text}")
        """
    )
    run = folder.chat(stdin="a\n/new\nb\n")
    assert (run.replies, run.code) == (["got a", "got b"], 1)
    assert run.stderr.count("exit raised ValueError: no way") == 2


ASKING = """\
@app.message()
async def on_message(session, message):
    async with session.stream_reply() as reply:
        reply.write("so far")
        answer = await session.prompt_approval("Delete\\nall?")
        reply.write(f" {answer}")
"""


def test_a_question_is_asked_on_stderr_and_leaves_the_reply_whole(folder: Folder) -> None:
    folder.app(ASKING)
    run = folder.chat(stdin="hi\ny\n")
    asked = "question: Delete\n          all? (y or n)\n"
    assert (run.stdout, run.stderr, run.code) == (b"so far True\n", asked, 0)


def test_with_json_a_question_is_an_event_and_nothing_else(folder: Folder) -> None:
    folder.app(ASKING)
    run = folder.chat("--json", stdin="hi\nn\n")
    assert (run.stderr, run.code) == ("", 0)
    assert b'"type":"prompt"' in run.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [
        ("chat", "app.py", "--ephemeral", "-m", "hi", "-m", "never said"),
        ("chat", "app.py", "--ephemeral", "-m", "hi", "--json"),
        ("replay", "talk.jsonl"),
        ("replay", "talk.jsonl", "--json"),
        ("replay", "talk.jsonl", "--md"),
        ("inspect", "app.py"),
        ("data", "app.py", "counted"),
        ("--help",),
        ("chat", "--help"),
        ("--version",),
    ],
)
def test_a_full_disk_behind_stdout_is_told_once_and_no_success(folder: Folder, arguments: tuple[str, ...]) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            await session.reply(message.text)

        @app.data("counted")
        async def counted(ctx):
            return 1
        """
    )
    folder.chat("--ephemeral", "-m", "hi", "--record", "talk.jsonl")
    with open("/dev/full", "wb") as full:
        run = finish(folder.start(*arguments, stdout=full, real=arguments == ("--version",)))
    assert (run.code, run.stderr) == (1, "capsule: stdout: No space left on device.\n")


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("chat", "app.py", "--ephemeral", "-m", "hi"), ("inspect", "app.py")]
)
def test_a_reader_that_is_gone_misses_nothing(folder: Folder, arguments: tuple[str, ...]) -> None:
    folder.app()
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "wb") as closed:
        run = finish(folder.start(*arguments, stdout=closed, real=arguments == ("--version",)))
    assert (run.code, run.stderr) == (0, "")
