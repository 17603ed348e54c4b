"""What ``[users.NAME.integrations.SERVICE]`` of the config says about a connected service (behaviour.md §27 LOCAL)."""

from __future__ import annotations

from typing import Any

from cpsl.model.integration import IntegrationCredentials
from cpsl_cli.errors import UsageError


def services_of(tables: Any, where: str) -> dict[str, IntegrationCredentials]:
    """The credentials by service. Raises ``UsageError`` naming the place, never what stands there.

    :param where: the place of the tables, such as ``config.toml: users.ann.integrations``.
    """
    if not isinstance(tables, dict):
        raise UsageError(f"{where} is not understood; expected a table for each service.")
    return {service: _credentials(table, f"{where}.{service}") for service, table in tables.items()}


def _credentials(table: Any, where: str) -> IntegrationCredentials:
    """The fields of credentials by their names; any other text is what a person types into the service's form."""
    if not isinstance(table, dict):
        raise UsageError(f'{where} is not understood; expected a table, such as access_token = "…" in it.')
    rest = dict(table)
    return IntegrationCredentials(
        access_token=_text(rest.pop("access_token", ""), f"{where}.access_token"),
        token_type=_text(rest.pop("token_type", "Bearer"), f"{where}.token_type"),
        scopes=_texts(rest.pop("scopes", []), f"{where}.scopes"),
        expires_at=_seconds(rest.pop("expires_at", 0), f"{where}.expires_at"),
        fields={name: _text(value, f"{where}.{name}") for name, value in _fields(rest, where).items()},
    )


def _fields(rest: dict[str, Any], where: str) -> dict[str, Any]:
    inner = rest.pop("fields", {})
    if not isinstance(inner, dict):
        raise UsageError(f"{where}.fields is not understood; expected a table of texts.")
    return {**rest, **inner}


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where} is not understood; expected a text.")
    return value


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        raise UsageError(f"{where} is not understood; expected a list of texts.")
    return [_text(each, where) for each in value]


def _seconds(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UsageError(f"{where} is not understood; expected whole seconds since 1970, 0 for never.")
    return value
