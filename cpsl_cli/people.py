"""Who can talk to an app: ``[users.NAME]`` in the config, and whoever else is named (behaviour.md §12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from cpsl.model.identity import UserInfo, id_problem
from cpsl.runtime.connected import Connected
from cpsl_cli.config import Config
from cpsl_cli.errors import UsageError

if TYPE_CHECKING:
    from cpsl.model.integration import IntegrationCredentials

GUEST = "guest"


def check_id(id: str | None, where: str) -> None:
    """Raises ``UsageError``, in a sentence that begins with ``where``, for what cannot be the id of a person."""
    problem = id_problem(id) if id is not None else None
    if problem:
        raise UsageError(f"{where}: the id {id!r} {problem}.")


class Person(NamedTuple):
    """A person as the app meets them; ``integrations`` are the services the config says they have connected."""

    user: UserInfo
    signed_in: bool = True
    integrations: Mapping[str, IntegrationCredentials] = {}


class People:
    """The people there are; iterating gives the ids of those known by name."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._met: dict[str, Person] = {}

    def __iter__(self) -> Iterator[str]:
        return iter({**self._config.users, **self._met})

    def find(self, id: str) -> Person:
        """The person of that id: as met before, as configured, or a new one, who is signed in."""
        if id not in self._met:
            fields = self._config.users.get(id, {})
            user = UserInfo(id, fields.get("email"), fields.get("org"))
            self._met[id] = Person(user, integrations=fields.get("integrations", {}))
        return self._met[id]

    def connected(self) -> Connected:
        """What each of them has connected, as configured; somebody who is not signed in has nothing."""
        return Connected(lambda id: self.find(id).integrations if self.find(id).signed_in else {})

    def first(self, id: str | None, *, email: str | None = None, org: str | None = None, guest: bool = False) -> Person:
        """Who a command begins as: its flags, else the configured default person.

        A guest is not signed in; without an id of their own they are nobody that others know.
        """
        check_id(id, "--as")
        name = id or (GUEST if guest else self._config.get("user"))
        known = self.find(name)
        user = UserInfo(name, email or known.user.email, org or known.user.org_id)
        self._met[name] = known._replace(user=user, signed_in=not guest)
        return self._met[name]
