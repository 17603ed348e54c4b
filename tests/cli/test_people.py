"""behaviour.md §12: who talks, from flags and from ``[users.NAME]``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cpsl.model.identity import UserInfo
from cpsl.model.integration import IntegrationCredentials
from cpsl_cli.config import Config, load_config
from cpsl_cli.errors import UsageError
from cpsl_cli.options.chat_options import ChatOptions
from cpsl_cli.people import People
from cpsl_cli.pipe.script import parse_input_line
from cpsl_cli.project import Project
from tests.conftest import Folder

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
    assert people.find("bob").integrations == {"github": IntegrationCredentials(access_token="t")}
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


def test_a_service_has_the_fields_of_credentials_and_those_of_its_form(tmp_path: Path) -> None:
    text = """
[users.ann.integrations.github]
access_token = "t"
token_type = "token"
scopes = ["repo"]
expires_at = 1900000000

[users.ann.integrations.aws]
region = "eu-west-1"
fields = { access_key_id = "k" }
"""
    services = People(config_of(tmp_path, text)).find("ann").integrations
    assert services["github"] == IntegrationCredentials("t", "token", ["repo"], 1900000000)
    assert services["aws"] == IntegrationCredentials(fields={"region": "eu-west-1", "access_key_id": "k"})


def test_credentials_in_the_users_file_and_the_rest_in_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "capsule").mkdir()
    own = '[users.ann]\nemail = "old@x.test"\nintegrations.github.access_token = "t"\n'
    (tmp_path / "capsule" / "config.toml").write_text(own, encoding="utf-8")
    ann = People(config_of(tmp_path, TABLES)).find("ann")
    assert (ann.user, list(ann.integrations)) == (UserInfo("ann", "ann@x.test", "acme"), ["github"])


def test_services_of_a_person_come_from_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "capsule").mkdir()
    own = 'integrations.github.access_token = "own"\nintegrations.slack.access_token = "own"\n'
    (tmp_path / "capsule" / "config.toml").write_text(f"[users.ann]\n{own}", encoding="utf-8")
    config = config_of(tmp_path, '[users.ann.integrations.github]\naccess_token = "here"\n')
    services = config.users["ann"]["integrations"]
    assert {name: found.access_token for name, found in services.items()} == {"github": "here", "slack": "own"}


def test_who_is_not_signed_in_has_connected_nothing(tmp_path: Path) -> None:
    people = People(config_of(tmp_path, TABLES))
    assert list(people.connected().of("bob")) == ["github"]
    people.first("bob", guest=True)
    assert people.connected().of("bob") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('integrations = "hunter2"', r"users\.ann\.integrations is not understood; expected a table for each"),
        ('integrations.acme = "hunter2"', r"integrations\.acme is not understood; expected a table"),
        ('integrations.acme.access_token = ["hunter2"]', r"acme\.access_token is not understood; expected a text"),
        ('integrations.acme.key = { a = "hunter2" }', r"acme\.key is not understood; expected a text"),
        ('integrations.acme.fields = "hunter2"', r"acme\.fields is not understood; expected a table of texts"),
        ('integrations.acme.scopes = "hunter2"', r"acme\.scopes is not understood; expected a list"),
        ('integrations.acme.expires_at = "hunter2"', r"acme\.expires_at is not understood; expected whole seconds"),
    ],
)
def test_what_is_no_credential_is_named_by_its_place_alone(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        config_of(tmp_path, f"[users.ann]\n{text}\n")
    assert "hunter2" not in str(caught.value)


def test_an_unknown_field_is_warned_about(tmp_path: Path) -> None:
    config = config_of(tmp_path, '[users.ann]\nmail = "x"\n')
    assert "[users.ann] has an unknown 'mail'" in config.warnings[0]


BAD_IDS = {"org:acme": "begins with 'org:'", "a\0b": "holds a control character", "a\nb": "holds a control character"}


@pytest.mark.parametrize("id", [*BAD_IDS, "\x1b[31m", "a\u2028b", "\ud800", "\x9b", " "])
def test_what_cannot_be_a_person_is_refused_where_it_is_typed(tmp_path: Path, id: str) -> None:
    with pytest.raises(UsageError, match=r"^--as: the id .* (holds a control character|begins with 'org:'|is empty)"):
        People(Config()).first(id)
    with pytest.raises(UsageError):
        ChatOptions(user=id).check()
    if id != "\ud800":
        for text in (f"[users.{json.dumps(id)}]\n", f"user = {json.dumps(id)}\n"):
            with pytest.raises(UsageError, match=r"config.toml: "):
                config_of(tmp_path, text)
    item = parse_input_line("in:1", json.dumps({"text": "hi", "as": id}).encode())
    assert item.problem
    assert "'as'" in item.problem


@pytest.mark.parametrize("id", ["ann", "ann@x.test", "Zoë", "日本", "a b", "organ", "ORG:x"])
def test_other_texts_are_people(id: str) -> None:
    ChatOptions(user=id).check()
    assert People(Config()).first(id).user.id == id


def test_a_bad_id_ends_no_chat(folder: Folder) -> None:
    folder.app()
    run = folder.chat(stdin=b"/as a\0b\n/as org:acme\n/session a\0b\nhi\n")
    assert (run.replies, run.code) == (["got hi"], 2)
    assert run.stderr.splitlines() == [
        "<stdin>:1: /as: the id 'a\\x00b' holds a control character.",
        "<stdin>:2: /as: the id 'org:acme' begins with 'org:', as only organisations do.",
        "<stdin>:3: /session: the name 'a\\x00b' holds a control character",
    ]
    run = folder.capsule("db", "sessions", "--as", "org:acme")
    assert (run.code, run.stderr) == (
        2,
        "capsule: --as: the id 'org:acme' begins with 'org:', as only organisations do.\n",
    )
