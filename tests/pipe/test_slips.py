"""What somebody gets wrong in their first app, and what they are told."""

from __future__ import annotations

import pytest

from tests.conftest import Folder


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        (
            "@app.message()\nasync def handle(message):\n    pass\n",
            1,
            "it is called as handle(session, message)",
        ),
        (
            "@app.boot()\ndef prepare(session):\n    pass\n@app.message()\ndef handle(session, message):\n    pass\n",
            3,
            "it is called as prepare()",
        ),
        (
            "@app.enter()\ndef welcome():\n    pass\n@app.message()\ndef handle(session, message):\n    pass\n",
            1,
            "it is called as welcome(session)",
        ),
        ("@app.message()\nclass Handler:\n    pass\n", 1, "it is called as Handler(session, message)"),
        ("@app.data\ndef totals():\n    return 1\n", 3, 'Write @app.data("NAME") with parentheses'),
        ("@app.mesage()\ndef handle(session, message):\n    pass\n", 3, "Did you mean 'message'?"),
        (
            "@app.message()\nasync def handle(session, message):\n    await session.replyy('a')\n",
            1,
            "Did you mean 'reply'?",
        ),
        (
            "@app.message()\nasync def handle(message, session):\n    await session.reply('a')\n",
            1,
            "'Message' object has no attribute 'reply'. A Session has it: a handler takes the session first, then the",
        ),
        ("cpsl.Imag()\n", 3, "module 'cpsl' has no attribute 'Imag'. Did you mean 'Image'?"),
        (
            'app.collection("notes", ["text"])\n',
            3,
            "TypeError: App.collection() takes 2 positional arguments but 3 were given\n"
            "it is called as App.collection(name, *, columns=…, scope=…, sortable=…, filterable=…, paginate=…)\n",
        ),
        (
            'from cpsl import ui\nui.TextArea("a", row=1)\n',
            3,
            "\nit is called as TextArea(*, name, label=…, placeholder=…, required=…, rows=…)\n",
        ),
        (
            "@app.message()\nasync def handle(session, message):\n    await session.reply()\n",
            1,
            "missing 1 required positional argument: 'text'\nit is called as Session.reply(text)\n",
        ),
        (
            "@app.message()\nasync def handle(session, message):\n    await session.show(cpsl.ui.Text('a'))\n",
            1,
            "TypeError: session.show() takes a cpsl.Block(type, payload), not Text\n",
        ),
        ("", 0, "nobody answers here yet: the app has no function with @app.message()"),
    ],
)
def test_a_slip_says_what_to_write(folder: Folder, body: str, code: int, sentence: str) -> None:
    folder.app(body)
    run = folder.chat(stdin="hi\n")
    assert (run.code, run.stdout) == (code, b"")
    assert sentence in run.stderr


def test_a_type_error_within_a_handler_stays_as_it_is(folder: Folder) -> None:
    folder.app("@app.message()\ndef handle(session, message):\n    len(1)\n")
    run = folder.chat(stdin="hi\n")
    assert run.stderr.startswith("error in turn 1: TypeError: object of type 'int' has no len()\n")


SAYS = "@app.message()\nasync def handle(session, message):\n    await session.reply('a')\n"


@pytest.mark.parametrize(
    ("body", "sentences"),
    [
        (
            SAYS + "@app.message()\nasync def again(session, message):\n    await session.reply('b')\n",
            "again (app.py:7) replaces handle (app.py:4): both are @app.message(), of which an app has one; "
            "the last one holds.\n",
        ),
        (
            SAYS + "@app.message('x')\ndef a(session, message):\n    pass\n" * 2,
            "a (app.py:10) replaces a (app.py:7): both are @app.message('x'), of which an app has one; "
            "the last one holds.\n",
        ),
        *(
            (
                SAYS + f"@app.{slot}()\ndef a(*args):\n    return []\n@app.{slot}()\ndef b(*args):\n    return []\n",
                f"b (app.py:10) replaces a (app.py:7): both are @app.{slot}(), of which an app has one; "
                "the last one holds.\n",
            )
            for slot in ("boot", "shutdown", "enter", "exit", "home_suggestions")
        ),
        (
            SAYS + "@app.data('n')\ndef a():\n    pass\n@app.data('n')\ndef b():\n    pass\n",
            "b (app.py:10) replaces a (app.py:7): both are @app.data('n'), of which an app has one; "
            "the last one holds.\n",
        ),
        (SAYS + "app.message()(handle)\napp.message('x')(handle)\n", ""),
    ],
)
def test_a_second_handler_for_one_place_is_warned_of_with_both_lines(folder: Folder, body: str, sentences: str) -> None:
    folder.app(body)
    run = folder.chat(stdin="hi\n")
    assert (run.code, run.stderr) == (0, sentences)


