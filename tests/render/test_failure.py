"""An exception as its developer wants to see it."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cpsl.render.failure import describe, full_traceback, headline, is_users, places

SOURCE = """\
import json

def fail(message):
    secret = "hunter2"
    raise ValueError(message)

def deep(count):
    deep(count - 1) if count else fail("deep")

def from_library():
    json.loads("{")

def chained():
    try:
        fail("first")
    except ValueError as error:
        raise KeyError("second") from error

def silenced():
    try:
        fail("first")
    except ValueError:
        raise KeyError("second") from None

def during():
    try:
        fail("first")
    except ValueError:
        fail("second")

def circle():
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    raise one

def chain(count):
    error = None
    for number in range(count):
        new = ValueError(str(number))
        new.__cause__ = error
        error = new
    raise error

def compiled():
    compile("1 +", "made-up.py", "exec")

def named(error):
    raise error
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A file of a user, imported from the folder we are in."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "app.py"
    file.write_text(SOURCE)
    names: dict[str, Any] = {}
    exec(compile(SOURCE, str(file), "exec"), names)
    return names


def raised(function: Callable[..., object], *arguments: object) -> BaseException:
    try:
        function(*arguments)
    except BaseException as error:
        own = error.__traceback__
        return error.with_traceback(own.tb_next if own else None)  # without the call right here
    raise AssertionError("nothing was raised")


def test_an_error_is_its_headline_and_the_users_lines(code: dict[str, Any]) -> None:
    text = describe(raised(code["fail"], "no way"))
    assert text == "ValueError: no way\n  app.py:5 in fail\n    raise ValueError(message)"


def test_frames_of_the_library_are_left_out(code: dict[str, Any]) -> None:
    error = raised(code["from_library"])
    assert [place.function for place in places(error)] == ["from_library"]
    assert "json/decoder.py" not in describe(error)
    assert "json/decoder.py" in full_traceback(error)


def test_values_of_locals_are_never_shown(code: dict[str, Any]) -> None:
    for text in (describe(raised(code["fail"], "x")), full_traceback(raised(code["fail"], "x"))):
        assert "hunter2" not in text


def test_at_most_the_last_eight_lines_are_shown(code: dict[str, Any]) -> None:
    assert len(places(raised(code["deep"], 50))) == 8
    assert describe(raised(code["deep"], 50)).endswith("raise ValueError(message)")


def test_a_cause_is_told_unless_it_was_silenced(code: dict[str, Any]) -> None:
    assert "\ncaused by ValueError: first\n  app.py:15 in chained" in describe(raised(code["chained"]))
    assert "\ncaused by ValueError: first" in describe(raised(code["during"]))
    assert "first" not in describe(raised(code["silenced"])).replace('fail("first")', "")


def test_causes_in_a_circle_are_told_once(code: dict[str, Any]) -> None:
    text = describe(raised(code["circle"]))
    assert text.count("ValueError: one") == text.count("ValueError: two") == 1


def test_a_very_long_chain_of_causes_is_cut(code: dict[str, Any]) -> None:
    assert describe(raised(code["chain"], 5000)).count("caused by") == 7


def test_a_syntax_error_of_compiled_text_shows_who_compiled_it(code: dict[str, Any]) -> None:
    lines = describe(raised(code["compiled"])).splitlines()
    assert lines[0] == "SyntaxError: invalid syntax"
    assert "  app.py:45 in compiled" in lines
    assert lines[-2:] == ["  made-up.py:1", "    1 +"]


class SpeechlessError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("a\nb"), "ValueError: a\nb"),
        (ValueError(), "ValueError"),
        (ValueError("expected:"), "ValueError: expected:"),
        (KeyError("k"), "KeyError: 'k'"),
        (SpeechlessError(), "SpeechlessError"),
        (ValueError("\x1b[2J"), "ValueError: ^[[2J"),
        (SystemExit(3), "SystemExit: 3"),
        (json.JSONDecodeError("bad", "x", 0), "JSONDecodeError: bad: line 1 column 1 (char 0)"),
    ],
)
def test_the_headline_is_type_and_message(error: BaseException, words: str) -> None:
    assert headline(error) == words


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no exception groups")
def test_the_parts_of_a_group_are_told(code: dict[str, Any]) -> None:
    inner = raised(code["fail"], "inner")
    group = vars(builtins)["ExceptionGroup"]("several", [inner, KeyError("other")])
    text = describe(raised(code["named"], group))
    assert "  with ValueError: inner\n    app.py:5 in fail" in text
    assert "  with KeyError: 'other'" in text


@pytest.mark.parametrize("parts", [5, "text", ["not", "errors"], None])
def test_an_attribute_that_only_looks_like_a_group_is_ignored(parts: Any) -> None:
    error = ValueError("x")
    error.exceptions = parts  # type: ignore[attr-defined]
    assert describe(error) == "ValueError: x"


def test_who_wrote_a_file_is_known_by_its_place(tmp_path: Path) -> None:
    assert is_users(str(tmp_path / "app.py"))
    assert not is_users("<frozen importlib._bootstrap>")
    assert not is_users(json.__file__)
    assert not is_users(str(tmp_path / "lib" / "site-packages" / "x.py"))
    assert not is_users(sys.modules["cpsl"].__file__ or "")
