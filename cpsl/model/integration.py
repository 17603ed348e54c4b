"""The outside services a person can connect (behaviour.md §27): declarations and credentials, no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from cpsl.model.omit_unset import omit_unset
from cpsl.model.redaction import secrets_among
from cpsl.model.secret import Secret, shown_credential
from cpsl.model.secret_source import secret_source

INTEGRATION_GOOGLE = "google"
INTEGRATION_GMAIL = "gmail"
INTEGRATION_GCAL = "gcal"
INTEGRATION_GDRIVE = "gdrive"
INTEGRATION_OUTLOOK = "outlook"
INTEGRATION_GITHUB = "github"
INTEGRATION_LINEAR = "linear"
INTEGRATION_TAILSCALE = "tailscale"
INTEGRATION_AWS = "aws"

IntegrationForm = Literal["oauth", "secret", "pipedream"]


class Integration(str, Enum):
    """The known services; each equals its plain name, so it works as a key of ``session.integrations``."""

    GOOGLE = INTEGRATION_GOOGLE
    GMAIL = INTEGRATION_GMAIL
    GCAL = INTEGRATION_GCAL
    GDRIVE = INTEGRATION_GDRIVE
    OUTLOOK = INTEGRATION_OUTLOOK
    GITHUB = INTEGRATION_GITHUB
    LINEAR = INTEGRATION_LINEAR
    TAILSCALE = INTEGRATION_TAILSCALE
    AWS = INTEGRATION_AWS


# What a person types to connect a service that has no OAuth.
SECRET_FIELDS: dict[str, tuple[str, ...]] = {
    INTEGRATION_AWS: ("access_key_id", "secret_access_key", "region"),
    INTEGRATION_TAILSCALE: ("auth_key",),
}
OAUTH_TYPES = frozenset(member.value for member in Integration) - frozenset(SECRET_FIELDS)


@dataclass
class IntegrationConfig:
    """A declared integration; a literal client secret shows in neither ``repr()`` nor ``to_dict()``.

    ``fields`` are the names a person types in a secret form, None for OAuth. ``mode`` is
    ``"pipedream"`` for those, else empty.
    """

    type: str | Integration
    client_id: str | Secret = field(default="", repr=False)
    client_secret: str | Secret = field(default="", repr=False)
    scopes: list[str] = field(default_factory=list)
    fields: list[str] | None = None
    mode: str = ""

    def __post_init__(self) -> None:
        self.type = integration_type(self.type)
        secret_source.hold(self, secrets_among({"client_secret": self.client_secret}))

    @property
    def form(self) -> IntegrationForm:
        """How a person connects it: by OAuth, by typing fields, or through Pipedream."""
        if self.mode == "pipedream":
            return "pipedream"
        return "oauth" if self.type in OAUTH_TYPES else "secret"

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus what was given; Secret references by name, literal credentials masked."""
        return {
            "type": self.type,
            **omit_unset(
                client_id=shown_credential(self.client_id),
                client_secret=shown_credential(self.client_secret),
                scopes=list(self.scopes),
                fields=self.fields,
                mode=self.mode,
            ),
        }


