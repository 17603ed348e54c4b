from __future__ import annotations

import pytest

from cpsl.model.secret import Secret, secret_names, shown_credential
from cpsl.model.secret_source import MASK, SecretSource, secret_source
from tests.signatures import signature_text

ABSENT = "CPSL_TEST_ABSENT_SECRET"


@pytest.fixture(autouse=True)
def _clean_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ABSENT, raising=False)
    monkeypatch.setattr(secret_source, "cache", {})
    monkeypatch.setattr(secret_source, "resolver", None)


def test_a_secret_is_made_from_a_name() -> None:
    assert signature_text(Secret) == "(_name=None)"
    assert Secret.from_name("N") == Secret("N")
    assert Secret.from_name("N").name == "N"


def test_its_text_is_its_name() -> None:
    assert str(Secret.from_name("N")) == "Secret(N)"
    assert Secret.from_name("N").to_dict() == {"type": "_secret", "name": "N"}


def test_neither_text_nor_repr_nor_json_shows_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ABSENT, "hunter2")
    secret = Secret.from_name(ABSENT)
    assert secret.value == "hunter2"
    assert "hunter2" not in f"{secret} {secret!r} {secret.to_dict()} {secret_source!r}"


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    secret_source.cache[ABSENT] = "cached"
    monkeypatch.setenv(ABSENT, "from the environment")
    assert Secret.from_name(ABSENT).value == "from the environment"


def test_the_cache_comes_before_the_resolver() -> None:
    secret_source.cache[ABSENT] = "cached"
    secret_source.resolver = lambda name: "resolved"
    assert Secret.from_name(ABSENT).value == "cached"


def test_the_resolver_is_asked_once_for_a_name() -> None:
    asked: list[str] = []

    def resolve(name: str) -> str | None:
        asked.append(name)
        return "resolved"

    secret_source.resolver = resolve
    assert [Secret.from_name(ABSENT).value for _ in range(2)] == ["resolved", "resolved"]
    assert asked == [ABSENT]


def test_a_secret_nobody_knows_is_a_value_error() -> None:
    secret_source.resolver = lambda name: None
    with pytest.raises(ValueError, match=f"secret '{ABSENT}' is not set"):
        _ = Secret.from_name(ABSENT).value


def test_a_secret_without_a_name_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="has no name"):
        _ = Secret().value


def test_a_source_shows_how_many_values_it_holds_and_no_value() -> None:
    source = SecretSource()
    source.cache["A"] = "hunter2"
    assert repr(source) == "SecretSource(1 cached)"


def test_a_literal_credential_is_masked_where_a_declaration_is_shown() -> None:
    assert shown_credential("hunter2") == MASK
    assert shown_credential(Secret("N")) == {"type": "_secret", "name": "N"}
    assert (shown_credential(""), shown_credential(None)) == ("", None)


def test_the_names_of_secret_references_come_once_and_in_order() -> None:
    assert secret_names([Secret("B"), "literal", None, Secret("A"), Secret("B"), Secret()]) == ["B", "A"]
