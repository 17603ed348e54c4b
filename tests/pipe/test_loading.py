"""Apps that cannot be loaded, and finding the one that is meant."""

from __future__ import annotations

import pytest

from tests.conftest import APP_HEAD, Folder

BROKEN = {
    "def broken(:\n": ("SyntaxError", "app.py:1", "def broken(:"),
    "import no_such_module\n": ("ModuleNotFoundError", "app.py:1", "import no_such_module"),
    "from cpsl import Nothing\n": ("ImportError", "app.py:1", "from cpsl import Nothing"),
    "secret = 'hunter2'\n1 / 0\n": ("ZeroDivisionError", "app.py:2", "1 / 0"),
    "import sys\nsys.exit(5)\n": ("SystemExit", "app.py:2", "sys.exit(5)"),
    "import sibling\n": ("SyntaxError", "sibling.py:1", "def also broken"),
    "import cpsl\ncpsl.App('x').boot()\n": ("RuntimeError", "app.py:2", "cpsl.App('x').boot()"),
}


@pytest.mark.parametrize("source", BROKEN, ids=[error for error, _, _ in BROKEN.values()])
def test_an_app_that_does_not_load_shows_the_users_line(folder: Folder, source: str) -> None:
    error, place, line = BROKEN[source]
    folder.write("sibling.py", "def also broken\n")
    folder.write("app.py", source)
    run = folder.chat(stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 3)
    assert f"importing it raised {error}" in run.stderr.splitlines()[0]
    assert f"  {place}\n    {line}" in run.stderr
    # The first lines are the error's own words, which may name a place.
    frames = run.stderr.partition(f"  {place}\n")[2].replace("secret = 'hunter2'", "")
    for foreign in ("Traceback", "importlib", "site-packages", "hunter2", "cpsl/runtime"):
        assert foreign not in frames


def test_the_whole_traceback_can_be_had(folder: Folder) -> None:
    folder.write("app.py", "secret = 'hunter2'\n1 / 0\n")
    run = folder.chat("--traceback", stdin="hi\n")
    assert run.code == 3
    assert "Traceback (most recent call last):" in run.stderr
    assert "importlib" in run.stderr
    assert "hunter2" not in run.stderr


@pytest.mark.parametrize(
    ("app", "source", "code", "words"),
    [
        ("missing.py", "", 3, "missing.py: there is no such file."),
        ("app.py", "x = 1\n", 3, "no cpsl.App in it"),
        ("app.py", APP_HEAD + "other = cpsl.App('b')\n", 2, "name one: app.py:app, app.py:other."),
        ("app.py:nope", APP_HEAD, 3, "has no 'nope'. It has: app."),
        ("app", APP_HEAD, 3, "Did you mean app.py?"),
    ],
)
def test_what_is_no_app_is_one_sentence(folder: Folder, app: str, source: str, code: int, words: str) -> None:
    folder.write("app.py", source)
    run = folder.capsule("chat", app, stdin="hi\n")
    assert (run.stdout, run.code) == (b"", code)
    assert run.stderr.startswith("capsule: ")
    assert words in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (folder.path / ".capsule").exists()


def test_without_a_name_the_only_app_is_taken_and_named(folder: Folder) -> None:
    folder.app(name="bot.py")
    folder.write("other.py", "print('not imported')\n")
    folder.write("bad.py", "import cpsl\ndef broken(:\n")
    run = folder.capsule("chat", stdin="hi\n")
    assert (run.stdout, run.stderr, run.code) == (b"got hi\n", "using bot.py:app\n", 0)


def test_without_a_name_and_an_app_it_says_where_it_looked(folder: Folder) -> None:
    run = folder.capsule("chat", stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 2)
    assert str(folder.path) in run.stderr


def test_without_a_name_an_app_that_does_not_parse_is_told_with_its_line(folder: Folder) -> None:
    folder.write("app.py", "import cpsl\napp = cpsl.App('half', image=cpsl.Image())\ndef broken(:\n")
    run = folder.capsule("chat", stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 3)
    assert "SyntaxError" in run.stderr
    assert "app.py:3" in run.stderr


def test_without_a_name_an_app_that_a_function_makes_is_taken(folder: Folder) -> None:
    folder.write(
        "app.py",
        """
import cpsl

def make():
    app = cpsl.App("made", image=cpsl.Image())

    @app.message()
    async def answer(session, message):
        await session.reply("made")

    return app

bot = make()
""",
    )
    run = folder.capsule("chat", stdin="hi\n")
    assert (run.replies, run.stderr, run.code) == (["made"], "using app.py\n", 0)


def test_without_a_name_several_apps_are_listed(folder: Folder) -> None:
    folder.app()
    folder.app(name="bot.py")
    run = folder.capsule("chat", stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 2)
    assert "capsule chat app.py:app\n  capsule chat bot.py:app" in run.stderr


@pytest.mark.parametrize("entry", ["app.py", "app.py:app", "app:app", "./app.py", "../project/app.py"])
def test_every_form_of_entry_point_works(folder: Folder, entry: str) -> None:
    folder.write("sibling.py", "greeting = 'hello'\n")
    folder.app(
        """
        from sibling import greeting
        @app.message()
        async def on_message(session, message):
            await session.reply(greeting)
        """
    )
    assert folder.capsule("chat", entry, stdin="hi\n").replies == ["hello"]


@pytest.mark.parametrize("name", ["json.py", "shlex.py", "calendar.py", "my app.py", "cpsl.py"])
def test_an_app_may_be_named_like_anything(folder: Folder, name: str) -> None:
    folder.app(name=name)
    run = folder.capsule("chat", name, stdin="hi\n/state\n")
    assert (run.replies, run.code) == (["got hi", "{}"], 0)


def test_a_template_that_has_not_been_filled_in_runs(folder: Folder) -> None:
    folder.write("app.py", APP_HEAD.replace('"probe"', '"{{name}}"'))
    run = folder.chat(stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 0)
    assert len(list((folder.path / ".capsule").glob("name-*.db"))) == 1
