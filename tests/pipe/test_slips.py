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