@dataclass
class PipedreamConfig(IntegrationConfig):
    """An integration by Pipedream app slug (``type``), with that service's own settings."""

    project_id: str | Secret = field(default="", repr=False)
    environment: str = ""
    api_base_url: str = ""
    oauth_app_id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As any integration, plus the Pipedream settings that were given."""
        return super().to_dict() | omit_unset(
            project_id=shown_credential(self.project_id),
            environment=self.environment,
            api_base_url=self.api_base_url,
            oauth_app_id=self.oauth_app_id,
        )


@dataclass
class IntegrationCredentials:
    """What a connected integration gives an app; false when it has neither token nor fields.

    ``expires_at`` is seconds since the epoch, 0 for never. No secret shows in ``repr()``.
    """

    access_token: str = field(default="", repr=False)
    token_type: str = "Bearer"
    scopes: list[str] = field(default_factory=list)
    expires_at: int = 0
    fields: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        secret_source.hold(self, secrets_among({"access_token": self.access_token, **self.fields}))

    def __bool__(self) -> bool:
        return bool(self.access_token or self.fields)


def integration_type(value: str | Integration) -> str:
    """The plain name of a service, from its enum member or a text."""
    return value.value if isinstance(value, Integration) else value


def declared_integration(
    declaration: str | Integration | IntegrationConfig,
    *,
    client_id: str | Secret = "",
    client_secret: str | Secret = "",
    scopes: list[str] | None = None,
    fields: list[str] | None = None,
) -> IntegrationConfig:
    """The checked declaration behind ``app.add_integration(...)`` (behaviour.md §27).

    Raises ``ValueError``: OAuth without client id and secret, a secret form with them, a custom
    integration without fields, and a config object together with keyword arguments.
    """
    if isinstance(declaration, IntegrationConfig):
        if client_id or client_secret or scopes is not None or fields is not None:
            raise ValueError("give an IntegrationConfig or keyword arguments, not both")
        config = declaration
    else:
        config = IntegrationConfig(declaration, client_id, client_secret, list(scopes or []), fields)
    return _completed(config)


def _completed(config: IntegrationConfig) -> IntegrationConfig:
    if config.form == "oauth":
        _check_oauth(config)
    elif config.form == "secret":
        _check_secret_form(config)
    return config


def _check_oauth(config: IntegrationConfig) -> None:
    if not (config.client_id and config.client_secret):
        raise ValueError(f"integration {config.type!r} connects by OAuth: give client_id and client_secret")
    # Without it Microsoft hands out no refresh token.
    if config.type == INTEGRATION_OUTLOOK and "offline_access" not in config.scopes:
        config.scopes = [*config.scopes, "offline_access"]


def _check_secret_form(config: IntegrationConfig) -> None:
    if config.client_id or config.client_secret:
        raise ValueError(f"integration {config.type!r} is typed in by the person: no client_id or client_secret")
    if config.fields is None:
        config.fields = list(SECRET_FIELDS.get(str(config.type), ()))
    if not config.fields:
        raise ValueError(f"integration {config.type!r} is a custom one: give fields=[…], the names a person types")


def Google(
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Google by OAuth. Raises ``ValueError`` without client id or secret."""
    return _oauth(INTEGRATION_GOOGLE, client_id, client_secret, scopes)


def Gmail(
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Gmail by OAuth. Raises ``ValueError`` without client id or secret."""
    return _oauth(INTEGRATION_GMAIL, client_id, client_secret, scopes)


def GoogleCalendar(
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Google Calendar by OAuth. Raises ``ValueError`` without client id or secret."""
    return _oauth(INTEGRATION_GCAL, client_id, client_secret, scopes)


def GoogleDrive(
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Google Drive by OAuth. Raises ``ValueError`` without client id or secret."""
    return _oauth(INTEGRATION_GDRIVE, client_id, client_secret, scopes)


def Outlook(
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Outlook by OAuth, with ``offline_access``. Raises ``ValueError`` without client id or secret."""
    return _oauth(INTEGRATION_OUTLOOK, client_id, client_secret, scopes)


def GitHub(
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """GitHub by OAuth. Raises ``ValueError`` without client id or secret."""
    return _oauth(INTEGRATION_GITHUB, client_id, client_secret, scopes)


def Linear(
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Linear by OAuth. Raises ``ValueError`` without client id or secret."""
    return _oauth(INTEGRATION_LINEAR, client_id, client_secret, scopes)


def AWS() -> IntegrationConfig:
    """AWS by typed fields: access_key_id, secret_access_key, region."""
    return declared_integration(INTEGRATION_AWS)


def Tailscale(*, advertise_tags: bool = False) -> IntegrationConfig:
    """Tailscale by typed fields: auth_key, and advertise_tags on request."""
    extra = ["advertise_tags"] if advertise_tags else []
    return declared_integration(INTEGRATION_TAILSCALE, fields=[*SECRET_FIELDS[INTEGRATION_TAILSCALE], *extra])


def Pipedream(
    app_slug: str,
    *,
    client_id: str | Secret = "",
    client_secret: str | Secret = "",
    project_id: str | Secret = "",
    environment: str = "",
    api_base_url: str = "",
    oauth_app_id: str = "",
    connect_scopes: list[str] | None = None,
) -> IntegrationConfig:
    """A service through Pipedream, by the slug of its app there. Raises ``ValueError`` for an empty slug."""
    if not app_slug:
        raise ValueError("Pipedream needs the slug of an app, such as 'notion'")
    return PipedreamConfig(
        app_slug,
        client_id,
        client_secret,
        list(connect_scopes or []),
        mode="pipedream",
        project_id=project_id,
        environment=environment,
        api_base_url=api_base_url,
        oauth_app_id=oauth_app_id,
    )


def _oauth(
    type: str, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None
) -> IntegrationConfig:
    return declared_integration(type, client_id=client_id, client_secret=client_secret, scopes=scopes)
