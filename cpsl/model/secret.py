"""References to secrets by name (API.md §28): a value is looked up when it is read, never kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from weakref import ref

MASK = "***"
"""What stands in for a literal credential wherever a declaration is shown (DESIGN.md §11)."""

SecretResolver = Callable[[str], "str | None"]


class SecretSource:
    """Where the values of secrets come from: the environment, then ``cache``, then ``resolver``.

    What the resolver found is cached, so that a prompt or a file is asked once for each name. ``names`` are those
    that the app has declared or referred to.
    """

    def __init__(self) -> None:
        self.cache: dict[str, str] = {}
        self.names: set[str] = set()
        self.changes = 0
        self._held: dict[int, tuple[ref[Any], tuple[str, ...]]] = {}
        self.resolver: SecretResolver | None = None

    def __repr__(self) -> str:
        return f"SecretSource({len(self.cache)} cached)"

    def hold(self, owner: object, texts: Iterable[str]) -> None:
        """Know the texts to be secret as long as their owner lives: credentials, or a declaration that holds some."""
        held = tuple(text for text in texts if text)
        if held:
            key = id(owner)
            self._held[key] = ref(owner, lambda _: self._let_go(key)), held
            self.changes += 1

    def _let_go(self, key: int) -> None:
        self._held.pop(key, None)
        self.changes += 1

    @property
    def literals(self) -> set[str]:
        """The texts that are held now."""
        return {text for _, texts in list(self._held.values()) for text in texts}

    def find(self, name: str) -> str | None:
        """The value of that secret, or None when nobody knows it."""
        if name in os.environ:
            return os.environ[name]
        if name not in self.cache and self.resolver is not None:
            value = self.resolver(name)
            if value is not None:
                self.cache[name] = value
        return self.cache.get(name)

    def known(self) -> list[str]:
        """The values of all secrets named so far, as far as they are known without asking the resolver."""
        here = {**self.cache, **{name: os.environ[name] for name in self.names if name in os.environ}}
        return list(here.values())


# A Secret is made at import time, long before an app could hand it a source of its own.
secret_source = SecretSource()
"""The process's source of secret values; the runtime sets its ``resolver`` and fills its ``cache``."""


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
    """The names of the Secret references among the values, each once, in order (API.md §1.2)."""
    return list(dict.fromkeys(v.name for v in values if isinstance(v, Secret) and v.name))
