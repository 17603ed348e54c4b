"""What comes in: lines of any bytes, ``-m``, ``--input``."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Folder, finish

REPR = """\
@app.message()
async def on_message(session, message):
    await session.reply(ascii(message.text))
"""

LENGTH = """\
@app.message()
async def on_message(session, message):
    await session.reply(f"{len(message.text)} {set(message.text)}")
"""

WHO = """\
@app.message()
async def on_message(session, message):
    session.data["n"] = session.data.get("n", 0) + 1
    files = []
    for file in message.attachments or []:
        await file.download("copy")
        files.append(f"{file.name} {file.content_type} {file.size} {open('copy').read()!r}")
    name = "other" if session.data["n"] else ""
    await session.reply(f"{session.user.id} {session.data['n']} {message.text!r} {files}")
"""


@pytest.mark.parametrize(
    ("stdin", "texts"),
    [
        (b"", []),
        (b"\n\n  \n\t\n", []),
        (b"a", ["a"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb\n", ["a\\rb"]),
        (b"  a  \n", ["  a  "]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", ["a", "\\ufeffb"]),
        (b"nul\x00inside\n", ["nul\\x00inside"]),
        (b"\x1b[2J\n", ["\\x1b[2J"]),
        ("żółć\u2028日本\n".encode(), ["\\u017c\\xf3\\u0142\\u0107\\u2028\\u65e5\\u672c"]),
    ],
)
def test_each_line_is_a_message(folder: Folder, stdin: bytes, texts: list[str]) -> None:
    folder.app(REPR)
    run = folder.chat(stdin=stdin)
    assert (run.replies, run.stderr, run.code) == ([f"'{text}'" for text in texts], "", 0)


def test_a_line_that_is_no_utf8_is_named_and_the_next_one_is_handled(folder: Folder) -> None:
    folder.app()
    run = folder.chat(stdin=b"a\nb\xff\xfe\nc\n")
    assert (run.replies, run.code) == (["got a", "got c"], 2)
    assert run.stderr == "<stdin>:2: not UTF-8 (byte 0xff at column 2)\n"


def test_with_fail_fast_a_bad_line_is_the_last(folder: Folder) -> None:
    folder.app()
    run = folder.chat("-x", stdin=b"a\n\xff\nc\n")
    assert (run.replies, run.code) == (["got a"], 2)


def test_a_line_of_three_megabytes_is_one_message(folder: Folder) -> None:
    folder.app(LENGTH)
    run = folder.chat(stdin=b"x" * 3_000_000 + b"\ny\n")
    assert run.replies == ["3000000 {'x'}", "1 {'y'}"]


def test_a_reply_comes_before_the_next_line_is_sent(folder: Folder) -> None:
    folder.app()
    process = folder.start("chat", "app.py")
    assert process.stdin
    assert process.stdout
    for text in (b"one", b"two"):
        process.stdin.write(text + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"got " + text + b"\n"
    assert finish(process).code == 0


def test_stdin_may_be_a_file(folder: Folder) -> None:
    folder.app()
    script = folder.write("script.txt", "hi\nthere\n")
    with script.open("rb") as stdin:
        process = folder.start("chat", "app.py", stdin=stdin)
    assert finish(process).replies == ["got hi", "got there"]


def test_messages_can_be_given_as_options(folder: Folder) -> None:
    folder.app()
    run = folder.chat("-m", "hi", "--message", "there", "-m", "-dash", stdin="ignored\n")
    assert (run.replies, run.code) == (["got hi", "got there", "got -dash"], 0)


def test_a_message_option_may_hold_newlines_and_be_empty(folder: Folder) -> None:
    folder.app(REPR)
    assert folder.chat("-m", "a\nb", "-m", "").replies == ["'a\\nb'", "''"]


@pytest.mark.parametrize("option", ["-m", "--as", "--session", "--email", "--org"])
def test_an_argument_that_is_no_utf8_is_refused(folder: Folder, option: str) -> None:
    folder.app()
    run = folder.chat("-m", "hi", option, "\udcff")
    assert (run.stdout, run.code) == (b"", 2)
    assert run.stderr.endswith("is not valid UTF-8.\n")


def jsonl(*items: object) -> str:
    return "".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in items)


@pytest.mark.parametrize("source", ["turns.jsonl", "-", "/dev/stdin"])
def test_an_input_holds_objects_and_plain_lines(folder: Folder, source: str) -> None:
    folder.app(WHO)
    folder.write("a.txt", "content")
    items = jsonl(
        {"text": "a\nb"},
        "plain",
        "",
        {"text": "hi", "as": "bob"},
        ' {"text": "indented"}',
        {"text": "see", "attach": ["a.txt"]},
        {"attach": "a.txt"},
        {"text": "elsewhere", "session": "other"},
        {"text": "//x"},
        {"text": "/two\nlines"},
    )
    folder.write("turns.jsonl", items)
    run = folder.chat("--input", source, stdin=items)
    assert run.stderr == ""
    assert run.replies == [
        r"local 1 'a\nb' []",
        "local 2 'plain' []",
        "bob 1 'hi' []",
        "local 3 'indented' []",
        """local 4 'see' ["a.txt text/plain 7 'content'"]""",
        """local 5 '' ["a.txt text/plain 7 'content'"]""",
        "local 1 'elsewhere' []",
        "local 6 '/x' []",
        r"local 7 '/two\nlines' []",
    ]


def test_attachments_are_found_beside_the_input_file(folder: Folder) -> None:
    folder.app(WHO)
    folder.write("deep/a.txt", "content")
    folder.write("deep/turns.jsonl", jsonl({"text": "see", "attach": ["a.txt"]}))
    assert folder.chat("--input", "deep/turns.jsonl").replies == ["""local 1 'see' ["a.txt text/plain 7 'content'"]"""]


@pytest.mark.parametrize("missing", ["missing.txt", "."])
def test_a_missing_attachment_is_named_and_its_message_not_sent(folder: Folder, missing: str) -> None:
    folder.app(WHO)
    folder.write("t.jsonl", jsonl({"text": "see", "attach": [missing]}, {"text": "next"}))
    run = folder.chat("--input", "t.jsonl")
    assert (run.replies, run.code) == (["local 1 'next' []"], 2)
    assert run.stderr.startswith("t.jsonl:1: Cannot attach")


BAD_LINES = [
    ('{"text": "a"', "not a JSON object"),
    ('{"text": 5}', "'text' must be a text"),
    ('{"txt": "a"}', "unknown key 'txt', did you mean 'text'?"),
    ('{"as": "bob"}', "needs a 'text' to send"),
    ('{"text": "a", "attach": [1]}', "'attach' must be a text or a list of texts"),
    ('{"text": "a", "as": null}', "'as' must be a text"),
    ('{"a":' * 100_000, "not a JSON object"),
    ("{}", "needs a 'text' to send"),
]


@pytest.mark.parametrize(("line", "words"), BAD_LINES, ids=[str(number) for number in range(len(BAD_LINES))])
def test_a_malformed_line_is_named_and_nothing_was_sent(folder: Folder, line: str, words: str) -> None:
    folder.app("@app.message()\nasync def on_message(session, message):\n    print('handled')\n")
    folder.write("t.jsonl", jsonl({"text": "fine"}, "", line))
    run = folder.chat("--input", "t.jsonl")
    assert (run.stdout, run.code) == (b"", 2)
    assert run.stderr.startswith(f"capsule: t.jsonl:3: {words}")
    assert run.stderr.endswith("; nothing was sent.\n")
    assert "handled" not in run.stderr


def test_input_that_is_no_utf8_is_named_and_nothing_was_sent(folder: Folder) -> None:
    folder.app()
    (folder.path / "t.jsonl").write_bytes(b'{"text":"fine"}\n\xff\n')
    run = folder.chat("--input", "t.jsonl")
    assert (run.stdout, run.code) == (b"", 2)
    assert "t.jsonl:2: not UTF-8" in run.stderr


@pytest.mark.parametrize(("name", "words"), [("missing.jsonl", "there is no such file"), (".", "is a folder")])
def test_an_input_that_is_no_file_is_a_sentence(folder: Folder, name: str, words: str) -> None:
    folder.app()
    run = folder.chat("--input", name)
    assert (run.stdout, run.code, run.stderr) == (b"", 2, f"capsule: {name}: {words}.\n")


def test_a_bad_line_of_piped_input_is_named_and_the_rest_is_sent(folder: Folder) -> None:
    folder.app()
    run = folder.chat("--input", "-", stdin=jsonl({"text": "a"}, "{bad", {"text": "c"}))
    assert (run.replies, run.code) == (["got a", "got c"], 2)
    assert run.stderr.startswith("<stdin>:2: not a JSON object")
