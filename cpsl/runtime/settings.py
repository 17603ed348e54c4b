"""Settings: declared, scoped configuration values (behaviour.md §17)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from cpsl.runtime import tracing
from cpsl.runtime.current import Identity, active, booting
from cpsl.runtime.environment import Environment
from cpsl.store.values import ValueOwner
from cpsl.wording import parse_boolean

SCOPES = ("app", "owner", "user")
TYPES: tuple[type, ...] = (bool, str, int, float)


class SettingDeclaration(NamedTuple):
    """A declared setting; ``options`` make it a choice."""

    name: str
    scope: str
    type: type
    default: Any
    options: tuple[Any, ...] | None
    label: str | None

    def typed(self, text: str) -> Any:
        """The value of a text that a person typed. Raises ``ValueError`` for a wrong type or no option."""
        value = self._read(text)
        if self.options and value not in self.options:
            raise ValueError(f"{self.name} is one of {', '.join(map(str, self.options))}, not {text!r}")
        return value

    def _read(self, text: str) -> Any:
        try:
            value = parse_boolean(text) if self.type is bool else self.type(text)
        except ValueError:
            value = None
        # JSON has no infinities and no NaN.
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            raise ValueError(f"{self.name} is of type {self.type.__name__}, which {text!r} is not")
        return value


def declared_setting(
    name: str, scope: str, type_: type, default: Any, options: Sequence[Any] | None, label: str | None
) -> SettingDeclaration:
    """A checked declaration. Raises ``ValueError`` for a bad scope or type."""
    if scope not in SCOPES:
        raise ValueError(f"the scope of setting {name!r} is one of {', '.join(SCOPES)}, not {scope!r}")
    if type_ not in TYPES:
        names = ", ".join(each.__name__ for each in TYPES)
        raise ValueError(f"the type of setting {name!r} is one of {names}, not {getattr(type_, '__name__', type_)!r}")
    return SettingDeclaration(name, scope, type_, default, tuple(options) if options else None, label)


class SettingsAccessor:
    """``app.settings``: reads and writes settings as whoever is active.

    Outside handlers nobody is: scoped settings are those of the empty identity, and in ``boot`` a ``RuntimeError``
    (behaviour.md §2 LOCAL). Values written from
    Python are stored as they are; only what a person types is checked (behaviour.md §17 LOCAL).
    """

    def __init__(self, declared: dict[str, SettingDeclaration], environment: Callable[[], Environment | None]) -> None:
        self._declared = declared
        self._environment = environment

    async def get(self, key: str) -> Any:
        """The stored value, else the declared default; None for an undeclared key."""
        identity = active.get()
        store = self._bound(identity).store
        declared = self._declared.get(key)
        present, value = store.settings.get(_owner(declared, identity), key)
        return value if present else declared.default if declared else None

    async def set(self, key: str, value: Any) -> None:
        """Store a value. Raises ``TypeError`` when JSON cannot hold it."""
        identity = active.get()
        output, turn = (identity.output, identity.turn) if identity else (None, None)
        settings, owner = self._bound(identity).store.settings, _owner(self._declared.get(key), identity)
        with tracing.trace_write(output, "setting", scope=owner.scope, key=key):
            settings.set(owner, key, value, turn)

    async def get_all(self, keys: Iterable[str] | None = None) -> dict[str, Any]:
        """The values of these keys; of all declared ones for None and for an empty list."""
        return {key: await self.get(key) for key in (list(keys or ()) or self._declared)}

    def _bound(self, identity: Identity | None) -> Environment:
        environment = (identity.environment if identity else None) or self._environment()
        if environment is None:
            raise RuntimeError("settings are not bound: they can be used once the app runs.")
        return environment


def _owner(declared: SettingDeclaration | None, identity: Identity | None) -> ValueOwner:
    if declared is None or declared.scope == "app":
        return ValueOwner("app", "")
    scope = declared.scope
    if identity is None:
        boot = booting.get()
        if boot and boot.running:
            raise RuntimeError(
                f"setting {declared.name!r} has {scope} scope, and no {scope} is active in boot: use it in a handler."
            )
        return ValueOwner(scope, "")
    return ValueOwner(scope, identity.owner_in(scope))
