"""Words that mean the same wherever a person writes them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cpsl.http.cassette import is_offline_by_default
from cpsl.model.question import Question
from cpsl.runtime.settings import declared_setting
from cpsl.testing.plugin import wants_offline
from cpsl.wording import number_of_choice, parse_boolean
from cpsl_cli.config import load_config
from cpsl_cli.errors import UsageError
from cpsl_cli.project import Project

WORDS = [
    *((word, True) for word in ("y", "Yes", "true", " on ", "1")),
    *((word, False) for word in ("n", "NO", "false", "off", "0")),
]


def offline(word: str) -> bool | None:
    values = {"capsule_offline": word}
    config: Any = SimpleNamespace(getoption=lambda name: None, getini=values.get)
    answer: bool | None = wants_offline(config)
    return answer


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    return Project(tmp_path)


@pytest.mark.parametrize(("word", "truth"), WORDS)
def test_yes_and_no_are_the_same_words_wherever_they_are_asked_for(
    word: str, truth: bool, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPSULE_PLAIN", word)
    assert parse_boolean(word) is truth
    assert Question("approval", "Go on?").approves(word) is truth
    assert declared_setting("loud", "user", bool, None, None, None).typed(word) is truth
    assert load_config(project).get("plain") is truth
    assert offline(word) is truth
    monkeypatch.setenv("CI", word)
    assert is_offline_by_default() is truth


def test_another_word_is_neither(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPSULE_PLAIN", "maybe")
    assert parse_boolean("maybe") is parse_boolean("") is None
    assert Question("approval", "Go on?").approves("maybe") is None
    with pytest.raises(ValueError, match="loud is of type bool, which 'maybe' is not"):
        declared_setting("loud", "user", bool, None, None, None).typed("maybe")
    with pytest.raises(UsageError, match="plain = 'maybe' is not understood; expected true or false"):
        load_config(project)
    with pytest.raises(pytest.UsageError, match="capsule_offline is true or false, not 'maybe'"):
        offline("maybe")
    assert offline("") is None
    # Build servers set it to whatever they like.
    for value, is_set in (("", False), ("woodpecker", True)):
        monkeypatch.setenv("CI", value)
        assert is_offline_by_default() is is_set


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1", 1), ("3", 3), ("03", 3), ("0", None), ("4", None), ("-1", None), ("", None), ("1.0", None), ("x", None)],
)
def test_a_choice_is_one_of_the_numbers(typed: str, number: int | None) -> None:
    assert number_of_choice(typed, 3) == number


@pytest.mark.parametrize("typed", ["²", "①", "1²", "9" * 5000])
def test_what_looks_like_a_number_and_is_none_is_no_choice(typed: str) -> None:
    assert number_of_choice(typed, 3) is None
