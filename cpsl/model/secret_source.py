"""Where the values of secrets come from, and which are known."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any
from weakref import ref

MASK = "***"
"""What stands in for a literal credential wherever a declaration is shown (architecture.md#safety)."""

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
        secrets = tuple(text for text in texts if text)
        if secrets:
            key = id(owner)
            self._held[key] = ref(owner, lambda _: self._let_go(key)), secrets
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
