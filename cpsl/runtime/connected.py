"""The outside services that people have connected (behaviour.md §27, §32): in memory, never stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from weakref import WeakSet

from cpsl.model.question import Question

if TYPE_CHECKING:
    from cpsl.model.integration import IntegrationConfig, IntegrationCredentials

Services = dict[str, "IntegrationCredentials"]

_alive: WeakSet[Connected] = WeakSet()


class Connected:
    """Each person's credentials by the service's name, for as long as the process lives.

    :param known: what a person of that id has connected before the process began; asked once for each.
    """

    def __init__(self, known: Callable[[str], Mapping[str, IntegrationCredentials]] = lambda user_id: {}) -> None:
        self._known = known
        self._people: dict[str, Services] = {}
        _alive.add(self)

    def of(self, user_id: str) -> Services:
        """The services of a person; all their sessions share this very dict."""
        if user_id not in self._people:
            self._people[user_id] = dict(self._known(user_id))
        return self._people[user_id]

    def forms(self, user_id: str) -> dict[str, list[str]]:
        """The names of the fields of each service that a person has connected, without their secrets."""
        return {
            service: sorted([*(["access_token"] if held.access_token else []), *held.fields])
            for service, held in self.of(user_id).items()
        }

    def secrets(self) -> set[str]:
        """Every text that connects anybody to anything: what must not be shown."""
        return set(self.fields())

    def fields(self) -> dict[str, str]:
        """The same texts, each with the name of the field that holds it."""
        return {
            text: name
            for services in list(self._people.values())
            for held in list(services.values())
            for name, text in (("access_token", held.access_token), *held.fields.items())
            if text
        }


def connected_secrets() -> dict[str, str]:
    """What connects anybody in this process to anything: each text with the name of its field."""
    return {text: name for one in list(_alive) for text, name in one.fields().items()}


def form(name: str, declared: IntegrationConfig | None) -> Question:
    """What a person is asked to connect a service: declared fields, those it is known by, else a token."""
    from cpsl.model.integration import SECRET_FIELDS  # noqa: PLC0415 - few apps connect anything

    fields = (declared.fields if declared else None) or SECRET_FIELDS.get(name) or ("access_token",)
    return Question("integration", f"Connect {name}", fields=tuple(fields))


def credentials(answer: Mapping[str, str]) -> IntegrationCredentials:
    """The credentials in the fields of a form."""
    from cpsl.model.integration import IntegrationCredentials  # noqa: PLC0415

    rest = {name: value for name, value in answer.items() if name != "access_token"}
    return IntegrationCredentials(access_token=answer.get("access_token", ""), fields=rest)
