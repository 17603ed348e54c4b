"""A setting with a value that it cannot have, in a file or in the environment, is one sentence and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_cli.config import all_settings, load_config
from cpsl_cli.errors import UsageError
from cpsl_cli.project import Project

WORDS_EACH_REFUSES = {
    "color": "blue",
    "durability": "half",
    "keys": "nano",
    "plain": "maybe",
    "timeout": "soon",
    "user": "a\tb",
}
NO_WORDS = ["[]", "{}", "[1]", "1.5e-400", "2026-11-29", "1" + "0" * 400]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    for name in all_settings():
        monkeypatch.delenv(f"CAPSULE_{name.upper()}", raising=False)
    return Project(tmp_path)


def sentence(name: str, value: object) -> str:
    return f"{name} = {value!r} is not understood; expected {all_settings()[name].expected}."


def test_every_setting_but_the_app_refuses_some_word() -> None:
    assert {*WORDS_EACH_REFUSES, "app"} == set(all_settings())


@pytest.mark.parametrize(("name", "word"), WORDS_EACH_REFUSES.items())
def test_in_the_environment_it_is_named_with_what_is_expected(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str, word: str
) -> None:
    monkeypatch.setenv(f"CAPSULE_{name.upper()}", word)
    with pytest.raises(UsageError) as refused:
        load_config(project)
    assert str(refused.value) == f"CAPSULE_{name.upper()}: {sentence(name, word)}"


@pytest.mark.parametrize("value", NO_WORDS)
@pytest.mark.parametrize("name", WORDS_EACH_REFUSES)
def test_in_a_file_a_value_of_another_type_is_refused(project: Project, name: str, value: str) -> None:
    project.config_file.parent.mkdir()
    project.config_file.write_text(f"{name} = {value}\n", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_config(project)
    assert str(refused.value).startswith(f"{project.config_file}: {name} = ")
    assert str(refused.value).endswith(f" is not understood; expected {all_settings()[name].expected}.")
