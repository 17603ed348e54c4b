"""References to secrets by name (behaviour.md §28): a value is looked up when it is read, never kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cpsl.model.secret_source import MASK, secret_source


@dataclass
class Secret:
    """A secret by name; neither ``str()`` nor ``repr()`` ever shows its value."""

    _name: str | None = None

    def __post_init__(self) -> None:
        if self._name:
            secret_source.names.add(self._name)

    @staticmethod
    def from_name(name: str) -> Secret:
        """A reference to the secret of that name; it need not exist yet."""
        return Secret(name)

    @property
    def name(self) -> str | None:
        """The name, None for a nameless one."""
        return self._name

    @property
    def value(self) -> str:
        """The value, looked up now: environment, process cache, resolver.

        Raises ``ValueError`` when the secret has no name or no value.
        """
        if not self._name:
            raise ValueError("this Secret has no name; write Secret.from_name('NAME')")
        value = secret_source.find(self._name)
        if value is None:
            raise ValueError(f"secret {self._name!r} is not set; export it as an environment variable")
        return value

    def __str__(self) -> str:
        return f"Secret({self._name or ''})"

    def to_dict(self) -> dict[str, str | None]:
        """``{"type": "_secret", "name"}``: the reference, never the value."""
        return {"type": "_secret", "name": self._name}


def shown_credential(value: str | Secret | None) -> str | dict[str, str | None] | None:
    """A credential as a declaration shows it: a reference by name, a literal masked, nothing as it is."""
    if isinstance(value, Secret):
        return value.to_dict()
    return MASK if value else value


def secret_names(values: Iterable[object]) -> list[str]:
    """The names of the Secret references among the values, each once, in order (behaviour.md §1.2)."""
    return list(dict.fromkeys(v.name for v in values if isinstance(v, Secret) and v.name))