INSTEAD = "write await session.reply(...) in place of"


@pytest.mark.parametrize(
    ("handler", "stdout", "sentence"),
    [
        (
            "async def handle(session, message):\n    yield 'a'\n",
            b"",
            f"handle (app.py:4) has a yield in it, so nothing of it was run: {INSTEAD} yield.\n",
        ),
        (
            "def handle(session, message):\n    yield 'a'\n",
            b"",
            f"handle (app.py:4) has a yield in it, so nothing of it was run: {INSTEAD} yield.\n",
        ),
        (
            "async def handle(session, message):\n    return 'a'\n",
            b"",
            f"handle (app.py:4) returned a text, which nobody is told, and said nothing: {INSTEAD} return.\n",
        ),
        ("async def handle(session, message):\n    await session.reply('a')\n    return 'b'\n", b"a\na\n", ""),
        ("async def handle(session, message):\n    return len(message.text)\n", b"", ""),
        (
            "async def handle(session, message):\n    await session.show(cpsl.Block('x', {}))\n    return 'b'\n",
            None,
            "",
        ),
    ],
)
def test_a_handler_that_only_returns_or_yields_is_warned_of_once(
    folder: Folder, handler: str, stdout: bytes | None, sentence: str
) -> None:
    folder.app("@app.message()\n" + handler)
    run = folder.chat(stdin="hi\nho\n")
    assert (run.code, run.stderr) == (0, sentence)
    assert stdout in (None, run.stdout)
    assert folder.chat("--trace", "trace.jsonl", stdin="hi\n").stderr == sentence


def test_hooks_that_only_return_or_yield_are_warned_of(folder: Folder) -> None:
    folder.app(SAYS + "@app.boot()\ndef boot():\n    yield\n@app.enter()\ndef enter(session):\n    return 'welcome'\n")
    assert folder.chat(stdin="hi\n").stderr == (
        "boot (app.py:7) has a yield in it, so nothing of it was run: take the yield out.\n"
        f"enter (app.py:10) returned a text, which nobody is told, and said nothing: {INSTEAD} return.\n"
    )


def test_a_forgotten_await_is_told_once_with_the_line_that_forgot_it(folder: Folder) -> None:
    folder.app(
        """\
        notes = app.collection("notes")
        @app.message()
        async def handle(session, message):
            session.reply("x")
            rows = notes.find()
            helper(
                1)
            await session.reply("y")
        async def helper(number):
            pass
        """
    )
    run = folder.chat(stdin="hi\nho\n")
    assert (run.code, run.stdout) == (0, b"y\ny\n")
    without = "a call without await does nothing; write await before it: "
    assert sorted(run.stderr.splitlines()) == [
        f"{without}find(...)",
        f'app.py:7: {without}session.reply("x")',
        f"app.py:9: {without}helper(",
    ]


def test_other_warnings_of_python_stay_as_they_are(folder: Folder) -> None:
    folder.app("import warnings\nwarnings.warn('careful', RuntimeWarning)\n" + SAYS)
    run = folder.chat(stdin="hi\n")
    assert run.stdout == b"a\n"
    assert "app.py:5: RuntimeWarning: careful\n" in run.stderr


def test_how_the_apps_own_class_is_called_is_its_own_affair(folder: Folder) -> None:
    folder.app("class Session:\n    def reply(self):\n        pass\nSession().reply(1)\n")
    run = folder.chat(stdin="hi\n")
    assert "TypeError: Session.reply() takes 1 positional argument but 2 were given\n  app.py:7\n" in run.stderr
