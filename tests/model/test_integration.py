from __future__ import annotations

from typing import Any

import pytest

from cpsl.model import integration
from cpsl.model.integration import (
    AWS,
    Gmail,
    Integration,
    IntegrationConfig,
    IntegrationCredentials,
    Outlook,
    Pipedream,
    Tailscale,
    declared_integration,
)
from cpsl.model.secret import Secret
from tests.signatures import signature_text

OAUTH = {
    "Google": "google",
    "Gmail": "gmail",
    "GoogleCalendar": "gcal",
    "GoogleDrive": "gdrive",
    "Outlook": "outlook",
    "GitHub": "github",
    "Linear": "linear",
}


def test_a_member_works_as_a_plain_key() -> None:
    assert {"github": 1}.get(Integration.GITHUB) == 1
    assert " ".join(m.value for m in Integration) == ("google gmail gcal gdrive outlook github linear tailscale aws")


def test_each_member_has_a_constant() -> None:
    for member in Integration:
        assert getattr(integration, f"INTEGRATION_{member.name}") == member.value


@pytest.mark.parametrize(("name", "type_"), OAUTH.items())
def test_an_oauth_service_takes_client_id_and_secret(name: str, type_: str) -> None:
    service = getattr(integration, name)
    config = service(client_id="id", client_secret=Secret("S"), scopes=["a"])
    assert (config.type, config.form, config.scopes[0]) == (type_, "oauth", "a")
    assert signature_text(service) == "(*, client_id, client_secret, scopes=None)"
    with pytest.raises(ValueError, match="give client_id and client_secret"):
        service(client_id="", client_secret="x")


def test_the_other_services_have_their_own_arguments() -> None:
    assert signature_text(AWS) == "()"
    assert signature_text(Tailscale) == "(*, advertise_tags=False)"
    assert signature_text(Pipedream) == (
        "(app_slug, *, client_id='', client_secret='', project_id='', environment='', api_base_url='',"
        " oauth_app_id='', connect_scopes=None)"
    )


def test_outlook_asks_for_offline_access_once() -> None:
    def scopes(given: list[str]) -> list[str]:
        return Outlook(client_id="i", client_secret="s", scopes=given).scopes

    assert scopes(["Mail.Read"]) == ["Mail.Read", "offline_access"]
    assert scopes(["offline_access"]) == ["offline_access"]


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        (AWS(), ["access_key_id", "secret_access_key", "region"]),
        (Tailscale(), ["auth_key"]),
        (Tailscale(advertise_tags=True), ["auth_key", "advertise_tags"]),
        (declared_integration("acme", fields=["key"]), ["key"]),
        (declared_integration(Integration.AWS), ["access_key_id", "secret_access_key", "region"]),
    ],
)
def test_a_secret_form_has_the_fields_a_person_types(config: IntegrationConfig, fields: list[str]) -> None:
    assert (config.form, config.fields) == ("secret", fields)


@pytest.mark.parametrize(
    ("declaration", "arguments", "sentence"),
    [
        ("github", {}, "'github' connects by OAuth: give client_id and client_secret"),
        ("github", {"client_id": "x"}, "client_secret"),
        ("aws", {"client_id": "x"}, "'aws' is typed in by the person"),
        ("acme", {"client_id": "x", "fields": ["key"]}, "'acme' is typed in by the person"),
        ("acme", {"fields": []}, "'acme' is a custom one: give fields="),
        ("acme", {}, "'acme' is a custom one: give fields="),
        (IntegrationConfig("acme", fields=["key"]), {"scopes": ["a"]}, "not both"),
        (IntegrationConfig("github"), {}, "client_id and client_secret"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(declaration: Any, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        declared_integration(declaration, **arguments)


def test_a_config_object_is_taken_as_it_is() -> None:
    config = Gmail(client_id="i", client_secret="s")
    assert declared_integration(config) is config


def test_pipedream_goes_by_app_slug() -> None:
    config = Pipedream("notion", client_id="i", project_id=Secret("P"), environment="dev", connect_scopes=["a"])
    assert declared_integration(config).form == "pipedream"
    assert config.to_dict() == {
        "type": "notion",
        "client_id": "***",
        "scopes": ["a"],
        "mode": "pipedream",
        "project_id": {"type": "_secret", "name": "P"},
        "environment": "dev",
    }
    with pytest.raises(ValueError, match="slug"):
        Pipedream("")


def test_a_config_never_shows_a_literal_secret() -> None:
    config = declared_integration(Integration.GITHUB, client_id="hunter1", client_secret="hunter2")
    assert config.to_dict() == {"type": "github", "client_id": "***", "client_secret": "***"}
    assert "hunter" not in repr(config)
    assert "hunter" not in repr(Pipedream("x", project_id="hunter3"))


def test_a_config_has_the_hosted_fields() -> None:
    assert signature_text(IntegrationConfig) == (
        "(type, client_id='', client_secret='', scopes=<factory>, fields=None, mode='')"
    )
    assert IntegrationConfig(Integration.AWS).type == "aws"


def test_credentials_are_true_with_a_token_or_fields() -> None:
    assert not IntegrationCredentials()
    assert IntegrationCredentials(access_token="t")
    assert IntegrationCredentials(fields={"a": "b"})
    assert signature_text(IntegrationCredentials) == (
        "(access_token='', token_type='Bearer', scopes=<factory>, expires_at=0, fields=<factory>)"
    )


def test_credentials_do_not_print_what_is_secret() -> None:
    assert repr(IntegrationCredentials("hunter1", fields={"key": "hunter2"})) == (
        "IntegrationCredentials(token_type='Bearer', scopes=[], expires_at=0)"
    )
