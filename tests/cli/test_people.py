"""DESIGN.md §8: who talks, from flags and from ``[users.NAME]``."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.model.identity import UserInfo
from cpsl_cli.config import Config, load_config
from cpsl_cli.errors import UsageError
from cpsl_cli.people import People
from cpsl_cli.project import Project

TABLES = """
user = "ann"

[users.ann]
email = "ann@x.test"
org = "acme"

[users.bob]
email = "bob@x.test"

[users.bob.integrations.github]
access_token = "t"
"""


def config_of(tmp_path: Path, text: str) -> Config:
    (tmp_path / ".capsule").mkdir(exist_ok=True)
    (tmp_path / ".capsule" / "config.toml").write_text(text, encoding="utf-8")
    return load_config(Project(tmp_path))


def test_a_listed_person_has_email_organisation_and_integrations(tmp_path: Path) -> None:
    people = People(config_of(tmp_path, TABLES))
    assert people.find("ann").user == UserInfo("ann", "ann@x.test", "acme")
    assert people.find("bob").user == UserInfo("bob", "bob@x.test")
    assert people.find("bob").integrations == {"github": {"access_token": "t"}}
    assert sorted(people) == ["ann", "bob"]


def test_an_unlisted_name_is_a_new_person_who_is_signed_in() -> None:
    person = People(Config()).find("eve")
    assert (person.user, person.signed_in) == (UserInfo("eve"), True)


def test_the_first_person_is_the_configured_one(tmp_path: Path) -> None:
    assert People(config_of(tmp_path, TABLES)).first(None).user == UserInfo("ann", "ann@x.test", "acme")
    assert People(Config()).first(None).user == UserInfo("local")


def test_flags_win_over_the_table_and_stay_with_the_person(tmp_path: Path) -> None:
    people = People(config_of(tmp_path, TABLES))
    assert people.first("bob", org="other").user == UserInfo("bob", "bob@x.test", "other")
    people.find("ann")
    assert people.find("bob").user.org_id == "other"


def test_a_guest_is_nobody_others_know_and_not_signed_in(tmp_path: Path) -> None:
    people = People(config_of(tmp_path, TABLES))
    assert people.first(None, guest=True)[:2] == (UserInfo("guest"), False)
    assert people.first("ann", guest=True)[:2] == (UserInfo("ann", "ann@x.test", "acme"), False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('users = "ann"\n', r"people are tables, such as \[users\.ann\]"),
        ('[users]\nann = "ann@x.test"\n', "people are tables"),
        ("[users.ann]\nemail = 3\n", r"users\.ann\.email = 3 is not understood; expected a text"),
    ],
)
def test_what_is_no_person_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        config_of(tmp_path, text)


def test_an_unknown_field_is_warned_about(tmp_path: Path) -> None:
    config = config_of(tmp_path, '[users.ann]\nmail = "x"\n')
    assert "[users.ann] has an unknown 'mail'" in config.warnings[0]
