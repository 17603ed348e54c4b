"""The key-value store: one namespace per scope and identity (behaviour.md §16)."""

from __future__ import annotations

from typing import Any

from cpsl.runtime import tracing
from cpsl.runtime.current import Identity
from cpsl.runtime.environment import Environment
from cpsl.runtime.turn_output import TurnOutput
from cpsl.store.stored_values import TurnKey
from cpsl.store.values import ValueOwner

SCOPES = ("session", "user", "owner", "app")


class KeyValue:
    """Reads and writes values for one identity; ``identity`` None knows the app scope only."""

    def __init__(self, environment: Environment, identity: Identity | None) -> None:
        self._values = environment.store.kv
        self._identity = identity

    def get(self, key: str, default: Any, scope: str) -> Any:
        """The stored value, also a stored None; else the default."""
        present, value = self._values.get(self._owner(scope), key)
        return value if present else default

    def set(self, key: str, value: Any, scope: str) -> None:
        """Store a value. Raises ``TypeError`` when JSON cannot hold it."""
        with tracing.trace_write(self._output, "kv", call="set", scope=scope, key=key):
            self._values.set(self._owner(scope), key, value, self._turn)

    def delete(self, key: str, scope: str) -> None:
        """Remove a value; a missing one is fine."""
        with tracing.trace_write(self._output, "kv", call="delete", scope=scope, key=key):
            self._values.delete(self._owner(scope), key, self._turn)

    @property
    def _output(self) -> TurnOutput | None:
        return self._identity.output if self._identity else None

    @property
    def _turn(self) -> TurnKey | None:
        return self._identity.turn if self._identity else None

    def _owner(self, scope: str) -> ValueOwner:
        """Raises ``ValueError`` for an unknown scope, ``RuntimeError`` when nobody is active to have it."""
        if scope not in SCOPES:
            raise ValueError(f"the scope of a key is one of {', '.join(SCOPES)}, not {scope!r}")
        if scope == "app":
            return ValueOwner("app", "")
        owner = self._identity.owner_in(scope) if self._identity else ""
        if not owner:
            raise RuntimeError(f"the {scope} scope of the key-value store needs an active {scope}.")
        return ValueOwner(scope, owner)
