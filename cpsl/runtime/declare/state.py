"""State: collections, settings, data handlers and the app's own key-value store (behaviour.md §13-§18).

The imports inside the functions stay there: an app that declares no collection does not pay for the
query compiler (docs/decisions.md).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cpsl.runtime.current import active
from cpsl.runtime.declare.base import DeclarationGroup, F, checked_access, needs_parentheses

if TYPE_CHECKING:
    from cpsl.model.column import Column
    from cpsl.runtime.collections.dynamic import CollectionManager, RawDb
    from cpsl.runtime.collections.ref import CollectionRef
    from cpsl.runtime.keyvalue import KeyValue
    from cpsl.runtime.settings import SettingsAccessor


class StateDeclarations(DeclarationGroup):
    """What an app stores, and what it computes from that."""

    def collection(
        self,
        name: str,
        *,
        columns: Iterable[Column | Mapping[str, Any] | str] | None = None,
        scope: str = "app",
        sortable: bool = False,
        filterable: bool = False,
        paginate: int = 0,
    ) -> CollectionRef:
        """Declare a collection of documents; ``sortable`` and ``filterable`` columns become indexes.

        Raises ``ValueError`` for a scope other than app, user, owner, session, and for a reserved name. Declared
        again, the last declaration holds.
        """
        from cpsl.runtime.collections.ref import CollectionRef  # noqa: PLC0415

        hints = {"sortable": sortable, "filterable": filterable, "paginate": paginate}
        caller = sys._getframe(1)
        at = (caller.f_code.co_filename, caller.f_lineno)
        ref = CollectionRef(self._current_ground, name, columns or (), scope, hints, at)
        self.registry.add_collection(ref)
        return ref

    def setting(
        self,
        name: str,
        *,
        scope: str = "app",
        type: type = str,
        default: Any = None,
        options: Sequence[Any] | None = None,
        label: str | None = None,
    ) -> None:
        """Declare a setting. Raises ``ValueError`` for a bad scope or type and for a name declared twice."""
        from cpsl.runtime.settings import declared_setting  # noqa: PLC0415

        if name in self.registry.settings:
            raise ValueError(f"setting {name!r} is declared twice")
        self.registry.settings[name] = declared_setting(name, scope, type, default, options, label)

    def data(self, name: str, *, access: str = "public") -> Callable[[F], F]:
        """Register a named JSON source; the function stays callable. Raises ``ValueError`` for a bad access."""
        from cpsl.runtime.data_handlers import DataHandler  # noqa: PLC0415

        needs_parentheses('data("NAME")', name)
        checked_access(access)

        def register(function: F) -> F:
            before, now = self.registry.data.get(name), DataHandler(name, function, access)
            self.registry.replacing(f"@app.data({name!r})", before.handler if before else None, now.handler)
            self.registry.data[name] = now
            return function

        return register

    @cached_property
    def settings(self) -> SettingsAccessor:
        """Reads and writes the declared settings."""
        from cpsl.runtime.settings import SettingsAccessor  # noqa: PLC0415

        return SettingsAccessor(self.registry.settings, self._current_ground)

    @cached_property
    def collections(self) -> CollectionManager:
        """Opens collections by name at run time."""
        from cpsl.runtime.collections.dynamic import CollectionManager  # noqa: PLC0415

        return CollectionManager(self.registry.collections, self._current_ground, active.get)

    @cached_property
    def db(self) -> RawDb:
        """Collections without a scope: every document, whosever it is."""
        from cpsl.runtime.collections.dynamic import RawDb  # noqa: PLC0415

        return RawDb(self.registry.collections, self._current_ground, active.get)

    async def get(self, key: str, default: Any = None) -> Any:
        """The app-wide value of a key, else the default. Raises ``RuntimeError`` before the app runs."""
        return self._kv().get(key, default, "app")

    async def set(self, key: str, value: Any) -> None:
        """Store an app-wide value. Raises ``TypeError`` when JSON cannot hold it."""
        self._kv().set(key, value, "app")

    async def delete(self, key: str) -> None:
        """Remove an app-wide value; a missing one is fine."""
        self._kv().delete(key, "app")

    def _kv(self) -> KeyValue:
        from cpsl.runtime.keyvalue import KeyValue  # noqa: PLC0415

        identity = active.get()
        environment = (identity.environment if identity else None) or self.environment
        if environment is None:
            raise RuntimeError("the key-value store is not bound: it can be used once the app runs.")
        return KeyValue(environment, identity)
