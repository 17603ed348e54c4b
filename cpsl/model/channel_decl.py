"""Where people reach an app besides the web chat (behaviour.md §26): declarations only, no network here."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, fields
from typing import Any

from cpsl.model.redaction import secrets_among
from cpsl.model.secret import Secret, secret_names, shown_credential
from cpsl.model.secret_source import secret_source
from cpsl.wording import names_inherited_methods

CredentialValue = str | Secret | None


class ChannelRef:
    """A channel that was set up on the platform, by its name there."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"Channel({self.name!r})"

    def to_dict(self) -> dict[str, Any]:
        """``{"type": "_resource", "name"}``."""
        return {"type": "_resource", "name": self.name}


Channel = ChannelRef


@dataclass
class Chat:
    """The web chat, which every app has."""

    type: str = "chat"

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}``."""
        return {"type": self.type}


@dataclass
class API:
    """Messages over HTTP."""

    type: str = "api"

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}``."""
        return {"type": self.type}


@dataclass
class InlineChannel:
    """The base of the channels whose credentials stand in the app's code: deprecated for :class:`Channel`."""

    type: str = ""

    def __post_init__(self) -> None:
        secret_source.hold(self, secrets_among(self.credentials()))

    def credentials(self) -> dict[str, CredentialValue]:
        """The credentials by name, as they were given."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "type"}

    def secret_names(self) -> list[str]:
        """The names of the secrets among the credentials; they count as the app's own (behaviour.md §1.2)."""
        return secret_names(self.credentials().values())

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus what was given, literal credentials masked; warns that the form is deprecated."""
        warnings.warn(
            f"{type(self).__name__}(…) with credentials in the code is deprecated; use Channel('name')",
            DeprecationWarning,
            stacklevel=2,
        )
        shown = {name: shown_credential(value) for name, value in self.credentials().items() if value}
        return {"type": self.type, **shown}


@names_inherited_methods
@dataclass
class Telegram(InlineChannel):
    """A Telegram bot."""

    type: str = "telegram"
    bot_token: CredentialValue = field(default=None, repr=False)


@names_inherited_methods
@dataclass
class Slack(InlineChannel):
    """A Slack app."""

    type: str = "slack"
    bot_token: CredentialValue = field(default=None, repr=False)
    signing_secret: CredentialValue = field(default=None, repr=False)


@names_inherited_methods
@dataclass
class WhatsApp(InlineChannel):
    """A WhatsApp number."""

    type: str = "whatsapp"
    access_token: CredentialValue = field(default=None, repr=False)
    phone_number_id: CredentialValue = field(default=None, repr=False)
    verify_token: CredentialValue = field(default=None, repr=False)
